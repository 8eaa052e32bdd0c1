//! What a claim looks at and changes in a step: attributes of their own, so that DynamoDB can judge
//! and carry out the claim by itself.

use crate::store::values::{Item, get_number, get_text, get_time, number, text, time};
use aws_sdk_dynamodb::types::AttributeValue;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tradewind_engine::effects::{EffectClass, OnUnknown};
use tradewind_engine::ids::ClaimId;
use tradewind_engine::runs::{StepRecord, StepState};
use tradewind_engine::time::Timestamp;

pub(super) const STATE: &str = "state";
pub(super) const CLASS: &str = "class";
pub(super) const ON_UNKNOWN: &str = "on_unknown";
pub(super) const FENCE: &str = "fence";
pub(super) const CLAIM: &str = "claim";
pub(super) const LEASE_UNTIL: &str = "lease_until";
pub(super) const CLAIMED_AT: &str = "claimed_at";
pub(super) const ATTEMPTS: &str = "attempts";
pub(super) const ASKED: &str = "asked";
pub(super) const NEXT_AT: &str = "next_at";
pub(super) const KEY_AT: &str = "key_at";

/// Those fields of a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Control {
    pub(super) state: StepState,
    pub(super) class: EffectClass,
    pub(super) on_unknown: OnUnknown,
    pub(super) fence: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) claim: Option<ClaimId>,
    pub(super) lease_until: Option<Timestamp>,
    pub(super) claimed_at: Option<Timestamp>,
    pub(super) attempts: u32,
    pub(super) asked: u32,
    pub(super) next_at: Option<Timestamp>,
    pub(super) key_at: Option<Timestamp>,
}

impl Control {
    pub(super) fn of(step: &StepRecord) -> Self {
        Self {
            state: step.state,
            class: step.work.class(),
            on_unknown: step.work.on_unknown(),
            fence: step.fence,
            claim: step.claim.clone(),
            lease_until: step.lease_until,
            claimed_at: step.claimed_at,
            attempts: step.attempts,
            asked: step.asked,
            next_at: step.next_at,
            key_at: step.key_at,
        }
    }

    /// As attributes; what is not set is not there.
    pub(super) fn to_item(&self) -> Item {
        let mut item = Item::from([
            (STATE.to_owned(), text(word(&self.state))),
            (CLASS.to_owned(), text(word(&self.class))),
            (ON_UNKNOWN.to_owned(), text(word(&self.on_unknown))),
            (FENCE.to_owned(), number(self.fence)),
            (ATTEMPTS.to_owned(), number(self.attempts)),
            (ASKED.to_owned(), number(self.asked)),
        ]);
        let times = [
            (LEASE_UNTIL, self.lease_until),
            (CLAIMED_AT, self.claimed_at),
            (NEXT_AT, self.next_at),
            (KEY_AT, self.key_at),
        ];
        item.extend(self.claim.as_ref().map(|id| (CLAIM.to_owned(), text(id.as_str()))));
        for (name, at) in times {
            item.extend(at.map(|at| (name.to_owned(), time(at))));
        }
        item
    }

    /// What [`Self::to_item`] made.
    pub(super) fn of_item(item: &Item) -> Option<Self> {
        Some(Self {
            state: of_word(get_text(item, STATE)?)?,
            class: of_word(get_text(item, CLASS)?)?,
            on_unknown: of_word(get_text(item, ON_UNKNOWN)?)?,
            fence: get_number(item, FENCE)?,
            attempts: get_number(item, ATTEMPTS)?,
            asked: get_number(item, ASKED)?,
            claim: get_text(item, CLAIM).map(ClaimId::from),
            lease_until: get_time(item, LEASE_UNTIL),
            claimed_at: get_time(item, CLAIMED_AT),
            next_at: get_time(item, NEXT_AT),
            key_at: get_time(item, KEY_AT),
        })
    }

    pub(super) fn to_attribute(&self) -> AttributeValue {
        AttributeValue::M(self.to_item())
    }
}

/// The word under which a choice is stored.
pub(super) fn word(choice: &impl Serialize) -> String {
    match serde_json::to_value(choice) {
        Ok(Value::String(word)) => word,
        _ => unreachable!("choices are stored as words"),
    }
}

/// What [`word`] made.
pub(super) fn of_word<T: DeserializeOwned>(word: &str) -> Option<T> {
    serde_json::from_value(Value::String(word.to_owned())).ok()
}
