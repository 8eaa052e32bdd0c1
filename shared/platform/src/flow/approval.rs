//! A step that asks people: what they are asked, and what follows their answer.

use tradewind_engine::effects::ActionError;
use tradewind_engine::expressions::Scope;
use tradewind_engine::protocol::Outcome;
use tradewind_engine::runs::Question;
use tradewind_engine::time::{Timestamp, after};
use tradewind_engine::workflows::{Approval, Otherwise};

/// What people are asked; why that cannot be told.
pub(crate) fn question_of(approval: &Approval, scope: &Scope) -> Result<String, String> {
    let given = approval.question.render(scope, &[]);
    let given = given.map_err(|error| format!("approval.question: {error}"))?;
    given.as_str().map(str::to_owned).ok_or_else(|| "approval.question: gives no text".to_owned())
}

/// They are asked now.
pub(super) fn ask(
    approval: &Approval,
    scope: &Scope,
    timezone: Option<&str>,
    now: Timestamp,
) -> Result<Outcome, String> {
    let question = Question::new(&question_of(approval, scope)?).in_zone(timezone);
    Ok(Outcome::Asks(question, after(now, approval.deadline)))
}

/// What follows once somebody has decided, or nobody can any more.
pub(super) fn answered(approval: &Approval, question: &Question) -> Outcome {
    match approval.otherwise {
        _ if question.is_approved() => Outcome::Done(question.output()),
        Otherwise::Continue => Outcome::Done(question.output()),
        Otherwise::Cancel => Outcome::Cancels(question.output()),
        Otherwise::Fail => Outcome::Error(ActionError::refused(question.refusal())),
    }
}
