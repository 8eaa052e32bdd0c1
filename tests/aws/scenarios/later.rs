//! What is due later than a queue can delay a message.

use super::one_mail;
use crate::app::order;
use crate::fakes::FakeServer;
use crate::fakes::sendgrid::{refused, taken};
use crate::site::{Shop, Site};
use serde_json::Value;

/// The stage kind `test` lets queues delay for 5 seconds, live ones for 15 minutes.
const WAIT_SECONDS: &str = "9";

/// A schedule holds the wake-up in the meantime.
pub(super) async fn a_retry_that_is_due_later_than_queues_delay_goes_through_a_schedule(
    site: &Site,
) {
    let later = refused(503, "later").header("retry-after", WAIT_SECONDS);
    let services = FakeServer::scripted([later, taken()]).await;
    let shop = site.open("later", &services.url, one_mail()).await;
    let run = shop.begun(&order(1)).await;
    shop.wait_for("a schedule that wakes the run", async || {
        schedules(&shop).await.into_iter().any(|input| input.contains(&run)).then_some(())
    })
    .await;
    let run = shop.run_in(&run, "succeeded").await;
    assert_eq!(run["steps"][0]["attempts"], Value::from(2), "{run:#}");
    assert_eq!(services.seen().len(), 2);
    // It is gone once it has fired.
    let id = run["run"]["id"].as_str().unwrap();
    shop.wait_for("the schedule to be gone", async || {
        schedules(&shop).await.iter().all(|input| !input.contains(id)).then_some(())
    })
    .await;
}

/// A run that waits has neither a message in a queue nor anybody who asks for it.
pub(super) async fn a_wait_that_is_longer_than_queues_delay_goes_through_a_schedule(site: &Site) {
    let services = FakeServer::scripted([taken()]).await;
    let workflow = "
trigger: { event: order.placed, from: NAME_shop, once_per: trigger.order.id }
steps:
  - { id: pause, wait: { for: 9s } }
  - id: thank
    uses: email.send
    via: NAME_mail
    with: { to: a@example.com, subject: It waited, text: x }
";
    let shop = site.open("waits", &services.url, workflow).await;
    let run = shop.begun(&order(1)).await;
    shop.wait_for("a schedule that wakes the run", async || {
        schedules(&shop).await.into_iter().any(|input| input.contains(&run)).then_some(())
    })
    .await;
    assert!(services.seen().is_empty());
    let run = shop.run_in(&run, "succeeded").await;
    assert_eq!(run["steps"][0]["state"], "done", "{run:#}");
    assert_eq!(services.seen().len(), 1);
}

/// What the stage's schedules send.
async fn schedules(shop: &Shop<'_>) -> Vec<String> {
    let scheduler = shop.clients.scheduler();
    let group = format!("tradewind-{}", shop.stage);
    let listed = scheduler.list_schedules().group_name(&group).send().await.unwrap();
    let mut inputs = Vec::new();
    for schedule in listed.schedules() {
        let asked = scheduler.get_schedule().group_name(&group).name(schedule.name().unwrap());
        // It may have fired since.
        let Ok(schedule) = asked.send().await else { continue };
        let input = schedule.target().and_then(|target| target.input());
        inputs.extend(input.map(str::to_owned));
    }
    inputs
}
