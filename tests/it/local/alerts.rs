//! Failed and parked runs and messages that nobody can use: each is told once.

use crate::app::{Given, Hook, Logs, TestApp, order};
use crate::fakes::{Answer, FakeServer};
use serde_json::Value;
use std::time::Duration;
use tradewind_engine::ports::Journal;
use tradewind_engine::protocol::{Command, WakeUp};
use tradewind_engine::queues::Queue;

const PROJECT: &str = "
connections:
  shop: { provider: commercelayer, webhook_secret: \"${{ secret.cl_webhook }}\" }
  mail: { provider: sendgrid, base_url: MAIL, api_key: \"${{ secret.mail }}\", from: a@example.com }
  ops: OPS
";
const TO_OPS: &str = "alerts: { via: ops }\n";
const SLACK: &str = "{ provider: slack, url: \"${{ secret.slack }}\" }";

const THANKS: &str = "
trigger: { event: order.placed, from: shop, once_per: trigger.order.id }
steps:
  - id: thank
    uses: email.send
    via: mail
    with: { to: ada@example.com, subject: Thank you, text: Yours }
";

struct Shop {
    app: TestApp,
    slack: FakeServer,
    _mail: FakeServer,
}

impl Shop {
    /// A shop whose mails are answered with `mail`, and its messages in Slack with `slack`.
    async fn open(mail: Answer, slack: impl IntoIterator<Item = Answer>) -> Self {
        Self::open_with(SLACK, TO_OPS, mail, slack).await
    }

    async fn open_with(
        ops: &str,
        alerts: &str,
        mail: Answer,
        slack: impl IntoIterator<Item = Answer>,
    ) -> Self {
        let mail = FakeServer::deciding(move |_| mail.clone()).await;
        let slack = FakeServer::scripted(slack).await;
        let project = PROJECT.replace("MAIL", &mail.url).replace("OPS", ops) + alerts;
        let given = Given::project(&project)
            .workflow("thanks", THANKS)
            .secret("cl_webhook", "hush")
            .secret("mail", "SG.hush")
            .secret("slack", &format!("{}/services/T0/B0/hush", slack.url));
        Self { app: given.start().await, slack, _mail: mail }
    }

    /// Places an order whose run will end in that state.
    async fn place(&self, number: u32, state: &str) -> String {
        let body = order(number).to_string();
        let hook = Hook::commercelayer("shop", "orders.place", body, "hush");
        let run = self.app.run_of(&hook.send(&self.app).await.event()).await;
        self.app.run_in(&run, state).await;
        run
    }

    /// Waits until people were told of all there is; what was told in Slack.
    async fn told(&self) -> Vec<String> {
        let store = self.app.store();
        self.app
            .wait_for("the alerts", async || {
                // The watch looks every 5 s.
                self.app.clock.pass(Duration::from_secs(5));
                let letters = self.app.get("/api/dead-letters").await;
                let all_are_told = store.unreported_letters(1).await.unwrap().is_empty();
                (all_are_told && letters["dead_letters"] != serde_json::json!([])).then_some(())
            })
            .await;
        let texts = self.slack.seen().into_iter().map(|seen| {
            let body: Value = serde_json::from_slice(&seen.body).unwrap();
            body["text"].as_str().unwrap().to_owned()
        });
        texts.collect()
    }
}

fn refused(message: &str) -> Answer {
    Answer::json(400, serde_json::json!({ "errors": [{ "message": message }] }))
}

fn ok() -> Answer {
    Answer::text(200, "ok")
}

#[tokio::test]
async fn a_failed_run_is_told_once() {
    let shop = Shop::open(refused("no such template"), [ok()]).await;
    let run = shop.place(1, "failed").await;
    let told = shop.told().await;
    assert_eq!(told.len(), 1, "{told:?}");
    let start = "thanks failed: step thank after 1 try: ";
    assert!(told[0].starts_with(start), "{told:?}");
    assert!(told[0].ends_with(&format!(". See `tradewind run {run}`.")), "{told:?}");
    shop.app.settle().await;
    shop.app.stop().await;
}

#[tokio::test]
async fn a_parked_run_is_told_once() {
    let shop = Shop::open(Answer::status(401), [ok()]).await;
    shop.place(1, "parked").await;
    let told = shop.told().await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("thanks parked: step thank after 1 try: "), "{told:?}");
    shop.app.stop().await;
}

#[tokio::test]
async fn a_message_that_nobody_can_use_is_told_once() {
    let shop = Shop::open(Answer::status(202), [ok()]).await;
    let wake = WakeUp::new(&"run_of_nobody".into(), &"thank".into());
    let send =
        Command::Send { to: Queue::Action("email.send".into()), wake, not_before: None, via: None };
    shop.app.store().commit(None, &[send]).await.unwrap();
    let told = shop.told().await;
    let text = "Dead letter 1 in queue email.send for run run_of_nobody: there is no such run.";
    assert_eq!(told, [text]);
    shop.app.stop().await;
}

#[tokio::test]
async fn while_slack_is_down_nothing_is_forgotten() {
    let shop = Shop::open(refused("no"), [Answer::status(503), ok()]).await;
    let run = shop.place(1, "failed").await;
    let told = shop.told().await;
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told.iter().all(|text| text.contains(&run)), "{told:?}");
    shop.app.stop().await;
}

#[tokio::test]
async fn a_text_that_no_provider_would_take_is_told_all_the_same() {
    let strange = format!("\u{7}{}", "\u{1f4a5}".repeat(1_000));
    let ops = "{ provider: sandbox }";
    let to_mail = "alerts: { via: ops }\n";
    let shop = Shop::open_with(ops, to_mail, refused(&strange), []).await;
    let run = shop.place(1, "failed").await;
    shop.told().await;
    let outbox = shop.app.get("/api/outbox").await;
    let text = outbox["outbox"][0]["input"]["text"].as_str().unwrap();
    assert!(text.contains(&run), "{outbox}");
    shop.app.stop().await;
}

#[tokio::test]
async fn without_alerts_a_dead_letter_is_an_error_in_the_log() {
    let (logs, _guard) = Logs::capture();
    let shop = Shop::open_with(SLACK, "", refused("the secret of a provider"), []).await;
    shop.place(1, "failed").await;
    assert_eq!(shop.told().await, Vec::<String>::new());
    let errors = logs.of_level("ERROR");
    let of_alerts = errors.iter().filter(|line| line.contains("`alerts:` names nobody"));
    assert_eq!(of_alerts.count(), 1, "{errors:#?}");
    assert!(!logs.text().contains("the secret of a provider"));
    shop.app.stop().await;
}
