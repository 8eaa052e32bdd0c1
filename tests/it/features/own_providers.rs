//! Providers of the project's own, which are described by its files.

use super::shop::{Shop, THANKS, given, story};
use crate::app::{Given, Hook, order};
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
    let broken =
        ACME.replace("status: [201]", "status: [200]").replace("ref: \"${{ key }}\"", "x: y");
    let broken = broken
        .replace("class: neither", "class: natural\n    proof: https://acme.example/api#same");
    let shop = Shop::open(at_acme(&services.url, &broken)).await;
    shop.set_secret("acme", "t0ken-of-acme").await;
    let run = shop.run_of(&shop.place(&order(1)).await).await;
    shop.wait_for("the first call", async || services.seen().first().map(drop)).await;
    shop.apply(&at_acme(&services.url, ACME)).await;
    repaired.send_replace(true);
    expect![[r#"
        succeeded
        thank: done at try 2; Acme Mail answered 201"#]]
    .assert_eq(&story(&shop.ended(&run).await));
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

/// What Acme's shop tells of orders; its mail service is the same.
const ACME_TELLS: &str = "
trigger:
  answers: [{ method: POST, form: [hello], status: 200, echo: hello }]
  verify: { hmac: { header: x-acme-signature, key: hook, over: [body], hash: sha256, encoding: base64 } }
  topic: ${{ delivery.headers['x-acme-topic'] }}
  id: ${{ delivery.body.delivery }}
  test: ${{ delivery.body.mode == 'test' }}
  events:
    - topics: [sold]
      event: order.placed
      once: ${{ delivery.body.sale.id }}
      data: { order: { $use: sale, $of: \"${{ delivery.body.sale }}\" } }
parts:
  sale:
    id: ${{ it.id }}
    number: ${{ it.id }}
    currency: EUR
    total: ${{ it.cents | minor('EUR') }}
    customer: { email: \"${{ it.buyer }}\" }
    lines: []
    test: false
";

const HOOK_SECRET: &str = "h00k-of-acme";

fn telling(services: &str, tells: &str) -> Given {
    let hook =
        "  hook: { secret: true, several: true, optional: true, help: Signs webhooks. }\nbase_url";
    let file = format!("{}{tells}", ACME.replacen("base_url", hook, 1));
    let mut given = given(services).provider("acme", &file);
    given.connect(
        "letters",
        &format!(
            "{{ provider: acme, token: '${{{{ secret.acme }}}}', hook: ['${{{{ secret.acme_hook }}}}'], \
             base_url: '{services}' }}"
        ),
    );
    let workflow = THANKS.replace("via: mail", "via: letters");
    given.workflow("thanks", &workflow.replace("from: shop", "from: letters"))
}

fn sold(sale: &str, delivery: &str, secret: &str) -> Hook {
    let body = json!({
        "delivery": delivery, "sale": { "id": sale, "cents": 5750, "buyer": "ada@example.com" },
    });
    Hook::own("/hooks/acme/letters", "sold", body.to_string(), secret)
}

async fn open_telling(services: &FakeServer, tells: &str) -> Shop {
    let shop = Shop::open(telling(&services.url, tells)).await;
    shop.set_secret("acme", "t0ken-of-acme").await;
    shop.set_secret("acme_hook", HOOK_SECRET).await;
    shop
}

#[tokio::test]
async fn a_signed_webhook_of_a_provider_of_the_projects_own_starts_a_workflow() {
    let services = FakeServer::scripted([Answer::json(201, json!({ "id": "m-1" }))]).await;
    let shop = open_telling(&services, ACME_TELLS).await;
    let event = sold("S-1", "d-1", HOOK_SECRET).send(&shop).await.event();
    let run = shop.run_of(&event).await;
    expect![[r#"
        succeeded
        thank: done"#]]
    .assert_eq(&story(&shop.ended(&run).await));
    assert!(services.seen()[0].text().contains("Order S-1"), "{:?}", services.seen());

    // The same sale is told of once more: it is the same event.
    assert_eq!(sold("S-1", "d-2", HOOK_SECRET).send(&shop).await.event(), event);
    let other = Hook::own("/hooks/acme/letters", "returned", "{\"delivery\":\"d-3\"}", HOOK_SECRET);
    assert_eq!(
        other.send(&shop).await.json()["event_ids"],
        json!([]),
        "a topic that means nothing"
    );
    let forged = sold("S-2", "d-4", "guessed").send(&shop).await;
    assert_eq!(forged.verdict(), "401 signature_invalid");
    let tried = Hook::new("/hooks/acme/letters", "hello=t0ken")
        .header("content-type", "application/x-www-form-urlencoded");
    let tried = tried.send(&shop).await;
    assert_eq!((tried.status, tried.text.as_str()), (StatusCode::OK, "t0ken"));
    let nowhere = Hook::new("/hooks/acme/other", "{}").send(&shop).await;
    assert_eq!(nowhere.verdict(), "404 not_found");
    shop.close().await;
}

#[tokio::test]
async fn a_webhook_that_its_file_cannot_read_is_kept_and_read_again_once_the_file_is_repaired() {
    let services = FakeServer::scripted([Answer::json(201, json!({ "id": "m-1" }))]).await;
    let broken = ACME_TELLS.replace("it.cents | minor('EUR')", "it.cents | as_money('none')");
    let shop = open_telling(&services, &broken).await;
    let kept = sold("S-1", "d-1", HOOK_SECRET).send(&shop).await.event();
    let letter = shop
        .wait_for("the letter of the delivery", async || {
            let letters = shop.get("/api/dead-letters").await;
            letters["dead_letters"].as_array().unwrap().first().cloned()
        })
        .await;
    assert!(letter.to_string().contains("of acme.yaml"), "{letter:#}");
    shop.apply(&telling(&services.url, ACME_TELLS)).await;
    let path = format!("/api/dead-letters/{}/redrive", letter["id"].as_str().unwrap());
    shop.post(&path, json!({})).await;
    let kept = shop.get(&format!("/api/events/{kept}")).await;
    let event = kept["event"]["unmapped"]["read_as"][0].as_str().unwrap();
    let run = shop.run_of(event).await;
    expect![[r#"
        succeeded
        thank: done"#]]
    .assert_eq(&story(&shop.ended(&run).await));
    shop.close().await;
}
