//! Lists, and what they never show.

use super::given::{STEP, Stand};
use super::world::{CANARY, World};
use serde_json::{Value, json};
use std::time::Duration;
use tradewind_engine::definitions::DefinitionsChange;
use tradewind_engine::ports::Definitions as _;

#[tokio::test]
async fn lists_are_read_page_by_page() {
    let world = World::applied().await;
    for number in 1..=5 {
        world.event(&format!("ord_{number}")).await;
        world.pass(Duration::from_secs(1));
    }
    for (list, id) in [("runs", "/api/runs"), ("events", "/api/events")] {
        let (mut seen, mut before) = (Vec::new(), String::new());
        for _ in 0..4 {
            let page =
                world.call("GET", &format!("{id}?limit=2{before}"), Value::Null).await.json();
            let items = page[list].as_array().unwrap();
            seen.extend(items.iter().map(|one| one["id"].as_str().unwrap().to_owned()));
            let Some(next) = page["next"].as_str() else { break };
            before = format!("&before={next}");
        }
        let whole = world.call("GET", id, Value::Null).await.json();
        let whole = whole[list].as_array().unwrap().iter();
        let whole: Vec<String> = whole.map(|one| one["id"].as_str().unwrap().to_owned()).collect();
        assert_eq!((seen.len(), seen), (5, whole), "{list}");
    }
}

#[tokio::test]
async fn runs_are_filtered() {
    let world = World::applied().await;
    let run = world.run(Stand::Failed).await;
    let event = world.read(&run).await.event.0;
    world.event("ord_2").await;
    let cases = [
        (String::new(), 2),
        ("state=failed".to_owned(), 1),
        ("state=parked".to_owned(), 0),
        (format!("event={event}"), 1),
        ("workflow=mail/confirmation".to_owned(), 2),
        ("workflow=mail%2Fconfirmation&state=active".to_owned(), 1),
        ("workflow=none".to_owned(), 0),
    ];
    for (query, count) in cases {
        let page = world.call("GET", &format!("/api/runs?{query}"), Value::Null).await.json();
        assert_eq!(page["runs"].as_array().unwrap().len(), count, "{query}");
    }
}

#[tokio::test]
async fn a_secret_is_shown_by_its_name_only() {
    let world = World::applied().await;
    let shown = world.call("GET", "/api/project", Value::Null).await;
    assert!(!shown.text.contains(CANARY));
    assert_eq!(
        shown.json()["connections"]["shop"],
        json!({
            "provider": "commercelayer",
            "settings": {
                "organization": "acme",
                "client_id": "id",
                "client_secret": { "$secret": "cl_client" },
                "webhook_secret": { "$secret": "cl_webhook" },
            },
        })
    );
}

/// What was applied before secrets had their places goes on, until the folder is checked again.
#[tokio::test]
async fn a_secret_that_was_stored_in_clear_is_not_shown() {
    let world = World::applied().await;
    let current = world.memory.current().await.unwrap();
    let mut project = current.project.unwrap();
    let shop = project.connections.get_mut(&"shop".into()).unwrap();
    shop.settings.insert("client_secret".to_owned(), json!(CANARY));
    let change = DefinitionsChange {
        from_revision: current.revision,
        project: Some(project),
        ..DefinitionsChange::default()
    };
    assert!(world.memory.change(&change).await.unwrap());
    let shown = world.call("GET", "/api/project", Value::Null).await;
    let hidden = &shown.json()["connections"]["shop"]["settings"]["client_secret"];
    assert_eq!(*hidden, json!({ "$hidden": true }));
}

#[tokio::test]
async fn endpoints_say_what_is_missing() {
    let world = World::applied().await;
    let shown = world.call("GET", "/api/endpoints", Value::Null).await.json();
    assert_eq!(
        shown["endpoints"],
        json!([
            {
                "connection": "other_shop",
                "provider": "commercelayer",
                "path": "/hooks/commercelayer/other_shop",
                "url": "https://automation.example.com/hooks/commercelayer/other_shop",
                "ready": false,
                "reason": "endpoint_not_ready: secret_missing: set it with `tradewind secret set not_set`",
            },
            {
                "connection": "shop",
                "provider": "commercelayer",
                "path": "/hooks/commercelayer/shop",
                "url": "https://automation.example.com/hooks/commercelayer/shop",
                "ready": true,
                "reason": null,
            },
        ])
    );
}

#[tokio::test]
async fn a_dead_letter_says_what_it_is_about_and_goes_back_once() {
    let world = World::applied().await;
    let run = world.run(Stand::Failed).await;
    let id = world.dead_letter(&run).await;
    let shown = world.call("GET", "/api/dead-letters", Value::Null).await.json();
    let letter = &shown["dead_letters"][0];
    assert_eq!((&letter["kind"], &letter["queue"]), (&json!("wake_up"), &json!("email.send")));
    assert_eq!((&letter["run"], &letter["step"]), (&json!(run), &json!(STEP)));
    let path = format!("/api/dead-letters/{id}/redrive");
    assert_eq!(world.call("POST", &path, Value::Null).await.status, 202);
    assert_eq!(world.call("POST", &path, Value::Null).await.refusal(), "404 not_found");
    let shown = world.call("GET", "/api/dead-letters", Value::Null).await.json();
    assert_eq!(shown["dead_letters"], json!([]));
}

#[tokio::test]
async fn a_dismissed_letter_is_gone_once_and_its_run_stays_as_it_is() {
    let world = World::applied().await;
    let run = world.run(Stand::Failed).await;
    let id = world.dead_letter(&run).await;
    let before = world.read(&run).await;
    let path = format!("/api/dead-letters/{id}/dismiss");
    let answer = world.call("POST", &path, Value::Null).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json(), json!({ "id": id }));
    assert_eq!(world.call("POST", &path, Value::Null).await.refusal(), "404 not_found");
    let shown = world.call("GET", "/api/dead-letters", Value::Null).await.json();
    assert_eq!(shown["dead_letters"], json!([]));
    assert_eq!(world.read(&run).await, before);
    assert_eq!(world.audit().await.last(), Some(&format!("dead_letter.dismiss | {id} | ")));
    // It can be taken up again all the same.
    let replay = format!("/api/runs/{run}/replay");
    assert_eq!(world.call("POST", &replay, Value::Null).await.status, 200);
}

#[tokio::test]
async fn the_outbox_is_read_by_run() {
    let world = World::applied().await;
    let run = world.run(Stand::Active).await;
    world.outbox_entry(&run).await;
    for (query, count) in [(String::new(), 1), (format!("?run={run}"), 1), ("?run=x".to_owned(), 0)]
    {
        let shown = world.call("GET", &format!("/api/outbox{query}"), Value::Null).await.json();
        assert_eq!(shown["outbox"].as_array().unwrap().len(), count, "{query}");
    }
}
