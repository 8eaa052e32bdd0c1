//! Checking what expressions refer to: that it exists, and that it will be there.

use super::super::fresh::schema_of_now;
use super::super::{EventWait, Loop, Step, Vocabulary, Workflow};
use super::outputs::{item_shape, output_of, shape_at};
use crate::expressions::Expression;
use crate::ids::StepPath;
use crate::problems::{Problem, nearest};
use crate::schemas::{Shape, unknown_member, unknown_path};

const FAILURE_MEMBERS: [&str; 4] = ["step", "reason", "attempts", "run"];

/// Reports every reference that leads nowhere or is not guarded. `in_steps`: what the steps see, which is another
/// `trigger` where a run works on many events at once.
pub(super) fn check<'a>(
    workflow: &'a Workflow,
    vocabulary: &'a dyn Vocabulary,
    in_steps: &'a dyn Vocabulary,
    problems: &mut Vec<Problem>,
) {
    let mut view = View {
        workflow,
        vocabulary,
        steps: Vec::new(),
        guards: Vec::new(),
        items: Vec::new(),
        event: None,
        asks: false,
        asks_afresh: false,
        failing: false,
    };
    for expression in workflow.condition.iter().chain(&workflow.trigger.once_per) {
        view.expression(expression, problems);
    }
    if let Some(key) = workflow.holding.as_ref().and_then(|holding| holding.key.as_ref()) {
        view.expression(key, problems);
        problems.extend(same_for_all(key));
    }
    view.vocabulary = in_steps;
    // A run asks for its turn with what its steps see.
    if let Some(key) = workflow.slot_key() {
        view.expression(key, problems);
        let help = "leave `key` out, or refer to `trigger`, as in `trigger.order.number`";
        problems.extend(same_for_all(key).map(|problem| problem.with_help(help)));
    }
    view.walk(&workflow.steps, problems);
    view.failing = true;
    view.walk(&workflow.on_failure, problems);
}

/// What can be seen from one place of a workflow.
struct View<'a> {
    workflow: &'a Workflow,
    vocabulary: &'a dyn Vocabulary,
    /// The steps that come before.
    steps: Vec<Earlier<'a>>,
    /// The conditions under which this place is reached.
    guards: Vec<&'a Expression>,
    /// The items of the loops that this place stands in.
    items: Vec<Item<'a>>,
    /// The event that `event` is, in the `if` of a wait for one.
    event: Option<&'a str>,
    /// Whether this place tells somebody of an approval.
    asks: bool,
    /// Whether this place is an `only_if_still`, which sees `now`.
    asks_afresh: bool,
    failing: bool,
}

/// The item of a loop, by its name.
struct Item<'a> {
    name: &'a str,
    /// The loop.
    path: &'a StepPath,
    /// What is known of it; nothing where the list may hold anything.
    shape: Option<Shape<'a>>,
}

/// A step that comes before.
#[derive(Clone, Copy)]
struct Earlier<'a> {
    step: &'a Step,
    /// It stands on a route that need not have been taken.
    is_on_a_route: bool,
}

impl<'a> View<'a> {
    /// Looks at steps that follow each other, and leaves them as steps that come before.
    fn walk(&mut self, steps: &'a [Step], problems: &mut Vec<Problem>) {
        for step in steps {
            let guards = self.guards.len();
            self.guards.extend(&step.condition);
            let asked = step.event_wait().filter(|wait| wait.condition.is_some());
            self.asks = step.action().is_some_and(|action| action.asks);
            let still = step.action().and_then(|action| action.still.as_ref());
            for expression in step.expressions() {
                self.event = asked.filter(|wait| is_condition_of(wait, expression)).map(event_of);
                self.asks_afresh = still.is_some_and(|still| std::ptr::eq(still, expression));
                self.expression(expression, problems);
            }
            self.event = None;
            self.asks_afresh = false;
            self.asks = false;
            let before = self.steps.len();
            for route in step.routes() {
                let (first, guards) = (self.steps.len(), self.guards.len());
                self.guards.extend(&route.condition);
                self.walk(&route.steps, problems);
                self.guards.truncate(guards);
                // The other routes see none of them: only one is taken.
                self.steps[first..].iter_mut().for_each(|earlier| earlier.is_on_a_route = true);
            }
            if let Some(one) = step.loops() {
                self.walk_loop(step, one, problems);
            }
            self.guards.truncate(guards);
            self.steps.insert(before, Earlier { step, is_on_a_route: false });
        }
    }

    /// The steps of a loop see its item, and nobody else sees them: each item has its own.
    fn walk_loop(&mut self, step: &'a Step, one: &'a Loop, problems: &mut Vec<Problem>) {
        let shape = item_shape(one, self.workflow, self.vocabulary);
        let first = self.steps.len();
        self.items.push(Item { name: &one.name, path: &step.path, shape });
        self.walk(&one.steps, problems);
        self.items.pop();
        self.steps.truncate(first);
    }

    fn expression(&self, expression: &Expression, problems: &mut Vec<Problem>) {
        self.never_said(expression, problems);
        for path in expression.references() {
            let mut members = path.split('.');
            let problem = match members.next() {
                Some("trigger") => {
                    let schema = self.vocabulary.event_schema(&self.workflow.trigger.event);
                    schema.and_then(|schema| unknown_path(schema, path, 1))
                }
                Some("steps") => self.steps_path(expression, path),
                Some("failure") => self.failure_path(path),
                Some("event") if self.event.is_some() => {
                    let schema = self.event.and_then(|event| self.vocabulary.event_schema(event));
                    schema.and_then(|schema| unknown_path(schema, path, 1))
                }
                Some("approval") if self.asks => None,
                Some("now") if self.asks_afresh => {
                    let schema = schema_of_now(self.vocabulary);
                    schema.and_then(|schema| unknown_path(schema, path, 1))
                }
                Some(name) => match self.items.iter().find(|item| item.name == name) {
                    Some(item) => {
                        item.shape.clone().and_then(|shape| unknown_member(shape, path, 1))
                    }
                    None => Some(self.unknown_name(name)),
                },
                None => None,
            };
            if let Some(mut problem) = problem {
                problem.place = expression.place_of(path);
                problems.push(problem);
            }
        }
    }

    /// Texts that it compares with what never has them.
    fn never_said(&self, expression: &Expression, problems: &mut Vec<Problem>) {
        for (path, text, place) in expression.compared() {
            let shape = shape_at(path, self.workflow, self.vocabulary);
            let Some(words) = shape.and_then(|shape| shape.refuses_text(text)) else { continue };
            let problem =
                Problem::new("unknown_word", place, format!("`{path}` is never `{text}`"));
            let listed = problem.with_help(format!("it is one of {}", words.join(", ")));
            problems.push(listed.with_nearest(text, words));
        }
    }

    fn steps_path(&self, expression: &Expression, path: &str) -> Option<Problem> {
        let mut members = path.split('.').skip(1);
        let problem = |code: &str, message: String| Problem::new(code, expression.place(), message);
        let Some(id) = members.next() else {
            let message = "`steps` needs the id of a step: `steps.<id>`".to_owned();
            return Some(problem("unknown_path", message));
        };
        let Some(earlier) = self.steps.iter().find(|earlier| earlier.step.id() == Some(id)) else {
            if let Some(step) = self.workflow.all_steps().find(|step| step.id() == Some(id)) {
                let Some(around) = self.loop_elsewhere(step) else {
                    let message = format!("the step `{id}` has not run yet here");
                    return Some(problem("unknown_step", message));
                };
                let message = format!(
                    "what `{id}` gives is not kept: it is done with each item of `{around}`"
                );
                let help = format!(
                    "`steps.{around}` has done, failed, skipped and failures, after the loop"
                );
                return Some(problem("unknown_step", message).with_help(help));
            }
            let ids = self.steps.iter().filter_map(|earlier| earlier.step.id());
            let message = format!("there is no step `{id}`");
            return Some(problem("unknown_step", message).with_nearest(id, ids));
        };
        let member = members.next();
        if member == Some("status") {
            return None;
        }
        if let Some(wait) = earlier.step.event_wait() {
            let found = self.event_path(expression, path, id, wait);
            return found.or_else(|| self.may_be_without(earlier, expression, path, id));
        }
        let Some(schema) = output_of(earlier.step, self.vocabulary) else {
            // Of other steps nothing but their status can be asked for.
            let message = format!("`steps.{id}` has nothing but a `status`");
            return member.map(|_| problem("unknown_path", message));
        };
        let found = unknown_path(schema, path, 2);
        found.or_else(|| self.may_be_without(earlier, expression, path, id))
    }

    fn may_be_without(
        &self,
        earlier: &Earlier<'_>,
        expression: &Expression,
        path: &str,
        id: &str,
    ) -> Option<Problem> {
        (self.may_be_missing(earlier) && !self.is_guarded(expression, id)).then(|| {
            let message = format!("`{path}` is not there when the step `{id}` has not succeeded");
            Problem::new("unguarded_output", expression.place(), message).with_help(format!(
                "add `| default(…)`, or ask for `steps.{id}.status == 'succeeded'`"
            ))
        })
    }

    /// The outermost loop that the step stands in and this place does not, by its id.
    fn loop_elsewhere(&self, step: &Step) -> Option<&str> {
        let mut around = self.workflow.all_steps().filter(|one| {
            one.loops().is_some() && one.within().any(|within| within.path == step.path)
        });
        let is_here = |one: &Step| self.items.iter().any(|item| *item.path == one.path);
        around.find(|one| !is_here(one))?.id()
    }

    /// What came for a step that waited for an event, which is null where its time ran out.
    fn event_path(
        &self,
        expression: &Expression,
        path: &str,
        id: &str,
        wait: &EventWait,
    ) -> Option<Problem> {
        let whole = format!("steps.{id}.event");
        let member =
            path.strip_prefix(&whole).filter(|rest| rest.is_empty() || rest.starts_with('.'));
        let Some(member) = member else {
            let name = path.split('.').nth(2)?;
            let problem = Problem::new(
                "unknown_path",
                expression.place(),
                format!("`steps.{id}` has no `{name}`"),
            );
            return Some(problem.with_help("it has event, status"));
        };
        let schema = self.vocabulary.event_schema(wait.awaited.event.as_str());
        let found = schema.and_then(|schema| unknown_path(schema, path, 3));
        if found.is_some() || member.is_empty() {
            return found;
        }
        let asks = |expression: &Expression| expression.references().contains(&whole);
        (!asks(expression) && !self.guards.iter().any(|guard| asks(guard))).then(|| {
            let message = format!("`{whole}` is null when no event came in time");
            Problem::new("unguarded_output", expression.place(), message)
                .with_help(format!("ask for `{whole} is not none` in an `if` around it"))
        })
    }

    /// After a failure any step may be the one that failed, or one that never came.
    fn may_be_missing(&self, earlier: &Earlier<'_>) -> bool {
        let Earlier { step, is_on_a_route } = *earlier;
        let failed_over = self.failing && !step.path.is_on_failure();
        failed_over || is_on_a_route || step.may_be_without_outputs()
    }

    fn is_guarded(&self, expression: &Expression, id: &str) -> bool {
        let status = format!("steps.{id}.status");
        let asks = |expression: &Expression| expression.references().contains(&status);
        asks(expression)
            || expression.uses("default")
            || expression.uses("defined")
            || self.guards.iter().any(|guard| asks(guard))
    }

    fn unknown_name(&self, name: &str) -> Problem {
        let message = format!("there is no `{name}`");
        let problem = Problem::new("unknown_path", Default::default(), message);
        if ["env", "secret"].contains(&name) {
            return problem.with_help("settings and secrets belong in tradewind.yaml");
        }
        if name == "now" {
            return problem.with_help("`only_if_still` alone sees how things stand now");
        }
        let mut names = vec!["trigger", "steps"];
        names.extend(self.failing.then_some("failure"));
        names.extend(self.items.iter().map(|item| item.name));
        names.extend(self.event.map(|_| "event"));
        names.extend(self.asks_afresh.then_some("now"));
        let listed = problem.with_help(format!("an expression begins with {}", names.join(", ")));
        match nearest(name, names.iter().copied()) {
            Some(_) => listed.with_nearest(name, names),
            None => listed,
        }
    }

    fn failure_path(&self, path: &str) -> Option<Problem> {
        let place = self.workflow.trigger.place;
        if !self.failing {
            let message = "`failure` can be used in `on_failure` only";
            return Some(Problem::new("unknown_path", place, message));
        }
        let member = path.split('.').nth(1)?;
        (!FAILURE_MEMBERS.contains(&member)).then(|| {
            let message = format!("`failure` has no `{member}`");
            let problem = Problem::new("unknown_path", place, message);
            let listed = problem.with_help(format!("it has {}", FAILURE_MEMBERS.join(", ")));
            listed.with_nearest(member, FAILURE_MEMBERS)
        })
    }
}

fn is_condition_of(wait: &EventWait, expression: &Expression) -> bool {
    wait.condition.as_ref().is_some_and(|condition| std::ptr::eq(condition, expression))
}

fn event_of(wait: &EventWait) -> &str {
    &wait.awaited.event
}

/// Reports what an expression on an event's `trigger` refers to and is not there: nothing else can be.
pub(super) fn unknown_paths(
    expression: &Expression,
    event: &str,
    vocabulary: &dyn Vocabulary,
    problems: &mut Vec<Problem>,
) {
    for path in expression.references() {
        let found = match path.split('.').next() {
            Some("trigger") => {
                let schema = vocabulary.event_schema(event);
                schema.and_then(|schema| unknown_path(schema, path, 1)).map(|problem| {
                    let message = format!("in `{event}`, {}", problem.message);
                    Problem { message, ..problem }
                })
            }
            Some(name) => {
                let message = format!("there is no `{name}` here: both sides begin with `trigger`");
                Some(Problem::new("unknown_path", Default::default(), message))
            }
            None => None,
        };
        problems.extend(found.map(|mut problem| {
            problem.place = expression.place_of(path);
            problem
        }));
    }
    problems.extend(same_for_all(expression));
}

/// What refers to nothing tells no event from another.
fn same_for_all(expression: &Expression) -> Option<Problem> {
    expression.references().is_empty().then(|| {
        let message = format!("`{}` is the same for all events", expression.source());
        let problem = Problem::new("unknown_path", expression.place(), message);
        problem.with_help("refer to `trigger`, as in `trigger.order.id`")
    })
}
