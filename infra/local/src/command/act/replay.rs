//! `tradewind replay`: one run, or many of them as a job that is followed to its end.
//!
//! Invariant: the job goes on by itself; who stops following it stops nothing.

use super::ask::ask_of_run;
use crate::command::client::{Answer, Client};
use crate::command::cx::Cx;
use crate::command::error::Error;
use crate::command::printing::output::Mood;
use crate::command::printing::table::Table;
use clap::{ArgGroup, Args, ValueEnum};
use std::time::Duration;
use tradewind_api::types::{Replay, ReplayRun, ReplayState, StartReplay, StoppedState};
use tradewind_engine::ports::Clock;
use tradewind_engine::time::Timestamp;
use tradewind_system::SystemClock;

/// How often the job is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// So many looks in a row may fail.
const VAIN_LOOKS_MAX: u32 = 10;

/// Arguments of `replay`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").required(true).multiple(true)
    .args(["run", "state", "workflow", "since", "until"]))]
#[command(group = ArgGroup::new("many").multiple(true).conflicts_with("run")
    .args(["state", "workflow", "since", "until", "dry_run", "no_wait"]))]
pub struct ReplayArgs {
    /// The run, or the beginning of its id
    run: Option<String>,
    /// All runs in this state
    #[arg(long)]
    state: Option<State>,
    /// All runs of this workflow
    #[arg(long, value_name = "ID")]
    workflow: Option<String>,
    /// All runs that were started then or later, such as 2026-11-23T08:00:00Z
    #[arg(long, value_name = "TIME")]
    since: Option<Timestamp>,
    /// All runs that were started before
    #[arg(long, value_name = "TIME")]
    until: Option<Timestamp>,
    /// Accept that a step may happen twice, where the provider may have forgotten the first try
    #[arg(long)]
    force: bool,
    /// Take up the one item of a loop that stopped at this step, such as 'each[317].reserve'; without it, all that did
    #[arg(long, value_name = "STEP", requires = "run", conflicts_with = "many")]
    step: Option<String>,
    /// Count the runs, and leave them as they are
    #[arg(long)]
    dry_run: bool,
    /// Return at once; the work goes on
    #[arg(long)]
    no_wait: bool,
}

/// A state that a run can be taken up from.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum State {
    Failed,
    Parked,
}

pub(crate) async fn replay(cx: &Cx, args: &ReplayArgs) -> Result<(), Error> {
    if let Some(run) = &args.run {
        return ask_of_run(cx, run, "replay", &of_run(args)).await;
    }
    let body = StartReplay {
        workflow: args.workflow.clone(),
        state: args.state.map(|state| match state {
            State::Failed => StoppedState::Failed,
            State::Parked => StoppedState::Parked,
        }),
        since: args.since,
        until: args.until,
        force: args.force,
        dry_run: args.dry_run,
    };
    let client = cx.client()?;
    let answer = client.post(&["replays"], &body).await?;
    let answer = if args.no_wait { answer } else { follow(cx, &client, answer).await? };
    let replay: Replay = answer.typed()?;
    if !answer.print_json(cx.output) {
        show(cx, &replay);
    }
    match replay.refused {
        refused if refused > 0 && !args.dry_run => Err(Error::RunsRefused(refused)),
        _ => Ok(()),
    }
}

fn of_run(args: &ReplayArgs) -> ReplayRun {
    ReplayRun { force: args.force, step: args.step.clone() }
}

/// Looks at the job until it has ended, and says how far it is.
async fn follow(cx: &Cx, client: &Client, mut answer: Answer) -> Result<Answer, Error> {
    let mut told = 0;
    loop {
        let replay: Replay = answer.typed()?;
        if replay.state != ReplayState::Open {
            return Ok(answer);
        }
        let seen_to = replay.replayed + replay.refused;
        if told == 0 || seen_to > told {
            cx.output.note(format!("{}; it goes on", summary(&replay)));
            told = seen_to.max(1);
        }
        answer = look_again(client, &replay.id).await?;
    }
}

/// One look that fails says nothing about the job.
async fn look_again(client: &Client, replay: &str) -> Result<Answer, Error> {
    let mut vain = 0;
    loop {
        SystemClock.sleep(LOOK_EVERY).await;
        match client.get(&["replays", replay]).await {
            Err(_) if vain < VAIN_LOOKS_MAX => vain += 1,
            looked => return looked,
        }
    }
}

fn show(cx: &Cx, replay: &Replay) {
    cx.output.line(match replay.state {
        ReplayState::Open => format!("{}; it goes on", summary(replay)),
        ReplayState::Done => summary(replay),
        ReplayState::Full => {
            format!("{}; one replay takes no more: ask again for the rest", summary(replay))
        }
    });
    if replay.refusals.is_empty() {
        return;
    }
    cx.output.line("");
    let mut table = Table::new(["RUN", "WHY NOT"]);
    for refusal in &replay.refusals {
        table.row(Mood::Bad, [refusal.run.clone(), refusal.reason.clone()]);
    }
    table.show(cx.output);
    let others = replay.refused.saturating_sub(replay.refusals.len() as u64);
    if others > 0 {
        cx.output.line(format!("… and {others} more"));
    }
}

fn summary(replay: &Replay) -> String {
    let runs = match replay.replayed {
        1 => "1 run".to_owned(),
        count => format!("{count} runs"),
    };
    let done = if replay.runs.dry_run { "would be taken" } else { "taken" };
    format!("{}: {runs} {done} up again, {} refused", replay.id, replay.refused)
}
