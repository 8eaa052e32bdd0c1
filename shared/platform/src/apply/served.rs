//! What this installation has functions for. A process serves everything there is; a stage may have been
//! deployed with the functions of one project alone.

use super::Checked;
use crate::own_providers::OWN_TRIGGERS;
use std::collections::BTreeSet;
use tradewind_connectors::catalog::served_with;
use tradewind_engine::definitions::StoredProject;
use tradewind_engine::ids::{ActionId, ConnectionName, ProviderId};
use tradewind_engine::problems::{Place, Problem};
use tradewind_engine::workflows::{ActionStep, Step, Workflow};

/// What there are functions for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Served {
    /// All of the catalog.
    #[default]
    Everything,
    /// What a stage was deployed with.
    Only(Functions),
}

/// The functions of a stage, and what they can be asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Functions {
    /// The actions.
    pub actions: BTreeSet<ActionId>,
    /// The providers whose webhooks are taken.
    pub triggers: BTreeSet<ProviderId>,
    /// The actions that can tell people of approvals.
    pub asking_people: BTreeSet<ActionId>,
    /// The actions whose steps can ask afresh whether they are still wanted.
    pub asking_afresh: BTreeSet<ActionId>,
}

const HELP: &str = "deploy a template that has it, which `tradewind plan --template FILE` writes, and \
    apply again";

impl Served {
    /// Whether the action has a function.
    pub fn has_action(&self, action: &ActionId) -> bool {
        match self {
            Self::Everything => true,
            Self::Only(functions) => has(&functions.actions, action),
        }
    }

    /// Whether the webhooks of the provider have one.
    pub fn has_trigger(&self, provider: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Only(Functions { triggers, .. }) => {
                triggers.iter().any(|one| one.as_str() == provider)
            }
        }
    }

    /// What the step asks for that the function of its action cannot do.
    fn lacks(&self, step: &ActionStep) -> Option<(&'static str, Place)> {
        let Self::Only(functions) = self else { return None };
        match &step.still {
            _ if step.asks && !has(&functions.asking_people, &step.uses) => {
                Some(("links, by which people decide approvals", step.uses_place))
            }
            Some(still) if !has(&functions.asking_afresh, &step.uses) => {
                Some(("`only_if_still` at this action", still.place()))
            }
            _ => None,
        }
    }
}

/// Whether the function that does the action is among those.
fn has(functions: &BTreeSet<ActionId>, action: &ActionId) -> bool {
    functions.contains(&ActionId::from(served_with(action.as_str())))
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
        && !served.has_trigger(match project.providers.contains_key(provider) {
            true => OWN_TRIGGERS,
            false => provider.as_str(),
        })
    {
        let what = format!("the webhooks of {provider}");
        problems.push(problem(&what, workflow.trigger.from_place));
    }
    for action in workflow.all_steps().filter_map(Step::action) {
        if !served.has_action(&action.uses) {
            problems.push(problem(&format!("`{}`", action.uses), action.uses_place));
        } else if let Some((what, place)) = served.lacks(action) {
            problems.push(problem(what, place));
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

#[cfg(test)]
mod tests {
    use super::{Functions, Served};

    #[test]
    fn an_action_of_a_projects_own_needs_the_function_of_http_request() {
        let only = |action: &str| {
            let actions = [action.into()].into();
            Served::Only(Functions { actions, ..Functions::default() })
        };
        let own = "acme.create_ticket".into();
        assert!(only("http.request").has_action(&own) && Served::Everything.has_action(&own));
        assert!(!only("email.send").has_action(&own));
        assert!(!only("http.request").has_action(&"email.send".into()));
    }
}
