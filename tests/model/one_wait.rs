//! The smallest workflow that waits for an event: nothing but that.

use tradewind_engine::ids::StepPath;
use tradewind_engine::protocol::{Advance, Ended, Flow, Next, RetryCurve};
use tradewind_engine::runs::{FlowKind, Run, StepPlan, StepWork};
use tradewind_engine::time::Timestamp;

pub(crate) const STEP: &str = "parcel";

/// A workflow of one step, which waits for an event.
pub(crate) struct OneWait;

impl Flow for OneWait {
    fn beginning(&self, _: &Run, _: Timestamp) -> Advance {
        let work = StepWork::flow(FlowKind::WaitForEvent);
        Advance::to(Next::Step(StepPlan { path: STEP.into(), work }))
    }

    fn advance(&self, _: &Run, _: &StepPath, _: Ended<'_>, _: Timestamp) -> Advance {
        Advance::to(Next::End)
    }

    fn continues_on_error(&self, _: &StepPath) -> bool {
        false
    }

    fn first_on_failure(&self) -> Option<StepPlan> {
        None
    }

    fn retry_curve(&self, _: &StepPath) -> RetryCurve {
        RetryCurve::standard()
    }
}
