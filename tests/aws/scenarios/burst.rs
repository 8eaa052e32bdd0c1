//! Many orders at the same moment.

use crate::app::order;
use crate::fakes::Services;
use crate::site::{Shop, Site};
use futures::{StreamExt as _, stream};
use std::time::Duration;

const ORDERS: u32 = 200;
/// They take half a minute on two busy cores.
const BURST_MAX: Duration = Duration::from_secs(140);
/// How many senders there are.
const SENDERS: usize = 8;

const WORKFLOW: &str = "
trigger: { event: order.placed, from: NAME_shop, once_per: trigger.order.id }
steps:
  - id: confirm
    uses: email.send
    via: NAME_mail
    with:
      to: ${{ trigger.order.customer.email }}
      subject: Order ${{ trigger.order.number }}
      text: Thank you.
  - id: approve
    uses: order.approve
    via: NAME_shop
    with: { id: '${{ trigger.order.id }}' }
";

/// Nothing is lost and nothing is done twice.
pub(super) async fn two_hundred_orders_at_once_are_all_done_and_none_twice(site: &Site) {
    let services = Services::start(&["Key"]).await;
    let shop = site.open("burst", services.url(), WORKFLOW).await;
    let placing = stream::iter(1..=ORDERS).map(async |number| shop.place(&order(number)).await);
    let events: Vec<String> = placing.buffer_unordered(SENDERS).collect().await;
    let ended = tokio::time::timeout(BURST_MAX, async {
        let ending = stream::iter(&events).map(async |event| {
            let run = shop.run_of(event).await;
            shop.run_in(&run, "succeeded").await;
        });
        ending.buffer_unordered(SENDERS).collect::<Vec<()>>().await;
    });
    if ended.await.is_err() {
        panic!("not done: {}", unfinished(&shop, &events).await);
    }
    let happened = services.happened();
    for number in 1..=ORDERS {
        let mails = happened.mails(&format!("Order {number}"));
        assert_eq!((mails, happened.approvals(&format!("order{number}"))), (1, 1), "{number}");
    }
}

/// What became of the events whose runs have not succeeded.
async fn unfinished(shop: &Shop<'_>, events: &[String]) -> String {
    let mut told = Vec::new();
    for event in events {
        let seen = shop.call("GET", &format!("/api/events/{event}"), None).await;
        let run = seen.json()["event"]["verdicts"][0]["run"].as_str().map(str::to_owned);
        let Some(run) = run else {
            told.push(format!("{event}: {}", seen.text));
            continue;
        };
        let run = shop.get(&format!("/api/runs/{run}")).await;
        if run["run"]["state"] != "succeeded" {
            told.push(run.to_string());
        }
    }
    told.join("\n")
}
