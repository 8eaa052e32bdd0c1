//! Providers of the project's own, which are described by its files, and the actions that only they have.

use super::shop::{Shop, THANKS, given, id, step_of, story};
use crate::app::{Given, Hook, order};
use crate::fakes::{Answer, FakeServer};
use expect_test::expect;
use http::StatusCode;
use serde_json::{Value, json};

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

/// The same with so much time that what is applied meanwhile is known everywhere before the last try.
fn at_acme_for_long(services: &str, file: &str) -> Given {
    let thanks = THANKS.replace("via: mail", "via: letters");
    let thanks = thanks.replace("attempts: 3, over: 1s", "attempts: 20, over: 40s");
    at_acme(services, file).workflow("thanks", &thanks)
}

#[tokio::test]
async fn a_file_that_is_repaired_counts_for_what_waits() {
    let sent = Answer::json(201, json!({ "id": "m-1" }));
    let services = FakeServer::deciding(move |_| sent.clone()).await;
    let natural = natural();
    let broken = natural.replace("status: [201]", "status: [200]");
    let shop = Shop::open(at_acme_for_long(&services.url, &broken)).await;
    shop.set_secret("acme", "t0ken-of-acme").await;
    let run = shop.run_of(&shop.place(&order(1)).await).await;
    shop.wait_for("the first call", async || services.seen().first().map(drop)).await;
    shop.apply(&at_acme_for_long(&services.url, &natural)).await;
    let ended = shop.ended(&run).await;
    assert_eq!(ended["run"]["state"], "succeeded");
    let thank = step_of(&ended, "thank");
    assert_eq!(
        thank["tried"][0]["reason"], "Acme Mail answered 201",
        "what the broken file took for none"
    );
    assert_eq!(thank["output"]["message_id"], "m-1");
    shop.close().await;
}

#[tokio::test]
async fn a_file_that_says_another_effect_does_not_repeat_what_may_have_arrived() {
    let services = FakeServer::deciding(|_| Answer::Resets).await;
    let shop = Shop::open(at_acme_for_long(&services.url, &natural())).await;
    shop.set_secret("acme", "t0ken-of-acme").await;
    let run = shop.run_of(&shop.place(&order(1)).await).await;
    shop.wait_for("the first call", async || services.seen().first().map(drop)).await;
    let elsewhere = natural().replace("post: /messages", "post: /v2/messages");
    shop.apply(&at_acme_for_long(&services.url, &elsewhere)).await;
    let parked = shop.ended(&run).await;
    let failure = parked["run"]["failure"]["reason"].as_str().unwrap().replace(&run, "RUN");
    expect!["a try may have arrived, and the file of acme says another effect by now: say what became of it with `tradewind resolve RUN thank` and --happened, --did-not or --skip"].assert_eq(&failure);
    assert_eq!(parked["run"]["state"], "parked");
    assert!(services.seen().iter().all(|call| call.target == "/messages"), "and no call elsewhere");
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

/// A desk with actions that nobody else has.
const DESK: &str = "
format: 1
provider: acme
title: Acme Desk
documentation: https://acme.example/api
settings:
  token: { secret: true, help: The token of the account. }
base_url: https://desk.acme.example
auth: { bearer: token }
actions:
  acme.create_ticket:
    input: { title: text, priority: [low, high], total: money }
    optional: [priority, total]
    output: { id: text }
    class: neither
    post: /tickets
    json: ${{ input }}
    reason: [\"Acme answered ${{ answer.status }}: ${{ answer.body.why }}\"]
  acme.add_note:
    input: { ticket: text, text: text }
    output: {}
    class: natural
    proof: https://acme.example/api#notes
    put: /tickets/${{ input.ticket }}/note
    json: { text: \"${{ input.text }}\" }
";

/// A ticket for each order, and a note on it.
const TICKETS: &str = "
trigger: { event: order.placed, from: shop, once_per: trigger.order.id }
steps:
  - id: ticket
    uses: acme.create_ticket
    via: letters
    retry: { attempts: 3, over: 1s }
    with: { title: 'Order ${{ trigger.order.number }}', priority: high, total: '${{ trigger.order.total }}' }
  - id: note
    uses: acme.add_note
    via: letters
    with: { ticket: '${{ steps.ticket.id }}', text: Look at it. }
";

fn at_desk(services: &str, workflow: &str) -> Given {
    at_acme(services, DESK).workflow("thanks", workflow)
}

async fn desk(services: &FakeServer, workflow: &str) -> Shop {
    let shop = Shop::open(at_desk(&services.url, workflow)).await;
    shop.set_secret("acme", "t0ken-of-acme").await;
    shop
}

/// What the services were asked, each as its line and its body.
fn asked(services: &FakeServer) -> String {
    let lines = services.seen().into_iter().map(|seen| {
        assert_eq!(seen.header("authorization"), Some("Bearer t0ken-of-acme"));
        format!("{} {} {}", seen.method, seen.target, String::from_utf8_lossy(&seen.body))
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The queues of the letters.
async fn letters(shop: &Shop) -> Vec<(String, String)> {
    let letters = shop.get("/api/dead-letters").await["dead_letters"].clone();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    letters.as_array().unwrap().iter().map(|one| (text(&one["id"]), text(&one["queue"]))).collect()
}

#[tokio::test]
async fn an_action_that_only_this_project_has_is_done_and_gives_on_what_was_answered() {
    let busy = Answer::json(503, json!({ "why": "closed for a minute" }));
    let busy = busy.header("retry-after", "1");
    let opened = Answer::json(201, json!({ "id": "T 1", "internal": true }));
    let services = FakeServer::scripted([busy, opened, Answer::json(200, json!({}))]).await;
    let shop = desk(&services, TICKETS).await;
    let run = shop.served(&order(1)).await;
    expect![[r#"
        succeeded
        ticket: done at try 2; Acme answered 503: closed for a minute
        note: done"#]]
    .assert_eq(&story(&run));
    assert_eq!(step_of(&run, "ticket")["output"], json!({ "id": "T 1" }));
    expect![[r#"
        POST /tickets {"title":"Order 1","priority":"high","total":{"amount":5700,"currency":"EUR"}}
        POST /tickets {"title":"Order 1","priority":"high","total":{"amount":5700,"currency":"EUR"}}
        PUT /tickets/T%201/note {"text":"Look at it."}"#]]
    .assert_eq(&asked(&services));
    shop.close().await;
}

#[tokio::test]
async fn a_letter_names_the_action_and_sent_back_it_is_done() {
    let refused = Answer::json(422, json!({ "why": "no such customer" }));
    let opened = Answer::json(201, json!({ "id": "T1" }));
    let services = FakeServer::scripted([refused, opened, Answer::json(200, json!({}))]).await;
    let shop = desk(&services, TICKETS).await;
    let run = shop.served(&order(1)).await;
    expect![[r#"
        failed
        ticket: failed; Acme answered 422: no such customer
        note: pending"#]]
    .assert_eq(&story(&run));
    let [(letter, queue)] = &letters(&shop).await[..] else { panic!("one letter") };
    assert_eq!(queue, "acme.create_ticket");
    shop.post(&format!("/api/dead-letters/{letter}/redrive"), json!({})).await;
    shop.run_in(id(&run), "succeeded").await;
    assert_eq!(letters(&shop).await, []);
    shop.close().await;
}

#[tokio::test]
async fn an_answer_that_is_not_as_the_file_says_asks_a_person_and_is_not_made_again() {
    let services =
        FakeServer::scripted([Answer::json(201, json!({ "id": 7 })), Answer::json(200, json!({}))])
            .await;
    let shop = desk(&services, TICKETS).await;
    let run = shop.served(&order(1)).await;
    expect![[r#"
        parked
        ticket: parked; answer_invalid: `output.id` must be text or null, but is a whole number
        note: pending"#]]
    .assert_eq(&story(&run));
    let happened = json!({ "step": "ticket", "outcome": "happened", "output": { "id": "7" } });
    shop.act(id(&run), "resolve", happened).await;
    shop.run_in(id(&run), "succeeded").await;
    expect![[r#"
        POST /tickets {"title":"Order 1","priority":"high","total":{"amount":5700,"currency":"EUR"}}
        PUT /tickets/7/note {"text":"Look at it."}"#]]
    .assert_eq(&asked(&services));
    shop.close().await;
}

#[tokio::test]
async fn what_its_input_does_not_allow_is_sent_to_nobody() {
    let services = FakeServer::scripted([]).await;
    let workflow = TICKETS.replace("priority: high", "priority: '${{ trigger.order.number }}'");
    let shop = desk(&services, &workflow).await;
    let run = shop.served(&order(1)).await;
    expect![[r#"
        failed
        ticket: failed; input_invalid: `priority` must be one of low, high
        note: pending"#]]
    .assert_eq(&story(&run));
    shop.close().await;
}

#[tokio::test]
async fn an_action_whose_file_is_gone_waits_for_the_file() {
    let refused = Answer::json(422, json!({ "why": "no such customer" }));
    let opened = Answer::json(201, json!({ "id": "T1" }));
    let services = FakeServer::scripted([refused, opened, Answer::json(200, json!({}))]).await;
    let shop = desk(&services, TICKETS).await;
    let run = shop.served(&order(1)).await;
    let mut without = at_desk(&services.url, TICKETS);
    without = without.provider("acme", ACME);
    without = without.workflow("thanks", &THANKS.replace("via: mail", "via: letters"));
    shop.apply(&without).await;
    shop.act(id(&run), "replay", json!({})).await;
    let run = shop.run_in(id(&run), "parked").await;
    expect![[r#"
        parked
        ticket: parked; Acme answered 422: no such customer; unknown_action: no file of the project says how acme.create_ticket is done
        note: pending"#]].assert_eq(&story(&run));
    shop.apply(&at_desk(&services.url, TICKETS)).await;
    shop.act(id(&run), "replay", json!({})).await;
    shop.run_in(id(&run), "succeeded").await;
    shop.close().await;
}

#[tokio::test]
async fn what_a_step_says_of_such_an_action_is_checked_with_its_place() {
    let services = FakeServer::scripted([]).await;
    let shop = Shop::open(given(&services.url)).await;
    let problems = async |given: Given| {
        let answered = shop.call("PUT", "/api/project", Some(given.files())).await;
        assert_eq!(answered.status, StatusCode::UNPROCESSABLE_ENTITY, "{answered:?}");
        let problems = answered.json()["error"]["problems"].clone();
        let problem = |one: &Value| {
            let text = |key: &str| one[key].as_str().unwrap().to_owned();
            format!("{}:{}: {}: {}", text("file"), one["line"], text("code"), text("message"))
        };
        problems.as_array().unwrap().iter().map(problem).collect::<Vec<_>>().join("\n")
    };
    let found = async |from: &str, to: &str| {
        problems(at_desk(&services.url, &TICKETS.replace(from, to))).await
    };
    let all = [
        found("priority: high", "priority: urgent").await,
        found("priority: high", "urgency: high").await,
        found("title: 'Order ${{ trigger.order.number }}', ", "").await,
        found("title: 'Order ${{ trigger.order.number }}'", "title: 7").await,
        found("total: '${{ trigger.order.total }}'", "total: '${{ trigger.order.number }}'").await,
        found("steps.ticket.id", "steps.ticket.key").await,
        found("acme.create_ticket", "acme.create_tickets").await,
        found("via: letters", "via: mail").await,
    ];
    expect![[r#"
        workflows/thanks.yaml:8: unknown_value: `priority` must be one of low, high
        workflows/thanks.yaml:8: unknown_field: `with` has no field `urgency`
        workflows/thanks.yaml:8: missing_field: `with` needs the field `title`
        workflows/thanks.yaml:8: type_mismatch: `title` must be text, but is a whole number
        workflows/thanks.yaml:8: type_mismatch: `total` must be a map or null, but `trigger.order.number` is text
        workflows/thanks.yaml:12: unknown_path: `steps.ticket` has no `key`
        workflows/thanks.yaml:5: unknown_action: there is no action `acme.create_tickets`
        workflows/thanks.yaml:6: action_not_served: `mail` is a connection to sendgrid, which cannot do `acme.create_ticket`
        workflows/thanks.yaml:11: action_not_served: `mail` is a connection to sendgrid, which cannot do `acme.add_note`"#]].assert_eq(&all.join("\n"));
    let named =
        [("acme.create_ticket:", "email.send:"), ("acme.create_ticket:", "beta.create_ticket:")];
    let mut hostile = Vec::new();
    for (from, to) in named {
        let file = DESK.replace(from, to);
        hostile.push(problems(at_acme(&services.url, &file)).await);
    }
    expect![[r#"
        providers/acme.yaml:11: id_invalid: an action of your own cannot be called `email.send`
        providers/acme.yaml:11: id_invalid: an action of your own cannot be called `beta.create_ticket`"#]].assert_eq(&hostile.join("\n"));
    shop.close().await;
}

#[tokio::test]
async fn the_sandbox_stands_in_for_such_an_action() {
    let services = FakeServer::scripted([]).await;
    let workflow = TICKETS.replace("via: letters", "via: ops");
    let shop = desk(&services, &workflow).await;
    let run = shop.served(&order(1)).await;
    expect![[r#"
        succeeded
        ticket: done
        note: done"#]]
    .assert_eq(&story(&run));
    let [ticket, note] = &shop.outbox().await[..] else { panic!("two entries") };
    assert_eq!(ticket["priority"], "high");
    assert_eq!(note["ticket"], step_of(&run, "ticket")["output"]["id"]);
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
