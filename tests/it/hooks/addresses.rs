//! Addresses as people copy them, and what they are told where one leads nowhere.

use super::shop::{SECRET, given};
use crate::app::{Hook, ORDER};
use http::Method;

fn at(path: &str) -> Hook {
    let mut hook = Hook::commercelayer("shop", "orders.place", ORDER, SECRET);
    hook.path = path.to_owned();
    hook
}

#[tokio::test]
async fn an_address_with_a_slash_too_many_leads_to_its_endpoint() {
    let app = given().start().await;
    for path in [
        "/hooks/commercelayer/shop/",
        "//hooks/commercelayer/shop",
        "/hooks//commercelayer/shop//",
        "/hooks/commercelayer/sh%6Fp",
        "/hooks/CommerceLayer/shop",
        "/hooks/commercelayer/shop/?a=b",
    ] {
        let answered = at(path).send(&app).await;
        assert_eq!(answered.verdict(), "200", "{path}");
        app.dispatched(&answered.event()).await;
    }
    app.stop().await;
}

#[tokio::test]
async fn an_address_that_leads_nowhere_is_shown_with_the_nearest_one() {
    let app = given().start().await;
    for (path, provider, connection, near) in [
        ("/hooks/commercelayer/shpo?token=hush", "commercelayer", "shpo", "commercelayer/shop"),
        ("/hooks/commercelayr/shop", "commercelayr", "shop", "commercelayer/shop"),
        ("/hooks/commercelayer/shop/more", "commercelayer", "shop", "commercelayer/shop"),
        ("/hooks/webhook/shop", "webhook", "shop", "commercelayer/shop"),
        ("/hook/commercelayer/shop", "", "", "commercelayer/shop"),
        ("/hooks/commercelayer", "commercelayer", "", "commercelayer/shop"),
    ] {
        assert_eq!(at(path).send(&app).await.verdict(), "404 not_found", "{path}");
        let refusal = app.get("/api/refusals").await["refusals"][0].clone();
        assert_eq!(refusal["path"], path.split('?').next().unwrap(), "{refusal}");
        assert_eq!(
            (&refusal["provider"], &refusal["connection"]),
            (&provider.into(), &connection.into())
        );
        assert!(refusal["cure"].to_string().contains(&format!("/hooks/{near}")), "{refusal}");
    }
    app.stop().await;
}

#[tokio::test]
async fn every_refusal_says_what_to_do() {
    let app = given().start().await;
    let shop = || at("/hooks/commercelayer/shop");
    for (hook, cure) in [
        (shop().without("x-commercelayer-signature"), "signs"),
        (shop().body("{}"), "secret set cl_webhook"),
        (shop().method(Method::PUT), "POST"),
        (shop().header("content-type", "text/xml"), "application/json"),
        (shop().header("content-encoding", "br"), "gzip"),
        (at("/hooks/commercelayer/unset"), "tradewind secret set nobody_set_it"),
        (at("/hooks/commercelayer/bare"), "webhook_secret"),
    ] {
        hook.send(&app).await;
        let refusal = app.get("/api/refusals").await["refusals"][0].clone();
        assert!(refusal["cure"].to_string().contains(cure), "{cure}: {refusal}");
        assert!(refusal["path"].to_string().contains("/hooks/commercelayer/"), "{refusal}");
    }
    let shown = app.command(&["events", "--refused"]).await.stdout;
    for said in ["signature_invalid", "/hooks/commercelayer/shop", "secret set cl_webhook"] {
        assert!(shown.contains(said), "{said}: {shown}");
    }
    for line in shown.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    app.stop().await;
}

#[tokio::test]
async fn many_refusals_in_a_row_warn_of_the_senders_giving_up() {
    let app = given().start().await;
    for _ in 0..9 {
        at("/hooks/commercelayer/shop").body("{}").send(&app).await;
    }
    let warning = async || app.get("/api/refusals").await["refusals"][0]["warning"].clone();
    assert_eq!(warning().await, serde_json::Value::Null);
    at("/hooks/commercelayer/shop").body("{}").send(&app).await;
    let said = warning().await.to_string();
    for part in ["10 refusals in a row", "orders.place", "30", "_reset_circuit"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let shown = app.command(&["events", "--refused"]).await.stdout;
    assert!(shown.contains("_reset_circuit"), "{shown}");
    at("/hooks/commercelayer/shop").send(&app).await.event();
    at("/hooks/commercelayer/shop").body("{}").send(&app).await;
    assert_eq!(warning().await, serde_json::Value::Null, "a success begins the row anew");
    app.stop().await;
}
