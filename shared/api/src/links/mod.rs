//! `/links/{token}`: people decide an approval. GET shows it, because mail scanners and chats open links;
//! POST decides.
//!
//! Invariant: the token is all that is needed, and it opens nothing but that one approval.

mod page;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Form, Path, RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get};
use page::{Asked, moment, notice, outcome, question};
use serde::Deserialize;
use std::sync::Arc;
use tradewind_engine::ports::{LinkKeys, Unavailable};
use tradewind_engine::runs::{Run, RunState};
use tradewind_engine::texts::is_hidden;
use tradewind_engine::time::Timestamp;
use tradewind_platform::links::ApprovalLink;
use tradewind_platform::people::{Deciding, NotDone, decide};

/// A decision and a name take less.
const BODY_BYTES_MAX: usize = 4 * 1024;
/// On the way back to the page: the answer changed nothing.
const LATE: &str = "?late";
/// A longer name is cut.
const NAME_CHARACTERS_MAX: usize = 100;

/// What taking decisions needs.
pub struct Links {
    /// The use case.
    pub deciding: Deciding,
    /// The key by which links are known again.
    pub keys: Arc<dyn LinkKeys>,
}

/// All links.
pub fn router(links: Arc<Links>) -> Router {
    Router::new()
        .route("/links/{token}", get(show).post(take))
        .route("/links", any(async || unknown()))
        .route("/links/", any(async || unknown()))
        .route("/links/{token}/{*rest}", any(async || unknown()))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(links)
}

/// What the form sends.
#[derive(Deserialize)]
struct Decided {
    decision: String,
    #[serde(default)]
    name: String,
}

async fn show(
    State(links): State<Arc<Links>>,
    Path(token): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let is_late = query.is_some_and(|query| format!("?{query}") == LATE);
    match links.find(&token).await {
        Ok(Some((link, Some(run)))) => {
            let looked = Looked { at: links.deciding.clock.now(), is_late };
            shown(&link, &run, &looked)
        }
        Ok(Some((_, None))) => gone(),
        Ok(None) => unknown(),
        Err(unavailable) => unanswered(&unavailable),
    }
}

async fn take(
    State(links): State<Arc<Links>>,
    Path(token): Path<String>,
    form: Result<Form<Decided>, axum::extract::rejection::FormRejection>,
) -> Response {
    let link = match links.find(&token).await {
        Ok(Some((link, Some(_)))) => link,
        Ok(Some((_, None))) => return gone(),
        Ok(None) => return unknown(),
        Err(unavailable) => return unanswered(&unavailable),
    };
    let approved = form.as_ref().ok().and_then(|form| match form.decision.as_str() {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    });
    let (Some(approved), Ok(Form(form))) = (approved, form) else {
        let text = "Nothing was decided: say yes or no.";
        return notice(StatusCode::BAD_REQUEST, "This was not understood", text);
    };
    let by = by(&form.name, &link);
    match decide(&links.deciding, &link.run, &link.step, approved, &by).await {
        // Shown by GET, so that nothing is sent again by whoever reloads the page.
        Ok(_) => see(&token, ""),
        Err(NotDone::Objection(_)) => see(&token, LATE),
        Err(NotDone::NotFound(_)) => gone(),
        Err(NotDone::Unavailable(unavailable)) => not_known(&unavailable),
        Err(NotDone::Changed | NotDone::Invalid(_)) => {
            let text = "Nothing was decided. Go back and try it again.";
            notice(StatusCode::CONFLICT, "The run was changed at the same moment", text)
        }
    }
}

/// Relative: whatever stands before this program may have put a path before its own.
fn see(token: &str, query: &str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, format!("{token}{query}"))]).into_response()
}

/// Whose decision it is: what they say, and who was given the link.
fn by(name: &str, link: &ApprovalLink) -> String {
    // It becomes a part of other texts: one line, and nothing in it that is not seen.
    let seen = name.chars().map(|character| if is_hidden(character) { ' ' } else { character });
    let seen: String = seen.take(NAME_CHARACTERS_MAX).collect();
    let name = seen.split_whitespace().collect::<Vec<_>>().join(" ");
    match name.is_empty() {
        true => format!("the link sent to {}", link.via),
        false => format!("{name}, by the link sent to {}", link.via),
    }
}

impl Links {
    /// The link of this token and its run, where there still is one.
    async fn find(&self, token: &str) -> Result<Option<(ApprovalLink, Option<Run>)>, Unavailable> {
        let key = self.keys.link_key().await?;
        let Some(link) = ApprovalLink::of(token, &key) else { return Ok(None) };
        let run = self.deciding.runs.read(&link.run).await?;
        Ok(Some((link, run)))
    }
}

/// When somebody looks at the page, and whether they have just answered in vain.
struct Looked {
    at: Timestamp,
    is_late: bool,
}

fn shown(link: &ApprovalLink, run: &Run, looked: &Looked) -> Response {
    let now = looked.at;
    let step = run.steps.get(&link.step);
    let question_asked = step.and_then(|step| step.work.question());
    let of_question = question_asked.and_then(|question| question.timezone.clone());
    // What was asked of an item that has ended is not kept.
    let of_branch = || run.branch.as_ref().and_then(|branch| branch.timezone.clone());
    let timezone = of_question.or_else(|| of_branch().filter(|_| question_asked.is_none()));
    let asked = |until| Asked {
        question: question_asked.map_or_else(String::new, |question| question.text.clone()),
        timezone: timezone.clone(),
        workflow: run.workflow.to_string(),
        run: run.root().to_string(),
        until,
    };
    let of_step = step.and_then(|step| step.work.question()?.decision.as_ref());
    let of_item = || run.branch.as_ref().and_then(|branch| branch.decided.get(&link.step));
    if let Some(decision) = of_step.or_else(of_item) {
        let word = if decision.approved { "Approved" } else { "Declined" };
        let late = if looked.is_late { ". Your answer came later and changed nothing" } else { "" };
        let at = moment(decision.at, timezone.as_deref());
        let heading = format!("{word} by {}, {at}{late}", decision.by);
        return outcome(&heading, &asked(None));
    }
    let ended = match run.state {
        RunState::Cancelled => Some("The run was cancelled"),
        RunState::Succeeded | RunState::Failed | RunState::Parked => Some("The run has ended"),
        RunState::Active | RunState::Failing => None,
    };
    let Some(step) = step.filter(|step| step.work.question().is_some()) else {
        let ended = ended.filter(|_| !run.state.needs_a_person() && run.branch.is_none());
        return ended.map_or_else(|| not_open(run), |ended| outcome(ended, &asked(None)));
    };
    let until = step.work.flow_work().and_then(|work| work.until);
    match ended.filter(|_| step.state.is_open()) {
        Some(ended) => outcome(ended, &asked(None)),
        None if step.state.is_open() && until.is_some_and(|until| now < until) => {
            question(&asked(until))
        }
        None => outcome("The deadline has passed", &asked(None)),
    }
}

fn not_open(run: &Run) -> Response {
    let text = match run.branch {
        _ if run.state.needs_a_person() => {
            "Its run has stopped before it could ask. It asks once somebody has taken it up again."
        }
        None => "It is open once everybody has been told. Open the link again in a moment.",
        // What became of an item is not kept.
        Some(_) => {
            "Either it is over, or not everybody has been told yet: open the link again in a moment."
        }
    };
    notice(StatusCode::OK, "The approval is not open now", text)
}

fn unknown() -> Response {
    let text =
        "Open it from the message in which it came, and mind that no part of it is left out.";
    notice(StatusCode::NOT_FOUND, "There is no such link", text)
}

fn gone() -> Response {
    let text = "What was asked here is no longer kept.";
    notice(StatusCode::NOT_FOUND, "The run is gone", text)
}

/// The answer may have been recorded, with nothing to say so.
fn not_known(unavailable: &Unavailable) -> Response {
    tracing::error!(error = %unavailable.logged(), "a decision may not have been recorded");
    let text = "Open the link again in a minute: it shows whether your answer was recorded.";
    let heading = "It is not known whether that worked";
    notice(StatusCode::SERVICE_UNAVAILABLE, heading, text)
}

fn unanswered(unavailable: &Unavailable) -> Response {
    tracing::error!(error = %unavailable.logged(), "a link could not be served");
    let text = "Nothing was decided. Try it again in a minute.";
    notice(StatusCode::SERVICE_UNAVAILABLE, "This cannot be answered at the moment", text)
}
