//! Files with actions that only their provider has.

use crate::action::{Action, Implementation};
use crate::catalog::{Catalog, catalog};
use crate::described::Described;
use crate::scripted::{Answer, Scripted, connect, json_answer, outcome};
use futures::FutureExt;
use serde_json::{Value, json};
use tradewind_engine::descriptions::{Description, check};

const DESK: &str = r#"
format: 1
provider: acme
title: Acme Desk
documentation: https://acme.example/api
settings: { token: { secret: true, help: The token. } }
base_url: https://api.acme.example
auth: { bearer: token }
actions:
  acme.create_ticket:
    input: { title: text, priority: [low, high], total: money, due: time }
    optional: [priority, total, due]
    output: { id: text, title: text, state: [open, closed], due: time, total: money, watchers: list }
    class: neither
    post: /tickets
    json: ${{ input }}
    reason: ["Acme answered ${{ answer.status }}: ${{ answer.body.error }}"]
"#;
const TICKET: &str = "acme.create_ticket";

fn described(file: &str) -> Described {
    Described::of(Description::parse(file.trim_start()).unwrap())
}

fn with_desk() -> Catalog {
    let desk = described(DESK);
    assert_eq!(check(desk.description(), &catalog()), []);
    catalog().with(&[desk])
}

fn attempt(by: &Implementation, world: &Scripted, input: Value) -> String {
    let connection = connect(&by.provider, json!({ "token": "t0ken" }));
    let found = by.perform(&world.cx(&connection), input).now_or_never();
    outcome(found.expect("nothing waits in here"))
}

/// What becomes of a ticket with that title that is answered so.
fn created(answer: Answer) -> String {
    let (catalog, world) = (with_desk(), Scripted::new([answer]));
    let by = catalog.action(TICKET).unwrap().implementation("acme").unwrap().clone();
    attempt(&by, &world, json!({ "title": "Broken" }))
}

#[test]
fn it_is_done_as_the_file_says() {
    let catalog = with_desk();
    let action = catalog.action(TICKET).unwrap();
    assert_eq!(action.providers().collect::<Vec<_>>(), ["acme", "sandbox"]);
    assert_eq!(action.summary, "Acme Desk: create ticket (an action of this project's own)");
    let by = action.implementation("acme").unwrap();
    assert_eq!(action.not_carried(by), [""; 0]);
    let answer = json!({ "id": "7", "title": "Broken", "state": "open", "internal": "x" });
    let world = Scripted::new([json_answer(201, &answer)]);
    let total = json!({ "amount": 4200, "currency": "EUR" });
    let input = json!({ "title": "Broken", "priority": "high", "total": total, "due": null });
    assert_eq!(
        attempt(by, &world, input),
        r#"done: {"id":"7","title":"Broken","state":"open","due":null,"total":null,"watchers":null}"#
    );
    let [call] = &world.calls()[..] else { panic!("one call") };
    assert!(call.starts_with("POST https://api.acme.example/tickets\n"), "{call}");
    let sent = r#"{"title":"Broken","priority":"high","total":{"amount":4200,"currency":"EUR"}}"#;
    assert_eq!(call.rsplit("\n\n").next(), Some(sent));
}

#[test]
fn what_does_not_fit_its_input_is_sent_to_nobody() {
    let catalog = with_desk();
    let action = catalog.action(TICKET).unwrap();
    for by in action.implementations() {
        let world = Scripted::new([]);
        for (input, wrong) in [
            (json!({}), "`with` needs the field `title`"),
            (json!({ "title": 7 }), "`title` must be text, but is a whole number"),
            (json!({ "title": "a", "titel": "b" }), "`with` has no field `titel`"),
            (json!({ "title": "a", "priority": "urgent" }), "`priority` must be one of low, high"),
            (
                json!({ "title": "a", "total": 42 }),
                "`total` must be a map or null, but is a whole number",
            ),
            (
                json!({ "title": "a", "due": "soon" }),
                "`due` must be a time such as 2026-11-23T12:00:00Z",
            ),
            (json!("a"), "`with` must be a map, but is text"),
        ] {
            let found = attempt(by, &world, input);
            assert_eq!(found, format!("refused: input_invalid: {wrong}"), "{}", by.provider.id);
        }
        assert_eq!(world.calls(), [""; 0]);
    }
}

#[test]
fn a_text_is_as_long_as_it_is() {
    let catalog = with_desk();
    let by = catalog.action(TICKET).unwrap().implementation("acme").unwrap();
    let long = "long ".repeat(20_000);
    let world = Scripted::new([json_answer(201, &json!({ "id": long, "title": long }))]);
    let found = attempt(by, &world, json!({ "title": long }));
    assert!(found.starts_with("done: ") && found.len() > 2 * long.len(), "{}", found.len());
    assert!(world.calls()[0].contains(&long));
}

#[test]
fn an_answer_gives_what_the_file_says_or_nobody_knows_what_became_of_it() {
    let nothing =
        r#"{"id":null,"title":null,"state":null,"due":null,"total":null,"watchers":null}"#;
    assert_eq!(created(json_answer(201, &json!({}))), format!("done: {nothing}"));
    for (answer, wrong) in [
        (json!({ "id": 7 }), "`output.id` must be text or null, but is a whole number"),
        (json!({ "state": "lost" }), "`output.state` must be one of open, closed"),
        (
            json!({ "due": "23/11/2026" }),
            "`output.due` must be a time such as 2026-11-23T12:00:00Z",
        ),
        (
            json!({ "total": { "amount": "1" } }),
            "`output.total.amount` must be a whole number, but is text",
        ),
    ] {
        let found = created(json_answer(201, &answer));
        assert_eq!(found, format!("unknown: answer_invalid: {wrong}"));
    }
    let refused = json_answer(422, &json!({ "error": "no such queue" }));
    assert_eq!(created(refused), "refused: Acme answered 422: no such queue");
}

#[test]
fn the_sandbox_gives_back_what_it_was_given_and_makes_up_the_rest_once_for_each_key() {
    let catalog = with_desk();
    let by = catalog.action(TICKET).unwrap().implementation("sandbox").unwrap();
    let world = Scripted::new([]);
    let first = attempt(by, &world, json!({ "title": "Broken", "due": null }));
    assert_eq!(
        first,
        "done: {\"id\":\"sandbox-7e5f37aff7c476f3\",\"title\":\"Broken\",\"state\":\"open\",\
         \"due\":\"2026-11-23T12:00:00Z\",\"total\":{\"amount\":100,\"currency\":\"EUR\"},\"watchers\":[]}"
    );
    assert_eq!(attempt(by, &world, json!({ "title": "Another" })), first);
}

#[test]
fn an_action_of_another_name_is_none_of_its_own() {
    let ids = |file: &str| {
        let catalog = catalog().with(&[described(file)]);
        let new = catalog.actions[crate::catalog::catalog().actions.len()..].iter();
        new.map(|action| action.id.0.clone()).collect::<Vec<_>>()
    };
    assert_eq!(ids(DESK), [TICKET]);
    let of_others = DESK.replace(TICKET, "beta.create_ticket");
    let of_the_catalog =
        DESK.replace("provider: acme", "provider: email").replace(TICKET, "email.send");
    for file in [of_others, of_the_catalog] {
        let problems = check(described(&file).description(), &catalog());
        assert_eq!(problems.iter().map(|one| &*one.code).collect::<Vec<_>>(), ["id_invalid"]);
        assert_eq!(ids(&file), [""; 0]);
    }
    let before = catalog().action("email.send").unwrap().input.clone();
    let file = DESK.replace("provider: acme", "provider: email").replace(TICKET, "email.send");
    let after = catalog().with(&[described(&file)]);
    assert_eq!(after.action("email.send").unwrap().input, before);
}

#[test]
fn each_provider_of_a_project_has_actions_of_its_own() {
    let beta = DESK.replace("acme", "beta");
    let catalog = catalog().with(&[described(DESK), described(&beta)]);
    let able = |action: &str, provider: &str| {
        catalog.action(action).and_then(|one| one.implementation(provider)).is_some()
    };
    assert!(able(TICKET, "acme") && able("beta.create_ticket", "beta"));
    assert!(!able(TICKET, "beta") && !able("beta.create_ticket", "acme"));
    let ids = catalog.actions.iter().map(|action: &Action| &action.id);
    assert_eq!(ids.filter(|id| id.as_str().ends_with(".create_ticket")).count(), 2);
}
