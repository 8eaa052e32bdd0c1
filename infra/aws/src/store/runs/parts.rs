//! What is too long for a run's item stands beside it: its input, and what its steps gave.
//!
//! Invariant: a part is written before the item that names it, and its key is made from its content.
//! So a part never changes, whoever else writes at the same time; one that nobody came to name goes
//! when the run's data goes.

use super::document::Details;
use super::stored::Stored;
use crate::store::Store;
use crate::store::items::Seeing;
use crate::store::keys::{self, SK};
use crate::store::unread::NotRead;
use crate::store::values::{Item, deflated, get_text, inflated, short_digest, text};
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use bytes::Bytes;
use futures::future::try_join_all;
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tradewind_engine::ids::{RunId, StepPath};
use tradewind_engine::ports::Unavailable;
use tradewind_engine::runs::Run;
use tradewind_engine::stored::Unreadable;

/// So many bytes of what steps gave stay in the item.
const DETAILS_BYTES_MAX: usize = 8 * 1024;
/// What an open step holds stays in the item up to so many bytes.
const OPEN_BYTES_MAX: usize = 1024;
/// An input up to so many bytes stays in the item.
const INPUT_BYTES_MAX: usize = 4 * 1024;
/// A longer part is kept in the bucket: an item holds 400 KB at most.
pub(in crate::store) const ITEM_BYTES_MAX: usize = 300 * 1024;
/// The bytes of a part, and where they are when they are in the bucket.
const BODY: &str = "body";
pub(in crate::store) const BLOB: &str = "blob";
const INPUT: &str = "IN#";
const OUTPUT: &str = "OUT#";

/// Where what is not in the item was moved to: the sort keys of parts. A part may hold the details
/// of several steps.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Moved {
    pub(super) input: Option<String>,
    pub(super) steps: BTreeMap<StepPath, String>,
}

/// A part that is yet to be written.
pub(super) struct Part {
    pub(super) sk: String,
    pub(super) bytes: Vec<u8>,
}

impl Moved {
    pub(super) fn is_empty(&self) -> bool {
        self.input.is_none() && self.steps.is_empty()
    }

    fn parts(&self) -> impl Iterator<Item = &String> {
        self.input.iter().chain(self.steps.values())
    }
}

/// What of the run stands beside its item, and which parts are yet to be written for that. What was
/// moved stays where it is while it does not change.
pub(super) fn move_out(run: &Run, before: Option<&Stored>) -> (Moved, Vec<Part>) {
    let mut moved = still_moved(run, before);
    let mut parts = Vec::new();
    if moved.input.is_none() && bytes_of(&run.input) > INPUT_BYTES_MAX {
        let part = Part::new(INPUT, &run.input);
        moved.input = Some(part.sk.clone());
        parts.push(part);
    }
    for paths in too_long(run, &moved) {
        let Some(newest) = paths.last() else { continue };
        let prefix = format!("{OUTPUT}{newest}#{}#", run.steps[newest].fence);
        let details: BTreeMap<&StepPath, Details> =
            paths.iter().map(|path| (path, Details::of(&run.steps[path]))).collect();
        let part = Part::new(&prefix, &details);
        moved.steps.extend(paths.into_iter().map(|path| (path, part.sk.clone())));
        parts.push(part);
    }
    (moved, parts)
}

fn still_moved(run: &Run, before: Option<&Stored>) -> Moved {
    let Some(before) = before else { return Moved::default() };
    let is_same = |path: &StepPath| {
        let (now, then) = (run.steps.get(path), before.run.steps.get(path));
        now.zip(then).is_some_and(|(now, then)| Details::of(then).are_of(now))
    };
    let steps = before.moved.steps.iter().filter(|(path, _)| is_same(path));
    let input = before.moved.input.clone().filter(|_| run.input == before.run.input);
    Moved { input, steps: steps.map(|(path, part)| (path.clone(), part.clone())).collect() }
}

/// The steps whose details have to go, in the order in which they ended: those that ended, in one
/// part, so that long runs have few; and the open ones if that is not enough.
fn too_long(run: &Run, moved: &Moved) -> Vec<Vec<StepPath>> {
    let inline = run.steps.iter().filter(|(path, _)| !moved.steps.contains_key(*path));
    let sizes: Vec<_> =
        inline.map(|(path, step)| (path, step, bytes_of(&Details::of(step)))).collect();
    if sizes.iter().map(|(_, _, bytes)| bytes).sum::<usize>() <= DETAILS_BYTES_MAX {
        return Vec::new();
    }
    let (mut open, mut ended): (Vec<_>, Vec<_>) =
        sizes.into_iter().partition(|(_, step, _)| step.state.is_open());
    let open_bytes: usize = open.iter().map(|(_, _, bytes)| bytes).sum();
    open.retain(|(_, _, bytes)| open_bytes > DETAILS_BYTES_MAX && *bytes > OPEN_BYTES_MAX);
    ended.sort_by_key(|(path, step, _)| (step.ended_at, *path));
    let ended = ended.into_iter().map(|(path, _, _)| path.clone()).collect();
    let open = open.into_iter().map(|(path, _, _)| vec![path.clone()]);
    std::iter::once(ended).chain(open).collect()
}

fn bytes_of(document: &impl Serialize) -> usize {
    serde_json::to_vec(document).map_or(0, |json| json.len())
}

impl Part {
    fn new(prefix: &str, document: &impl Serialize) -> Self {
        let bytes = deflated(document);
        let sk = format!("{prefix}{}", short_digest(&bytes));
        Self { sk, bytes }
    }
}

/// What a part holds.
pub(super) enum Held {
    Input(Value),
    Details(BTreeMap<StepPath, Details>),
}

impl Held {
    pub(super) fn of(sk: &str, bytes: &[u8]) -> Option<Self> {
        if sk.starts_with(INPUT) {
            inflated(bytes).map(Self::Input)
        } else {
            inflated(bytes).map(Self::Details)
        }
    }

    /// Gives what the run has moved here; a part may hold more than that.
    pub(super) fn put_back(
        self,
        sk: &str,
        moved: &Moved,
        input: &mut Option<Value>,
        details: &mut BTreeMap<StepPath, Details>,
    ) {
        match self {
            Self::Input(held) => *input = Some(held),
            Self::Details(held) => {
                let is_here = |path: &StepPath| moved.steps.get(path).is_some_and(|at| at == sk);
                details.extend(held.into_iter().filter(|(path, _)| is_here(path)));
            }
        }
    }
}

/// What stands in the place of all that was moved, for lists: nobody looks at it there.
pub(super) fn left_out(moved: &Moved) -> (Option<Value>, BTreeMap<StepPath, Details>) {
    let details = moved.steps.keys().map(|path| (path.clone(), Details::default()));
    (Some(Value::Null), details.collect())
}

impl Store {
    /// Writes the parts. Writing one again changes nothing.
    pub(super) async fn put_parts(&self, run: &RunId, parts: Vec<Part>) -> Result<(), Unavailable> {
        try_join_all(parts.into_iter().map(|part| self.put_part(run, part))).await?;
        Ok(())
    }

    async fn put_part(&self, run: &RunId, part: Part) -> Result<(), Unavailable> {
        let mut item = keys::key(keys::run_pk(run), part.sk);
        if part.bytes.len() > ITEM_BYTES_MAX {
            let blob = format!("parts/{run}/{}", short_digest(&part.bytes));
            self.blobs.put(&blob, Bytes::from(part.bytes)).await?;
            item.insert(BLOB.to_owned(), text(blob));
        } else {
            item.insert(BODY.to_owned(), AttributeValue::B(Blob::new(part.bytes)));
        }
        self.put_item(item).await
    }

    /// What was moved out of the run's item, out of `known` where that is the same.
    pub(super) async fn moved_out(
        &self,
        run: &RunId,
        moved: &Moved,
        known: Option<&Stored>,
    ) -> Result<(Option<Value>, BTreeMap<StepPath, Details>), NotRead> {
        let (mut input, mut details) = (None, BTreeMap::new());
        if let Some(known) = known {
            if moved.input.is_some() && moved.input == known.moved.input {
                input = Some(known.run.input.clone());
            }
            let same = moved
                .steps
                .iter()
                .filter(|(path, part)| known.moved.steps.get(*path) == Some(*part));
            for (path, _) in same {
                let step = known.run.steps.get(path);
                details.extend(step.map(|step| (path.clone(), Details::of(step))));
            }
        }
        let is_wanted = |sk: &&String| match sk.starts_with(INPUT) {
            true => input.is_none(),
            false => {
                moved.steps.iter().any(|(path, part)| part == *sk && !details.contains_key(path))
            }
        };
        let wanted: BTreeSet<&String> = moved.parts().filter(is_wanted).collect();
        if wanted.is_empty() {
            return Ok((input, details));
        }
        let wanted = wanted.into_iter().map(|sk| keys::key(keys::run_pk(run), sk)).collect();
        let parts = self.items(wanted, Seeing::Everything).await?;
        for (sk, bytes) in try_join_all(parts.iter().map(|part| self.bytes(part))).await? {
            let held = Held::of(&sk, &bytes)
                .ok_or_else(|| Unreadable::damaged::<Run>(format!("its part {sk}")))?;
            held.put_back(&sk, moved, &mut input, &mut details);
        }
        Ok((input, details))
    }

    async fn bytes(&self, part: &Item) -> Result<(String, Bytes), NotRead> {
        let sk = get_text(part, SK).unwrap_or_default().to_owned();
        if let Some(AttributeValue::B(body)) = part.get(BODY) {
            return Ok((sk, Bytes::copy_from_slice(body.as_ref())));
        }
        let lost = || Unreadable::damaged::<Run>(format!("its part {sk}"));
        let blob = get_text(part, BLOB).ok_or_else(lost)?;
        let bytes = self.blobs.get(blob).await?.ok_or_else(lost)?;
        Ok((sk, bytes))
    }

    /// All that stands below a run's key: keys, and where bytes are in the bucket.
    pub(super) async fn collection(&self, run: &RunId) -> Result<Vec<Item>, Unavailable> {
        let query = self
            .query()
            .key_condition_expression("pk = :pk")
            .projection_expression("pk, sk, #blob")
            .expression_attribute_names("#blob", BLOB)
            .expression_attribute_values(":pk", text(keys::run_pk(run)))
            .consistent_read(true);
        self.rows(query, usize::MAX).await
    }

    /// Removes items of a run, what they keep in the bucket first.
    pub(in crate::store) async fn remove_collected(
        &self,
        items: Vec<Item>,
    ) -> Result<(), Unavailable> {
        let blobs = items.iter().filter_map(|item| get_text(item, BLOB));
        try_join_all(blobs.map(|blob| self.blobs.remove(blob))).await?;
        let mut keys = items;
        keys.iter_mut().for_each(|item| drop(item.remove(BLOB)));
        self.remove_items(keys).await
    }
}

/// Whether the item of a collection holds data of the run.
pub(super) fn is_part(item: &Item) -> bool {
    get_text(item, SK).is_some_and(|sk| sk.starts_with(INPUT) || sk.starts_with(OUTPUT))
}
