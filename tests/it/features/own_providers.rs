//! Providers of the project's own, which are described by its files.

use super::shop::{Shop, THANKS, given, story};
use crate::app::{Given, order};
use crate::fakes::{Answer, FakeServer};
use expect_test::expect;
use http::StatusCode;
use serde_json::json;
use tokio::sync::watch;

/// A mail service of nobody else's.
const ACME: &str = "
format: 1
provider: acme
title: Acme Mail
documentation: https://acme.example/api
settings:
  token: { secret: true, help: The token of the account. }
base_url: https://mail.acme.example
auth: { bearer: token }
actions:
  email.send:
    class: neither
    post: /messages
    json: { to: \"${{ input.to }}\", subject: \"${{ input.subject }}\", text: \"${{ input.text }}\", ref: \"${{ key }}\" }
    success: { status: [201] }
    output: { message_id: \"${{ answer.body.id }}\" }
    judge: [{ status: [409], then: not_now, proof: https://acme.example/api#locks }]
    reason: [\"Acme answered ${{ answer.status }}: ${{ answer.body.why }}\"]
";

/// The same, where a second call would do nothing more.
fn natural() -> String {
    let proof = "class: natural\n    proof: https://acme.example/api#same";
    ACME.replace("class: neither", proof).replace("ref: \"${{ key }}\"", "x: y")
}

fn at_acme(services: &str, file: &str) -> Given {
    let mut given = given(services).provider("acme", file);
    let acme =
        format!("{{ provider: acme, token: '${{{{ secret.acme }}}}', base_url: '{services}' }}");
    given.connect("letters", &acme);
    given.workflow("thanks", &THANKS.replace("via: mail", "via: letters"))
}

#[tokio::test]
async fn a_provider_of_the_projects_own_sends_mail_and_its_answers_are_judged_by_its_file() {
    let locked = Answer::json(409, json!({ "why": "locked" }));
    let sent = Answer::json(201, json!({ "id": "m-1" }));
    let services = FakeServer::scripted([locked, sent]).await;
    let shop = Shop::open(at_acme(&services.url, ACME)).await;
    shop.set_secret("acme", "t0ken-of-acme").await;
    let run = shop.served(&order(1)).await;
    expect![[r#"
        succeeded
        thank: done at try 2; Acme answered 409: locked"#]]
    .assert_eq(&story(&run));
    let seen = services.seen();
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[1].header("authorization"), Some("Bearer t0ken-of-acme"));
    assert_eq!(seen[0].text(), seen[1].text(), "the same in every attempt");
    shop.close().await;
}

#[tokio::test]
async fn a_file_that_is_repaired_counts_for_what_waits() {
    let (repaired, is_repaired) = watch::channel(false);
    let sent = || Answer::json(201, json!({ "id": "m-1" }));
    // The first try ends after the repair, so that only the second one reads the repaired file.
    let first = Answer::Waits { gate: is_repaired, then: Box::new(sent()) };
    let services = FakeServer::scripted([first, sent()]).await;
    let natural = natural();
    let broken = natural.replace("status: [201]", "status: [200]");
    let shop = Shop::open(at_acme(&services.url, &broken)).await;
    shop.set_secret("acme", "t0ken-of-acme").await;
    let run = shop.run_of(&shop.place(&order(1)).await).await;
    shop.wait_for("the first call", async || services.seen().first().map(drop)).await;
    shop.apply(&at_acme(&services.url, &natural)).await;
    repaired.send_replace(true);
    expect![[r#"
        succeeded
        thank: done at try 2; Acme Mail answered 201"#]]
    .assert_eq(&story(&shop.ended(&run).await));
    shop.close().await;
}

#[tokio::test]
async fn a_file_that_says_another_effect_does_not_repeat_what_may_have_arrived() {
    let (changed, is_changed) = watch::channel(false);
    let first = Answer::Waits { gate: is_changed, then: Box::new(Answer::Resets) };
    let services = FakeServer::scripted([first]).await;
    let shop = Shop::open(at_acme(&services.url, &natural())).await;
    shop.set_secret("acme", "t0ken-of-acme").await;
    let run = shop.run_of(&shop.place(&order(1)).await).await;
    shop.wait_for("the first call", async || services.seen().first().map(drop)).await;
    let elsewhere = natural().replace("post: /messages", "post: /v2/messages");
    shop.apply(&at_acme(&services.url, &elsewhere)).await;
    changed.send_replace(true);
    let parked = shop.ended(&run).await;
    let told = story(&parked).replace(&run, "RUN");
    expect![[r#"
        parked
        thank: parked at try 2; no answer; a try may have arrived, and the file of acme says another effect by now: say what became of it with `tradewind resolve RUN thank` and --happened, --did-not or --skip"#]].assert_eq(&told);
    assert_eq!(services.seen().len(), 1);
    shop.act(&run, "resolve", json!({ "step": "thank", "outcome": "happened" })).await;
    assert_eq!(shop.ended(&run).await["run"]["state"], "succeeded");
    shop.close().await;
}

#[tokio::test]
async fn a_file_that_is_wrong_is_refused_with_its_place() {
    let services = FakeServer::scripted([]).await;
    let shop = Shop::open(given(&services.url)).await;
    let problems = async |file: &str| {
        let files = at_acme(&services.url, file).files();
        let answered = shop.call("PUT", "/api/project", Some(files)).await;
        assert_eq!(answered.status, StatusCode::UNPROCESSABLE_ENTITY, "{answered:?}");
        let problem = &answered.json()["error"]["problems"][0];
        format!("{}:{} {}", problem["file"], problem["line"], problem["code"]).replace('"', "")
    };
    let without_class = ACME.replace("    class: neither\n", "");
    let found = [
        problems(&without_class).await,
        problems(&ACME.replace("provider: acme", "provider: other")).await,
        problems(&ACME.replace("ref: \"${{ key }}\"", "ref: \"${{ input.nothing }}\"")).await,
        problems(&ACME.replace("base_url: https", "base_url: http")).await,
    ];
    expect![[r#"
        providers/acme.yaml:12 missing_key
        providers/acme.yaml:3 id_invalid
        providers/acme.yaml:14 unknown_path
        providers/acme.yaml:8 url_invalid"#]]
    .assert_eq(&found.join("\n"));
    shop.close().await;
}
