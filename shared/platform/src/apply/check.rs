//! Checking a project folder as a whole: every problem with its file, line and column.

use super::provider_files::{digests, own_providers};
use super::settings::{Around, stored_connection};
use crate::vocabulary::CatalogWords;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tradewind_connectors::catalog::Catalog;
use tradewind_connectors::described::Described;
use tradewind_engine::definitions::{
    DEFINITIONS_VERSION, ProviderFile, StoredAlerts, StoredConnection, StoredProject,
    version_of_project,
};
use tradewind_engine::hosts::AllowedHosts;
use tradewind_engine::ids::{ConnectionName, ProviderId, WorkflowId};
use tradewind_engine::problems::{Place, Problem};
use tradewind_engine::project::Project;
use tradewind_engine::workflows::{self, Step, Workflow, are_one_file, name_fault};

/// The file with the connections.
pub const PROJECT_FILE: &str = "tradewind.yaml";
/// More workflows than that are refused.
const WORKFLOWS_MAX: usize = 500;

/// The files of a project folder, and the environment of whoever applies it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProjectFiles {
    /// The text of tradewind.yaml.
    pub project: String,
    /// The texts of the workflows.
    pub workflows: BTreeMap<WorkflowId, String>,
    /// The texts of the files that describe providers of the project's own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub providers: BTreeMap<ProviderId, String>,
    /// The values of the `${{ env.… }}` that the project names.
    pub env: BTreeMap<String, String>,
}

/// A project without problems.
pub struct Checked {
    /// As it is kept.
    pub project: StoredProject,
    /// The workflows with their texts.
    pub workflows: Vec<(Workflow, String)>,
    /// The files of its own providers.
    pub provider_files: Vec<ProviderFile>,
    /// These providers, as the files describe them.
    pub own_providers: Vec<Described>,
    /// What is no problem and a person should know, each with its place.
    pub notes: Vec<Problem>,
    /// The catalog with them in it.
    pub catalog: Catalog,
}

/// Reads and checks all files; all problems at once. `allowed` is what the operator of this process
/// allowed, whoever wrote the files.
pub fn check(
    catalog: &Catalog,
    files: &ProjectFiles,
    allowed: &AllowedHosts,
) -> Result<Checked, Vec<Problem>> {
    let mut problems = Vec::new();
    let project = match Project::parse(&files.project) {
        Ok(project) => project,
        Err(found) => {
            problems.extend(found.into_iter().map(|problem| problem.in_file(PROJECT_FILE)));
            Project::default()
        }
    };
    let (described, provider_files) = own_providers(catalog, &files.providers, &mut problems);
    let project_is_broken = !problems.is_empty();
    let catalog = catalog.with(&described);
    let around = Around { catalog: &catalog, env: &files.env, allowed };
    let mut stored = stored_project(&project, &around, &mut problems);
    stored.providers = digests(&provider_files);
    stored.v = version_of_project(&stored.providers);
    let mut workflows = Vec::new();
    if files.workflows.len() > WORKFLOWS_MAX {
        let message = format!("more than {WORKFLOWS_MAX} workflows in one project");
        problems.push(Problem::new("too_many_workflows", Place::default(), message));
    }
    for (id, source) in files.workflows.iter().take(WORKFLOWS_MAX) {
        // Without connections every `via` would be one more problem, and none of them new.
        let providers = (!project_is_broken).then(|| project.providers());
        problems.extend(clash(id, files.workflows.keys().filter(|other| *other < id)));
        match check_workflow(&catalog, providers.as_ref(), id, source) {
            Err(found) => problems.extend(found),
            Ok(workflow) => {
                problems.extend(no_place_for_links(&workflow, project.public_url.as_deref()));
                workflows.push((workflow, source.clone()));
            }
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let own_providers = described;
    let providers = project.providers();
    let notes = workflows.iter().flat_map(|(one, _)| left_out(&catalog, &providers, one)).collect();
    Ok(Checked { project: stored, workflows, provider_files, own_providers, notes, catalog })
}

/// The fields of steps that the provider of their connection is not told.
fn left_out(
    catalog: &Catalog,
    providers: &BTreeMap<ConnectionName, ProviderId>,
    workflow: &Workflow,
) -> Vec<Problem> {
    let mut notes = Vec::new();
    let file = format!("workflows/{}.yaml", workflow.id);
    for step in workflow.all_steps().filter_map(Step::action) {
        let Some(provider) = providers.get(&step.via) else { continue };
        let Some(action) = catalog.action(step.uses.as_str()) else { continue };
        let Some(by) = action.implementation(provider.as_str()) else { continue };
        let left_out = action.not_carried(by);
        for (field, place) in
            step.with.fields().filter(|(name, _)| left_out.iter().any(|one| one == name))
        {
            let message = format!("`{field}` is not sent by {} ({provider})", step.via);
            notes.push(Problem::new("field_left_out", place, message).in_file(&file));
        }
    }
    notes
}

/// That it tells people of an approval, and nobody knows where the link would lead.
pub(super) fn no_place_for_links(workflow: &Workflow, public_url: Option<&str>) -> Option<Problem> {
    if public_url.is_some() {
        return None;
    }
    let asking =
        workflow.all_steps().find(|step| step.action().is_some_and(|action| action.asks))?;
    let message = "the link in this message needs a `public_url` in tradewind.yaml";
    let help = "write the address under which people reach this Tradewind: \
                `public_url: https://automation.example.com`";
    let problem = Problem::new("missing_key", asking.place, message).with_help(help);
    Some(problem.in_file(&format!("workflows/{}.yaml", workflow.id)))
}

/// Reads and checks one workflow; without `providers` what it says of connections is not checked.
pub(super) fn check_workflow(
    catalog: &Catalog,
    providers: Option<&BTreeMap<ConnectionName, ProviderId>>,
    id: &WorkflowId,
    source: &str,
) -> Result<Workflow, Vec<Problem>> {
    let file = format!("workflows/{id}.yaml");
    let in_file = |found: Vec<Problem>| -> Vec<Problem> {
        found.into_iter().map(|one| one.in_file(&file)).collect()
    };
    if let Some(fault) = name_fault(id) {
        let problem = Problem::new("id_invalid", Place::START, fault.message);
        return Err(in_file(vec![problem.with_help(fault.help)]));
    }
    let workflow = Workflow::parse(id, source).map_err(in_file)?;
    let Some(providers) = providers else { return Ok(workflow) };
    let found = workflows::check(&workflow, &CatalogWords(catalog), providers);
    if found.is_empty() { Ok(workflow) } else { Err(in_file(found)) }
}

/// That one of the others is the same file where capital letters make none of their own.
pub(super) fn clash<'a>(
    id: &WorkflowId,
    mut others: impl Iterator<Item = &'a WorkflowId>,
) -> Option<Problem> {
    let other = others.find(|other| are_one_file(id, other))?;
    let message = format!("{id} and {other} differ in capital letters alone");
    let help = "on some systems both are one file: give one of them another name";
    let problem = Problem::new("id_invalid", Place::START, message).with_help(help);
    Some(problem.in_file(&format!("workflows/{id}.yaml")))
}

fn stored_project(
    project: &Project,
    around: &Around<'_>,
    problems: &mut Vec<Problem>,
) -> StoredProject {
    let mut connections: BTreeMap<ConnectionName, StoredConnection> = BTreeMap::new();
    for connection in project.connections.values() {
        match stored_connection(connection, around) {
            Ok(stored) => {
                connections.insert(connection.name.clone(), stored);
            }
            Err(found) => problems.extend(found.into_iter().map(|one| one.in_file(PROJECT_FILE))),
        }
    }
    if let Some(alerts) = &project.alerts {
        problems.extend(check_alerts(alerts, project, around.catalog));
    }
    StoredProject {
        v: DEFINITIONS_VERSION,
        providers: BTreeMap::new(),
        connections,
        alerts: project
            .alerts
            .as_ref()
            .map(|alerts| StoredAlerts { via: alerts.via.clone(), to: alerts.to.clone() }),
        public_url: project.public_url.clone(),
        timezone: project.timezone.clone(),
        keep_days: project.history.keep_days,
        redact_after_days: project.history.redact_after_days,
        allowed_hosts: Some(around.allowed.iter().map(ToString::to_string).collect()),
    }
}

fn check_alerts(
    alerts: &tradewind_engine::project::Alerts,
    project: &Project,
    catalog: &Catalog,
) -> Option<Problem> {
    let problem = |code: &str, message: String| {
        Some(Problem::new(code, alerts.place, message).in_file(PROJECT_FILE))
    };
    let Some(connection) = project.connections.get(&alerts.via) else {
        return problem(
            "unknown_connection",
            format!("alerts: there is no connection {}", alerts.via),
        );
    };
    let does = |action: &str| {
        let action = catalog.action(action);
        action.is_some_and(|one| one.implementation(connection.provider.as_str()).is_some())
    };
    if does("chat.post") || (does("email.send") && alerts.to.is_some()) {
        return None;
    }
    if does("email.send") {
        return problem("missing_field", "alerts: name the receiver in `to`".to_owned());
    }
    let message = format!("alerts: {} can neither post nor mail", connection.provider);
    problem("cannot_tell", message)
}
