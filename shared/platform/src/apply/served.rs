//! What this installation has functions for. A process serves everything there is; a stage may have been
//! deployed with the functions of one project alone.

use super::Checked;
use std::collections::BTreeSet;
use tradewind_engine::definitions::StoredProject;
use tradewind_engine::ids::{ActionId, ConnectionName, ProviderId};
use tradewind_engine::problems::{Place, Problem};
use tradewind_engine::workflows::{Step, Workflow};

/// What there are functions for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Served {
    /// All of the catalog.
    #[default]
    Everything,
    /// These actions, and the webhooks of these providers.
    Only {
        /// The actions.
        actions: BTreeSet<ActionId>,
        /// The providers whose webhooks are taken.
        triggers: BTreeSet<ProviderId>,
    },
}

const HELP: &str = "deploy a template that has it, which `tradewind plan --template FILE` writes, and \
    apply again";

impl Served {
    /// Whether the action has a function.
    pub fn has_action(&self, action: &ActionId) -> bool {
        match self {
            Self::Everything => true,
            Self::Only { actions, .. } => actions.contains(action),
        }
    }

    /// Whether the webhooks of the provider have one.
    pub fn has_trigger(&self, provider: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Only { triggers, .. } => triggers.iter().any(|one| one.as_str() == provider),
        }
    }
}

/// What the workflows need and this installation does not have: a wake-up would have no queue.
pub(super) fn unserved(served: &Served, checked: &Checked) -> Vec<Problem> {
    let workflows = checked.workflows.iter();
    workflows.flat_map(|(workflow, _)| missing(served, workflow, &checked.project)).collect()
}

/// The same of one workflow.
pub(super) fn missing(
    served: &Served,
    workflow: &Workflow,
    project: &StoredProject,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    if let Some(provider) = workflow.trigger.from.as_ref().and_then(|from| at(project, from))
        && !served.has_trigger(provider.as_str())
    {
        let what = format!("the webhooks of {provider}");
        problems.push(problem(&what, workflow.trigger.from_place));
    }
    for action in workflow.all_steps().filter_map(Step::action) {
        if !served.has_action(&action.uses) {
            problems.push(problem(&format!("`{}`", action.uses), action.uses_place));
        }
    }
    let file = format!("workflows/{}.yaml", workflow.id);
    problems.into_iter().map(|problem| problem.in_file(&file)).collect()
}

fn at<'a>(project: &'a StoredProject, from: &ConnectionName) -> Option<&'a ProviderId> {
    project.connections.get(from).map(|connection| &connection.provider)
}

fn problem(what: &str, place: Place) -> Problem {
    let message = format!("this stage has no function for {what}");
    Problem::new("not_deployed", place, message).with_help(HELP)
}
