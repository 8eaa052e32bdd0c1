//! `tradewind plan`: what a folder needs on AWS, out of its files alone.

use super::folder::Folder;
use expect_test::expect;
use serde_json::Value;
use std::fs;
use tradewind_stack::template::WHOLE;

const PROJECT: &str = "\
connections:
  shop: { provider: commercelayer, organization: acme, client_id: id, client_secret: \"${{ secret.cl }}\", webhook_secret: \"${{ secret.cl_hook }}\" }
  mail: { provider: sendgrid, api_key: \"${{ secret.mail }}\", from: shop@example.com }
  books: { provider: google_sheets, service_account: \"${{ secret.google }}\", spreadsheet_id: abc }
  ops: { provider: slack, url: \"${{ secret.slack }}\", rate_limit: { calls: 10, per: 1s } }
public_url: https://automation.example.com
";
const ORDERS: &str = "\
trigger: { event: order.placed, from: shop }
steps:
  - { id: mail, uses: email.send, via: mail, with: { to: a@b.example, subject: Thanks, text: Yours } }
  - { id: log, uses: sheet.append_row, via: books, with: { sheet: Orders, key: \"${{ trigger.order.number }}\", row: { Order: \"${{ trigger.order.number }}\" } } }
on_failure:
  - { uses: chat.post, via: ops, with: { text: It failed } }
";

fn folder() -> Folder {
    Folder::empty().with("tradewind.yaml", PROJECT).with("workflows/orders.yaml", ORDERS)
}

fn document(folder: &Folder, arguments: &[&str]) -> Value {
    let said = folder.run(&[&["plan", "--json"], arguments].concat());
    assert_eq!(said.code, 0, "{}", said.text());
    serde_json::from_str(&said.out).unwrap()
}

#[test]
fn a_plan_shows_secrets_webhooks_requests_cost_and_time() {
    let said = folder().run(&["plan"]).text();
    let from = said.find("Queues").unwrap();
    expect![[r#"
        Queues
        QUEUE                            FEEDS                                   DEAD LETTERS
        tradewind-live-email-send        tradewind-live-action-email-send        tradewind-live-email-send-dead
        tradewind-live-sheet-append-row  tradewind-live-action-sheet-append-row  tradewind-live-sheet-append-row-dead
        tradewind-live-chat-post         tradewind-live-action-chat-post         tradewind-live-chat-post-dead
        tradewind-live-dispatch          tradewind-live-platform-dispatch        tradewind-live-dispatch-dead
        tradewind-live-flow              tradewind-live-platform-flow            tradewind-live-flow-dead

        Schedules
        SCHEDULE              WHEN                                                    WHAT
        tradewind-live-sweep  every minute                                            sees to what is due, to runs that stand still, and to old data
        group tradewind-live  once, when a try is due later than 15 minutes from now  wakes a step

        Secrets: store each with the command that `tradewind plan --json` shows
        SECRET   PROVIDER       CONNECTION  SSM PARAMETER (SECURESTRING)
        cl       commercelayer  shop        /tradewind/live/secrets/commercelayer/cl
        cl_hook  commercelayer  shop        /tradewind/live/secrets/commercelayer/cl_hook
        google   google_sheets  books       /tradewind/live/secrets/google_sheets/google
        mail     sendgrid       mail        /tradewind/live/secrets/sendgrid/mail
        slack    slack          ops         /tradewind/live/secrets/slack/slack

        Hosts that receive secrets
        HOST                   CONNECTION  SECRETS  WHOSE                     CHANGE
        sheets.googleapis.com  books       google   google_sheets
        oauth2.googleapis.com  books       google   google_sheets, in secret
        accounts.google.com    books       google   google_sheets, in secret
        www.googleapis.com     books       google   google_sheets, in secret
        api.sendgrid.com       mail        mail     sendgrid
        hooks.slack.com        ops         slack    slack, in secret
        hooks.slack-gov.com    ops         slack    slack, in secret
        acme.commercelayer.io  shop        cl       commercelayer
        auth.commercelayer.io  shop        cl       commercelayer

        Webhooks to register
        PROVIDER       TOPIC         URL                                                      INCLUDE
        commercelayer  orders.place  https://automation.example.com/hooks/commercelayer/shop  customer, line_items, shipping_address, billing_address

        Requests per run
                DYNAMODB  SQS MESSAGES  EVENTBRIDGE  LAMBDA  API GATEWAY  SCHEDULER
        orders  6         3             1            4       1            0

        On top, each time
                                                                                           DYNAMODB  SQS MESSAGES  EVENTBRIDGE  LAMBDA  API GATEWAY  SCHEDULER
        a run whose end is announced: a workflow waits for it, or it failed or was parked  0         0             1            0       0            0
        a try that is repeated                                                             2         1             0            1       0            0
        a try that is due later than a queue can delay (15 minutes)                        0         0             0            0       0            1
        a second in which a function calls a connection: its lease, or the shared breaker  1         0             0            0       0            0
        a call of a connection that takes one at a time (google_sheets): its place         2         0             0            0       0            0
        a cold start of a function that needs an OAuth token                               1         0             0            0       0            0
        what was applied is read again, by each function at most every few seconds         1         0             0            0       0            0
        one more event of a hold (debounce, batch), besides the event itself               8         0             0            0       0            0
        a step whose outputs, with those before it, are over 8 KB                          1         0             0            0       0            0

        Cost of 1,000 events with all their runs, in dollars
        EVENT                   TOTAL   DYNAMODB  SQS     EVENTBRIDGE  LAMBDA  OTHERS
        order.placed from shop  0.0194  0.0119    0.0036  0.0010       0.0020  0.0010

        A burst
        EVENTS                         CONNECTION  CALLS EACH  HELD BACK BY                    MINUTES
        1000 x order.placed from shop  books       1           rate limit of 30 calls in 60 s  33.3
        1000 x order.placed from shop  mail        1           10 instances of 10 steps each   0.1

        Cost of a month without any event, in dollars
        STACK                 TOTAL  ALARMS     EMPTY QUEUES  SWEEPER  OTHERS
        these functions       8.56   1.80 (18)  1.31          0.85     4.60
        all of template.yaml  12.72  2.80 (28)  3.94          0.97     5.00

        in secret: the secret holds the address, which may be at any host of such a row

        What changes at these hosts is not known: no running Tradewind found for FOLDER: start one with `tradewind up`, or name another with --url
        exit 0
    "#]].assert_eq(&said[from..]);
}

#[test]
fn only_the_functions_that_the_workflows_use_are_named() {
    let document = document(&folder(), &["--stage", "test"]);
    let functions = document["functions"].as_array().unwrap().iter();
    let names: Vec<&str> = functions.map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "tradewind-test-trigger-commercelayer",
            "tradewind-test-action-email-send",
            "tradewind-test-action-sheet-append-row",
            "tradewind-test-action-chat-post",
            "tradewind-test-platform-dispatch",
            "tradewind-test-platform-flow",
            "tradewind-test-platform-sweep",
            "tradewind-test-platform-api",
        ]
    );
}

/// The functions of a project with these workflows: each with what it may ask of links and of other functions.
fn check_asked(workflow: &str, expected: &[&str]) {
    let folder = folder().with("workflows/asks.yaml", workflow);
    let document = document(&folder, &["--stage", "test"]);
    let mut asked = Vec::new();
    for function in document["functions"].as_array().unwrap() {
        let granted = function["permissions"].as_array().unwrap().iter();
        let granted = granted.flat_map(|one| one["resources"].as_array().unwrap());
        let granted: Vec<&str> = granted.map(|one| one.as_str().unwrap()).collect();
        let bin = function["bin"].as_str().unwrap();
        for one in ["secret with the key of links", "function tradewind-test-action-order-get"] {
            asked.extend(granted.contains(&one).then(|| format!("{bin}: {one}")));
        }
        asked.extend(["action-order-get", "platform-links"].contains(&bin).then(|| bin.to_owned()));
    }
    assert_eq!(asked, expected, "{workflow}");
}

#[test]
fn what_is_held_asks_for_its_hold_and_a_long_one_for_a_schedule() {
    let hold = |terms: &str| {
        let workflow = format!("{terms}\n{ORDERS}");
        let folder = folder().with("workflows/orders.yaml", &workflow);
        let plan = document(&folder, &[]);
        let parts = plan["workflows"][0]["parts"].as_array().unwrap().clone();
        let is_hold = |part: &&Value| part["what"] == "hold, one event";
        let found = parts.iter().find(is_hold).map(|part| part["requests"].clone());
        let counts = |requests: Value| {
            ["dynamodb", "sqs_messages", "lambda", "scheduler"]
                .map(|one| requests[one].as_u64().unwrap())
        };
        found.map(counts)
    };
    assert_eq!(hold(""), None);
    assert_eq!(hold("debounce: { key: trigger.order.id, for: 2m }"), Some([11, 1, 1, 0]));
    assert_eq!(hold("debounce: { key: trigger.order.id, for: 1h }"), Some([11, 1, 1, 1]));
}

#[test]
fn links_and_fresh_reads_are_for_those_that_ask() {
    check_asked(ORDERS, &[]);
    check_asked(
        "trigger: { event: order.placed, from: shop }\nsteps:\n  - { id: ask, approval: { to: [ops], deadline: 1h } }\n",
        &[
            "action-chat-post: secret with the key of links",
            "platform-links: secret with the key of links",
            "platform-links",
        ],
    );
    // Nobody is told, so there is no link.
    check_asked(
        "trigger: { event: order.placed, from: shop }\nsteps:\n  - { id: ask, approval: { deadline: 1h } }\n",
        &[],
    );
    check_asked(
        "trigger: { event: order.placed, from: shop }\nsteps:\n  - { id: mail, uses: email.send, via: mail, \
         only_if_still: now.order.status == 'placed', with: { to: a@b.example, subject: x, text: x } }\n",
        &["action-email-send: function tradewind-test-action-order-get", "action-order-get"],
    );
}

/// A desk with an action of its own, and the connection to it.
const DESK: &str = "\
format: 1
provider: acme
title: Acme Desk
documentation: https://acme.example/api
settings: { token: { secret: true, help: The token. } }
base_url: https://api.acme.example
auth: { bearer: token }
limit: { calls: 1, per: 1s }
actions:
  acme.create_ticket:
    input: { title: text }
    output: { id: text }
    class: neither
    post: /tickets
    json: ${{ input }}
";
const TICKETS: &str = "\
trigger: { event: order.placed, from: shop }
steps:
  - { id: ticket, uses: acme.create_ticket, via: desk, with: { title: Late } }
";

#[test]
fn an_action_of_the_projects_own_needs_the_function_of_http_request_alone() {
    let desk = "connections:\n  desk: { provider: acme, token: \"${{ secret.acme }}\" }\n";
    let folder = folder()
        .with("tradewind.yaml", &PROJECT.replace("connections:\n", desk))
        .with("providers/acme.yaml", DESK)
        .with("workflows/orders.yaml", TICKETS);
    let said = folder.run_in(
        &["plan", "--json", "--burst", "60", "--template", "slim.yaml"],
        &[("TRADEWIND_ALLOW_HOSTS", "api.acme.example")],
        "",
    );
    assert_eq!(said.code, 0, "{}", said.text());
    let plan: Value = serde_json::from_str(&said.out).unwrap();
    let function = &plan["functions"][1];
    assert_eq!(function["bin"], "action-http-request");
    assert_eq!(function["used_by"], serde_json::json!(["orders"]));
    assert_eq!(plan["queues"][0]["name"], "tradewind-live-http-request");
    let secrets = plan["secrets"].as_array().unwrap();
    let secret = secrets.iter().find(|one| one["name"] == "acme").unwrap();
    assert_eq!(secret["parameter"], "/tradewind/live/secrets/own/http-request/acme/acme");
    let command = secret["command"].as_str().unwrap();
    assert!(command.contains("put-parameter --type SecureString"), "{command}");
    let granted = function["permissions"].to_string();
    assert!(granted.contains("own/http-request/*"), "{granted}");
    // A call a second.
    assert_eq!(plan["events"][0]["drains"][0]["connection"], "desk");
    assert_eq!(plan["events"][0]["minutes"], 1.0);
    let template = fs::read_to_string(folder.path().join("slim.yaml")).unwrap();
    assert!(template.contains("STAGE_ACTIONS: \"http.request\"") && !template.contains("acme"));
}

#[test]
fn a_burst_takes_as_long_as_its_slowest_connection() {
    let document = document(&folder(), &["--burst", "300"]);
    let event = &document["events"][0];
    assert_eq!(event["drains"][0]["connection"], "books");
    // 30 calls in a minute.
    assert_eq!(event["minutes"], 10.0);
}

#[test]
fn what_cannot_work_on_aws_is_warned_of() {
    let project = "connections:\n  books: { provider: csv, path: books }\n";
    let said = Folder::empty().with("tradewind.yaml", project).run(&["plan"]);
    assert_eq!(said.code, 0);
    expect![[r#"

        warning: connection books writes CSV files, and a function has no disk that stays: its steps will wait for a person. Use google_sheets.
    "#]].assert_eq(&said.err);
}

#[test]
fn a_folder_with_problems_has_no_plan() {
    let folder = folder().with("workflows/broken.yaml", "trigger: {\n");
    let said = folder.run(&["plan"]);
    assert_eq!(said.code, 3);
    assert!(said.out.starts_with("workflows/broken.yaml:2:1: yaml_invalid"), "{}", said.out);
}

#[test]
fn a_template_of_just_what_the_project_uses_is_written_beside_the_plan() {
    let folder = folder();
    let file = folder.path().join("slim.yaml");
    let said = folder.run(&["plan", "--template", "slim.yaml", "--code", "built"]);
    assert_eq!(said.code, 0, "{}", said.text());
    assert!(said.out.contains("Queues"), "the plan is shown too");
    assert!(said.err.contains("slim.yaml holds 8 functions"), "{}", said.err);
    assert!(said.err.contains("built does not hold the programs of 8 of them yet"), "{}", said.err);
    let text = fs::read_to_string(&file).unwrap();
    let functions = text
        .lines()
        .filter_map(|line| line.strip_prefix("      CodeUri: "))
        .map(|code| code.trim_matches('"'));
    let functions: Vec<&str> = functions.collect();
    let code = folder.path().canonicalize().unwrap().join("built");
    let wanted = [
        "trigger-commercelayer",
        "action-email-send",
        "action-sheet-append-row",
        "action-chat-post",
        "platform-dispatch",
        "platform-flow",
        "platform-sweep",
        "platform-api",
    ];
    assert_eq!(functions, wanted.map(|bin| code.join(bin).display().to_string()));
    assert!(!text.contains("OrderApprove") && !text.contains("order-approve"), "of others nothing");
    assert!(text.contains("STAGE_ACTIONS: \"email.send,sheet.append_row,chat.post\""), "{text}");

    // Another time, and to standard output, it is the same.
    let again = folder.run(&["plan", "--template", "slim.yaml", "--code", "built"]);
    assert_eq!(again.code, 0, "{}", again.text());
    let printed = folder.run(&["plan", "--template", "-", "--code", "built"]);
    let here = folder.path().canonicalize().unwrap();
    assert_eq!(printed.out, text.replace(here.to_str().unwrap(), "FOLDER"));
}

#[test]
fn no_file_of_somebody_else_is_replaced_by_a_template() {
    let folder = folder().with("notes.yaml", "mine: yes\n").with("template.yaml", WHOLE);
    for file in ["notes.yaml", "template.yaml", "workflows"] {
        let said = folder.run(&["plan", "--template", file]);
        assert_eq!(said.code, 2, "{}", said.text());
        assert!(said.err.contains("was not written by this command"), "{}", said.err);
    }
    let left = fs::read_to_string(folder.path().join("notes.yaml")).unwrap();
    assert_eq!(left, "mine: yes\n");
}

#[test]
fn a_project_without_an_action_has_no_template() {
    let said = Folder::project().run(&["plan", "--template", "-"]);
    assert_eq!(said.code, 2, "{}", said.text());
    assert!(said.err.contains("no workflow uses an action"), "{}", said.err);
    assert_eq!(said.out, "");
}

#[test]
fn a_stack_of_few_functions_costs_less_while_nothing_happens() {
    let document = document(&folder(), &[]);
    let idle = &document["idle"];
    let (few, all) = (&idle["project"], &idle["everything"]);
    for part in ["total", "alarms", "polling"] {
        assert!(few[part].as_f64() > Some(0.0), "{part}: {few}");
        assert!(few[part].as_f64() < all[part].as_f64(), "{part}: {few} {all}");
    }
    // An alarm for each queue of dead letters.
    let more = all["alarm_count"].as_u64().unwrap() - few["alarm_count"].as_u64().unwrap();
    assert_eq!(more, 10, "all actions but the three of the project");
}
