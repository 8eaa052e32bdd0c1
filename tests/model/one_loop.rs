//! The smallest workflow with a loop: so many items, a branch for each, and one step for each branch.

use tradewind_engine::effects::{EffectClass, OnUnknown};
use tradewind_engine::ids::StepPath;
use tradewind_engine::protocol::{Advance, Ended, Flow, HOPS_MAX, Next, RetryCurve};
use tradewind_engine::runs::{ActionWork, FlowKind, ItemEnd, Items, Run, StepPlan, StepWork};
use tradewind_engine::time::Timestamp;

/// A loop over so many items, of which each has a branch and is one step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct OneLoop {
    pub(crate) total: u32,
    pub(crate) concurrency: u32,
    /// Whether the run goes on without the loop where an item fails.
    pub(crate) goes_on: bool,
}

impl Flow for OneLoop {
    fn beginning(&self, run: &Run, _: Timestamp) -> Advance {
        if let Some(branch) = &run.branch {
            return Advance::to(Next::Step(work_on(branch.item())));
        }
        let plan = StepPlan { path: "each".into(), work: StepWork::flow(FlowKind::ForEach) };
        // So many steps to each item that a branch has room for one.
        let items = Items::begin(self.total, self.concurrency, HOPS_MAX, HOPS_MAX);
        Advance::to(Next::Loop(plan, items))
    }

    fn advance(&self, run: &Run, _: &StepPath, _: Ended<'_>, _: Timestamp) -> Advance {
        let ended_items = run.branch.iter().map(|_| ItemEnd::Done).collect();
        Advance { ended_items, ..Advance::to(Next::End) }
    }

    fn continues_on_error(&self, path: &StepPath) -> bool {
        self.goes_on && path.as_str() == "each"
    }

    fn first_on_failure(&self) -> Option<StepPlan> {
        None
    }

    fn retry_curve(&self, _: &StepPath) -> RetryCurve {
        RetryCurve::standard()
    }
}

fn work_on(item: u32) -> StepPlan {
    let work = ActionWork {
        action: "chat.post".into(),
        provider: "sandbox".into(),
        class: EffectClass::Natural,
        on_unknown: OnUnknown::Retry,
        via: None,
        identity: None,
    };
    StepPlan { path: format!("each[{item}].do").as_str().into(), work: StepWork::Action(work) }
}
