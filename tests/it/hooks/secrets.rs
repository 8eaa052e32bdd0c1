//! Secrets as people store them: with a line break at the end, while one of two is missing, and in
//! the forms in which services show them.

use super::shop::{OLD_SECRET, PARCEL_SECRET, SECRET};
use crate::app::{Given, Hook, Logs, ORDER, TestApp};
use serde_json::{Value, json};
use tradewind_engine::ports::Clock;

const ROTATED: &str = "
connections:
  shop:
    provider: commercelayer
    webhook_secret: [ \"${{ secret.cl_new }}\", \"${{ secret.cl_old }}\" ]
";

const PARCELS: &str = "
connections:
  parcels:
    provider: webhook
    verify: { scheme: standard_webhooks, secret: '${{ secret.parcels }}' }
";

async fn endpoint(app: &TestApp) -> Value {
    app.get("/api/endpoints").await["endpoints"][0].clone()
}

fn signed(secret: &str) -> Hook {
    Hook::commercelayer("shop", "orders.place", ORDER, secret)
}

#[tokio::test]
async fn while_one_of_two_secrets_is_not_set_the_other_one_signs() {
    let (logs, _guard) = Logs::capture();
    let app = Given::project(ROTATED).secret("cl_old", OLD_SECRET).start().await;
    app.dispatched(&signed(OLD_SECRET).send(&app).await.event()).await;
    app.dispatched(&signed(OLD_SECRET).send(&app).await.event()).await;
    let shown = endpoint(&app).await;
    assert_eq!(shown["ready"], json!(true), "{shown}");
    assert!(shown["warnings"].to_string().contains("tradewind secret set cl_new"), "{shown}");
    let said = logs.of_level("WARN");
    let said: Vec<_> = said.iter().filter(|line| line.contains("cl_new")).collect();
    assert_eq!(said.len(), 1, "once, not for each delivery: {said:#?}");
    assert_eq!(signed(SECRET).send(&app).await.verdict(), "401 signature_invalid");
    let refusal = app.get("/api/refusals").await["refusals"][0].clone();
    assert!(refusal["cure"].to_string().contains("tradewind secret set cl_new"), "{refusal}");
    app.stop().await;
}

#[tokio::test]
async fn an_empty_secret_of_two_closes_nothing_either() {
    let given = Given::project(ROTATED).secret("cl_new", " \n").secret("cl_old", OLD_SECRET);
    let app = given.start().await;
    app.dispatched(&signed(OLD_SECRET).send(&app).await.event()).await;
    assert!(endpoint(&app).await["warnings"].to_string().contains("cl_new"));
    app.stop().await;
}

#[tokio::test]
async fn while_neither_is_set_there_is_no_endpoint_and_both_are_named() {
    let app = Given::project(ROTATED).start().await;
    assert_eq!(signed(OLD_SECRET).send(&app).await.verdict(), "404 not_found");
    let refusal = app.get("/api/refusals").await["refusals"][0].clone();
    assert_eq!(refusal["code"], "endpoint_not_ready");
    assert!(refusal["cure"].to_string().contains("tradewind secret set cl_new"), "{refusal}");
    app.stop().await;
}

#[tokio::test]
async fn white_space_around_a_secret_is_none_of_it() {
    for end in ["\n", "\r\n", "\u{feff}", " \t\n\n"] {
        let given = Given::project(ROTATED).secret("cl_new", &format!("{SECRET}{end}"));
        let app = given.secret("cl_old", &format!("{end}{OLD_SECRET}")).start().await;
        app.dispatched(&signed(SECRET).send(&app).await.event()).await;
        app.dispatched(&signed(OLD_SECRET).send(&app).await.event()).await;
        app.stop().await;
    }
}

#[tokio::test]
async fn a_secret_is_taken_in_the_forms_in_which_it_is_shown() {
    let bare = PARCEL_SECRET.trim_start_matches("whsec_");
    for shown in [format!("v1,{PARCEL_SECRET}"), format!("v1,whsec_{bare}\n"), bare.to_owned()] {
        let app = Given::project(PARCELS).secret("parcels", &shown).start().await;
        let hook = Hook::standard("parcels", "msg_1", "{}", PARCEL_SECRET, app.clock.now());
        app.dispatched(&hook.send(&app).await.event()).await;
        app.stop().await;
    }
}

#[tokio::test]
async fn headers_may_have_the_older_names() {
    let app = Given::project(PARCELS).secret("parcels", PARCEL_SECRET).start().await;
    let mut hook = Hook::standard("parcels", "msg_1", "{}", PARCEL_SECRET, app.clock.now());
    for (name, older) in [
        ("webhook-id", "svix-id"),
        ("webhook-timestamp", "svix-timestamp"),
        ("webhook-signature", "svix-signature"),
    ] {
        let value = hook.headers[name].to_str().unwrap().to_owned();
        hook = hook.without(name).header(older, &value);
    }
    app.dispatched(&hook.send(&app).await.event()).await;
    app.stop().await;
}

#[tokio::test]
async fn a_public_key_is_no_secret_and_the_reason_says_so() {
    let app = Given::project(PARCELS).secret("parcels", "whpk_abc").start().await;
    let hook = Hook::standard("parcels", "msg_1", "{}", PARCEL_SECRET, app.clock.now());
    assert_eq!(hook.send(&app).await.verdict(), "404 not_found");
    let refusal = app.get("/api/refusals").await["refusals"][0].clone();
    assert!(refusal["reason"].to_string().contains("whpk_"), "{refusal}");
    let shown = endpoint(&app).await;
    assert!(shown["reason"].to_string().contains("whpk_"), "{shown}");
    app.stop().await;
}
