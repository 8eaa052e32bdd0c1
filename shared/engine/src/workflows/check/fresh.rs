//! Checking that what `only_if_still` asks about can be read: that the event tells of an order, and that the
//! connection it came through can be asked for that.

use super::super::fresh::{FRESH_READ, ORDER_IDS};
use super::Project;
use crate::expressions::Expression;
use crate::ids::ActionId;
use crate::problems::Problem;
use crate::schemas::has_member;

impl Project<'_> {
    /// Why the condition cannot be asked.
    pub(super) fn not_read_afresh(&self, still: &Expression) -> Option<Problem> {
        let problem = |message: String| Problem::new("not_read_afresh", still.place(), message);
        let is_now = |path: &String| path.split('.').next() == Some("now");
        if !still.references().iter().any(is_now) {
            let message = "`only_if_still` asks nothing of `now.order`, which is read afresh";
            let help = "what the event and the steps before say is asked for by `if`";
            return Some(problem(message.to_owned()).with_help(help));
        }
        let trigger = &self.workflow.trigger;
        let event = trigger.event.as_str();
        let Some(from) = &trigger.from else {
            let message = format!("`{event}` comes from no connection that could be asked");
            return Some(problem(message));
        };
        let schema = self.vocabulary.event_schema(event)?;
        if !ORDER_IDS.iter().any(|path| has_member(schema, path)) {
            let is_batch = self.workflow.holding.as_ref().is_some_and(|one| one.is_batch());
            return Some(problem(match is_batch {
                true => "the run of a batch is about no order of its own".to_owned(),
                false => format!("`{event}` does not say which order it is about"),
            }));
        }
        let provider = self.connections.get(from)?;
        let read = ActionId::from(FRESH_READ);
        (!self.vocabulary.serves(&read, provider)).then(|| {
            let able = self.vocabulary.providers_of(&read).join(", ");
            let message = format!(
                "`{from}` is a connection to {provider}, which cannot do `{FRESH_READ}`, by which \
                 `now.order` is read"
            );
            problem(message).with_help(format!("providers that can: {able}"))
        })
    }
}
