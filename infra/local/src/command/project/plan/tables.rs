//! A plan as tables; none where there is nothing to show.

use crate::command::printing::output::Mood;
use crate::command::printing::table::Table;
use std::fmt::Display;
use tradewind_stack::cost::Cost;
use tradewind_stack::idle::Idle;
use tradewind_stack::plan::{Plan, PlannedEvent};
use tradewind_stack::requests::Requests;

const SERVICES: [&str; 7] =
    ["", "DYNAMODB", "SQS MESSAGES", "EVENTBRIDGE", "LAMBDA", "API GATEWAY", "SCHEDULER"];

pub(super) fn functions(plan: &Plan) -> Option<Table> {
    let rows = plan.functions.iter().map(|one| [one.name.clone(), joined(&one.used_by)]);
    table(["FUNCTION", "USED BY"], rows)
}

pub(super) fn permissions(plan: &Plan) -> Option<Table> {
    let rows = plan.functions.iter().flat_map(|function| {
        function.permissions.iter().enumerate().map(|(number, permission)| {
            // The name stands once, before the first of its lines.
            let bin = if number == 0 { function.bin.clone() } else { String::new() };
            [bin, requests_of(&permission.actions), joined(&permission.resources)]
        })
    });
    table(["FUNCTION", "MAY", "ON"], rows)
}

/// `sqs: DeleteMessage, ReceiveMessage`: the requests of a statement are of one service.
fn requests_of(actions: &[&str]) -> String {
    let split: Vec<(&str, &str)> = actions.iter().filter_map(|one| one.split_once(':')).collect();
    let service = split.first().map_or("", |(service, _)| service);
    let names: Vec<&str> = split.iter().map(|(_, name)| *name).collect();
    format!("{service}: {}", names.join(", "))
}

pub(super) fn queues(plan: &Plan) -> Option<Table> {
    let rows = plan.queues.iter();
    let rows = rows.map(|one| [one.name.clone(), one.feeds.clone(), one.dead_letters.clone()]);
    table(["QUEUE", "FEEDS", "DEAD LETTERS"], rows)
}

pub(super) fn schedules(plan: &Plan) -> Option<Table> {
    let rows = plan.schedules.iter();
    let rows = rows.map(|one| [one.name.clone(), one.when.to_owned(), one.what.to_owned()]);
    table(["SCHEDULE", "WHEN", "WHAT"], rows)
}

pub(super) fn secrets(plan: &Plan) -> Option<Table> {
    let rows = plan.secrets.iter().map(|secret| {
        let provider = secret.provider.clone();
        [secret.name.clone(), provider, joined(&secret.connections), secret.parameter.clone()]
    });
    table(["SECRET", "PROVIDER", "CONNECTION", "SSM PARAMETER (SECURESTRING)"], rows)
}

pub(super) fn webhooks(plan: &Plan) -> Option<Table> {
    let rows = plan.webhooks.iter().flat_map(|webhook| {
        webhook.topics.iter().map(|topic| {
            [
                webhook.provider.to_owned(),
                topic.topic.clone(),
                webhook.url.clone(),
                joined(topic.include),
            ]
        })
    });
    table(["PROVIDER", "TOPIC", "URL", "INCLUDE"], rows)
}

pub(super) fn requests(plan: &Plan) -> Option<Table> {
    let rows = plan.workflows.iter().map(|one| counted(one.workflow.to_string(), one.requests));
    table(SERVICES, rows)
}

pub(super) fn additions(plan: &Plan) -> Option<Table> {
    let rows = plan.additions.iter().map(|one| counted(one.when.to_owned(), one.requests));
    table(SERVICES, rows)
}

pub(super) fn costs(plan: &Plan) -> Option<Table> {
    let rows = plan.events.iter().map(|event| {
        let Cost { dynamodb, sqs, eventbridge, lambda, api_gateway, scheduler } =
            event.per_thousand;
        let parts = [dynamodb, sqs, eventbridge, lambda, api_gateway + scheduler];
        let [dynamodb, sqs, eventbridge, lambda, rest] = parts.map(|part| format!("{part:.4}"));
        let total = format!("{:.4}", event.per_thousand_total);
        [name(event), total, dynamodb, sqs, eventbridge, lambda, rest]
    });
    table(["EVENT", "TOTAL", "DYNAMODB", "SQS", "EVENTBRIDGE", "LAMBDA", "OTHERS"], rows)
}

pub(super) fn idle(plan: &Plan) -> Option<Table> {
    let row = |what: &str, idle: Idle| {
        let Idle { alarm_count, alarms, metrics, dashboards, secrets, polling, sweeper, total } =
            idle;
        let parts = [total, alarms, polling, sweeper, dashboards + metrics + secrets];
        let [total, alarms, polling, sweeper, rest] = parts.map(|part| format!("{part:.2}"));
        [what.to_owned(), total, format!("{alarms} ({alarm_count})"), polling, sweeper, rest]
    };
    let rows = [
        row("these functions", plan.idle.project),
        row("all of template.yaml", plan.idle.everything),
    ];
    table(["STACK", "TOTAL", "ALARMS", "EMPTY QUEUES", "SWEEPER", "OTHERS"], rows.into_iter())
}

pub(super) fn drains(plan: &Plan) -> Option<Table> {
    let rows = plan.events.iter().flat_map(|event| {
        event.drains.iter().map(|drain| {
            [
                format!("{} x {}", event.burst, name(event)),
                drain.connection.to_string(),
                drain.calls_per_event.to_string(),
                drain.because.clone(),
                format!("{:.1}", drain.minutes),
            ]
        })
    });
    table(["EVENTS", "CONNECTION", "CALLS EACH", "HELD BACK BY", "MINUTES"], rows)
}

fn name(event: &PlannedEvent) -> String {
    match &event.from {
        Some(from) => format!("{} from {from}", event.event),
        None => event.event.clone(),
    }
}

fn counted(name: String, requests: Requests) -> [String; 7] {
    let Requests { dynamodb, sqs_messages, eventbridge, lambda, api_gateway, scheduler } = requests;
    let counts = [dynamodb, sqs_messages, eventbridge, lambda, api_gateway, scheduler];
    let [dynamodb, sqs, eventbridge, lambda, gateway, scheduler] =
        counts.map(|count| count.to_string());
    [name, dynamodb, sqs, eventbridge, lambda, gateway, scheduler]
}

fn joined<Word: Display>(words: &[Word]) -> String {
    words.iter().map(Word::to_string).collect::<Vec<_>>().join(", ")
}

fn table<const COLUMNS: usize>(
    header: [&str; COLUMNS],
    rows: impl Iterator<Item = [String; COLUMNS]>,
) -> Option<Table> {
    let mut rows = rows.peekable();
    rows.peek()?;
    let mut table = Table::new(header).whole();
    for row in rows {
        table.row(Mood::Good, row);
    }
    Some(table)
}
