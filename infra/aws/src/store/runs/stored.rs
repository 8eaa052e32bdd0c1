//! A run's item.

use super::control::{Control, of_word};
use super::document::{Details, Document};
use super::parts::{Moved, left_out};
use crate::store::Store;
use crate::store::keys::{self, Due, EVENT_ATTRIBUTE, RUN, RUN_STATE, WAITING_PK, WORKFLOW};
use crate::store::unread::NotRead;
use crate::store::values::{
    Item, V, get_number, get_packed, get_text, get_time, number, packed, read_packed, text, time,
};
use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;
use tradewind_engine::ids::StepPath;
use tradewind_engine::runs::{Run, RunState};
use tradewind_engine::stored::Unreadable;
use tradewind_engine::time::Timestamp;

/// Raised by every write: who changes the run says which one was seen.
pub(super) const REV: &str = "rev";
/// Random for every write: by it a writer knows its own.
pub(super) const TOKEN: &str = "token";
pub(super) const CHECK_AT: &str = "check_at";
pub(super) const STEPS: &str = "steps";
const HEAD: &str = "head";
/// Set once a part may stand beside the item.
const HAS_PARTS: &str = "has_parts";

/// A run as it stands, or stood, in the table.
#[derive(Clone)]
pub(super) struct Stored {
    pub(super) run: Run,
    pub(super) rev: u64,
    pub(super) token: String,
    pub(super) moved: Moved,
    /// Parts may stand beside the item, whether it names them or not.
    pub(super) has_parts: bool,
    /// Where it stands in the index of runs to be checked, while it does.
    pub(super) listed_for: Option<Timestamp>,
}

/// Where the run is to stand in the index of runs to be checked; `listed_for` is where it stood before.
///
/// Invariant: that is never later than its `check_at`, so that nobody overlooks it. It may be earlier:
/// an entry that moves costs two writes, each try of a step puts the check off, and most runs end before
/// their first. The sweeper moves the entries that it meets too early.
pub(super) fn listed_for(run: &Run, listed_for: Option<Timestamp>) -> Option<Timestamp> {
    let check_at = run.check_at?;
    Some(listed_for.map_or(check_at, |stands| stands.min(check_at)))
}

impl Stored {
    /// The item. `keep` is how long a run is kept that has ended.
    pub(super) fn to_item(&self, keep: Duration) -> Item {
        let run = &self.run;
        let (document, open) = Document::of(run, &self.moved);
        let open: HashMap<String, AttributeValue> =
            open.into_iter().map(|(path, control)| (path.0, control.to_attribute())).collect();
        let mut item = keys::run(&run.id);
        item.insert(V.to_owned(), number(run.v));
        item.insert(REV.to_owned(), number(self.rev));
        item.insert(TOKEN.to_owned(), text(&self.token));
        item.insert(RUN_STATE.to_owned(), text(run.state.as_str()));
        item.insert(WORKFLOW.to_owned(), text(run.workflow.as_str()));
        item.insert(STEPS.to_owned(), AttributeValue::M(open));
        item.insert(HEAD.to_owned(), packed(&document));
        item.extend(run.check_at.map(|check_at| (CHECK_AT.to_owned(), time(check_at))));
        if self.has_parts {
            item.insert(HAS_PARTS.to_owned(), AttributeValue::Bool(true));
        }
        match &run.branch {
            // Branches are found by their run alone.
            Some(branch) => {
                item.insert(EVENT_ATTRIBUTE.to_owned(), text(branch.root.as_str()));
            }
            None => {
                item.insert(EVENT_ATTRIBUTE.to_owned(), text(run.event.as_str()));
                keys::put_listed(&mut item, RUN, run.created_at, run.id.as_str());
                // A claim leaves it there until what came of the step is put.
                if run.may_wait() {
                    let day = keys::list_day(RUN, run.created_at);
                    item.insert(WAITING_PK.to_owned(), text(day));
                }
            }
        }
        if let Some((due, at)) = self.due() {
            keys::put_due(&mut item, due, run.id.as_str(), at);
            // DynamoDB would leave the branches behind, and the parts: such a run is left to the purge. It has
            // no parts any more once its data is removed.
            if due != Due::Check && !self.has_parts && !has_had_branches(run) {
                keys::put_ttl(&mut item, at, keep);
            }
        }
        item
    }

    /// What time will ask for: first that the run is settled, then that its data goes, then the
    /// rest of it.
    fn due(&self) -> Option<(Due, Timestamp)> {
        let holds_data = self.run.redacted_at.is_none() || self.has_parts;
        match (self.run.check_at, self.run.ended_at) {
            (Some(check_at), _) => Some((Due::Check, self.listed_for.unwrap_or(check_at))),
            // A branch is redacted and purged with its run.
            (None, Some(ended_at)) if self.run.state.is_terminal() && self.run.branch.is_none() => {
                Some((if holds_data { Due::Redact } else { Due::Purge }, ended_at))
            }
            _ => None,
        }
    }
}

fn has_had_branches(run: &Run) -> bool {
    run.steps.values().any(|step| step.work.items().is_some_and(|items| items.next > 0))
}

impl Store {
    /// The run of an item, with all that was moved out of it. `known` is the same run as it was
    /// seen before: parts that it names already are taken from there.
    pub(super) async fn stored(
        &self,
        item: &Item,
        known: Option<&Stored>,
    ) -> Result<Stored, NotRead> {
        let lost = || Unreadable::damaged::<Run>("a part of it is missing");
        let seen = StoredHead::of(item)?;
        let moved = seen.document.moved();
        let (input, details) = if moved.is_empty() {
            (None, BTreeMap::new())
        } else {
            self.moved_out(&seen.document.id, &moved, known).await?
        };
        Ok(seen.into_stored(moved, input, details).ok_or_else(lost)?)
    }
}

/// The run of an item as lists show it: without what was moved out of it.
pub(super) fn short(item: &Item) -> Result<Run, Unreadable> {
    let lost = || Unreadable::damaged::<Run>("a part of it is missing");
    let seen = StoredHead::of(item)?;
    let moved = seen.document.moved();
    let (input, details) = left_out(&moved);
    seen.into_stored(moved, input, details).map(|stored| stored.run).ok_or_else(lost)
}

/// What an item says by itself.
pub(super) struct StoredHead {
    pub(super) document: Document,
    state: RunState,
    check_at: Option<Timestamp>,
    open: BTreeMap<StepPath, Control>,
    rev: u64,
    token: String,
    has_parts: bool,
    listed_for: Option<Timestamp>,
}

impl StoredHead {
    pub(super) fn of(item: &Item) -> Result<Self, Unreadable> {
        let document = read_packed(item, HEAD)?;
        let lost = || Unreadable::damaged::<Run>("an attribute is missing");
        Self::with(document, item).ok_or_else(lost)
    }

    fn with(document: Document, item: &Item) -> Option<Self> {
        let mut open = BTreeMap::new();
        for (path, control) in item.get(STEPS)?.as_m().ok()? {
            let control = Control::of_item(control.as_m().ok()?)?;
            open.insert(StepPath(path.clone()), control);
        }
        Some(Self {
            document,
            state: of_word(get_text(item, RUN_STATE)?)?,
            check_at: get_time(item, CHECK_AT),
            open,
            rev: get_number(item, REV)?,
            token: get_text(item, TOKEN)?.to_owned(),
            has_parts: item.contains_key(HAS_PARTS),
            listed_for: keys::due_at(item, Due::Check),
        })
    }

    pub(super) fn into_stored(
        self,
        moved: Moved,
        input: Option<Value>,
        details: BTreeMap<StepPath, Details>,
    ) -> Option<Stored> {
        let Self { document, state, check_at, open, rev, token, has_parts, listed_for } = self;
        let run = document.into_run(state, check_at, open, input, details)?;
        Some(Stored { run, rev, token, moved, has_parts, listed_for })
    }
}

/// Whether the run of an item holds data still; a run that cannot be read does.
pub(in crate::store) fn holds_data(item: &Item) -> bool {
    let document: Option<Document> = get_packed(item, HEAD);
    document.is_none_or(|document| document.redacted_at.is_none())
}
