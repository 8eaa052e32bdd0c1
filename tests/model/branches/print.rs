//! The prints of the states of a loop: by them it is known which of them have been seen.

use super::{Job, Phase, World};
use std::hash::{DefaultHasher, Hash, Hasher};
use tradewind_engine::runs::{Items, Run};

/// More branches than a loop of the model has.
const BRANCHES_MAX: usize = 4;

/// In which order the branches stand, by their numbers: a branch is named by its place.
type Order = [u32; BRANCHES_MAX];

impl World {
    /// Without times and texts, which would make many states of one. Where both branches begin at once, which of
    /// the two is which makes no difference.
    pub(super) fn print(&self) -> u64 {
        let mut text = self.text([0, 1, 2, 3]);
        if self.flow.total == 2 && self.flow.concurrency == 2 {
            let other = self.text([1, 0, 2, 3]).replace("each[0]", "each[_]");
            text = text.min(other.replace("each[1]", "each[0]").replace("each[_]", "each[1]"));
        }
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        hasher.finish()
    }

    fn text(&self, order: Order) -> String {
        let mut jobs: Vec<_> = self.jobs.iter().map(|job| job_text(job, order)).collect();
        // Which of the two workers has which makes no difference.
        jobs.sort();
        let branches = order.map(|number| self.branches.get(&number).map(|one| text(one, order)));
        let messages = order.map(|number| self.messages.get(&number));
        let parent = text(&self.parent, order);
        format!("{parent} {branches:?} {messages:?} {jobs:?} {:?}", self.budget)
    }
}

fn job_text(job: &Job, order: Order) -> String {
    // Of the record above, nobody looks at more once it was told.
    let parent = match job.phase {
        Phase::Acknowledge => format!("{:?}", job.parent.state),
        Phase::Asked | Phase::Report => text(&job.parent, order),
    };
    let place = order.iter().position(|number| *number == job.wake.number);
    let branch = job.branch.as_ref().map(|branch| text(branch, order));
    format!("{place:?} {} {parent} {branch:?}", job.phase as u8)
}

fn text(run: &Run, order: Order) -> String {
    let steps: Vec<_> = run
        .steps
        .iter()
        .map(|(path, step)| (path, step.state, step.work.items().map(|one| of_items(one, order))))
        .collect();
    let branch = run.branch.as_ref().map(|branch| (&branch.ended, branch.reported));
    let Run { state, resumed, dead_lettered, check_at, .. } = run;
    format!("{:?}", (state, resumed, dead_lettered, check_at.is_some(), steps, branch))
}

fn of_items(items: &Items, order: Order) -> String {
    let open = order.map(|number| items.open.get(&number));
    let stopped = order.map(|number| items.stopped.get(&number));
    let Items { next, done, failed, skipped, failures, given_up, .. } = items;
    format!("{:?}", (next, open, stopped, done, failed, skipped, failures, given_up))
}
