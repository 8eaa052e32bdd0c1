//! Workflows: a trigger and its steps, read from YAML with every problem in its place.
//!
//! Invariant: a workflow that was parsed and checked can fail only on data, never on its own text.

mod approval;
mod cancel_on;
mod check;
mod concurrency;
mod durations;
mod event_by_key;
mod fresh;
mod holding;
mod names;
mod parse;
mod schedule;
mod steps;
mod values;
mod vocabulary;

use crate::effects::OnUnknown;
use crate::expressions::{Expression, Template};
use crate::ids::{ActionId, ConnectionName, StepPath, WorkflowId};
use crate::problems::Place;
use crate::schedules::Times;
use std::collections::BTreeSet;
use std::time::Duration;

pub use approval::{Approval, Otherwise};
pub use cancel_on::CANCEL_ON_MAX;
pub use check::check;
pub use concurrency::Concurrency;
pub use durations::{DELAY_MAX, parse_duration};
pub use event_by_key::{CommonKey, EventByKey};
pub use fresh::{FRESH_READ, order_of};
pub use holding::Holding;
pub use names::{NameFault, are_one_file, name_fault};
pub use steps::APPROVAL_ACTIONS;
pub(crate) use values::{choice as read_choice, duration as read_duration};
pub use vocabulary::Vocabulary;

/// The most steps in one file, `on_failure` included.
pub const STEPS_MAX: usize = 100;
/// The most attempts a step can ask for.
pub const ATTEMPTS_MAX: u32 = 50;
/// So deep steps may stand within others.
pub const NESTING_MAX: usize = 3;
/// The longest name of a workflow or step, and the longest id.
pub const NAME_CHARACTERS_MAX: usize = 200;
/// How many items of a loop are worked on at the same time unless it says otherwise.
pub const CONCURRENCY_DEFAULT: u32 = 5;
/// The same at most.
pub const CONCURRENCY_MAX: u32 = 25;
/// When the run's own event was accepted, as expressions have it.
pub const TRIGGER_ACCEPTED_AT: &str = "trigger.event.accepted_at";
/// How long an attempt may take unless the step says otherwise.
pub const TIMEOUT_DEFAULT: Duration = Duration::from_secs(20);
/// How long an attempt may take at most: within the lease.
pub const TIMEOUT_MAX: Duration = Duration::from_secs(50);

/// A workflow as it is written.
#[derive(Clone, Debug)]
pub struct Workflow {
    /// Its id.
    pub id: WorkflowId,
    /// A label for people.
    pub name: Option<String>,
    /// Whether events start it.
    pub enabled: bool,
    /// What starts it.
    pub trigger: Trigger,
    /// Whether an event is for it: `if`.
    pub condition: Option<Expression>,
    /// How its events become one run, where they do.
    pub holding: Option<Holding>,
    /// How many of its runs work at the same time, where that is limited.
    pub concurrency: Option<Concurrency>,
    /// What ends a run of it.
    pub cancel_on: Vec<EventByKey>,
    /// What it does, in order; at least one.
    pub steps: Vec<Step>,
    /// What it does when a step has failed.
    pub on_failure: Vec<Step>,
}

/// What starts a workflow.
#[derive(Clone, Debug)]
pub struct Trigger {
    /// The event, such as `order.placed`; `schedule.fired` where it has a schedule.
    pub event: String,
    /// When it starts by the clock, where no event from outside starts it.
    pub schedule: Option<TriggerSchedule>,
    /// The connection it comes from; `run.*` events and due times come from none.
    pub from: Option<ConnectionName>,
    /// The business key: events with the same value are the same run.
    pub once_per: Option<Expression>,
    /// Where the event stands.
    pub place: Place,
    /// Where the connection stands.
    pub from_place: Place,
}

/// When a workflow starts by the clock.
#[derive(Clone, Debug)]
pub struct TriggerSchedule {
    /// When it is due.
    pub times: Times,
    /// The IANA zone, where the workflow names one.
    pub tz: Option<String>,
    /// Where the zone stands.
    pub tz_place: Place,
}

/// A step of a workflow.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its path within a run.
    pub path: StepPath,
    /// A label for people.
    pub name: Option<String>,
    /// Whether it is done: `if`.
    pub condition: Option<Expression>,
    /// What follows when it fails.
    pub on_error: OnError,
    /// What it does.
    pub kind: StepKind,
    /// Where it begins.
    pub place: Place,
}

/// What follows when a step fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnError {
    /// The run fails.
    Fail,
    /// The run goes on.
    Continue,
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum StepKind {
    /// Something at a provider.
    Action(ActionStep),
    /// It takes the first of these routes whose condition holds, or none.
    Choose(Vec<Route>),
    /// It waits for a time.
    Wait(WaitFor),
    /// It does the same with each item of a list.
    ForEach(Loop),
    /// It emits an event of the project's own.
    Emit(EmitStep),
    /// It asks people.
    Approval(Approval),
}

/// Doing the same with each item of a list.
#[derive(Clone, Debug)]
pub struct Loop {
    /// An expression that gives the list.
    pub items: Template,
    /// The name of the item in the expressions of its steps.
    pub name: String,
    /// How many items are worked on at the same time.
    pub concurrency: u32,
    /// What is done with each; at least one.
    pub steps: Vec<Step>,
}

/// One way that a `choose` may take.
#[derive(Clone, Debug)]
pub struct Route {
    /// When it is taken; nothing: whenever none before it was.
    pub condition: Option<Expression>,
    /// What is done then; at least one.
    pub steps: Vec<Step>,
}

/// What an `emit` emits.
#[derive(Clone, Debug)]
pub struct EmitStep {
    /// The event, such as `custom.vip_order`.
    pub event: String,
    /// What its `trigger.key` is.
    pub key: Option<Template>,
    /// What stands below its `trigger.data`.
    pub data: Template,
    /// Where the event stands.
    pub place: Place,
}

/// What a `wait` waits for.
#[derive(Clone, Debug)]
pub enum WaitFor {
    /// So much time, counted from when the run comes to it.
    Duration(Duration),
    /// A moment: an expression or a text that gives one. One that has passed is not waited for.
    Moment(Template),
    /// An event, or the end of a length of time.
    Event(Box<EventWait>),
}

/// An event that a step waits for.
#[derive(Clone, Debug)]
pub struct EventWait {
    /// The event, and what it has in common with the run.
    pub awaited: EventByKey,
    /// Whether it is the right one, which is `event` there.
    pub condition: Option<Expression>,
    /// How long it waits, counted from when the run comes to it.
    pub length: Duration,
}

/// A step that does something at a provider.
#[derive(Clone, Debug)]
pub struct ActionStep {
    /// The action.
    pub uses: ActionId,
    /// The connection it goes through.
    pub via: ConnectionName,
    /// Its input.
    pub with: Template,
    /// How often it is tried, when not by the default curve.
    pub retry: Option<Retry>,
    /// How long one attempt may take.
    pub timeout: Duration,
    /// What follows when an answer never came, when not by the action's default.
    pub on_unknown: Option<OnUnknown>,
    /// It tells somebody of the approval behind it: `approval.question` and `approval.link` stand in its input.
    pub asks: bool,
    /// Whether it is done is asked right before, of what is read afresh then: `only_if_still`.
    pub still: Option<Expression>,
    /// Where the action stands.
    pub uses_place: Place,
    /// Where the connection stands.
    pub via_place: Place,
}

/// How often a step is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// The number of tries.
    pub attempts: u32,
    /// What their delays sum to.
    pub over: Option<Duration>,
}

impl Workflow {
    /// The step at a path, `on_failure` included. Within a loop it is the same for each item.
    pub fn step(&self, path: &StepPath) -> Option<&Step> {
        self.all_steps().find(|step| step.path.is_pattern_of(path))
    }

    /// All steps in the order of the file, those within others after these, those of `on_failure` last.
    pub fn all_steps(&self) -> impl Iterator<Item = &Step> {
        let mut all = Vec::new();
        self.steps.iter().chain(&self.on_failure).for_each(|step| step.add_to(&mut all));
        all.into_iter()
    }

    /// Every path below `trigger` that is used anywhere: what a run needs of its event.
    pub fn references(&self) -> BTreeSet<String> {
        let own = self.condition.iter().chain(&self.trigger.once_per);
        let own = own.chain(self.holding.iter().filter_map(|holding| holding.key.as_ref()));
        let own = own.chain(self.slot_key());
        let own = own.chain(self.cancel_on.iter().map(|cancel_on| &cancel_on.key.run));
        let steps = self.all_steps().flat_map(Step::expressions);
        let needs =
            self.all_steps().flat_map(Step::needs_of_trigger).map(|path| (*path).to_owned());
        own.chain(steps)
            .flat_map(Expression::references)
            .filter(|path| *path == "trigger" || path.starts_with("trigger."))
            .cloned()
            .chain(needs)
            .collect()
    }

    /// What its runs have in common that wait for each other, where something is asked for.
    pub fn slot_key(&self) -> Option<&Expression> {
        self.concurrency.as_ref().and_then(|concurrency| concurrency.key.as_ref())
    }

    /// The members of its event that the steps refer to of this step, which waits for one; an empty path is all
    /// of it. What only asks whether it came needs none of it.
    pub fn event_members(&self, step: &Step) -> BTreeSet<String> {
        let Some(id) = step.id() else { return BTreeSet::new() };
        let event = format!("steps.{id}.event");
        let mut members = BTreeSet::new();
        for expression in self.all_steps().flat_map(Step::expressions) {
            let below = expression.references().iter().filter_map(|path| {
                path.strip_prefix(event.as_str())?.strip_prefix('.').map(str::to_owned)
            });
            members.extend(below);
            // The event as a whole, or the step, or all of them.
            let is_around = |path: &String| {
                event
                    .strip_prefix(path.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            };
            members.extend(expression.values_used().iter().any(is_around).then(String::new));
        }
        members
    }
}

impl Step {
    /// The id by which other steps refer to it, if it has one.
    pub fn id(&self) -> Option<&str> {
        let id = self.path.as_str().rsplit('.').next()?;
        (!id.contains('[')).then_some(id)
    }

    /// The routes of a `choose`; of any other step there are none.
    pub fn routes(&self) -> &[Route] {
        match &self.kind {
            StepKind::Choose(routes) => routes,
            _ => &[],
        }
    }

    /// The loop, where it is one.
    pub fn loops(&self) -> Option<&Loop> {
        match &self.kind {
            StepKind::ForEach(one) => Some(one),
            _ => None,
        }
    }

    /// All steps within it.
    pub fn within(&self) -> impl Iterator<Item = &Self> {
        let mut all = Vec::new();
        self.add_within(&mut all);
        all.into_iter()
    }

    /// The event that it waits for, where it does.
    pub fn event_wait(&self) -> Option<&EventWait> {
        match &self.kind {
            StepKind::Wait(WaitFor::Event(wait)) => Some(wait),
            _ => None,
        }
    }

    /// What it takes of `trigger` although no expression says so: what came before the run's own event is not
    /// what a step waits for, and what is read afresh is the event's own order.
    pub fn needs_of_trigger(&self) -> &'static [&'static str] {
        match &self.kind {
            StepKind::Wait(WaitFor::Event(_)) => &[TRIGGER_ACCEPTED_AT],
            StepKind::Action(ActionStep { still: Some(_), .. }) => &fresh::ORDER_IDS,
            _ => &[],
        }
    }

    /// What it does at a provider, where it does.
    pub fn action(&self) -> Option<&ActionStep> {
        match &self.kind {
            StepKind::Action(action) => Some(action),
            _ => None,
        }
    }

    fn add_to<'a>(&'a self, all: &mut Vec<&'a Self>) {
        all.push(self);
        self.add_within(all);
    }

    fn add_within<'a>(&'a self, all: &mut Vec<&'a Self>) {
        let on_routes = self.routes().iter().flat_map(|route| &route.steps);
        let in_loop = self.loops().into_iter().flat_map(|one| &one.steps);
        on_routes.chain(in_loop).for_each(|step| step.add_to(all));
    }

    /// Whether it may end without its outputs, although the run goes on.
    pub fn may_be_without_outputs(&self) -> bool {
        let asks_afresh = self.action().is_some_and(|action| action.still.is_some());
        self.condition.is_some() || asks_afresh || self.passes_its_failure()
    }

    /// Whether the run goes on past it when it fails. Of a loop, `on_error` says that of its items.
    pub fn passes_its_failure(&self) -> bool {
        self.on_error == OnError::Continue && self.loops().is_none()
    }

    /// Every dotted path that its expressions refer to; not those of the steps within it.
    pub fn references(&self) -> impl Iterator<Item = &String> {
        self.expressions().into_iter().flat_map(Expression::references)
    }

    /// All its expressions; not those of the steps within it.
    pub(crate) fn expressions(&self) -> Vec<&Expression> {
        let mut expressions: Vec<_> = self.condition.iter().collect();
        match &self.kind {
            StepKind::Action(action) => {
                expressions.extend(&action.still);
                expressions.extend(action.with.expressions());
            }
            StepKind::Choose(routes) => {
                expressions.extend(routes.iter().filter_map(|route| route.condition.as_ref()));
            }
            StepKind::Wait(WaitFor::Moment(moment)) => expressions.extend(moment.expressions()),
            StepKind::Wait(WaitFor::Duration(_)) => {}
            StepKind::Wait(WaitFor::Event(wait)) => {
                expressions.push(&wait.awaited.key.run);
                expressions.extend(&wait.condition);
            }
            StepKind::ForEach(one) => expressions.extend(one.items.expressions()),
            StepKind::Emit(emit) => {
                let both = emit.key.iter().chain([&emit.data]);
                expressions.extend(both.flat_map(Template::expressions));
            }
            StepKind::Approval(approval) => expressions.extend(approval.question.expressions()),
        }
        expressions
    }
}

#[cfg(test)]
mod tests;
