//! What a project folder comes to on AWS: functions and their rights, queues, schedules, secrets,
//! webhooks, requests, cost. It follows from the files alone.

mod parts;

pub use parts::{
    PlannedEvent, PlannedFunction, PlannedIdle, PlannedPermission, PlannedQueue, PlannedSchedule,
    PlannedSecret, PlannedTopic, PlannedWebhook, PlannedWorkflow,
};

use crate::cost::{self, Runs};
use crate::drain::drains;
use crate::function::{Function, Work, functions};
use crate::idle::idle;
use crate::requests::{self, ADDITIONS, Addition};
use crate::template::{WHOLE, slim};
use crate::{naming, role};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use tradewind_connectors::catalog::Catalog;
use tradewind_connectors::connection::Connection;
use tradewind_connectors::described::Described;
use tradewind_engine::ids::{ConnectionName, ProviderId, WorkflowId};
use tradewind_engine::project::{Project, Setting};
use tradewind_engine::workflows::{ActionStep, FRESH_READ, Step, Workflow};
use tradewind_platform::apply::{Checked, SecretHost};

/// What is asked for.
pub struct Question<'a> {
    /// Everything there is.
    pub catalog: &'a Catalog,
    /// The project as it is written.
    pub project: &'a Project,
    /// The project and its workflows, without problems.
    pub checked: &'a Checked,
    /// The name of the stage.
    pub stage: &'a str,
    /// How many events come at once.
    pub burst: u64,
    /// Every host that will receive a secret.
    pub hosts: Vec<SecretHost>,
    /// Whose project they were compared with.
    pub compared_with: Option<String>,
}

/// All of it.
#[derive(Debug, Serialize)]
pub struct Plan {
    /// The stage.
    pub stage: String,
    /// The functions that the workflows use, and those of the platform.
    pub functions: Vec<PlannedFunction>,
    /// Their queues.
    pub queues: Vec<PlannedQueue>,
    /// What happens by the clock.
    pub schedules: Vec<PlannedSchedule>,
    /// What has to be stored before anything works.
    pub secrets: Vec<PlannedSecret>,
    /// Every host that will receive a secret, and those that will not any more.
    pub hosts: Vec<SecretHost>,
    /// Whose project they were compared with; nothing where none was found.
    pub compared_with: Option<String>,
    /// What has to be registered at the providers.
    pub webhooks: Vec<PlannedWebhook>,
    /// What a run of each workflow asks for.
    pub workflows: Vec<PlannedWorkflow>,
    /// What comes on top of that, each time that it happens.
    pub additions: &'static [Addition],
    /// What the workflows of an event cost together, and how long a burst takes.
    pub events: Vec<PlannedEvent>,
    /// What a month costs in which nothing happens: with these functions, and with all there are.
    pub idle: PlannedIdle,
    /// What will not work on AWS.
    pub warnings: Vec<String>,
}

/// Looks at the project.
pub fn plan(question: &Question<'_>) -> Plan {
    let workflows: Vec<&Workflow> =
        question.checked.workflows.iter().map(|(workflow, _)| workflow).collect();
    let used = used_by_workflows(question, &workflows);
    let idle = PlannedIdle { project: idle(&slim(&used, "")), everything: idle(WHOLE) };
    Plan {
        stage: question.stage.to_owned(),
        queues: used.iter().filter_map(|one| queue(one, question.stage)).collect(),
        functions: used.iter().map(|function| planned(function, question, &workflows)).collect(),
        schedules: schedules(question.stage),
        secrets: secrets(question),
        hosts: question.hosts.clone(),
        compared_with: question.compared_with.clone(),
        webhooks: webhooks(question, &workflows),
        workflows: workflows.iter().map(|workflow| requests_of(workflow)).collect(),
        additions: &ADDITIONS,
        events: events(question, &workflows),
        idle,
        warnings: warnings(question),
    }
}

/// The functions that the project uses, and those of the platform.
pub fn used(question: &Question<'_>) -> Vec<Function> {
    let workflows: Vec<&Workflow> =
        question.checked.workflows.iter().map(|(workflow, _)| workflow).collect();
    used_by_workflows(question, &workflows)
}

fn used_by_workflows(question: &Question<'_>, workflows: &[&Workflow]) -> Vec<Function> {
    let all = functions(question.catalog).into_iter();
    let used = all.filter(|function| match function.work {
        Work::Trigger(_) | Work::Action(..) | Work::Links => {
            !used_by(function, question, workflows).is_empty()
        }
        Work::Dispatch | Work::Flow | Work::Sweep | Work::Api => true,
    });
    used.map(|function| with_what_is_asked(function, workflows)).collect()
}

/// The function with what the steps of the workflows ask of it, and no more.
fn with_what_is_asked(function: Function, workflows: &[&Workflow]) -> Function {
    let steps = workflows.iter().flat_map(|workflow| workflow.all_steps());
    let steps: Vec<&ActionStep> =
        steps.filter_map(Step::action).filter(|step| function.does(&step.uses)).collect();
    let asks_people = function.asks_people && steps.iter().any(|step| step.asks);
    let asks_afresh = function.asks_afresh && steps.iter().any(|step| step.still.is_some());
    Function { asks_people, asks_afresh, ..function }
}

/// The workflows that need the function; of the platform's, all need each.
fn used_by(function: &Function, question: &Question<'_>, workflows: &[&Workflow]) -> Vec<String> {
    let needs = |workflow: &&&Workflow| match &function.work {
        Work::Trigger(provider) => {
            let from = workflow.trigger.from.as_ref();
            from.and_then(|from| question.project.connections.get(from)).is_some_and(|connection| {
                let is_own = function.takes_own() && own(question, &connection.provider).is_some();
                connection.provider.as_str() == provider.id || is_own
            })
        }
        Work::Action(action, _) => {
            let reads = action.as_str() == FRESH_READ;
            let needs =
                |step: &ActionStep| function.does(&step.uses) || reads && step.still.is_some();
            workflow.all_steps().filter_map(Step::action).any(needs)
        }
        Work::Links => workflow.all_steps().filter_map(Step::action).any(|step| step.asks),
        Work::Dispatch | Work::Flow | Work::Sweep | Work::Api => true,
    };
    workflows.iter().filter(needs).map(|workflow| workflow.id.to_string()).collect()
}

fn planned(
    function: &Function,
    question: &Question<'_>,
    workflows: &[&Workflow],
) -> PlannedFunction {
    let permissions = role::statements(function).into_iter().map(|statement| PlannedPermission {
        actions: statement.actions,
        resources: statement.resources.iter().map(|one| one.shown(question.stage)).collect(),
    });
    PlannedFunction {
        name: naming::staged(question.stage, &function.bin),
        bin: function.bin.clone(),
        used_by: used_by(function, question, workflows),
        permissions: permissions.collect(),
    }
}

fn queue(function: &Function, stage: &str) -> Option<PlannedQueue> {
    let queue = function.queue()?;
    Some(PlannedQueue {
        name: naming::staged(stage, &queue),
        dead_letters: naming::staged(stage, &naming::dead(&queue)),
        feeds: naming::staged(stage, &function.bin),
    })
}

fn schedules(stage: &str) -> Vec<PlannedSchedule> {
    vec![
        PlannedSchedule {
            name: naming::staged(stage, "sweep"),
            when: "every minute",
            what: "sees to what is due, to runs that stand still, and to old data",
        },
        PlannedSchedule {
            name: format!("group {}-{stage}", naming::PREFIX),
            when: "once, when a try is due later than 15 minutes from now",
            what: "wakes a step",
        },
    ]
}

fn secrets(question: &Question<'_>) -> Vec<PlannedSecret> {
    let mut found: BTreeMap<(String, String), BTreeSet<ConnectionName>> = BTreeMap::new();
    for connection in question.project.connections.values() {
        let settings = connection.settings.iter();
        for (key, setting) in settings {
            for folder in folders(question, &connection.provider, key) {
                for name in Setting::secrets(setting) {
                    let key = (folder.clone(), name.to_owned());
                    found.entry(key).or_default().insert(connection.name.clone());
                }
            }
        }
    }
    let secrets = found.into_iter().map(|((folder, name), connections)| PlannedSecret {
        parameter: format!("{}{name}", naming::secrets_of(question.stage, &folder)),
        command: naming::put_secret(question.stage, &folder, &name),
        file_command: naming::put_secret_file(question.stage, &folder, &name, "PATH"),
        name,
        provider: folder.rsplit('/').next().unwrap_or_default().to_owned(),
        connections: connections.into_iter().collect(),
    });
    secrets.collect()
}

/// Where the secrets of a setting are kept: those of a provider of the project's own in a folder for each function that
/// does its actions, or takes its webhooks and needs the setting.
fn folders(question: &Question<'_>, provider: &ProviderId, setting: &str) -> Vec<String> {
    let Some(own) = own(question, provider) else { return vec![provider.to_string()] };
    let actions = own.description().actions.iter();
    let actions = actions.map(|action| naming::queue(action.id.as_str()));
    let trigger = own.provider().trigger.iter();
    let takes = trigger.filter(|trigger| trigger.settings().contains(&setting));
    let functions = actions.chain(takes.map(|_| naming::trigger_bin(naming::OWN_TRIGGERS)));
    functions.map(|function| naming::own_provider(&function, provider.as_str())).collect()
}

/// The provider of that id, where it is the project's own.
fn own<'a>(question: &Question<'a>, provider: &ProviderId) -> Option<&'a Described> {
    let mut own = question.checked.own_providers.iter();
    own.find(|own| own.provider().id == provider.as_str())
}

fn webhooks(question: &Question<'_>, workflows: &[&Workflow]) -> Vec<PlannedWebhook> {
    let mut wanted: BTreeMap<&ConnectionName, BTreeSet<&str>> = BTreeMap::new();
    for workflow in workflows {
        if let Some(from) = &workflow.trigger.from {
            wanted.entry(from).or_default().insert(&workflow.trigger.event);
        }
    }
    let base = question.checked.project.public_url.as_deref().unwrap_or("<ApiUrl>");
    let webhook = |(name, events): (&ConnectionName, BTreeSet<&str>)| {
        let connection = question.project.connections.get(name)?;
        let provider = question.checked.catalog.provider(connection.provider.as_str())?;
        let topics = provider.trigger.as_ref()?.topics().into_iter();
        let topics = topics.filter(|topic| events.contains(topic.event));
        Some(PlannedWebhook {
            connection: name.clone(),
            provider: provider.id.clone(),
            url: format!(
                "{}{}",
                base.trim_end_matches('/'),
                naming::hook(&provider.id, name.as_str())
            ),
            topics: topics
                .map(|topic| PlannedTopic {
                    topic: topic.name.to_owned(),
                    event: topic.event.to_owned(),
                    include: topic.include,
                })
                .collect(),
        })
    };
    wanted.into_iter().filter_map(webhook).collect()
}

fn requests_of(workflow: &Workflow) -> PlannedWorkflow {
    let parts = requests::per_run(workflow);
    PlannedWorkflow { workflow: workflow.id.clone(), requests: requests::total(&parts), parts }
}

/// What makes events the same: name, connection, and the workflow where it is for one alone.
type Source<'a> = (&'a str, Option<&'a ConnectionName>, Option<&'a WorkflowId>);

fn events(question: &Question<'_>, workflows: &[&Workflow]) -> Vec<PlannedEvent> {
    let connections = connections(question);
    let mut groups: BTreeMap<Source<'_>, Vec<&Workflow>> = BTreeMap::new();
    for workflow in workflows {
        let trigger = &workflow.trigger;
        // What is due is for one workflow alone.
        let alone = trigger.schedule.as_ref().map(|_| &workflow.id);
        groups.entry((&trigger.event, trigger.from.as_ref(), alone)).or_default().push(workflow);
    }
    let event = |((event, from, _), workflows): (Source<'_>, Vec<&Workflow>)| {
        let mut parts = workflows.first().map(|one| requests::way_in(one)).unwrap_or_default();
        parts.extend(workflows.iter().flat_map(|workflow| requests::own(workflow)));
        let requests = requests::total(&parts);
        let steps = workflows.iter().map(|workflow| requests::steps(workflow)).sum();
        let runs = Runs { events: 1, runs: workflows.len() as u64, steps, requests };
        let per_thousand = cost::cost(runs, 1_000);
        let drains = drains(&workflows, &connections, question.burst);
        PlannedEvent {
            event: event.to_owned(),
            from: from.cloned(),
            workflows: workflows.iter().map(|workflow| workflow.id.clone()).collect(),
            requests,
            per_thousand,
            per_thousand_total: per_thousand.total(),
            burst: question.burst,
            minutes: drains.first().map_or(0.0, |slowest| slowest.minutes),
            drains,
        }
    };
    groups.into_iter().map(event).collect()
}

/// The connections without their secrets, which no limit depends on.
fn connections(question: &Question<'_>) -> BTreeMap<ConnectionName, Connection> {
    let stored = question.checked.project.connections.iter();
    let known = stored.filter_map(|(name, stored)| {
        let provider = question.checked.catalog.provider(stored.provider.as_str())?;
        let connection = Connection::new(name.clone(), provider, stored.settings.clone());
        Some((name.clone(), connection))
    });
    known.collect()
}

fn warnings(question: &Question<'_>) -> Vec<String> {
    let connections = question.project.connections.values();
    let with_files = connections.filter(|connection| connection.provider.as_str() == "csv");
    let warning = with_files.map(|connection| {
        format!(
            "connection {} writes CSV files, and a function has no disk that stays: its steps will \
             wait for a person. Use google_sheets.",
            connection.name
        )
    });
    warning.collect()
}
