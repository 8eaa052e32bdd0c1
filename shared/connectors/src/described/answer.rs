//! What an answer proves, by the rules of a description.

use crate::action::Cx;
use crate::providers::answers::{On500, WAIT_MAX, clear_text, judge_status, retry_after};
use http::HeaderMap;
use serde_json::{Map, Value};
use std::time::Duration;
use tradewind_engine::descriptions::{
    Action, BODY_BYTES_MAX, Description, Form, Reason, Rule, Success, TEXT_BYTES_MAX, TextPiece,
    Verdict, WaitUnit, WaitValue,
};
use tradewind_engine::effects::{ActionError, EffectClass};
use tradewind_engine::expressions::{Expression, Scope};
use tradewind_engine::ports::HttpResponse;
use tradewind_engine::time::{self, Timestamp};

/// Which parts of an answer the expressions of an action see; the others are not made.
#[derive(Clone, Copy)]
pub(super) struct Seen {
    headers: bool,
    body: bool,
    text: bool,
}

impl Seen {
    pub(super) fn of(action: &Action) -> Self {
        let found = action.find.iter().flat_map(|find| {
            let own = find.success.condition.iter().chain([&find.happened]);
            own.chain(find.output.expressions())
        });
        let ways = action
            .ways
            .iter()
            .flat_map(|way| way.success.condition.iter().chain(way.output.expressions()));
        let rules = action.judge.iter().filter_map(|rule| rule.condition.as_ref());
        let reasons = action.reason.iter().flat_map(|reason| &reason.pieces);
        let reasons = reasons.filter_map(TextPiece::expression);
        let waits = action.wait.iter().filter_map(|wait| match &wait.value {
            WaitValue::Body(expression, _) => Some(expression),
            _ => None,
        });
        let all: Vec<&Expression> =
            found.chain(ways).chain(rules).chain(reasons).chain(waits).collect();
        // After a search, the request itself may look at the whole answer as `find`.
        let whole = action.find.is_some();
        let sees = |part: &str| whole || all.iter().any(|one| refers(one, part));
        Self { headers: sees("headers"), body: sees("body"), text: sees("text") }
    }
}

/// Whether an expression looks at that part of an answer, or at the whole of it.
fn refers(one: &Expression, part: &str) -> bool {
    one.references().iter().any(|path| {
        let below =
            path.strip_prefix("answer").filter(|rest| rest.is_empty() || rest.starts_with('.'));
        below.is_some_and(|rest| rest.is_empty() || rest[1..].split('.').next() == Some(part))
    })
}

/// An answer that came whole.
pub(super) struct Answered<'a> {
    cx: &'a Cx<'a>,
    description: &'a Description,
    action: &'a Action,
    response: HttpResponse,
    value: Value,
    is_json: bool,
}

impl<'a> Answered<'a> {
    pub(super) fn of(
        cx: &'a Cx<'a>,
        description: &'a Description,
        action: &'a Action,
        seen: Seen,
        response: HttpResponse,
    ) -> Self {
        let clear = |text: &str| cx.connection.without_secrets(text);
        let fits = seen.body && response.body.len() <= BODY_BYTES_MAX;
        let body = fits.then(|| serde_json::from_slice(&response.body).ok()).flatten();
        let is_json = body.is_some();
        let mut value = Map::new();
        value.insert("status".to_owned(), response.status.as_u16().into());
        if seen.headers {
            value.insert("headers".to_owned(), headers(&response.headers, &clear));
        }
        if seen.body {
            value.insert("body".to_owned(), cleared(body.unwrap_or_default(), &clear));
        }
        if seen.text {
            let shown = &response.body[..response.body.len().min(TEXT_BYTES_MAX)];
            value.insert("text".to_owned(), clear(&String::from_utf8_lossy(shown)).into());
        }
        let value = Value::Object(value);
        Self { cx, description, action, response, value, is_json }
    }

    /// What expressions see once it is there.
    pub(super) fn seen_in(&self, scope: Scope) -> Scope {
        scope.with_item("answer", &self.value)
    }

    /// What expressions see of it.
    pub(super) fn value(&self) -> &Value {
        &self.value
    }

    /// Whether it is the declared success. Where the body says so, or gives what the step gives, it has to be JSON.
    /// A question needs it too where `happened` looks at it: a page of some proxy is no no.
    pub(super) fn is_success(
        &self,
        success: &Success,
        output: &Form,
        happened: Option<&Expression>,
        scope: &Scope,
    ) -> bool {
        let reads =
            |one: &Expression| one.references().iter().any(|path| path.starts_with("answer.body"));
        let needs_json =
            success.condition.iter().chain(happened).chain(output.expressions()).any(reads);
        success.has_status(self.response.status.as_u16())
            && (self.is_json || !needs_json)
            && success.condition.as_ref().is_none_or(|one| one.holds(scope).unwrap_or(false))
    }

    /// The rule that is for it, where it is no success.
    pub(super) fn rule(&self, scope: &Scope) -> Option<&'a Rule> {
        let status = self.response.status.as_u16();
        let fits = |statuses: &[u16], condition: Option<&Expression>| {
            (statuses.is_empty() || statuses.contains(&status))
                && condition.is_none_or(|one| one.holds(scope).unwrap_or(false))
        };
        self.action.judge.iter().find(|rule| fits(&rule.statuses, rule.condition.as_ref()))
    }

    /// What it means, where it is no success and that is the rule for it.
    pub(super) fn judged(
        &self,
        rule: Option<&Rule>,
        class: EffectClass,
        scope: &Scope,
    ) -> ActionError {
        let status = self.response.status;
        let reason = self.reason(scope);
        let wait = self.wait(scope);
        match rule.map(|rule| rule.verdict) {
            Some(Verdict::NotNow) => ActionError::not_now(reason, wait),
            Some(Verdict::NeedsRepair) => ActionError::needs_repair(reason),
            Some(Verdict::Refused) => ActionError::refused(reason),
            None => judge_status(status, reason, wait, class, On500::MaybeDone),
        }
    }

    /// The first reason whose values are all there.
    fn reason(&self, scope: &Scope) -> String {
        let plain =
            || format!("{} answered {}", self.description.title, self.response.status.as_u16());
        self.action
            .reason
            .iter()
            .find_map(|reason| self.text_of(reason, scope))
            .unwrap_or_else(plain)
    }

    fn text_of(&self, reason: &Reason, scope: &Scope) -> Option<String> {
        let mut text = String::new();
        for piece in &reason.pieces {
            match piece {
                TextPiece::Text(own) => text.push_str(own),
                TextPiece::Expression(one) => {
                    text.push_str(&clear_text(self.cx.connection, &one.text(scope).ok()?));
                }
            }
        }
        Some(text)
    }

    /// How long it asks to wait: the first place of those declared that says so.
    fn wait(&self, scope: &Scope) -> Option<Duration> {
        let (now, status) = (self.cx.clock.now(), self.response.status.as_u16());
        let headers = &self.response.headers;
        if self.action.wait.is_empty() {
            return retry_after(headers, now);
        }
        let waits = self.action.wait.iter();
        let mut waits =
            waits.filter(|wait| wait.statuses.is_empty() || wait.statuses.contains(&status));
        waits.find_map(|wait| match &wait.value {
            WaitValue::RetryAfter => retry_after(headers, now),
            WaitValue::Header(name, unit) => {
                let text = headers.get(name.as_str())?.to_str().ok()?.trim();
                waited(text.parse().ok()?, *unit, now)
            }
            WaitValue::Body(expression, unit) => {
                waited(expression.evaluate(scope).ok()?.as_f64()?, *unit, now)
            }
            WaitValue::Const(wait) => Some(*wait),
        })
    }
}

/// What a number of seconds asks for; a strange one for nothing.
fn waited(seconds: f64, unit: WaitUnit, now: Timestamp) -> Option<Duration> {
    let wait = match unit {
        WaitUnit::Seconds => Duration::try_from_secs_f64(seconds).ok()?,
        WaitUnit::UnixSeconds => {
            let whole = seconds.is_finite().then_some(seconds as i64)?;
            time::until(now, Timestamp::from_second(whole).ok()?)
        }
    };
    Some(wait.min(WAIT_MAX))
}

/// Headers by their names in lower case; of repeated ones the first.
fn headers(headers: &HeaderMap, clear: &impl Fn(&str) -> String) -> Value {
    let mut found = Map::new();
    for (name, value) in headers {
        if let Ok(text) = value.to_str() {
            let first = found.entry(name.as_str().to_owned());
            first.or_insert_with(|| Value::String(clear(text)));
        }
    }
    Value::Object(found)
}

/// The value with each of its texts cleared.
fn cleared(value: Value, clear: &impl Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(clear(&text)),
        Value::Array(items) => items.into_iter().map(|item| cleared(item, clear)).collect(),
        Value::Object(members) => {
            let cleared = members.into_iter().map(|(name, value)| (name, cleared(value, clear)));
            Value::Object(cleared.collect())
        }
        other => other,
    }
}
