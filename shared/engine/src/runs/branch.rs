//! A loop and its branches. What goes on at the same time within a run is a record of its own, of the same
//! shape: a branch works on some of the loop's items, one after another.
//!
//! Invariant: what became of a branch is told upwards alone. The record above it learns it by a report, and
//! no write spans two records.

use super::question::Decision;
use super::run::Failure;
use super::step::StepRecord;
use crate::ids::{RunId, StepPath};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// So many items a loop may have.
pub const ITEMS_MAX: usize = 10_000;
/// So many items one branch works on, at most.
pub const BRANCH_ITEMS_MAX: u32 = 100;
/// So many failed items are kept for people to read.
pub const ITEM_FAILURES_MAX: usize = 20;
/// The steps of its items take at most this part of a branch's moves: the rest is for those that fail and are
/// taken up again, which are moves as well.
const SHARE_OF_HOPS: u32 = 2;

/// Which part of which loop a record works on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Branch {
    /// The run that all of it belongs to.
    pub root: RunId,
    /// The record whose step the loop is.
    pub parent: RunId,
    /// The loop.
    pub step: StepPath,
    /// Its place among the branches of the loop, from 0.
    pub number: u32,
    /// The first of its items, counted from 0 in the whole loop.
    pub first: u32,
    /// How many items it has.
    pub count: u32,
    /// How the items ended that have, in their order, a letter for each.
    pub ended: String,
    /// The first items that failed.
    pub failures: Vec<ItemFailure>,
    /// What was decided at the approvals of the items that have ended.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub decided: BTreeMap<StepPath, Decision>,
    /// The zone in which people read when that was, where the project named one when the last of them was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// The `resumed` of the record in which the record above learned of its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported: Option<u32>,
}

/// How an item of a loop ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ItemEnd {
    /// Something was done.
    Done,
    /// None of its steps was needed.
    Skipped,
    /// One of its steps failed, and the loop went on.
    Failed,
}

/// A failed item.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ItemFailure {
    /// The step, such as `each[317].label`.
    pub step: StepPath,
    /// What was said, without secrets.
    pub reason: String,
}

/// The items of a loop, and how far its branches are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Items {
    /// How many there are.
    pub total: u32,
    /// So many each branch works on; fixed when the loop begins, so that no item ever moves to another.
    pub per_branch: u32,
    /// So many branches work at the same time.
    pub concurrency: u32,
    /// The branch that begins next.
    pub next: u32,
    /// The branches that were begun and have not ended, each with the `resumed` that was last heard of.
    pub open: BTreeMap<u32, u32>,
    /// Those that failed or are parked. While there is one, none is begun.
    pub stopped: BTreeMap<u32, StoppedBranch>,
    /// How many items are done.
    pub done: u32,
    /// How many failed, and the loop went on.
    pub failed: u32,
    /// How many were not needed.
    pub skipped: u32,
    /// The first that failed.
    pub failures: Vec<ItemFailure>,
    /// Why the loop has failed, where what stands around it goes on: its branches that stopped are cancelled
    /// first, so that nobody is asked to see to them any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_up: Option<Box<Failure>>,
}

/// A branch that a person has to see.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct StoppedBranch {
    /// The `resumed` in which it stopped.
    pub resumed: u32,
    /// Whether it is parked; it failed otherwise.
    pub parked: bool,
    /// At which step, and why.
    pub failure: Failure,
}

impl RunId {
    /// The run that a record belongs to, by its id alone: itself, or the one whose branch it is.
    pub fn root(&self) -> Self {
        Self(self.0.split('/').next().unwrap_or_default().to_owned())
    }
}

impl ItemEnd {
    fn letter(self) -> char {
        match self {
            Self::Done => 'd',
            Self::Skipped => 's',
            Self::Failed => 'f',
        }
    }
}

impl Branch {
    /// The id of the record of a branch.
    pub fn id(root: &RunId, step: &StepPath, number: u32) -> RunId {
        RunId(format!("{root}/{step}/{number}"))
    }

    /// The item that it works on, counted from 0 in the whole loop.
    pub fn item(&self) -> u32 {
        self.first + self.ended_count()
    }

    /// Where that item stands, such as `each[317]`.
    pub fn item_path(&self) -> StepPath {
        StepPath(format!("{}[{}]", self.step, self.item()))
    }

    /// How many of its items have ended.
    pub fn ended_count(&self) -> u32 {
        u32::try_from(self.ended.len()).unwrap_or(u32::MAX)
    }

    /// How many ended so.
    pub fn count_of(&self, end: ItemEnd) -> u32 {
        let letters = self.ended.chars().filter(|letter| *letter == end.letter());
        u32::try_from(letters.count()).unwrap_or(u32::MAX)
    }

    /// An item has ended.
    pub(crate) fn end_item(&mut self, end: ItemEnd, failure: Option<ItemFailure>) {
        self.ended.push(end.letter());
        if self.failures.len() < ITEM_FAILURES_MAX {
            self.failures.extend(failure);
        }
    }

    /// What was decided about the item that ends.
    pub(crate) fn keep_decisions<'a>(
        &mut self,
        steps: impl Iterator<Item = (&'a StepPath, &'a StepRecord)>,
    ) {
        for (path, step) in steps {
            let Some(question) = step.work.question() else { continue };
            if let Some(decision) = &question.decision {
                self.decided.insert(path.clone(), decision.clone());
                self.timezone.clone_from(&question.timezone);
            }
        }
    }
}

impl Items {
    /// The items of a loop that begins. `body_steps`: how many steps each of them takes at most, so that no
    /// record comes near to moving on more often than `hops_max`.
    pub fn begin(total: u32, concurrency: u32, body_steps: u32, hops_max: u32) -> Self {
        let concurrency = concurrency.max(1);
        let by_hops = (hops_max / SHARE_OF_HOPS / body_steps.max(1)).max(1);
        let per_branch = total.div_ceil(concurrency).clamp(1, BRANCH_ITEMS_MAX).min(by_hops);
        let mut items = Self { total, per_branch, concurrency, ..Self::default() };
        items.open_branches();
        items
    }

    /// How many branches there are in all.
    pub fn branches(&self) -> u32 {
        self.total.div_ceil(self.per_branch.max(1))
    }

    /// The branch that works on an item.
    pub fn branch_of(&self, item: u32) -> u32 {
        item / self.per_branch.max(1)
    }

    /// The items of a branch: the first, and how many.
    pub fn of_branch(&self, number: u32) -> (u32, u32) {
        let first = number.saturating_mul(self.per_branch);
        (first, self.per_branch.min(self.total.saturating_sub(first)))
    }

    /// As many branches as may work at the same time are begun, unless one has stopped.
    pub(crate) fn open_branches(&mut self) {
        let has_room = |items: &Self| items.open.len() < items.concurrency as usize;
        let goes_on = self.stopped.is_empty() && self.given_up.is_none();
        while goes_on && self.next < self.branches() && has_room(self) {
            self.open.insert(self.next, 0);
            self.next += 1;
        }
    }

    /// What the loop gives once all items have ended.
    pub fn output(&self) -> Value {
        json!({
            "done": self.done,
            "failed": self.failed,
            "skipped": self.skipped,
            "failures": self.failures,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(total: u32, concurrency: u32, body_steps: u32, per_branch: u32, branches: u32) {
        let items = Items::begin(total, concurrency, body_steps, 1_000);
        assert_eq!((items.per_branch, items.branches()), (per_branch, branches));
        let of_branches = (0..branches).map(|number| items.of_branch(number));
        let mut next = 0;
        for (number, (first, count)) in (0..).zip(of_branches) {
            assert_eq!(first, next, "no item is left out or in two branches");
            assert!(
                count > 0 && (first..first + count).all(|item| items.branch_of(item) == number)
            );
            next = first + count;
        }
        assert_eq!(next, total);
    }

    #[test]
    fn every_item_is_in_one_branch() {
        check(1, 5, 1, 1, 1);
        check(3, 5, 1, 1, 3);
        check(10, 5, 1, 2, 5);
        check(11, 5, 1, 3, 4);
        check(10_000, 5, 2, 100, 100);
        check(10_000, 25, 50, 10, 1_000);
        check(10_000, 1, 100, 5, 2_000);
    }

    #[test]
    fn a_full_branch_has_moves_to_spare_for_steps_that_fail_and_are_taken_up_again() {
        for body_steps in 1..=100 {
            let items = Items::begin(10_000, 1, body_steps, 1_000);
            let moves = items.per_branch * body_steps;
            assert!(moves <= 500, "{moves} moves with {body_steps} steps to an item");
        }
    }

    #[test]
    fn no_more_branches_work_at_the_same_time_than_the_workflow_says() {
        let items = Items::begin(10_000, 5, 1, 1_000);
        assert_eq!(items.open.keys().copied().collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
    }
}
