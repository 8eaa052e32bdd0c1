//! One loop over many items: what it asks for, and what becomes of it when it is stopped in the middle.

use super::{line, print};
use crate::Failure;
use crate::price::PerRun;
use crate::runs::Runs;
use crate::site::{Fed, Site};
use serde_json::{Value, json};
use std::future::pending;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tradewind_engine::ports::Clock as _;
use tradewind_stack::prices::API_GATEWAY_REQUESTS;
use tradewind_system::SystemClock;

/// A mail for each line of an order. SendGrid keeps no keys, so one that may have been sent is sent again knowingly.
const LOOP: &str = "
trigger: { event: order.placed, from: shop1, once_per: trigger.order.id }
steps:
  - id: each
    for_each: { items: '${{ trigger.order.lines }}', as: line, concurrency: 25 }
    steps:
      - id: send
        uses: email.send
        via: mail
        on_unknown: retry
        with: { to: a@example.com, subject: '${{ line.sku }}', text: x }
";

/// Processes of the action: each works on one item at a time.
const ACTIONS_AT_ONCE: usize = 2;
const KB_PER_MB: f64 = 1_024.0;
/// The orders. Their names are short, because the list of items is to stay below what one expression may come to.
const REFUSED: &str = "r";
const KILLED: &str = "k";
const CANCELLED: &str = "c";
/// No loop takes longer.
const TAKES_MAX: Duration = Duration::from_secs(3_600);
/// How often it is asked how the run stands.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// What was claimed before it was cancelled has ended by then.
const AFTER_CANCEL: Duration = Duration::from_secs(10);

/// The functions that a loop needs.
struct Functions {
    dispatch: Fed,
    flow: Fed,
    actions: Vec<Fed>,
    /// How often they were called.
    calls: AtomicUsize,
}

/// One loop over so many items: time, memory, requests, the largest record and the price.
pub(crate) async fn measure_loop(items: usize) -> Result<ExitCode, Failure> {
    let site = Site::open(json!({ "loop": LOOP })).await?;
    let functions = Functions::start(&site).await?;
    site.ledger.take();
    let begun_at = now();
    place(&site, "a", items).await?;
    let run = functions.work_until(&site, stands(&site, "succeeded")).await?;
    let took = begun_at.elapsed();
    let sent = sent(&site);
    if sent as usize != items {
        return Err(format!("{sent} mails for {items} items").into());
    }
    let asked = site.ledger.take();
    let largest = |about: &str| {
        let of = asked.iter().filter(|(asked, _)| asked.about.starts_with(about));
        of.map(|(_, units)| units.largest).max().unwrap_or_default()
    };
    line(&format!("a loop over {items} items, 25 at once, a mail for each: {}", run["state"]))?;
    line(&format!(
        "{:.1} s on this machine, with an emulator in place of AWS and {ACTIONS_AT_ONCE} processes of the action",
        took.as_secs_f64()
    ))?;
    line(&format!(
        "memory at the end: platform-flow {:.1} MB, action-email-send {:.1} MB",
        functions.flow.function.resident_kb()? as f64 / KB_PER_MB,
        functions.actions[0].function.resident_kb()? as f64 / KB_PER_MB,
    ))?;
    line(&format!("largest item of a run or branch: {} bytes", largest("RUN")))?;
    functions.say_what_was_kept_back()?;
    let (count, calls) = (u32::try_from(items)?, functions.calls.into_inner());
    let runs = Runs { steps: 1, count, webhooks: 0, calls, asked };
    print("an item", &runs)?;
    let cost = PerRun::of(&runs).per_million(1).total() - API_GATEWAY_REQUESTS;
    line(&format!("price: ${:.4} for all {items} items", cost * items as f64 / 1_000_000.0))?;
    Ok(ExitCode::SUCCESS)
}

/// Loops that are stopped in the middle: by an item that is refused, by the end of all processes, by a person.
pub(crate) async fn measure_stopped_loops(items: usize) -> Result<ExitCode, Failure> {
    let site = Site::open(json!({ "loop": LOOP })).await?;
    line(&format!("loops over {items} items, 25 at once, a mail for each\n"))?;
    refused(&site, items).await?;
    killed(&site, items).await?;
    cancelled(&site, items).await?;
    Ok(ExitCode::SUCCESS)
}

async fn refused(site: &Site, items: usize) -> Result<(), Failure> {
    let functions = Functions::start(site).await?;
    site.services.happened().refused.lock().unwrap().insert(sku(REFUSED, items / 2));
    place(site, REFUSED, items).await?;
    let run = functions.work_until(site, stands(site, "failed")).await?;
    line("an item in the middle is refused")?;
    line(&format!("  failed at {}; {}", run["failure"]["step"], mails(site, REFUSED)))?;
    let begun_at = now();
    let id = run["id"].as_str().unwrap_or_default();
    site.ask("POST", &format!("/api/runs/{id}/replay"), Some(json!({}))).await?;
    functions.work_until(site, stands(site, "succeeded")).await?;
    let took = begun_at.elapsed().as_secs_f64();
    line(&format!("  replayed: succeeded after {took:.1} s; {}", mails(site, REFUSED)))?;
    functions.say_what_was_kept_back()
}

async fn killed(site: &Site, items: usize) -> Result<(), Failure> {
    let functions = Functions::start(site).await?;
    place(site, KILLED, items).await?;
    let working = functions.work_until(site, pending::<Result<(), Failure>>());
    tokio::select! {
        ended = working => ended?,
        () = have_come(site, KILLED, items / 2) => {}
    }
    let in_the_middle = mails(site, KILLED);
    // Each process ends with its value, whatever it is doing.
    drop(functions);
    let begun_at = now();
    let functions = Functions::start(site).await?;
    functions.work_until(site, stands(site, "succeeded")).await?;
    let took = begun_at.elapsed().as_secs_f64();
    line("all processes are killed in the middle")?;
    line(&format!("  killed after {in_the_middle}"))?;
    line(&format!("  succeeded {took:.1} s after that; {}", mails(site, KILLED)))?;
    functions.say_what_was_kept_back()
}

async fn cancelled(site: &Site, items: usize) -> Result<(), Failure> {
    let functions = Functions::start(site).await?;
    place(site, CANCELLED, items).await?;
    let cancelling = async {
        have_come(site, CANCELLED, items / 2).await;
        let run = newest(site).await?;
        let id = run["id"].as_str().unwrap_or_default();
        let begun_at = now();
        site.ask("POST", &format!("/api/runs/{id}/cancel"), Some(json!({}))).await?;
        stands(site, "cancelled").await?;
        let (took, in_the_middle) = (begun_at.elapsed(), mails(site, CANCELLED));
        SystemClock.sleep(AFTER_CANCEL).await;
        Ok((took.as_secs_f64(), in_the_middle))
    };
    let (took, in_the_middle) = functions.work_until(site, cancelling).await?;
    line("cancelled in the middle")?;
    line(&format!("  cancelled after {took:.1} s, with {in_the_middle}"))?;
    line(&format!("  {} s later: {}", AFTER_CANCEL.as_secs(), mails(site, CANCELLED)))?;
    functions.say_what_was_kept_back()
}

impl Functions {
    async fn start(site: &Site) -> Result<Self, Failure> {
        let mut actions = Vec::new();
        for _ in 0..ACTIONS_AT_ONCE {
            actions.push(site.fed("action-email-send", "email-send").await?);
        }
        Ok(Self {
            dispatch: site.fed("platform-dispatch", "dispatch").await?,
            flow: site.fed("platform-flow", "flow").await?,
            actions,
            calls: AtomicUsize::new(0),
        })
    }

    fn say_what_was_kept_back(&self) -> Result<(), Failure> {
        let all = [&self.dispatch, &self.flow].into_iter().chain(&self.actions);
        let count: usize = all.map(|fed| fed.kept_back.load(Ordering::Relaxed)).sum();
        Ok(line(&format!("  {count} messages were kept back for later\n"))?)
    }

    /// Feeds them whatever comes, until that has happened.
    async fn work_until<T>(
        &self,
        site: &Site,
        happened: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let done = AtomicBool::new(false);
        let feed = async |fed: &Fed| {
            while !done.load(Ordering::Relaxed) {
                self.calls.fetch_add(site.feed(fed, 10).await?, Ordering::Relaxed);
            }
            Ok::<(), Failure>(())
        };
        let watched = async {
            let happened = tokio::time::timeout(TAKES_MAX, happened).await;
            done.store(true, Ordering::Relaxed);
            happened.map_err(|_| "the loop does not get on")?
        };
        let [first, second] = &self.actions[..] else { return Err("an action is missing".into()) };
        let feeding = Box::pin(async {
            tokio::try_join!(feed(&self.dispatch), feed(&self.flow), feed(first), feed(second))
        });
        let (_, happened) = tokio::try_join!(feeding, watched)?;
        Ok(happened)
    }
}

async fn place(site: &Site, order: &str, items: usize) -> Result<(), Failure> {
    let lines: Vec<Value> =
        (0..items).map(|item| json!({ "sku": sku(order, item), "quantity": 1 })).collect();
    let order = json!({ "id": order, "number": "1", "lines": lines });
    let event =
        json!({ "event": "order.placed", "connection": "shop1", "data": { "order": order } });
    site.ask("POST", "/api/events", Some(event)).await.map(drop)
}

fn sku(order: &str, item: usize) -> String {
    format!("{order}-{item}")
}

/// The run that was started last.
async fn newest(site: &Site) -> Result<Value, Failure> {
    let mut runs = site.ask("GET", "/api/runs", None).await?;
    Ok(runs["runs"][0].take())
}

/// The run that was started last, once it stands so.
async fn stands(site: &Site, state: &str) -> Result<Value, Failure> {
    loop {
        SystemClock.sleep(LOOK_EVERY).await;
        let run = newest(site).await?;
        if run["state"] == state {
            return Ok(run);
        }
    }
}

/// Waits for so many mails of that order.
async fn have_come(site: &Site, order: &str, count: usize) {
    while subjects(site, order).0 < count {
        SystemClock.sleep(LOOK_EVERY / 10).await;
    }
}

/// How many of the order's items a mail was sent for, and how many of them more than one.
fn subjects(site: &Site, order: &str) -> (usize, usize) {
    let mails = site.services.happened().mails.lock().unwrap();
    let counts = mails.iter().filter(|(subject, _)| subject.starts_with(order));
    let counts: Vec<u32> = counts.map(|(_, count)| *count).collect();
    (counts.len(), counts.iter().filter(|count| **count > 1).count())
}

fn mails(site: &Site, order: &str) -> String {
    let (sent, twice) = subjects(site, order);
    format!("mails for {sent} items, for {twice} of them more than one")
}

fn sent(site: &Site) -> u32 {
    site.services.happened().mails.lock().unwrap().values().sum()
}

#[expect(clippy::disallowed_methods, reason = "a measurement of real time")]
fn now() -> Instant {
    Instant::now()
}
