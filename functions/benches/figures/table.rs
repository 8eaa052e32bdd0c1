//! The figures on paper, each beside its bound.

use crate::price::PerRun;
use crate::runs::{Memory, Runs};
use std::fs;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use tradewind_stack::cost::{Cost, comparison, write_units_of_steps};
use tradewind_stack::requests::of_steps;

/// How much longer than the hello-world a function may take to start.
const START_MAX: f64 = 1.5;
/// The same for the API: each of its routes is made together with its part of the OpenAPI document.
const API_START_MAX: f64 = 3.0;
/// How much memory a function may have after a thousand calls, compared with after the first hundred.
const GROWTH_MAX: f64 = 1.1;
/// A try that had to be repeated is no more than bad luck.
const LUCK: f64 = 1.01;
const KB_PER_MB: f64 = 1_024.0;
/// What an event will take to be found by its order number, e-mail address, and SKUs: one item of all
/// their hashes, of less than a kilobyte and in no index, in the partition of its day.
const LOOK_UP_UNITS: f64 = 1.0;
/// What counting runs by the hour will take: items that the sweeper makes out of the list of runs, which
/// has workflow and state of each. That is an item for each workflow and hour, however many runs it had;
/// here it is taken to be that of one run in a hundred.
const COUNTER_UNITS: f64 = 0.01;

/// What is printed, and what of it is out of bounds.
#[derive(Default)]
pub(crate) struct Table {
    broken: Vec<String>,
}

impl Table {
    /// Starts and sizes; the first is the hello-world.
    pub(crate) fn starts(
        &mut self,
        names: &[String],
        programs: &[PathBuf],
        starts: &[Duration],
    ) -> io::Result<()> {
        let hello = (starts[0].as_secs_f64(), fs::metadata(&programs[0])?.len() as f64);
        line(&format!(
            "{:<26}{:>10}{:>8}{:>10}{:>8}   start: to the first poll, at most {START_MAX} of hello's, the API's {API_START_MAX}",
            "", "start", "ratio", "size", "ratio"
        ))?;
        for ((name, program), start) in names.iter().zip(programs).zip(starts) {
            let (milliseconds, ratio) =
                (start.as_secs_f64() * 1_000.0, start.as_secs_f64() / hello.0);
            let bytes = fs::metadata(program)?.len() as f64;
            let (megabytes, larger) = (bytes / KB_PER_MB / KB_PER_MB, bytes / hello.1);
            let most = if name == "platform-api" { API_START_MAX } else { START_MAX };
            let mark = self.judge(ratio <= most, || format!("the start of {name}"));
            line(&format!(
                "{name:<26}{milliseconds:>7.2} ms{ratio:>8.2}{megabytes:>7.1} MB{larger:>8.2}{mark}"
            ))?;
        }
        line("")
    }

    /// Memory before and after the calls.
    pub(crate) fn memory(&mut self, memory: &[Memory]) -> io::Result<()> {
        line(&format!(
            "{:<26}{:>10}{:>11}{:>13}{:>8}   ratio: of the last two, at most {GROWTH_MAX}",
            "memory", "idle", "100 calls", "1,000 more", "ratio"
        ))?;
        for Memory { program, idle_kb, warm_kb, end_kb } in memory {
            let [idle, warm, end] = [idle_kb, warm_kb, end_kb].map(|kb| *kb as f64 / KB_PER_MB);
            let mark = self.judge(end / warm <= GROWTH_MAX, || format!("the memory of {program}"));
            let ratio = end / warm;
            line(&format!(
                "{program:<26}{idle:>7.1} MB{warm:>8.1} MB{end:>10.1} MB{ratio:>8.2}{mark}"
            ))?;
        }
        line("")
    }

    /// What a run asks for, beside what the plan says and what was set as bound.
    pub(crate) fn requests(&mut self, runs: &Runs) -> io::Result<()> {
        let (steps, one) = (runs.steps, PerRun::of(runs));
        let (model, bound) = (of_steps(steps), Bound::of(steps));
        let title = format!("a run of {steps} (mean of {})", runs.count);
        line(&format!("{title:<26}{:>10}{:>8}{:>8}", "measured", "plan", "bound"))?;
        for (what, measured, model, bound) in [
            ("DynamoDB requests", one.dynamodb, model.dynamodb, bound.dynamodb),
            ("SQS messages", one.sqs_messages, model.sqs_messages, bound.sqs_messages),
            ("EventBridge events", one.eventbridge, model.eventbridge, bound.eventbridge),
            ("Lambda calls", one.lambda, model.lambda, bound.lambda),
        ] {
            let holds = measured <= bound as f64 * LUCK;
            let mark = self.judge(holds, || format!("{what} of a run of {steps}"));
            line(&format!("  {what:<24}{measured:>10.2}{model:>8}{bound:>8}{mark}"))?;
        }
        let PerRun { shared, write_units, index_units, read_units, other, .. } = one;
        let (units, planned) = (write_units + index_units, write_units_of_steps(steps));
        let with_more = units + LOOK_UP_UNITS + COUNTER_UNITS;
        let mark = self
            .judge(with_more <= bound.write_units, || format!("write units of a run of {steps}"));
        line(&format!(
            "  {:<24}{units:>10.2}{planned:>8}           {index_units:.2} of them for indexes",
            "write units"
        ))?;
        line(&format!(
            "  {:<24}{with_more:>10.2}{:>8}{:>8}{mark}",
            "with what is to come", "", bound.write_units
        ))?;
        line(&format!("  {:<24}{read_units:>10.2}", "read units"))?;
        line(&format!("  {:<24}{shared:>10.2}   DynamoDB requests by time, not by run", "shared"))?;
        line(&format!("  {:<24}{other:>10.2}   requests to other services", "other"))?;
        for (asked, units) in &runs.asked {
            let per_run = units.requests as f64 / f64::from(runs.count);
            let written = units.write_units as f64 / f64::from(runs.count);
            let indexed = units.index_units as f64 / f64::from(runs.count);
            let what = format!("{}.{} {}", asked.service, asked.operation, asked.about);
            line(&format!(
                "    {what:<32}{per_run:>8.2}{written:>8.2} +{indexed:>5.2} write units"
            ))?;
        }
        line("")
    }

    /// Dollars for a million runs.
    pub(crate) fn prices(&mut self, runs: &[Runs]) -> io::Result<()> {
        line(&format!(
            "{:<18}{:>9}{:>7}{:>9}{:>8}{:>9}{:>9}{:>8}{:>7}{:>9}{:>7}",
            "$ per million runs",
            "DynamoDB",
            "SQS",
            "EventBr.",
            "Lambda",
            "Gateway",
            "all",
            "plan",
            "ratio",
            "Step F.",
            "ratio"
        ))?;
        for (runs, model) in runs.iter().zip(comparison()) {
            let cost = PerRun::of(runs).per_million(runs.steps);
            let Cost { dynamodb, sqs, eventbridge, lambda, api_gateway, .. } = cost;
            let (all, planned) = (cost.total(), model.per_million_total);
            let standard = model.step_functions_standard;
            let title = format!("{} steps", runs.steps);
            line(&format!(
                "{title:<18}{dynamodb:>9.2}{sqs:>7.2}{eventbridge:>9.2}{lambda:>8.2}\
                 {api_gateway:>9.2}{all:>9.2}{planned:>8.2}{:>7.2}{standard:>9.2}{:>7.2}",
                all / planned,
                standard / all
            ))?;
        }
        line("Step Functions Standard: its transitions alone, without functions and way in\n")
    }

    /// What is out of bounds.
    pub(crate) fn verdict(&self) -> io::Result<ExitCode> {
        if self.broken.is_empty() {
            line("all bounds hold")?;
            return Ok(ExitCode::SUCCESS);
        }
        line(&format!("out of bounds: {}", self.broken.join(", ")))?;
        Ok(ExitCode::FAILURE)
    }

    fn judge(&mut self, holds: bool, what: impl FnOnce() -> String) -> &'static str {
        if holds {
            return "";
        }
        self.broken.push(what());
        "   OUT OF BOUNDS"
    }
}

/// What a run of so many steps may ask for at most.
struct Bound {
    dynamodb: u64,
    sqs_messages: u64,
    eventbridge: u64,
    lambda: u64,
    /// For the orders that are sent here: it depends on their size.
    write_units: f64,
}

impl Bound {
    /// Event, run, and two requests for each step; a message for the event and for each step; an event
    /// for the order; a call to take the order, and one for each message.
    fn of(steps: u64) -> Self {
        Self {
            dynamodb: 2 + 2 * steps,
            sqs_messages: 1 + steps,
            eventbridge: 1,
            lambda: 2 + steps,
            write_units: 11.0 + 4.0 * steps as f64,
        }
    }
}

fn line(text: &str) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{text}")
}
