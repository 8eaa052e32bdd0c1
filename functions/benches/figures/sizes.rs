//! What large numbers ask of AWS: one loop over many items, and runs that wait for long.

use crate::Failure;
use crate::price::PerRun;
use crate::runs::{Runs, drain};
use crate::site::{Fed, Site, delivery};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tradewind_engine::ports::Clock as _;
use tradewind_stack::prices::DYNAMODB_STORAGE_GB;
use tradewind_system::SystemClock;

/// A mail for each line of an order.
const LOOP: &str = "
trigger: { event: order.placed, from: shop1, once_per: trigger.order.id }
steps:
  - id: each
    for_each: { items: '${{ trigger.order.lines }}', as: line, concurrency: 25 }
    steps:
      - id: send
        uses: email.send
        via: mail
        with: { to: a@example.com, subject: '${{ line.sku }}', text: x }
";

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

/// Processes of the action: each works on one item at a time.
const ACTIONS_AT_ONCE: usize = 2;
const BYTES_PER_GB: f64 = 1_000_000_000.0;
const KB_PER_MB: f64 = 1_024.0;

/// One loop over so many items: time, memory, requests, the largest record and the price.
pub(crate) async fn measure_loop(items: usize) -> Result<ExitCode, Failure> {
    let site = Site::open(json!({ "loop": LOOP })).await?;
    let dispatch = site.fed("platform-dispatch", "dispatch").await?;
    let flow = site.fed("platform-flow", "flow").await?;
    let mut actions = Vec::new();
    for _ in 0..ACTIONS_AT_ONCE {
        actions.push(site.fed("action-email-send", "email-send").await?);
    }
    site.ledger.take();
    let begun_at = now();
    place(&site, items).await?;
    let (calls, done) = (AtomicUsize::new(0), AtomicBool::new(false));
    drain(&site, &dispatch, 1, &calls).await?;
    let flowing = feed_until(&site, &flow, &done, &calls);
    let first = feed_until(&site, &actions[0], &done, &calls);
    let second = feed_until(&site, &actions[1], &done, &calls);
    let ((), (), (), run) = tokio::try_join!(flowing, first, second, ended(&site, &done))?;
    let took = begun_at.elapsed();
    let sent: u32 = site.services.happened().mails.lock().unwrap().values().sum();
    if sent as usize != items {
        return Err(format!("{sent} mails for {items} items").into());
    }
    let asked = site.ledger.take();
    let largest = |about: &str| {
        let of = asked.iter().filter(|(asked, _)| asked.about.starts_with(about));
        of.map(|(_, units)| units.largest).max().unwrap_or_default()
    };
    line(&format!(
        "a loop over {items} items, 25 at once, a mail for each: {}",
        run["run"]["state"]
    ))?;
    line(&format!(
        "{:.1} s on this machine, with an emulator in place of AWS and {ACTIONS_AT_ONCE} processes of the action",
        took.as_secs_f64()
    ))?;
    line(&format!(
        "memory at the end: platform-flow {:.1} MB, action-email-send {:.1} MB",
        flow.function.resident_kb()? as f64 / KB_PER_MB,
        actions[0].function.resident_kb()? as f64 / KB_PER_MB,
    ))?;
    line(&format!("largest item of a run or branch: {} bytes\n", largest("RUN")))?;
    let count = u32::try_from(items)?;
    let runs = Runs { steps: 1, count, webhooks: 0, calls: calls.into_inner(), asked };
    print("an item", &runs)?;
    let cost =
        PerRun::of(&runs).per_million(1).total() - tradewind_stack::prices::API_GATEWAY_REQUESTS;
    line(&format!("price: ${:.4} for all {items} items", cost * items as f64 / 1_000_000.0))?;
    Ok(ExitCode::SUCCESS)
}

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
async fn swept(site: &Site, sweep: &crate::function::Function) -> Result<u64, Failure> {
    // The first round reads what later ones remember.
    sweep.invoke(json!({})).await?;
    site.ledger.take();
    sweep.invoke(json!({})).await?;
    Ok(site.ledger.take().values().map(|units| units.requests).sum())
}

async fn place(site: &Site, items: usize) -> Result<(), Failure> {
    let lines: Vec<Value> =
        (0..items).map(|item| json!({ "sku": format!("sku{item}"), "quantity": 1 })).collect();
    let order = json!({ "id": "order1", "number": "1", "lines": lines });
    let event =
        json!({ "event": "order.placed", "connection": "shop1", "data": { "order": order } });
    site.ask("POST", "/api/events", Some(event)).await.map(drop)
}

/// Feeds the function whatever comes, until the run has ended.
async fn feed_until(
    site: &Site,
    fed: &Fed,
    done: &AtomicBool,
    calls: &AtomicUsize,
) -> Result<(), Failure> {
    while !done.load(Ordering::Relaxed) {
        calls.fetch_add(site.feed(fed, 10).await?, Ordering::Relaxed);
    }
    Ok(())
}

/// The run, once it has ended; `done` then says so.
async fn ended(site: &Site, done: &AtomicBool) -> Result<Value, Failure> {
    loop {
        SystemClock.sleep(Duration::from_secs(1)).await;
        let runs = site.ask("GET", "/api/runs", None).await?;
        let run = &runs["runs"][0];
        if run["ended_at"].is_string() {
            done.store(true, Ordering::Relaxed);
            return Ok(json!({ "run": run }));
        }
    }
}

/// What each asks for, by kind.
fn print(each: &str, runs: &Runs) -> io::Result<()> {
    let PerRun { dynamodb, shared, write_units, index_units, read_units, sqs_messages, .. } =
        PerRun::of(runs);
    let PerRun { eventbridge, scheduler, lambda, .. } = PerRun::of(runs);
    line(&format!("{each} asks for"))?;
    for (what, number) in [
        ("DynamoDB requests", dynamodb + shared),
        ("write units", write_units + index_units),
        ("read units", read_units),
        ("SQS messages", sqs_messages),
        ("EventBridge events", eventbridge),
        ("schedules", scheduler),
        ("Lambda calls", lambda),
    ] {
        line(&format!("  {what:<24}{number:>10.3}"))?;
    }
    let kinds: BTreeMap<_, _> = runs.asked.iter().collect();
    for (asked, units) in kinds {
        let per_run = units.requests as f64 / f64::from(runs.count);
        let what = format!("{}.{} {}", asked.service, asked.operation, asked.about);
        line(&format!("    {what:<40}{per_run:>10.3}"))?;
    }
    line("")
}

#[expect(clippy::disallowed_methods, reason = "a measurement of real time")]
fn now() -> Instant {
    Instant::now()
}

fn line(text: &str) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{text}")
}
