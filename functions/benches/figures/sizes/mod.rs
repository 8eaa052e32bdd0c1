//! What large numbers ask of AWS: one loop over many items, and runs that wait for long.

mod loops;
mod waits;

use crate::price::PerRun;
use crate::runs::Runs;
use std::collections::BTreeMap;
use std::io::{self, Write as _};

pub(crate) use loops::{measure_loop, measure_stopped_loops};
pub(crate) use waits::measure_waits;

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

fn line(text: &str) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{text}")
}
