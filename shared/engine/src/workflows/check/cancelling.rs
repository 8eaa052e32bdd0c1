//! Checking the events that end a run, and those that steps wait for: that there is such an event, who sends it,
//! and what it has in common with the run.

use super::super::{EventByKey, EventWait};
use super::Project;
use super::references::unknown_paths;
use crate::events::is_own;
use crate::problems::Problem;

impl Project<'_> {
    pub(super) fn cancel_on(&self, problems: &mut Vec<Problem>) {
        for cancel_on in &self.workflow.cancel_on {
            self.event_by_key(cancel_on, problems);
            let sides = [
                (&cancel_on.key.run, self.workflow.trigger.event.as_str()),
                (&cancel_on.key.event, cancel_on.event.as_str()),
            ];
            // Written once and of the same event, both sides are one.
            let is_one = cancel_on.event == self.workflow.trigger.event
                && sides[0].0.place() == sides[1].0.place();
            for (expression, event) in sides.into_iter().skip(usize::from(is_one)) {
                unknown_paths(expression, event, self.vocabulary, problems);
            }
        }
    }

    /// What the run's side of the key refers to is looked at with the other expressions of the step.
    pub(super) fn event_wait(&self, wait: &EventWait, problems: &mut Vec<Problem>) {
        let awaited = &wait.awaited;
        self.event_by_key(awaited, problems);
        let is_one = awaited.event == self.workflow.trigger.event
            && awaited.key.run.place() == awaited.key.event.place();
        let is_of_trigger = |path: &String| path.split('.').next() == Some("trigger");
        let references = awaited.key.event.references();
        // Otherwise it is looked at as the run's side.
        if !is_one || references.is_empty() || !references.iter().all(is_of_trigger) {
            unknown_paths(&awaited.key.event, &awaited.event, self.vocabulary, problems);
        }
    }

    fn event_by_key(&self, one: &EventByKey, problems: &mut Vec<Problem>) {
        let event = one.event.as_str();
        if is_own(event) || event.starts_with("run.") {
            return;
        }
        let names = self.vocabulary.events();
        if !names.contains(&event) {
            let message = format!("there is no event `{event}`");
            let problem = Problem::new("unknown_event", one.place, message);
            problems.push(problem.with_nearest(event, names));
            return;
        }
        let trigger = self.workflow.trigger.from.as_ref();
        let Some(from) = one.effective_from(trigger) else {
            let problem = Problem::new("missing_key", one.from_place, "the key `from` is missing");
            problems.push(problem.with_help("name the connection the event comes from"));
            return;
        };
        let provider = match &one.from {
            Some(_) => self.provider(from, one.from_place, problems),
            // That of the trigger is looked at where it stands.
            None => self.connections.get(from),
        };
        let Some(provider) = provider.filter(|one| !self.vocabulary.emits(one, event)) else {
            return;
        };
        let message =
            format!("`{from}` is a connection to {provider}, which does not send `{event}`");
        let problem = Problem::new("event_not_sent", one.from_place, message);
        problems.push(problem.with_help("name another connection as `from`"));
    }
}
