//! What steps give whose answer nobody but the step itself describes.
//!
//! The output schema of such an action says at a field which field of `with` describes it: `x-described-by`.

use super::super::{ActionStep, Step, Vocabulary, Workflow};
use crate::expected::Expected;
use crate::ids::{ActionId, ProviderId, StepPath};
use crate::problems::Problem;
use serde_json::Value;
use std::collections::BTreeMap;

/// The mark of a field of the output that a step describes.
const DESCRIBED_BY: &str = "x-described-by";

/// What there is, with the outputs that steps describe.
pub(super) struct Expecting<'a> {
    inner: &'a dyn Vocabulary,
    outputs: BTreeMap<StepPath, Value>,
}

impl<'a> Expecting<'a> {
    /// What the steps of the workflow describe; what is no description is a problem.
    pub(super) fn of(
        workflow: &Workflow,
        inner: &'a dyn Vocabulary,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let mut outputs = BTreeMap::new();
        for step in workflow.all_steps() {
            let described = step.action().and_then(|action| output(action, inner));
            match described {
                Some(Ok(output)) => drop(outputs.insert(step.path.clone(), output)),
                Some(Err(problem)) => problems.push(problem),
                None => {}
            }
        }
        Self { inner, outputs }
    }
}

/// The output of the action, where the step describes a field of it without expressions.
fn output(action: &ActionStep, vocabulary: &dyn Vocabulary) -> Option<Result<Value, Problem>> {
    let schema = vocabulary.action_output(&action.uses)?;
    let properties = schema.get("properties")?.as_object()?;
    let (field, by) = properties
        .iter()
        .find_map(|(field, schema)| Some((field, schema.get(DESCRIBED_BY)?.as_str()?)))?;
    let (place, written) = action.with.literal(by)?;
    Some(match Expected::read(&written, by) {
        Ok(expected) => {
            let mut schema = schema.clone();
            schema["properties"][field.as_str()] = expected.schema();
            Ok(schema)
        }
        Err(message) => Err(Problem::new("expect_invalid", place, message)),
    })
}

impl Vocabulary for Expecting<'_> {
    fn events(&self) -> Vec<&str> {
        self.inner.events()
    }

    fn event_schema(&self, event: &str) -> Option<&Value> {
        self.inner.event_schema(event)
    }

    fn actions(&self) -> Vec<&str> {
        self.inner.actions()
    }

    fn action_input(&self, action: &ActionId) -> Option<&Value> {
        self.inner.action_input(action)
    }

    fn action_output(&self, action: &ActionId) -> Option<&Value> {
        self.inner.action_output(action)
    }

    fn step_output(&self, step: &Step) -> Option<&Value> {
        self.outputs.get(&step.path)
    }

    fn serves(&self, action: &ActionId, provider: &ProviderId) -> bool {
        self.inner.serves(action, provider)
    }

    fn providers_of(&self, action: &ActionId) -> Vec<&str> {
        self.inner.providers_of(action)
    }

    fn emits(&self, provider: &ProviderId, event: &str) -> bool {
        self.inner.emits(provider, event)
    }
}
