//! Checking what ends a run: that there is such an event, who sends it, and what it has in common with the run.

use super::super::CancelOn;
use super::Project;
use super::references::unknown_paths;
use crate::events::is_own;
use crate::problems::Problem;

impl Project<'_> {
    pub(super) fn cancel_on(&self, problems: &mut Vec<Problem>) {
        for cancel_on in &self.workflow.cancel_on {
            self.canceller(cancel_on, problems);
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

    fn canceller(&self, cancel_on: &CancelOn, problems: &mut Vec<Problem>) {
        let event = cancel_on.event.as_str();
        if is_own(event) || event.starts_with("run.") {
            return;
        }
        let names = self.vocabulary.events();
        if !names.contains(&event) {
            let message = format!("there is no event `{event}`");
            let problem = Problem::new("unknown_event", cancel_on.place, message);
            problems.push(problem.with_nearest(event, names));
            return;
        }
        let trigger = self.workflow.trigger.from.as_ref();
        let Some(from) = cancel_on.effective_from(trigger) else {
            let problem =
                Problem::new("missing_key", cancel_on.from_place, "the key `from` is missing");
            problems.push(problem.with_help("name the connection the event comes from"));
            return;
        };
        let provider = match &cancel_on.from {
            Some(_) => self.provider(from, cancel_on.from_place, problems),
            // That of the trigger is looked at where it stands.
            None => self.connections.get(from),
        };
        let Some(provider) = provider.filter(|one| !self.vocabulary.emits(one, event)) else {
            return;
        };
        let message =
            format!("`{from}` is a connection to {provider}, which does not send `{event}`");
        let problem = Problem::new("event_not_sent", cancel_on.from_place, message);
        problems.push(problem.with_help("name another connection as `from`"));
    }
}
