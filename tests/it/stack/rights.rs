//! Nobody may do more than what its ports ask for.

use super::document::{Resource, Template, template};
use super::resolved::text;
use expect_test::expect;
use serde_json::Value;
use std::collections::BTreeSet;
use tradewind_connectors::catalog::catalog;
use tradewind_engine::workflows::FRESH_READ;
use tradewind_stack::function::{Work, functions};

const WRITES: [&str; 4] =
    ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem"];
const READS: [&str; 3] = ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"];

#[test]
fn no_action_and_no_resource_is_a_bare_star() {
    let template = template();
    let policies = policies(&template);
    assert!(policies.len() > 10);
    for (role, statement) in policies {
        for action in several(&statement["Action"]) {
            let action = action.as_str().unwrap();
            assert!(!action.contains('*'), "{role}: {action}");
        }
        for resource in several(&statement["Resource"]) {
            let arn = text(&template, resource);
            // The log's own ARN ends so: it means the streams of that log.
            let of_log = arn.strip_suffix(":*").filter(|arn| arn.contains(":log-group:"));
            let rest = of_log.or(arn.strip_suffix("/*")).unwrap_or(&arn);
            assert!(rest.starts_with("arn:aws:") && !rest.contains('*'), "{role}: {arn}");
        }
        assert_eq!(statement["Effect"], "Allow");
        assert_eq!(statement["NotAction"], Value::Null);
        assert_eq!(statement["NotResource"], Value::Null);
    }
}

#[test]
fn each_function_has_a_role_of_its_own() {
    let template = template();
    for function in template.functions() {
        let role = format!("{}Role.Arn", function.logical);
        assert_eq!(function.property("Role")["Fn::GetAtt"], role);
        assert_eq!(function.property("Policies"), &Value::Null, "{}", function.logical);
    }
}

#[test]
fn a_role_reads_the_secrets_of_the_providers_it_serves_and_no_others() {
    let template = template();
    for function in functions(&catalog()) {
        let role = template.resource(&format!("{}Role", function.logical()));
        let read: BTreeSet<String> = resources_of(&template, role, "ssm:GetParameter");
        let served = match &function.work {
            Work::Trigger(provider) => vec![provider.id.clone()],
            Work::Action(_, providers) => {
                providers.iter().map(|provider| provider.id.clone()).collect()
            }
            _ => Vec::new(),
        };
        let with_secrets = served.into_iter().filter(|id| {
            catalog().provider(id).is_some_and(|provider| !provider.secrets.is_empty())
        });
        // Those of the project's own providers that do what the function does, or whose webhooks it takes.
        let own = match &function.work {
            Work::Action(..) => function.queue(),
            Work::Trigger(provider) if provider.id == "webhook" => Some(function.bin.clone()),
            _ => None,
        };
        let own = own.map(|folder| format!("own/{folder}"));
        let wanted = with_secrets.chain(own).map(|id| {
            format!(
                "arn:aws:ssm:ap-southeast-1:123456789012:\
                 parameter/tradewind/abcdefghijklmnop/secrets/{id}/*"
            )
        });
        assert_eq!(read, wanted.collect(), "{}", function.bin);
    }
}

#[test]
fn the_way_in_writes_no_run_and_reads_no_message() {
    let template = template();
    let role = template.resource("TriggerCommercelayerRole");
    expect![[r#"
        dynamodb:GetItem DefinitionsTable
        dynamodb:PutItem RunsTable of REFUSED
        dynamodb:Query DefinitionsTable
        events:PutEvents Bus
        logs:CreateLogStream Logs
        logs:PutLogEvents Logs
        s3:PutObject ${Bucket.Arn}/events/*
        sqs:SendMessage DispatchQueue
        ssm:GetParameter /secrets/commercelayer/*"#]]
    .assert_eq(&shown(&template, role));
}

/// What a function may write: a run can be changed by whoever works on runs, and by nobody who takes what
/// strangers send.
#[test]
fn no_function_writes_a_kind_of_item_that_it_has_no_port_for() {
    let template = template();
    let mut written = BTreeSet::new();
    for function in functions(&catalog()) {
        let kinds = kinds_of(&template, &function.logical(), &WRITES).join(" ");
        let of = match function.work {
            Work::Trigger(_) => "trigger",
            Work::Action(..) => "action",
            Work::Dispatch => "dispatch",
            Work::Flow => "flow",
            Work::Links => "links",
            Work::Sweep => "sweep",
            Work::Api => "api",
        };
        written.insert(format!("{of}: {kinds}"));
    }
    expect![[r#"
        action: EVENT LETTER LIMIT RUN TOKEN
        api: AUDIT EVENT JOB LETTER MARK REFUSED REPLY RUN
        dispatch: EVENT HOLD LETTER MARK RUN
        flow: EVENT HOLD LETTER MARK RUN SLOT
        links: RUN
        sweep: AUDIT EVENT HOLD JOB LETTER LIMIT MARK REPLY RUN SCHEDULE
        trigger: REFUSED"#]]
    .assert_eq(&written.into_iter().collect::<Vec<_>>().join("\n"));
}

#[test]
fn actions_alone_call_a_function_and_only_the_one_that_reads_orders() {
    let template = template();
    for function in functions(&catalog()) {
        let role = template.resource(&format!("{}Role", function.logical()));
        let statements = statements_of(&template, role).into_iter();
        let calls = statements.filter(|one| {
            several(&one["Action"]).iter().any(|one| *one == "lambda:InvokeFunction")
        });
        let called: Vec<&Value> = calls.flat_map(|one| several(&one["Resource"])).collect();
        // The one that reads has what it takes itself.
        let asks = function.action().is_some_and(|action| action != FRESH_READ);
        let expected = serde_json::json!({ "Fn::GetAtt": "ActionOrderGet.Arn" });
        assert_eq!(called, if asks { vec![&expected] } else { Vec::new() }, "{}", function.bin);
    }
}

#[test]
fn actions_alone_read_access_tokens() {
    let template = template();
    for function in functions(&catalog()) {
        let read = kinds_of(&template, &function.logical(), &READS);
        let is_action = matches!(function.work, Work::Action(..));
        assert_eq!(read.contains(&"TOKEN".to_owned()), is_action, "{}: {read:?}", function.bin);
    }
}

/// A batch is allowed only by a statement that allows all of its keys.
#[test]
fn a_request_to_items_stands_in_one_statement() {
    let template = template();
    for function in functions(&catalog()) {
        let role = template.resource(&format!("{}Role", function.logical()));
        let mut seen = BTreeSet::new();
        for statement in statements_of(&template, role).into_iter().filter(|one| is_of_items(one)) {
            for action in several(&statement["Action"]) {
                assert!(seen.insert(action.to_string()), "{}: {action} twice", function.bin);
            }
        }
    }
}

#[test]
fn the_dispatch_alone_reads_what_the_bus_could_not_carry() {
    let template = template();
    for function in functions(&catalog()) {
        let role = template.resource(&format!("{}Role", function.logical()));
        let read = resources_of(&template, role, "s3:GetObject");
        let reads_events = read.iter().any(|arn| arn.ends_with("/events/*"));
        assert_eq!(reads_events, matches!(function.work, Work::Dispatch), "{}", function.bin);
    }
}

#[test]
fn schedules_may_wake_steps_and_nothing_else() {
    let template = template();
    let role = template.resource("SchedulerRole");
    let statements = statements_of(&template, role);
    assert_eq!(statements.len(), 1);
    assert_eq!(statements[0]["Action"], serde_json::json!(["sqs:SendMessage"]));
    let queues = several(&statements[0]["Resource"]).into_iter().map(|one| text(&template, one));
    let queues: BTreeSet<String> = queues.collect();
    assert_eq!(queues.len(), catalog().actions.len() + 1, "those of the actions and of the flow");
    assert!(queues.iter().all(|queue| !queue.ends_with("-dead") && !queue.ends_with("-dispatch")));
}

#[test]
fn the_bus_is_the_only_outsider_that_may_send_to_a_queue() {
    let template = template();
    let policies = template.of_type("AWS::SQS::QueuePolicy");
    let statements = policies.iter().flat_map(|policy| own_statements(*policy));
    let allowed: Vec<&Value> = statements.filter(|one| one["Effect"] == "Allow").collect();
    assert_eq!(allowed.len(), 1);
    assert_eq!(allowed[0]["Principal"]["Service"], "events.amazonaws.com");
    assert_eq!(allowed[0]["Condition"]["ArnEquals"]["aws:SourceArn"]["Fn::GetAtt"], "Rule.Arn");
}

/// All statements of identity policies, with the resource that they stand in.
fn policies(template: &Template) -> Vec<(String, &Value)> {
    let owners = template.of_type("AWS::IAM::Role").into_iter();
    let owners = owners.chain(template.of_type("AWS::IAM::ManagedPolicy"));
    let mut all = Vec::new();
    for owner in owners {
        all.extend(own_statements(owner).into_iter().map(|one| (owner.logical.to_owned(), one)));
    }
    all
}

pub(super) fn own_statements(owner: Resource<'_>) -> Vec<&Value> {
    let documents = owner.property("Policies").as_array().into_iter().flatten();
    let documents = documents.map(|policy| &policy["PolicyDocument"]);
    let documents = documents.chain([owner.property("PolicyDocument")]);
    documents.flat_map(|document| several(&document["Statement"])).collect()
}

/// The statements of a role, those of its shared policies included.
fn statements_of<'a>(template: &'a Template, role: Resource<'a>) -> Vec<&'a Value> {
    let shared = role.property("ManagedPolicyArns").as_array().into_iter().flatten();
    let shared = shared.map(|policy| template.resource(policy["Ref"].as_str().unwrap()));
    let mut statements = own_statements(role);
    statements.extend(shared.flat_map(own_statements));
    statements
}

fn resources_of(template: &Template, role: Resource<'_>, action: &str) -> BTreeSet<String> {
    let statements = statements_of(template, role).into_iter();
    let matching =
        statements.filter(|one| several(&one["Action"]).iter().any(|one| *one == action));
    let resources = matching.flat_map(|one| several(&one["Resource"]));
    resources.map(|resource| text(template, resource)).collect()
}

fn shown(template: &Template, role: Resource<'_>) -> String {
    let mut lines = BTreeSet::new();
    for statement in statements_of(template, role) {
        for action in several(&statement["Action"]) {
            for resource in several(&statement["Resource"]) {
                let resource = resource["Fn::GetAtt"].as_str().or(resource["Fn::Sub"].as_str());
                let resource = resource.unwrap().trim_end_matches(".Arn");
                let resource = resource.rsplit("${Stage}").next().unwrap();
                let keys = &statement["Condition"]["ForAllValues:StringLike"];
                let kinds = several(&keys["dynamodb:LeadingKeys"]);
                let kinds: Vec<&str> =
                    kinds.iter().map(|one| one.as_str().unwrap().trim_end_matches("#*")).collect();
                let of = if kinds.is_empty() { "" } else { " of " };
                let kinds = kinds.join(" ");
                lines.insert(format!("{} {resource}{of}{kinds}", action.as_str().unwrap()));
            }
        }
    }
    lines.into_iter().collect::<Vec<_>>().join("\n")
}

/// The kinds of items that the function of that name may ask for in one of these ways. A statement about
/// the table without them would be about everything in it.
fn kinds_of(template: &Template, logical: &str, asked: &[&str]) -> Vec<String> {
    let role = template.resource(&format!("{logical}Role"));
    let mut kinds = BTreeSet::new();
    for statement in statements_of(template, role).into_iter().filter(|one| is_of_items(one)) {
        let condition = &statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"];
        let patterns = several(condition);
        assert!(!patterns.is_empty(), "{logical} may touch every item: {statement}");
        let is_asked = |one: &&&Value| asked.iter().any(|asked| **one == *asked);
        if several(&statement["Action"]).iter().any(|one| is_asked(&one)) {
            let kind = |one: &Value| one.as_str().unwrap().strip_suffix("#*").unwrap().to_owned();
            kinds.extend(patterns.into_iter().map(kind));
        }
    }
    kinds.into_iter().collect()
}

fn is_of_items(statement: &Value) -> bool {
    several(&statement["Resource"]).iter().any(|one| one["Fn::GetAtt"] == "RunsTable.Arn")
}

pub(super) fn several(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(several) => several.iter().collect(),
        Value::Null => Vec::new(),
        one => vec![one],
    }
}
