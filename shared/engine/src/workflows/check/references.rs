//! Checking what expressions refer to: that it exists, and that it will be there.

use super::super::{Step, StepKind, Vocabulary, Workflow};
use super::schemas::{Member, Shape};
use crate::expressions::Expression;
use crate::problems::{Problem, nearest};

const FAILURE_MEMBERS: [&str; 4] = ["step", "reason", "attempts", "run"];

/// Reports every reference that leads nowhere or is not guarded.
pub(super) fn check(workflow: &Workflow, vocabulary: &dyn Vocabulary, problems: &mut Vec<Problem>) {
    let start = View { workflow, vocabulary, steps: Vec::new(), step: None, failing: false };
    for expression in workflow.condition.iter().chain(&workflow.trigger.once_per) {
        start.expression(expression, problems);
    }
    for (index, step) in workflow.steps.iter().enumerate() {
        let steps = workflow.steps.iter().take(index).collect();
        View { steps, step: Some(step), ..start }.step(step, problems);
    }
    for (index, step) in workflow.on_failure.iter().enumerate() {
        let earlier = workflow.on_failure.iter().take(index);
        let steps = workflow.steps.iter().chain(earlier).collect();
        View { steps, step: Some(step), failing: true, ..start }.step(step, problems);
    }
}

/// What can be seen from one place of a workflow.
struct View<'a> {
    workflow: &'a Workflow,
    vocabulary: &'a dyn Vocabulary,
    /// The steps that come before.
    steps: Vec<&'a Step>,
    step: Option<&'a Step>,
    failing: bool,
}

impl View<'_> {
    fn step(&self, step: &Step, problems: &mut Vec<Problem>) {
        for expression in step.expressions() {
            self.expression(expression, problems);
        }
    }

    fn expression(&self, expression: &Expression, problems: &mut Vec<Problem>) {
        for path in expression.references() {
            let mut members = path.split('.');
            let problem = match members.next() {
                Some("trigger") => {
                    let schema = self.vocabulary.event_schema(&self.workflow.trigger.event);
                    schema.and_then(|schema| unknown_path(schema, path, 1))
                }
                Some("steps") => self.steps_path(expression, path),
                Some("failure") => self.failure_path(path),
                Some(name) => Some(unknown_name(name, self.failing)),
                None => None,
            };
            if let Some(mut problem) = problem {
                problem.place = expression.place_of(path);
                problems.push(problem);
            }
        }
    }

    fn steps_path(&self, expression: &Expression, path: &str) -> Option<Problem> {
        let mut members = path.split('.').skip(1);
        let problem = |code: &str, message: String| Problem::new(code, expression.place(), message);
        let Some(id) = members.next() else {
            let message = "`steps` needs the id of a step: `steps.<id>`".to_owned();
            return Some(problem("unknown_path", message));
        };
        let Some(step) = self.steps.iter().find(|step| step.id() == Some(id)) else {
            if self.workflow.all_steps().any(|step| step.id() == Some(id)) {
                return Some(problem(
                    "unknown_step",
                    format!("the step `{id}` has not run yet here"),
                ));
            }
            let ids = self.steps.iter().filter_map(|step| step.id());
            let message = format!("there is no step `{id}`");
            return Some(problem("unknown_step", message).with_nearest(id, ids));
        };
        let member = members.next();
        if member == Some("status") {
            return None;
        }
        let StepKind::Action(action) = &step.kind;
        if let Some(schema) = self.vocabulary.action_output(&action.uses) {
            let found = unknown_path(schema, path, 2);
            if found.is_some() {
                return found;
            }
        }
        (self.may_be_missing(step) && !self.is_guarded(expression, id)).then(|| {
            let message = format!("`{path}` is not there when the step `{id}` has not succeeded");
            problem("unguarded_output", message).with_help(format!(
                "add `| default(…)`, or ask for `steps.{id}.status == 'succeeded'`"
            ))
        })
    }

    /// After a failure any step may be the one that failed, or one that never came.
    fn may_be_missing(&self, step: &Step) -> bool {
        let failed_over = self.failing && !step.path.as_str().starts_with("on_failure");
        failed_over || step.may_be_without_outputs()
    }

    fn is_guarded(&self, expression: &Expression, id: &str) -> bool {
        let status = format!("steps.{id}.status");
        let asks = |expression: &Expression| expression.references().contains(&status);
        let condition = self.step.and_then(|step| step.condition.as_ref());
        asks(expression)
            || expression.uses("default")
            || expression.uses("defined")
            || condition.is_some_and(asks)
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

/// The shape of an expression that is nothing but a path; nothing where it is not known.
pub(super) fn shape_of<'a>(
    expression: &Expression,
    workflow: &Workflow,
    vocabulary: &'a dyn Vocabulary,
) -> Option<Shape<'a>> {
    let path = expression.references().iter().find(|path| *path == expression.source())?;
    let mut members = path.split('.');
    let schema = match members.next()? {
        "trigger" => vocabulary.event_schema(&workflow.trigger.event)?,
        "steps" => {
            let id = members.next()?;
            let step = workflow.all_steps().find(|step| step.id() == Some(id))?;
            let StepKind::Action(action) = &step.kind;
            vocabulary.action_output(&action.uses)?
        }
        _ => return None,
    };
    members.try_fold(Shape::of(schema), |shape, name| match shape.member(name) {
        Member::Found(member) => Some(member),
        _ => None,
    })
}

fn unknown_path(schema: &serde_json::Value, path: &str, skip: usize) -> Option<Problem> {
    let mut shape = Shape::of(schema);
    let mut before = path.split('.').take(skip).collect::<Vec<_>>().join(".");
    for name in path.split('.').skip(skip) {
        let problem = |message: String| Problem::new("unknown_path", Default::default(), message);
        match shape.member(name) {
            Member::Found(member) => shape = member,
            Member::Anything => return None,
            Member::Missing(names) => {
                let found = problem(format!("`{before}` has no `{name}`"));
                let listed = found.with_help(format!("it has {}", names.join(", ")));
                return Some(listed.with_nearest(name, names));
            }
            Member::InAList => {
                let found = problem(format!("`{before}` is a list and has no `{name}`"));
                let help = format!("take one, as in `{before}[0].{name}`, or `| map('{name}')`");
                return Some(found.with_help(help));
            }
            Member::NotAMap => {
                let kinds = shape.kinds();
                return Some(problem(format!("`{before}` is {kinds} and has no `{name}`")));
            }
        }
        before.push('.');
        before.push_str(name);
    }
    None
}

fn unknown_name(name: &str, failing: bool) -> Problem {
    let message = format!("there is no `{name}`");
    let problem = Problem::new("unknown_path", Default::default(), message);
    if ["env", "secret"].contains(&name) {
        return problem.with_help("settings and secrets belong in tradewind.yaml");
    }
    let names: &[&str] =
        if failing { &["trigger", "steps", "failure"] } else { &["trigger", "steps"] };
    let listed = problem.with_help(format!("an expression begins with {}", names.join(", ")));
    match nearest(name, names.iter().copied()) {
        Some(_) => listed.with_nearest(name, names.iter().copied()),
        None => listed,
    }
}
