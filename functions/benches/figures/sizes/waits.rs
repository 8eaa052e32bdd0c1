//! Runs that wait for long.

use super::{line, print};
use crate::Failure;
use crate::function::Function;
use crate::price::PerRun;
use crate::runs::{Runs, drain};
use crate::site::{Site, delivery};
use serde_json::json;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use tradewind_stack::prices::DYNAMODB_STORAGE_GB;

/// A mail a month after an order.
const WAITS: &str = "
trigger: { event: order.placed, from: shop1, once_per: trigger.order.id }
steps:
  - { id: pause, wait: { for: 30d } }
  - id: ask
    uses: email.send
    via: mail
    with: { to: '${{ trigger.order.customer.email }}', subject: 'How is order ${{ trigger.order.number }}?', text: x }
";

const BYTES_PER_GB: f64 = 1_000_000_000.0;

/// Runs that wait for 30 days: what they ask for until then, what is stored, and what the sweep does.
pub(crate) async fn measure_waits(runs: u32) -> Result<ExitCode, Failure> {
    let site = Site::open(json!({ "waits": WAITS })).await?;
    let trigger = site.function("trigger-commercelayer").await?;
    let dispatch = site.fed("platform-dispatch", "dispatch").await?;
    let flow = site.fed("platform-flow", "flow").await?;
    let sweep = site.function("platform-sweep").await?;
    let before = swept(&site, &sweep).await?;
    let calls = AtomicUsize::new(0);
    for number in 0..runs {
        let answer = trigger.invoke(delivery(1, number)).await?;
        calls.fetch_add(1, Ordering::Relaxed);
        if answer["statusCode"] != 200 {
            return Err(format!("the delivery was refused: {answer}").into());
        }
    }
    drain(&site, &dispatch, runs as usize, &calls).await?;
    // Whatever has a message now does not wait.
    let begun = site.feed(&flow, runs as usize).await?;
    calls.fetch_add(begun, Ordering::Relaxed);
    let (asked, stored) = (site.ledger.take(), site.ledger.stored());
    let after = swept(&site, &sweep).await?;
    line(&format!("{runs} runs that wait for 30 days; {begun} messages of them in the queue\n"))?;
    let measured = Runs { steps: 0, count: runs, webhooks: runs, calls: calls.into_inner(), asked };
    print("a run, up to its wait", &measured)?;
    let each = stored as f64 / f64::from(runs);
    let hundred_thousand = PerRun::of(&measured).per_million(0).total() / 10.0;
    line(&format!("stored: {each:.0} bytes for each, with its event"))?;
    line(&format!(
        "100,000 of them: ${hundred_thousand:.2} once, and ${:.3} a month for what is stored",
        each * 100_000.0 / BYTES_PER_GB * DYNAMODB_STORAGE_GB
    ))?;
    line(&format!("a round of the sweep: {before} requests before them, {after} with them"))?;
    if after == before && begun == 0 { Ok(ExitCode::SUCCESS) } else { Ok(ExitCode::FAILURE) }
}

/// One round of the sweep, and how much it asks of AWS.
async fn swept(site: &Site, sweep: &Function) -> Result<u64, Failure> {
    // The first round reads what later ones remember.
    sweep.invoke(json!({})).await?;
    site.ledger.take();
    sweep.invoke(json!({})).await?;
    Ok(site.ledger.take().values().map(|units| units.requests).sum())
}
