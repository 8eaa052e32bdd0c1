//! Calls to the core API, as JSON:API 1.0.
//!
//! Invariant: an error repeats the provider's code and detail, and no credential.
//!
//! <https://docs.commercelayer.io/core/api-specification>

use super::ON_500;
use super::settings::{self, Account};
use super::tokens;
use crate::action::Cx;
use crate::deliveries::json;
use crate::providers::answers::{self, AttemptEnd};
use crate::providers::{oauth, requests};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};
use secrecy::ExposeSecret;
use serde_json::Value;
use std::time::Duration;
use tradewind_engine::effects::{ActionError, EffectClass};
use tradewind_engine::ports::{HttpRequest, HttpResponse, SecretText};

/// Commerce Layer answers 406 and 415 where this is missing.
const JSON_API: HeaderValue = HeaderValue::from_static("application/vnd.api+json");
/// How many of an answer's errors are repeated.
const ERRORS_MAX: usize = 3;

/// The API of one connection, for one attempt.
pub(super) struct Api<'a> {
    cx: &'a Cx<'a>,
    account: Account,
    attempt_end: AttemptEnd,
}

impl<'a> Api<'a> {
    /// The API that the attempt's connection leads to.
    pub(super) fn of(cx: &'a Cx<'a>) -> Result<Self, ActionError> {
        Ok(Self { cx, account: settings::account(cx.connection)?, attempt_end: AttemptEnd::of(cx) })
    }

    /// Reads a resource; a read that fails has changed nothing.
    pub(super) async fn get(&self, path: &str) -> Result<Value, ActionError> {
        let response = self.exchange(Method::GET, path, Bytes::new()).await;
        let read = response.and_then(|response| self.read(&response, EffectClass::Natural));
        read.map_err(answers::harmless)
    }

    /// Changes a resource. Answers of any status are returned, because some of them are no failure.
    pub(super) async fn patch(
        &self,
        path: &str,
        body: &Value,
    ) -> Result<HttpResponse, ActionError> {
        self.exchange(Method::PATCH, path, Bytes::from(body.to_string())).await
    }

    /// What a successful answer holds, or what another one means for a call of that class.
    pub(super) fn read(
        &self,
        response: &HttpResponse,
        class: EffectClass,
    ) -> Result<Value, ActionError> {
        let found = if response.status.is_success() {
            let body = json::read(&response.body).map_err(|_| "is not JSON".to_owned());
            body.map(|body| body.value)
        } else {
            Err(self.errors(response))
        };
        found.map_err(|errors| {
            let reason = format!("commercelayer answered {}: {errors}", response.status.as_u16());
            answers::judge_status(response.status, reason, self.wait(response), class, ON_500)
        })
    }

    /// One call, repeated once with a renewed token where the shared one was refused.
    async fn exchange(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<HttpResponse, ActionError> {
        let secret = self.account.client_secret.expose_secret();
        let key = oauth::token_key(self.cx, &[&self.account.client_id, secret]);
        oauth::with_token(
            self.cx,
            &key,
            self.attempt_end,
            || tokens::request(self.cx, &self.account, self.attempt_end),
            |token| self.send(method.clone(), path, body.clone(), token),
        )
        .await
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
        token: SecretText,
    ) -> Result<HttpResponse, ActionError> {
        let mut headers = HeaderMap::from_iter([(header::ACCEPT, JSON_API)]);
        if !body.is_empty() {
            headers.insert(header::CONTENT_TYPE, JSON_API);
        }
        let url = format!("{}{path}", self.account.api_url);
        let timeout = self.attempt_end.time_left(self.cx)?;
        let request = HttpRequest { method, url, headers, body, timeout };
        let bearer = format!("Bearer {}", token.expose_secret());
        let request =
            requests::with_credential(request, header::AUTHORIZATION, &bearer, "client_id")?;
        answers::send_request(self.cx, request).await
    }

    /// The codes and details of an answer's errors.
    fn errors(&self, response: &HttpResponse) -> String {
        let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
        let errors = body["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
        let errors: Vec<String> = errors.iter().take(ERRORS_MAX).map(one_error).collect();
        if errors.is_empty() {
            return "no reason given".to_owned();
        }
        answers::clear_text(self.cx.connection, errors.join("; ").trim_end())
    }

    /// How long to wait, at least. There is no header that says when a window ends: what is told is
    /// its length, and after a whole window there is room again
    /// (<https://docs.commercelayer.io/core/rate-limits>).
    fn wait(&self, response: &HttpResponse) -> Option<Duration> {
        let asked = answers::retry_after(&response.headers, self.cx.clock.now());
        asked.or_else(|| {
            let interval = response.headers.get("x-ratelimit-interval")?.to_str().ok()?;
            Some(Duration::from_secs(interval.trim().parse().ok()?).min(answers::WAIT_MAX))
        })
    }
}

fn one_error(error: &Value) -> String {
    let text = |name: &str| error[name].as_str().unwrap_or_default();
    let detail = if text("detail").is_empty() { text("title") } else { text("detail") };
    format!("{} {detail}", text("code")).trim().to_owned()
}
