//! The generated part of `template.yaml`: functions, queues and alarms as they follow from the
//! catalog. What it looks like is in `fragments/*.yaml`; here their `<placeholders>` are filled in.

mod code;
mod dashboard;
mod gateway;
mod slim;

pub use code::with_code_in;
pub use slim::{WHOLE, is_slim, slim};

use crate::function::{Function, Work};
use crate::naming::{self, variables as v};
use crate::resource::Resource;
use crate::role::{self, SHARED, SharedPolicy, Statement};
use tradewind_engine::workflows::FRESH_READ;

/// A crash is worth so many tries; failures that were handled are counted by the run.
const RECEIVES_OF_ACTIONS: u32 = 10;
/// An event has nothing but its message.
const RECEIVES_OF_DISPATCH: u32 = 20;

/// The resources of these functions.
pub fn resources(functions: &[Function]) -> String {
    let queues = role::action_queues(functions);
    let mut text = String::new();
    for function in functions {
        text.push('\n');
        text.push_str(&of_function(function, functions));
    }
    for policy in &SHARED {
        text.push('\n');
        text.push_str(&shared(policy, &queues));
    }
    text.push('\n');
    text.push_str(&undelivered());
    text.push('\n');
    text.push_str(&encrypted_ways(&queues));
    text.push('\n');
    text.push_str(&gateway::strays(functions));
    text.push('\n');
    text.push_str(&gateway::stage(functions));
    text.push('\n');
    text.push_str(&dashboard::resource(functions));
    text
}

fn of_function(function: &Function, all: &[Function]) -> String {
    let fragment = match &function.work {
        Work::Trigger(provider) => fill(
            include_str!("fragments/trigger.yaml"),
            &[
                ("reach", &reach(function, &provider.id)),
                ("provider", &provider.id),
                ("path", &naming::hooks(&provider.id)),
            ],
        ),
        Work::Action(action, _) => {
            let why = format!(
                "A step of {action} was given up on. `tradewind dead-letters` says which, and why."
            );
            queued(&format!("Does {action}"), &function_queue(function), &why, RECEIVES_OF_ACTIONS)
        }
        Work::Dispatch => queued(
            "Turns events into runs",
            naming::DISPATCH,
            "An event was given up on. `tradewind dead-letters` says which, and why.",
            RECEIVES_OF_DISPATCH,
        ),
        Work::Flow => queued(
            "Works on flow steps, such as waits",
            naming::FLOW,
            "A flow step was given up on. `tradewind dead-letters` says which, and why.",
            RECEIVES_OF_ACTIONS,
        ),
        Work::Links => fill(include_str!("fragments/links.yaml"), &[("path", naming::LINKS)]),
        Work::Sweep => platform(
            "Once a minute, sees to runs that stand still and to old data",
            "SweepTimeout",
            include_str!("fragments/invoked.yaml"),
        ),
        Work::Api => platform("Serves the admin API", "HttpTimeout", ""),
    };
    let logical = function.logical();
    fill(
        &fragment,
        &[
            ("role", &role_of(function)),
            ("variables", &variables_of(function, all)),
            ("Function", &logical),
            ("bin", &function.bin),
        ],
    )
}

/// What the gateway may call the function for.
fn reach(function: &Function, provider: &str) -> String {
    if function.takes_own() { "hooks".to_owned() } else { format!("hooks/{provider}") }
}

fn function_queue(function: &Function) -> String {
    function.queue().unwrap_or_default()
}

fn queued(description: &str, queue: &str, why: &str, receives: u32) -> String {
    let of_queue = fill(
        include_str!("fragments/queue.yaml"),
        &[("dead", &dead(&naming::dead(queue), why)), ("receives", &receives.to_string())],
    );
    fill(
        include_str!("fragments/queued.yaml"),
        &[
            ("queue", &of_queue),
            ("Queue", &naming::logical(queue)),
            ("queue", queue),
            ("description", description),
        ],
    )
}

fn dead(name: &str, why: &str) -> String {
    let fragment = include_str!("fragments/dead.yaml");
    fill(fragment, &[("Dead", &naming::logical(name)), ("dead", name), ("why", why)])
}

fn undelivered() -> String {
    dead(
        naming::UNDELIVERED,
        "The bus could not deliver an event to the dispatch queue for a day. `tradewind dead-letters` lists it, its `redrive` sends it there.",
    )
}

/// The policy of all queues that have none of their own.
fn encrypted_ways(queues: &[String]) -> String {
    let dead = queues.iter().map(String::as_str).chain([naming::DISPATCH]).map(naming::dead);
    let live = queues.iter().map(|queue| format!("{}Queue", naming::logical(queue)));
    let all = live.chain(dead.map(|dead| naming::logical(&dead)));
    let all: Vec<String> = all.map(|queue| format!("        - !Ref {queue}")).collect();
    fill(include_str!("fragments/queues.yaml"), &[("queues", &all.join("\n"))])
}

fn platform(description: &str, timeout: &str, invoked: &str) -> String {
    // The line of the placeholder goes with it.
    let fragment = include_str!("fragments/platform.yaml").replace("<invoked>\n", invoked);
    fill(&fragment, &[("description", description), ("timeout", timeout)])
}

fn shared(policy: &SharedPolicy, queues: &[String]) -> String {
    let (description, of): (_, fn(String) -> Resource) = match policy.resource {
        Resource::ActionDead => ("Rights to the dead letters of all actions", Resource::Dead),
        _ => ("Rights to the queues of all actions", Resource::Queue),
    };
    let arns = queues.iter().filter_map(|queue| of(queue.clone()).arn());
    let arns: Vec<String> = arns.map(|arn| format!("              - {arn}")).collect();
    fill(
        include_str!("fragments/shared.yaml"),
        &[
            ("Policy", policy.logical),
            ("description", description),
            ("actions", &policy.actions.join(", ")),
            ("queues", &arns.join("\n")),
        ],
    )
}

fn role_of(function: &Function) -> String {
    let shared = role::shared_policies(function);
    let shared: Vec<String> = shared.iter().map(|policy| format!("!Ref {policy}")).collect();
    let shared = match shared.is_empty() {
        true => String::new(),
        false => format!("      ManagedPolicyArns: [{}]\n", shared.join(", ")),
    };
    let statements = role::statements(function);
    let statements: Vec<String> = statements.iter().filter_map(statement).collect();
    // The line of the placeholder goes with it.
    let fragment = include_str!("fragments/role.yaml").replace("<shared>\n", &shared);
    fill(&fragment, &[("statements", &statements.join("\n"))])
}

/// Nothing where only shared policies say it.
fn statement(statement: &Statement) -> Option<String> {
    let indent = " ".repeat(14);
    let mut arns: Vec<String> = statement.resources.iter().filter_map(Resource::arn).collect();
    // Kinds of items are all in one table.
    arns.dedup();
    if arns.is_empty() {
        return None;
    }
    let mut lines = vec![
        format!("{indent}- Effect: Allow"),
        format!("{indent}  Action: [{}]", statement.actions.join(", ")),
        format!("{indent}  Resource:"),
    ];
    lines.extend(arns.iter().map(|arn| format!("{indent}    - {arn}")));
    let kinds: Vec<String> =
        statement.kinds().iter().map(|kind| format!("\"{}\"", kind.pattern())).collect();
    if !kinds.is_empty() {
        let kinds = kinds.join(", ");
        lines.push(format!("{indent}  Condition:"));
        lines.push(format!(
            "{indent}    ForAllValues:StringLike: {{ dynamodb:LeadingKeys: [{kinds}] }}"
        ));
    }
    if let Some(service) = statement.resources.iter().find_map(Resource::passed_to) {
        lines.push(format!("{indent}  Condition:"));
        lines.push(format!("{indent}    StringEquals: {{ iam:PassedToService: {service} }}"));
    }
    Some(lines.join("\n"))
}

fn variables_of(function: &Function, all: &[Function]) -> String {
    let lines = role::variables(function)
        .into_iter()
        .map(|variable| format!("          {variable}: {}", value(variable, function, all)));
    lines.collect::<Vec<_>>().join("\n")
}

/// The column of the mapping with the function's time-out.
fn timeout_of(function: &Function) -> &'static str {
    match function.work {
        Work::Trigger(_) | Work::Links | Work::Api => "HttpTimeout",
        Work::Sweep => "SweepTimeout",
        Work::Action(..) | Work::Dispatch | Work::Flow => "Timeout",
    }
}

/// What a variable holds, as the template writes it.
fn value(variable: &str, function: &Function, all: &[Function]) -> String {
    let of_stage = |what: &str| format!("!FindInMap [StageKinds, !Ref StageKind, {what}]");
    let queues = naming::staged("${Stage}", "");
    match variable {
        v::STAGE => "!Ref Stage".to_owned(),
        v::DEFINITIONS_TABLE => "!Ref DefinitionsTable".to_owned(),
        v::RUNS_TABLE => "!Ref RunsTable".to_owned(),
        v::BUS_NAME => "!Ref Bus".to_owned(),
        v::BUCKET => "!Ref Bucket".to_owned(),
        v::QUEUES_URL => format!(
            "!Sub https://sqs.${{AWS::Region}}.${{AWS::URLSuffix}}/${{AWS::AccountId}}/{queues}"
        ),
        v::QUEUES_ARN => format!(
            "!Sub arn:${{AWS::Partition}}:sqs:${{AWS::Region}}:${{AWS::AccountId}}:{queues}"
        ),
        v::SCHEDULER_ROLE_ARN => "!GetAtt SchedulerRole.Arn".to_owned(),
        v::SCHEDULE_GROUP => "!Ref ScheduleGroup".to_owned(),
        v::API_TOKEN_SECRET => "!GetAtt ApiToken.Id".to_owned(),
        v::LINKS_KEY_SECRET => "!GetAtt LinksKey.Id".to_owned(),
        v::FRESH_READS_URL => format!(
            "!Sub https://lambda.${{AWS::Region}}.${{AWS::URLSuffix}}/2015-03-31/functions/${{{}}}/invocations",
            naming::fresh_reads()
        ),
        v::SECRETS_PREFIX => format!("!Sub {}", naming::secrets("${Stage}")),
        v::ALLOWED_HOSTS => "!Ref AllowedHosts".to_owned(),
        v::STAGE_ACTIONS => listed(all, Function::action),
        v::STAGE_TRIGGERS => listed(all, Function::trigger),
        v::STAGE_ASKING_PEOPLE => listed(all, |one| one.action().filter(|_| one.asks_people)),
        v::STAGE_ASKING_AFRESH => listed(all, |one| {
            // The one that reads asks itself.
            one.action().filter(|action| one.asks_afresh || *action == FRESH_READ)
        }),
        v::TIMEOUT_SECONDS => of_stage(timeout_of(function)),
        v::LEASE_SECONDS => of_stage("Lease"),
        v::VISIBILITY_SECONDS => of_stage("Visibility"),
        v::QUEUE_DELAY_MAX_SECONDS => of_stage("QueueDelayMax"),
        other => unreachable!("no port asks for {other}"),
    }
}

/// Names with commas between them, as a text.
fn listed<'a>(functions: &'a [Function], name: impl Fn(&'a Function) -> Option<&'a str>) -> String {
    let names: Vec<&str> = functions.iter().filter_map(name).collect();
    format!("\"{}\"", names.join(","))
}

/// Puts values for `<placeholders>`. One that stands alone on its line takes as many lines as it has.
fn fill(fragment: &str, values: &[(&str, &str)]) -> String {
    let mut text = fragment.to_owned();
    for (name, value) in values {
        let value = value.strip_suffix('\n').unwrap_or(value);
        text = text.replace(&format!("<{name}>"), value);
    }
    text
}
