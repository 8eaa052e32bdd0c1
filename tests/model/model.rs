//! One variant, made ready to be explored.

use crate::line::Line;
use crate::times::FOREVER;
use crate::variants::{Misdeed, OtherSide, Variant};
use crate::world::World;
use std::time::Duration;
use tradewind_engine::effects::EffectClass;
use tradewind_engine::ids::StepPath;
use tradewind_engine::protocol::{Command, EndedAttempt, Outcome, Times, conclude};
use tradewind_engine::runs::{ActionWork, FlowKind, Run, StepPlan, StepWork};

use crate::times::NOW;

/// How long a search lags behind what happened: longer than a lease.
const SEARCH_LAG: Duration = Duration::from_secs(300);

/// A variant with the workflow that it runs.
pub(crate) struct Model {
    pub(crate) variant: Variant,
    pub(crate) line: Line,
    pub(crate) run: Run,
    pub(crate) times: Times,
}

/// What may happen next.
pub(crate) struct Move {
    /// What it is called in a trace.
    pub(crate) name: &'static str,
    /// It spends a budget: nothing may depend on its happening.
    pub(crate) is_fault: bool,
    pub(crate) world: World,
}

impl Model {
    pub(crate) fn new(variant: Variant) -> Self {
        let plan = |path: &str| StepPlan {
            path: path.into(),
            work: StepWork::Action(ActionWork {
                action: path.into(),
                provider: "p".into(),
                class: variant.class,
                on_unknown: variant.on_unknown,
                via: None,
                identity: None,
            }),
        };
        let mut steps: Vec<_> = ["a", "b", "c"].into_iter().take(variant.steps).map(plan).collect();
        if variant.waits {
            let work = StepWork::flow(FlowKind::Wait);
            steps.insert(variant.steps - 1, StepPlan { path: "wait".into(), work });
        }
        let line = Line { steps, on_failure: variant.on_failure.then(|| plan("on_failure[0]")) };
        let endless = variant.misdeed == Some(Misdeed::LeasesForever);
        let times = if endless { FOREVER } else { Times::STANDARD };
        Self { run: line.run(), line, times, variant }
    }

    /// What the engine says after an attempt that ended so.
    pub(crate) fn conclude(&self, run: &Run, path: &StepPath, outcome: Outcome) -> Vec<Command> {
        self.conclude_where(run, path, outcome, false)
    }

    /// The same where the connection may be down.
    pub(crate) fn conclude_where(
        &self,
        run: &Run,
        path: &StepPath,
        outcome: Outcome,
        connection_is_down: bool,
    ) -> Vec<Command> {
        let attempt = EndedAttempt {
            run,
            path,
            flow: &self.line,
            can_be_asked: self.can_be_asked(),
            search_lag: self.search_lag(),
            connection_is_down,
            now: NOW,
            chance: 0.5,
        };
        conclude(&attempt, outcome)
    }

    pub(crate) fn can_be_asked(&self) -> bool {
        self.variant.class == EffectClass::Queryable
    }

    pub(crate) fn search_lag(&self) -> Duration {
        match self.variant.other_side {
            OtherSide::AnswersLate => SEARCH_LAG,
            _ => Duration::ZERO,
        }
    }

    pub(crate) fn does(&self, misdeed: Misdeed) -> bool {
        self.variant.misdeed == Some(misdeed)
    }
}
