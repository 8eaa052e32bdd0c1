//! Actions: their contracts, what they send, and what they give.

use super::Check;
use super::roots::Roots;
use crate::descriptions::{Action, Body, Find, Success, WaitValue, Way};
use crate::problems::Problem;
use serde_json::Value;

impl<'a> Check<'a> {
    pub(super) fn action(&mut self, action: &'a Action) {
        self.contract(action);
        let own = action.own.as_ref();
        let input = own.map(|own| &own.input).or_else(|| self.contracts.action_input(&action.id));
        let output =
            own.map(|own| &own.output).or_else(|| self.contracts.action_output(&action.id));
        let asked = Roots::request(self.schemas, input);
        if let Some(needs) = &action.needs {
            self.condition(Some(&needs.condition), &asked, "if");
        }
        if let Some(find) = &action.find {
            self.find(find, &asked, output);
        }
        let sent = match &action.find {
            Some(_) => asked.with_answer("find"),
            None => asked,
        };
        let judged = sent.clone().with_answer("answer");
        for way in &action.ways {
            self.way(way, &sent, &judged, output);
        }
        for rule in &action.judge {
            self.condition(rule.condition.as_ref(), &judged, "if");
        }
        for reason in &action.reason {
            self.text(reason, &judged);
        }
        for wait in &action.wait {
            if let WaitValue::Body(expression, _) = &wait.value {
                self.references(expression, &judged);
            }
        }
    }

    /// An action is one of the contracts, or one of the project's own, which has the provider's name before it.
    fn contract(&mut self, action: &Action) {
        let id = action.id.as_str();
        let known = self.contracts.actions();
        let is_known = known.contains(&id);
        let provider = self.description.provider.as_str();
        if action.own.is_none() {
            if !is_known {
                let message = format!("there is no action `{id}`");
                let problem = Problem::new("unknown_action", action.place, message);
                let help = format!("one of your own is called `{provider}.…`, and has an `input`");
                self.problems.push(problem.with_help(help).with_nearest(id, known));
            }
            return;
        }
        if is_known || id.split_once('.').is_none_or(|(first, _)| first != provider) {
            let message = format!("an action of your own cannot be called `{id}`");
            let problem = Problem::new("id_invalid", action.place, message);
            self.problems.push(problem.with_help(format!("call it `{provider}.…`")));
        }
    }

    fn find(&mut self, find: &'a Find, asked: &Roots<'a>, output: Option<&'a Value>) {
        self.text(&find.path, asked);
        self.named(&find.query, "query", asked);
        if let Body::Json(form) = &find.body {
            self.form(form, asked);
        }
        let answered = asked.clone().with_answer("answer");
        self.success(&find.success, &answered);
        self.condition(Some(&find.happened), &answered, "happened");
        self.form(&find.output, &answered);
        if let Some(schema) = output {
            self.fits(&find.output, "output", schema, &answered);
        }
    }

    fn way(
        &mut self,
        way: &'a Way,
        sent: &Roots<'a>,
        judged: &Roots<'a>,
        output: Option<&'a Value>,
    ) {
        self.condition(way.condition.as_ref(), sent, "if");
        self.text(&way.path, sent);
        self.named(&way.query, "query", sent);
        self.named(&way.headers, "headers", sent);
        if let Body::Json(form) | Body::Form { fields: form, .. } = &way.body {
            self.form(form, sent);
        }
        self.success(&way.success, judged);
        self.form(&way.output, judged);
        if let Some(schema) = output {
            self.fits(&way.output, "output", schema, judged);
        }
    }

    fn success(&mut self, success: &'a Success, judged: &Roots<'a>) {
        self.condition(success.condition.as_ref(), judged, "if");
    }
}
