//! A loop over many items.

use crate::mails::Mails;
use crate::platform::Platform;
use crate::stored::Stored;
use crate::usage;
use serde_json::{Value, json};
use std::io::{self, Write as _};
use std::time::Duration;
use tempfile::TempDir;
use tradewind_engine::ports::Clock as _;
use tradewind_system::SystemClock;

/// SendGrid keeps no keys, so a mail that may have been sent is sent again knowingly.
const WORKFLOW: &str = "
trigger: { event: order.placed, from: shop, once_per: trigger.order.id }
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

/// How often it is asked how the run stands.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// One loop, the process that works on it and the service that it calls.
struct Looping {
    folder: TempDir,
    mails: Mails,
    platform: Platform,
    run: String,
}

/// Measures, prints, and ends.
pub(crate) async fn measure(items: usize) -> io::Result<()> {
    let mut out = io::stdout();
    writeln!(out, "a loop over {items} items, 25 at once, a mail for each\n")?;
    undisturbed(items).await?;
    refused(items).await?;
    killed(items).await?;
    cancelled(items).await
}

async fn undisturbed(items: usize) -> io::Result<()> {
    let begun_at = usage::now();
    let looping = Looping::begin(items, None).await?;
    let run = looping.until("succeeded").await?;
    let took = begun_at.elapsed();
    let used = looping.platform.usage()?;
    let stored = Stored::of(looping.folder.path())?;
    let lines = [
        format!(
            "succeeded after {}: {:.0} items/s",
            seconds(took),
            items as f64 / took.as_secs_f64()
        ),
        format!(
            "CPU {:.2} ms an item; peak RSS {} MB",
            used.cpu.as_secs_f64() * 1_000.0 / items as f64,
            used.peak_kb / 1_024
        ),
        format!("largest record {} bytes", stored.largest_record()?),
        looping.summary(&run),
    ];
    print("undisturbed", &lines)
}

async fn refused(items: usize) -> io::Result<()> {
    let refused = format!("sku{}", items / 2);
    let looping = Looping::begin(items, Some(refused)).await?;
    let failed = looping.until("failed").await?;
    let before = looping.summary(&failed);
    let step = stopped_step(&failed).unwrap_or_default();
    let begun_at = usage::now();
    looping.platform.post(&format!("/api/runs/{}/replay", looping.run), &json!({})).await?;
    let run = looping.until("succeeded").await?;
    let lines = [
        format!("failed at {step}; {before}"),
        format!(
            "replayed: succeeded after {}; {}",
            seconds(begun_at.elapsed()),
            looping.summary(&run)
        ),
    ];
    print("an item in the middle is refused", &lines)
}

async fn killed(items: usize) -> io::Result<()> {
    let mut looping = Looping::begin(items, None).await?;
    looping.mails.have_come(items / 2).await?;
    let Looping { folder, mails, platform, run } = looping;
    platform.kill().await?;
    let begun_at = usage::now();
    let platform = Platform::start(folder.path(), WORKFLOW, &mails.url).await?;
    let ready_after = platform.ready_after;
    let looping = Looping { folder, mails, platform, run };
    let run = looping.until("succeeded").await?;
    let lines = [
        format!("ready again after {}", seconds(ready_after)),
        format!(
            "succeeded {} after the kill; {}",
            seconds(begun_at.elapsed()),
            looping.summary(&run)
        ),
    ];
    print("the process is killed in the middle", &lines)
}

async fn cancelled(items: usize) -> io::Result<()> {
    let mut looping = Looping::begin(items, None).await?;
    looping.mails.have_come(items / 2).await?;
    let begun_at = usage::now();
    looping.platform.post(&format!("/api/runs/{}/cancel", looping.run), &json!({})).await?;
    looping.until("cancelled").await?;
    let cancelled_after = begun_at.elapsed();
    let sent = looping.mails.counts().0;
    // What was claimed before it heard of the cancellation is still sent, and nothing after that.
    SystemClock.sleep(Duration::from_secs(10)).await;
    let run = looping.platform.get(&format!("/api/runs/{}", looping.run)).await?;
    let lines = [
        format!("cancelled after {}, with {sent} mails sent", seconds(cancelled_after)),
        format!("10 s later: {}", looping.summary(&run)),
    ];
    print("cancelled in the middle", &lines)
}

impl Looping {
    async fn begin(items: usize, refused_once: Option<String>) -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let mails = Mails::start(refused_once).await?;
        let platform = Platform::start(folder.path(), WORKFLOW, &mails.url).await?;
        let lines: Vec<Value> =
            (0..items).map(|item| json!({ "sku": format!("sku{item}"), "quantity": 1 })).collect();
        let order = json!({ "id": "order1", "number": "1", "lines": lines });
        let event =
            json!({ "event": "order.placed", "connection": "shop", "data": { "order": order } });
        platform.post("/api/events", &event).await?;
        let run = loop {
            let runs = platform.get("/api/runs").await?;
            if let Some(id) = runs["runs"][0]["id"].as_str() {
                break id.to_owned();
            }
            SystemClock.sleep(LOOK_EVERY).await;
        };
        Ok(Self { folder, mails, platform, run })
    }

    /// Waits until the run has that state; an error where it ends with another.
    async fn until(&self, state: &str) -> io::Result<Value> {
        loop {
            let page = self.platform.get("/api/runs").await?;
            let now = page["runs"][0]["state"].as_str().unwrap_or_default();
            if now == state {
                return self.platform.get(&format!("/api/runs/{}", self.run)).await;
            }
            if !matches!(now, "active" | "failing" | "failed" | "parked") {
                return Err(io::Error::other(format!("the run is {now} instead of {state}")));
            }
            SystemClock.sleep(LOOK_EVERY).await;
        }
    }

    fn summary(&self, run: &Value) -> String {
        let items = &run["steps"][0]["items"];
        let (mails, twice) = self.mails.counts();
        format!(
            "{} done, {} stopped, {} open of {}; {mails} mails, {twice} of them twice",
            items["done"], items["stopped"], items["open"], items["total"],
        )
    }
}

/// The first step of an item that failed.
fn stopped_step(run: &Value) -> Option<String> {
    let steps = run["steps"].as_array()?;
    let mut failed = steps.iter().filter(|step| step["state"] == "failed");
    let mut paths = failed.by_ref().filter_map(|step| step["path"].as_str());
    paths.find(|path| path.contains('[')).map(str::to_owned)
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

fn print(heading: &str, lines: &[String]) -> io::Result<()> {
    let mut out = io::stdout();
    writeln!(out, "{heading}")?;
    for line in lines {
        writeln!(out, "  {line}")?;
    }
    writeln!(out)
}
