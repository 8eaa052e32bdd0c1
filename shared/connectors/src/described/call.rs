//! One attempt: what the input must be, the question whether it happened already, and the one request with an
//! effect.

use super::answer::{Answered, Seen};
use super::auth;
use super::request::Requests;
use super::settings::settings_of;
use super::taken::Taken;
use crate::action::{Cx, OutputType};
use crate::providers::answers::{AttemptEnd, harmless};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tradewind_engine::descriptions::{Action, Description, Find, Method, Nulls, Way};
use tradewind_engine::effects::{ActionError, Asked, EffectClass};
use tradewind_engine::expressions::Scope;
use tradewind_engine::ports::HttpResponse;

/// The vendor remembers a key for good.
const FOR_GOOD: Duration = Duration::from_secs(100 * 365 * 86_400);

/// One action of a description.
pub(super) struct Call {
    description: Arc<Description>,
    place: usize,
    output_type: OutputType,
    seen: Seen,
    taken: Option<Arc<Taken>>,
}

/// Whether a request changes nothing. There are services that send by `GET`: the class says so.
fn is_read(way: &Way) -> bool {
    way.method == Method::Get && way.class == EffectClass::Natural
}

/// What the question whether it happened found.
enum Found {
    /// It happened before, and gave this.
    Happened(Value),
    /// It did not; expressions see the answer as `find`.
    DidNot(Value),
}

impl Call {
    /// The action of that id, which gives that. What it takes of its ways and rules is kept in `taken`.
    pub(super) fn of(
        description: &Arc<Description>,
        id: &str,
        output_type: OutputType,
        taken: Option<Arc<Taken>>,
    ) -> Option<Self> {
        let place = description.actions.iter().position(|action| action.id.as_str() == id)?;
        let seen = Seen::of(&description.actions[place]);
        Some(Self { description: description.clone(), place, output_type, seen, taken })
    }

    pub(super) fn action(&self) -> &Action {
        &self.description.actions[self.place]
    }

    /// How long after a lost answer a search shows what happened.
    pub(super) fn search_lag(&self) -> Duration {
        self.action().find.as_ref().map_or(Duration::ZERO, |find| find.lag)
    }

    /// For how long every way's key is remembered.
    pub(super) fn key_window(&self) -> Duration {
        let windows = self.action().ways.iter().filter_map(|way| way.key.as_ref()?.window);
        windows.min().unwrap_or(FOR_GOOD)
    }

    /// Does it, once.
    pub(super) async fn perform(&self, cx: &Cx<'_>, input: Value) -> Result<Value, ActionError> {
        let end = AttemptEnd::of(cx);
        let mut scope = self.scope(cx, &input)?;
        let action = self.action();
        if let Some(needs) = &action.needs
            && !needs.condition.holds(&scope).unwrap_or(false)
        {
            return Err(ActionError::refused(needs.otherwise.clone()));
        }
        if let Some(find) = &action.find {
            match self.find(cx, &end, find, &scope).await? {
                Found::Happened(output) => return Ok(output),
                Found::DidNot(found) => scope = scope.with_item("find", &found),
            }
        }
        let way = self.way(&scope)?;
        let request = self.requests(cx, &end, &scope)?.of_way(way)?;
        let response = auth::send(cx, &self.description, end, request).await;
        let response = if is_read(way) { response.map_err(harmless) } else { response };
        let answered = self.answered(cx, response?);
        let scope = answered.seen_in(scope);
        if !answered.is_success(&way.success, &way.output, None, &scope) {
            let judged = self.judged(&answered, way.class, &scope);
            return Err(if is_read(way) { harmless(judged) } else { judged });
        }
        self.output(way, &scope)
    }

    /// Whether it happened.
    pub(super) async fn ask(&self, cx: &Cx<'_>, input: Value) -> Result<Asked, ActionError> {
        let end = AttemptEnd::of(cx);
        let scope = self.scope(cx, &input)?;
        let Some(find) = &self.action().find else {
            return Ok(Asked::CannotTell("this provider cannot be asked".to_owned()));
        };
        Ok(match self.find(cx, &end, find, &scope).await? {
            Found::Happened(output) => Asked::Happened(output),
            Found::DidNot(_) => Asked::DidNot,
        })
    }

    /// What expressions see before there is an answer.
    fn scope(&self, cx: &Cx<'_>, input: &Value) -> Result<Scope, ActionError> {
        let settings = settings_of(cx.connection, &self.description)?;
        Ok(Scope::of([
            ("input", input),
            ("settings", &settings),
            ("key", &json!(cx.idempotency_key)),
            ("maps", &self.description.maps),
        ]))
    }

    async fn find(
        &self,
        cx: &Cx<'_>,
        end: &AttemptEnd,
        find: &Find,
        scope: &Scope,
    ) -> Result<Found, ActionError> {
        let request = self.requests(cx, end, scope)?.of_find(find)?;
        let response = auth::send(cx, &self.description, *end, request).await;
        let answered = self.answered(cx, response.map_err(harmless)?);
        let scope = answered.seen_in(scope.clone());
        if !answered.is_success(&find.success, &find.output, Some(&find.happened), &scope) {
            return Err(harmless(self.judged(&answered, self.action().class, &scope)));
        }
        let unclear =
            |error: String| ActionError::not_now(format!("answer_invalid: {error}"), None);
        match find.happened.holds(&scope) {
            Ok(true) => {
                let output = find.output.render(&scope, &self.description.parts, Nulls::Kept);
                let output = output.map_err(|error| unclear(error.to_string()))?;
                Ok(Found::Happened((self.output_type)(output).map_err(unclear)?))
            }
            Ok(false) => Ok(Found::DidNot(answered.value().clone())),
            Err(error) => Err(unclear(error.to_string())),
        }
    }

    /// The first way whose condition holds.
    fn way(&self, scope: &Scope) -> Result<&Way, ActionError> {
        let holds =
            |way: &&Way| way.condition.as_ref().is_none_or(|one| one.holds(scope).unwrap_or(false));
        let way = self.action().ways.iter().find(holds);
        if let (Some(taken), Some(way)) = (&self.taken, way) {
            taken.mark(way.place);
        }
        way.ok_or_else(|| {
            ActionError::refused("no_way: none of the provider's ways fits the input")
        })
    }

    /// What an answer means that is no success.
    fn judged(&self, answered: &Answered<'_>, class: EffectClass, scope: &Scope) -> ActionError {
        let rule = answered.rule(scope);
        if let (Some(taken), Some(rule)) = (&self.taken, rule) {
            taken.mark(rule.place);
        }
        answered.judged(rule, class, scope)
    }

    fn requests<'a>(
        &'a self,
        cx: &'a Cx<'a>,
        end: &AttemptEnd,
        scope: &'a Scope,
    ) -> Result<Requests<'a>, ActionError> {
        Ok(Requests { cx, description: &self.description, scope, timeout: end.time_left(cx)? })
    }

    fn answered<'a>(&'a self, cx: &'a Cx<'a>, response: HttpResponse) -> Answered<'a> {
        Answered::of(cx, &self.description, self.action(), self.seen, response)
    }

    /// It is done; what cannot be read of it is not to make it be done again.
    fn output(&self, way: &Way, scope: &Scope) -> Result<Value, ActionError> {
        let rendered = way.output.render(scope, &self.description.parts, Nulls::Kept);
        let invalid = |error: String| {
            let reason = format!("answer_invalid: {error}");
            match is_read(way) {
                true => ActionError::refused(reason),
                false => ActionError::unknown(reason),
            }
        };
        let output = rendered.map_err(|error| invalid(error.to_string()))?;
        (self.output_type)(output).map_err(invalid)
    }
}
