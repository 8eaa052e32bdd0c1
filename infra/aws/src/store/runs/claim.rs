//! The claim, in one request and without reading before: DynamoDB judges what `may_claim` in the
//! engine judges, and does what `Change::Claim` does there.
//!
//! Invariant: condition and effect are the engine's; the contract suite holds them against it.

use super::control::{
    ATTEMPTS, CLAIM, CLAIMED_AT, CLASS, FENCE, KEY_AT, LEASE_UNTIL, NEXT_AT, ON_UNKNOWN, STATE,
    word,
};
use super::stored::{CHECK_AT, REV, STEPS, TOKEN};
use super::write::{Written, token};
use crate::store::Store;
use crate::store::keys::{self, DUE_AT, DUE_PK, Due, RUN_STATE};
use crate::store::values::{Item, V, get_text, number, text, time};
use crate::store::writes::{Updated, update_if};
use aws_sdk_dynamodb::types::ReturnValue;
use tradewind_engine::effects::{EffectClass, OnUnknown};
use tradewind_engine::ids::{ClaimId, StepPath};
use tradewind_engine::ports::Unavailable;
use tradewind_engine::protocol::{CHECK_AFTER, LEASE_GRACE, Write};
use tradewind_engine::runs::{RUN_VERSION, RunState, StepState};
use tradewind_engine::time::{Timestamp, after};

/// The run works on the step, and it is READY, or due in RETRY or WAITING, or RUNNING under an ended
/// lease with an effect that may be repeated.
const CONDITION: &str = "(attribute_not_exists(#v) OR #v <= :v) AND #run_state = :run_state AND (\
    #steps.#path.#state = :ready \
    OR (#steps.#path.#state IN (:retry, :waiting) AND \
        (attribute_not_exists(#steps.#path.#next_at) OR #steps.#path.#next_at <= :now)) \
    OR (#steps.#path.#state = :running AND \
        (attribute_not_exists(#steps.#path.#lease_until) \
            OR #steps.#path.#lease_until < :ended_before) AND \
        (#steps.#path.#class IN (:keyed, :natural) \
            OR (#steps.#path.#class = :neither AND #steps.#path.#on_unknown = :repeat))))";

/// It is in the index of runs to be checked, early enough.
const IS_LISTED: &str = "#due_pk = :due_pk AND #due_at <= :check_at";
const LISTED: &str = "#due_pk = :due_pk, #due_at = :check_at, ";

const EFFECT: &str = "#steps.#path.#state = :running, \
    #steps.#path.#fence = #steps.#path.#fence + :one, \
    #steps.#path.#attempts = #steps.#path.#attempts + :one, \
    #steps.#path.#claim = :claim, \
    #steps.#path.#claimed_at = :now, \
    #steps.#path.#lease_until = :lease_until, \
    #steps.#path.#key_at = if_not_exists(#steps.#path.#key_at, :now), \
    #check_at = :check_at, \
    #rev = #rev + :one, #token = :token \
    REMOVE #steps.#path.#next_at";

const NAMES: [(&str, &str); 18] = [
    ("#v", V),
    ("#run_state", RUN_STATE),
    ("#steps", STEPS),
    ("#state", STATE),
    ("#class", CLASS),
    ("#on_unknown", ON_UNKNOWN),
    ("#fence", FENCE),
    ("#attempts", ATTEMPTS),
    ("#claim", CLAIM),
    ("#claimed_at", CLAIMED_AT),
    ("#lease_until", LEASE_UNTIL),
    ("#key_at", KEY_AT),
    ("#next_at", NEXT_AT),
    ("#check_at", CHECK_AT),
    ("#due_pk", DUE_PK),
    ("#due_at", DUE_AT),
    ("#rev", REV),
    ("#token", TOKEN),
];

/// What becomes of the run's entry in the index of runs to be checked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Entry {
    /// It stays, on the condition that it is early enough.
    Stays,
    /// It is put where the next check is.
    Moves,
}

impl Store {
    /// Takes the step for a worker, who knows a claim of its own again.
    pub(super) async fn claim(
        &self,
        write: &Write,
        id: &ClaimId,
        path: &StepPath,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<Written, Unavailable> {
        let (run, token) = (&write.run, token());
        let check_at = after(now, CHECK_AFTER);
        let works = if path.is_on_failure() { RunState::Failing } else { RunState::Active };
        let grace = LEASE_GRACE.as_nanos().cast_signed();
        let values = [
            (":v", number(RUN_VERSION)),
            (":run_state", text(works.as_str())),
            (":ready", text(StepState::Ready.as_str())),
            (":retry", text(StepState::Retry.as_str())),
            (":waiting", text(StepState::Waiting.as_str())),
            (":running", text(StepState::Running.as_str())),
            (":keyed", text(word(&EffectClass::Keyed))),
            (":natural", text(word(&EffectClass::Natural))),
            (":neither", text(word(&EffectClass::Neither))),
            (":repeat", text(word(&OnUnknown::Retry))),
            (":claim", text(id.as_str())),
            (":now", time(now)),
            (":ended_before", number(now.as_nanosecond() - grace)),
            (":lease_until", time(lease_until)),
            (":check_at", time(check_at)),
            (":due_pk", text(Due::Check.partition_of(run.as_str()))),
            (":one", number(1)),
            (":token", text(&token)),
        ];
        let claim = async |entry| {
            let (condition, effect) = match entry {
                Entry::Stays => (format!("{CONDITION} AND {IS_LISTED}"), format!("SET {EFFECT}")),
                Entry::Moves => (CONDITION.to_owned(), format!("SET {LISTED}{EFFECT}")),
            };
            let mut update = self
                .dynamodb
                .update_item()
                .table_name(&self.runs)
                .set_key(Some(keys::run(run)))
                .condition_expression(condition)
                .update_expression(effect)
                .expression_attribute_names("#path", path.as_str())
                .return_values(ReturnValue::AllNew);
            for (name, attribute) in NAMES {
                update = update.expression_attribute_names(name, attribute);
            }
            for (name, value) in values.clone() {
                update = update.expression_attribute_values(name, value);
            }
            update_if(update).await
        };
        let mut claimed = claim(Entry::Stays).await?;
        if let Updated::Was(item) = &claimed
            && get_text(item, RUN_STATE) == Some(works.as_str())
            && is_listed_late(item, check_at)
        {
            claimed = claim(Entry::Moves).await?;
        }
        Ok(match claimed {
            Updated::Made(item) => Ok(self.read_out(&item).await?.run.clone()),
            Updated::Was(nothing) if nothing.is_empty() => Err(None),
            Updated::Was(item) => {
                let run = self.read_out(&item).await?.run.clone();
                // The engine allows a refused claim only where it was made before: the answer to an
                // earlier try was lost.
                match write.apply(Some(&run)) {
                    Ok(same) if same == run => Ok(run),
                    _ => Err(Some(run)),
                }
            }
        })
    }
}

/// Whether the run would be looked at too late if its entry stayed.
fn is_listed_late(item: &Item, check_at: Timestamp) -> bool {
    keys::due_at(item, Due::Check).is_none_or(|at| at > check_at)
}
