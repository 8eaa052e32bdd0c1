//! One workflow is changed, checked against the project that holds.

use super::check::{PROJECT_FILE, check_workflow, clash, no_place_for_links};
use super::served::missing;
use super::{Applied, Applying, NextDefinitions, NotApplied, add_workflow, plans};
use tradewind_engine::definitions::DefinitionsChange;
use tradewind_engine::ids::WorkflowId;
use tradewind_engine::problems::{Place, Problem};

/// Checks the text and makes it the workflow's next version. `expected` is the version that the
/// caller has seen; a workflow that does not exist, or whose file is gone, has none.
pub async fn apply_workflow(
    ports: &Applying,
    id: &WorkflowId,
    source: &str,
    expected: Option<u32>,
) -> Result<Applied, NotApplied> {
    let current = ports.definitions.current().await?;
    let before = current.workflows.iter().find(|head| head.id == *id);
    let version = before.filter(|head| !head.deleted).map(|head| head.version);
    if let Some(expected) = expected.filter(|expected| version != Some(*expected)) {
        return Err(NotApplied::Conflict(expected.into()));
    }
    let Some(project) = &current.project else {
        let problem = Problem::new("no_project", Place::START, "nothing is applied yet");
        let problem = problem.with_help("apply the whole project folder first");
        return Err(NotApplied::Problems(vec![problem.in_file(PROJECT_FILE)]));
    };
    let providers = project.connections.iter();
    let providers = providers.map(|(name, one)| (name.clone(), one.provider.clone())).collect();
    let catalog = ports.deployed.own_providers(&current).await?.within(&ports.catalog);
    let workflow = check_workflow(&catalog, Some(&providers), id, source);
    let workflow = workflow.map_err(NotApplied::Problems)?;
    if let Some(problem) = no_place_for_links(&workflow, project.public_url.as_deref()) {
        return Err(NotApplied::Problems(vec![problem]));
    }
    let missing = missing(&ports.served, &workflow, project);
    if !missing.is_empty() {
        return Err(NotApplied::Problems(missing));
    }
    let others = current.workflows.iter().filter(|head| !head.deleted).map(|head| &head.id);
    if let Some(problem) = clash(id, others) {
        return Err(NotApplied::Problems(vec![problem]));
    }
    let mut change =
        DefinitionsChange { from_revision: current.revision, ..DefinitionsChange::default() };
    let mut applied = Applied { revision: current.revision, ..Applied::default() };
    let steps = plans(&workflow, project, &catalog);
    let timezone = project.timezone.as_deref();
    let next = NextDefinitions { workflow: &workflow, source, steps, timezone, before };
    add_workflow(ports, next, ports.clock.now(), &mut change, &mut applied).await?;
    if change.heads.is_empty() {
        return Ok(applied);
    }
    if !ports.definitions.change(&change).await? {
        return Err(NotApplied::Conflict(current.revision));
    }
    ports.deployed.refresh();
    applied.revision += 1;
    Ok(applied)
}
