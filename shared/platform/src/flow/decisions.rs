//! What is decided about a step without any provider.
//!
//! Invariant: a decision follows from the version, the input and the records alone, so that made again it
//! comes out the same; only for how long a `wait` waits counts from the moment of the first.

use serde_json::{Value, json};
use tradewind_engine::expressions::Scope;
use tradewind_engine::protocol::HOPS_MAX;
use tradewind_engine::runs::{ITEMS_MAX, Items};
use tradewind_engine::time::{Timestamp, after};
use tradewind_engine::workflows::{DELAY_MAX, Loop, Route, Step, StepKind, WaitFor};

/// What is decided about a step.
pub(super) enum Decided {
    /// The run passes it, and it gives this.
    Passed(Value),
    /// Its time comes then.
    Waits(Timestamp),
    /// Branches begin to work on these items.
    Loops(Items),
    /// Somebody has to work on it.
    Work,
}

/// The member of a `choose`'s output that says which route was taken.
const TAKEN: &str = "taken";

/// Whether the step's own `if` holds; why that cannot be told.
pub(crate) fn holds(step: &Step, scope: &Scope) -> Result<bool, String> {
    match &step.condition {
        None => Ok(true),
        Some(condition) => condition.holds(scope).map_err(|error| format!("if: {error}")),
    }
}

/// What becomes of a step whose `if` holds; why that cannot be told.
pub(super) fn decide(step: &Step, scope: &Scope, now: Timestamp) -> Result<Decided, String> {
    match &step.kind {
        // What is emitted goes out once, by whoever holds the step; and people have their time from then on.
        StepKind::Action(_) | StepKind::Emit(_) | StepKind::Approval(_) => Ok(Decided::Work),
        // Whoever begins to wait for an event leaves a mark first.
        StepKind::Wait(WaitFor::Event(_)) => Ok(Decided::Work),
        StepKind::Choose(routes) => {
            let taken = taken(routes, scope)?;
            Ok(Decided::Passed(json!({ TAKEN: taken })))
        }
        StepKind::Wait(wait_for) => {
            let until = moment(wait_for, scope, now)?;
            Ok(if until > now { Decided::Waits(until) } else { Decided::Passed(waited()) })
        }
        StepKind::ForEach(one) => {
            let count = u32::try_from(items_of(one, scope)?.len()).unwrap_or(u32::MAX);
            if count == 0 {
                return Ok(Decided::Passed(Items::default().output()));
            }
            let body = u32::try_from(step.within().count()).unwrap_or(u32::MAX);
            Ok(Decided::Loops(Items::begin(count, one.concurrency, body, HOPS_MAX)))
        }
    }
}

/// The items of a loop; why that cannot be told.
pub(super) fn items_of(one: &Loop, scope: &Scope) -> Result<Vec<Value>, String> {
    let given = one.items.render(scope, &[]).map_err(|error| format!("for_each.items: {error}"))?;
    let Value::Array(items) = given else {
        return Err("for_each.items: gives no list".to_owned());
    };
    if items.len() > ITEMS_MAX {
        let count = items.len();
        return Err(format!("for_each.items: {count} items, and a loop takes at most {ITEMS_MAX}"));
    }
    Ok(items)
}

/// What a `wait` gives once its time has come.
pub(super) fn waited() -> Value {
    json!({})
}

/// The first route whose condition holds.
fn taken(routes: &[Route], scope: &Scope) -> Result<Option<usize>, String> {
    for (index, route) in routes.iter().enumerate() {
        let holds = route.condition.as_ref().map(|condition| condition.holds(scope));
        match holds {
            None | Some(Ok(true)) => return Ok(Some(index)),
            Some(Ok(false)) => {}
            Some(Err(error)) => return Err(format!("choose[{index}].if: {error}")),
        }
    }
    Ok(None)
}

/// The route that a `choose` with this output takes.
pub(super) fn route_taken<'a>(step: &'a Step, output: &Value) -> Option<&'a Route> {
    step.routes().get(taken_in(output)?)
}

/// The number of the route that the output of a `choose` says was taken.
pub(super) fn taken_in(output: &Value) -> Option<usize> {
    usize::try_from(output.get(TAKEN)?.as_u64()?).ok()
}

fn moment(wait_for: &WaitFor, scope: &Scope, now: Timestamp) -> Result<Timestamp, String> {
    let until = match wait_for {
        WaitFor::Duration(duration) => return Ok(after(now, *duration)),
        WaitFor::Event(wait) => return Ok(after(now, wait.length)),
        WaitFor::Moment(until) => until,
    };
    let given = until.render(scope, &[]).map_err(|error| format!("wait.until: {error}"))?;
    let moment = given.as_str().and_then(|text| text.parse::<Timestamp>().ok());
    let moment = moment.ok_or("wait.until: gives no moment, such as 2026-12-24T08:00:00Z")?;
    // What lies further away is a mistake in the data.
    if moment > after(now, DELAY_MAX) {
        return Err(format!("wait.until: {moment} is more than a year away"));
    }
    Ok(moment)
}
