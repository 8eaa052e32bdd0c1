//! `tradewind runs`: the list of runs.

use crate::command::client::Client;
use crate::command::cx::Cx;
use crate::command::error::Error;
use crate::command::printing::output::Mood;
use crate::command::printing::table::Table;
use crate::command::printing::words;
use clap::Args;
use clap::builder::PossibleValuesParser;
use tradewind_api::types::{LIST_MAX, RunList, RunSummary};
use tradewind_engine::texts::cut;

/// The states that a run can be in, and what some active ones do.
const STATES: [&str; 7] =
    ["active", "failing", "waiting", "succeeded", "failed", "parked", "cancelled"];
/// A whole run id has so many characters; a shorter text is the beginning of one.
const ID_CHARACTERS: usize = 28;
/// A sender may choose a longer key, which would widen every row; `tradewind run` shows all of it.
const KEY_CHARACTERS_MAX: usize = 40;

/// Arguments of `runs`.
#[derive(Debug, Args)]
pub struct RunsArgs {
    /// Only of this workflow
    #[arg(long, value_name = "ID")]
    workflow: Option<String>,
    /// Only in this state; waiting: for a time, an event or people
    #[arg(long, value_parser = PossibleValuesParser::new(STATES))]
    state: Option<String>,
    /// Only of this event
    #[arg(long, value_name = "ID")]
    event: Option<String>,
    /// Only those started before this run, to see further back
    #[arg(long, value_name = "RUN")]
    before: Option<String>,
    /// At most so many
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=200))]
    limit: u16,
}

pub(crate) async fn runs(cx: &Cx, args: &RunsArgs) -> Result<(), Error> {
    let query = [
        ("workflow", args.workflow.clone()),
        ("state", args.state.clone()),
        ("event", args.event.clone()),
        ("before", args.before.clone()),
        ("limit", Some(args.limit.to_string())),
    ];
    let answer = cx.client()?.query(&["runs"], &query).await?;
    if !answer.print_json(cx.output) {
        let is_narrowed = args.workflow.is_some() || args.state.is_some() || args.event.is_some();
        show(cx, &answer.typed()?, is_narrowed);
    }
    Ok(())
}

fn show(cx: &Cx, list: &RunList, is_narrowed: bool) {
    if let Some(left_out) = &list.left_out {
        cx.output.note(words::left_out(left_out));
    }
    if list.runs.is_empty() && list.left_out.is_some() {
        return;
    }
    if list.runs.is_empty() {
        cx.output.line(match is_narrowed {
            true => "no such runs",
            false => {
                "no runs yet: one starts with the first event that a workflow waits for; \
                 try `tradewind trigger EVENT`"
            }
        });
        return;
    }
    let mut table = Table::new(["STATE", "RUN", "WORKFLOW", "STARTED"]);
    for run in &list.runs {
        let (mood, state) = words::run_state(run.state);
        let (mood, state) = match &run.waits {
            Some(waits) if !waits.untold.is_empty() => (Mood::Bad, "waiting"),
            Some(_) => (mood, "waiting"),
            None => (mood, state),
        };
        table.row(
            mood,
            [state.to_owned(), run.id.clone(), run.workflow.clone(), words::time(run.created_at)],
        );
        let key = format!("key {}", cut(&run.key, KEY_CHARACTERS_MAX));
        let why = Some(why(run)).filter(|why| !why.is_empty());
        table.below(&why.map_or_else(|| key.clone(), |why| format!("{key}; {why}")));
    }
    table.show(cx.output);
    if let Some(next) = &list.next {
        cx.output.note(format!("there are more: --before {next}"));
    }
}

/// What stopped it, or what it waits for and until when.
fn why(run: &RunSummary) -> String {
    if let Some(failure) = &run.failure {
        return format!("{}: {}", failure.step, failure.reason);
    }
    let Some(waits) = &run.waits else { return String::new() };
    if waits.action == "concurrency" {
        return "its turn: other runs of its key are before it".to_owned();
    }
    let what = match (&waits.event, waits.action.as_str()) {
        (Some(event), _) => format!("{event} "),
        (None, "approval") => "a decision ".to_owned(),
        (None, _) => String::new(),
    };
    let until = waits.until.map(|until| format!("until {}", words::time(until)));
    let untold = match waits.untold.as_slice() {
        [] => String::new(),
        untold => format!("; did not go out: {}", untold.join(", ")),
    };
    format!("{}: {what}{}{untold}", waits.step, until.unwrap_or_default())
}

/// The id that a person means by its beginning, looked for among the newest runs.
pub(crate) async fn whole_id(client: &Client, text: &str) -> Result<String, Error> {
    if text.len() >= ID_CHARACTERS {
        return Ok(text.to_owned());
    }
    let query = [("limit", Some(LIST_MAX.to_string()))];
    let list: RunList = client.query(&["runs"], &query).await?.typed()?;
    let means = |run: &&RunSummary| {
        run.id.starts_with(text)
            || run.id.strip_prefix("run_").is_some_and(|id| id.starts_with(text))
    };
    let found: Vec<&RunSummary> = list.runs.iter().filter(means).collect();
    match found.as_slice() {
        [run] => Ok(run.id.clone()),
        [] => Err(Error::NotFound(format!("no run begins with {text}"))),
        several => Err(Error::Usage(format!("{} runs begin with {text}", several.len()))),
    }
}
