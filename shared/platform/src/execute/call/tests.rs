//! What the limits are told, on a clock that each admission moves on.

mod renewed;

use super::*;
use crate::claiming::Claimed;
use crate::execute::Executing;
use crate::given::{PROVIDER, claimed, clock, executing, memory};
use async_trait::async_trait;
use futures::FutureExt;
use http::{HeaderMap, Method, StatusCode};
use serde_json::{Map, Value, json};
use std::future::pending;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use tradewind_connectors::action::{Cx, Implementation};
use tradewind_engine::effects::EffectClass;
use tradewind_engine::hosts::{Recipient, web_address};
use tradewind_engine::ids::{ConnectionName, StepPath};
use tradewind_engine::ports::{
    Clock, Http, HttpError, HttpRequest, HttpResponse, Limits, Receipt, Unavailable,
};
use tradewind_memory::VirtualClock;

/// Admits everybody, after a while, and keeps what it is told.
struct Told {
    clock: VirtualClock,
    takes: Duration,
    told: Mutex<Vec<String>>,
}

#[async_trait]
impl Limits for Told {
    async fn admit(
        &self,
        _: &ConnectionName,
        _: Allowance,
        _: Caller,
        now: Timestamp,
    ) -> Result<Admission, Unavailable> {
        self.clock.advance_to(after(now, self.takes));
        self.told.lock().unwrap().push("admitted".to_owned());
        Ok(Admission::Go)
    }

    async fn report(
        &self,
        _: &ConnectionName,
        _: Caller,
        end: CallEnd,
        _: Timestamp,
    ) -> Result<Standing, Unavailable> {
        self.told.lock().unwrap().push(format!("{end:?}"));
        Ok(Standing::Down)
    }

    async fn is_closed(&self, _: &ConnectionName, _: Timestamp) -> Result<bool, Unavailable> {
        Ok(false)
    }
}

/// Answers with the status that is the address.
struct Answers;

#[async_trait]
impl Http for Answers {
    async fn send(&self, _: &Recipient, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let reason = request.url.clone();
        match request.url.as_str() {
            "blocked" => Err(HttpError::Blocked(web_address("file:///").unwrap_err())),
            "unreachable" => Err(HttpError::NotSent(reason)),
            "reset" => Err(HttpError::Lost(reason)),
            "hangs" => pending().await,
            status => Ok(HttpResponse {
                status: StatusCode::from_bytes(status.as_bytes()).unwrap(),
                headers: HeaderMap::new(),
                body: Default::default(),
            }),
        }
    }
}

/// Calls the address in its input, where there is one; then it ends as the input says.
async fn act(cx: &Cx<'_>, input: Value) -> Result<Value, ActionError> {
    if let Some(url) = input["url"].as_str() {
        let (headers, body) = (HeaderMap::new(), Default::default());
        let (method, url) = (Method::POST, url.to_owned());
        let request = HttpRequest { method, url, headers, body, timeout: cx.timeout };
        let _ = cx.http.send(&cx.connection.recipient(), request).await;
    }
    match input["end"].as_str() {
        Some("refused") => Err(ActionError::refused("refused")),
        Some("not now") => Err(ActionError::not_now("not now", None)),
        Some("wait") => Err(ActionError::not_now("not now", Some(Duration::from_secs(7)))),
        Some("panic") => std::panic::resume_unwind(Box::new("a bug")),
        Some("hang") => pending().await,
        _ => Ok(Value::Null),
    }
}

/// What the limits are told of an attempt with `lease` left, where each admission `takes` so long.
fn check(input: Value, lease_s: u64, takes_s: u64, expected: &[&str]) -> Called {
    check_within(input, lease_s, takes_s, None, expected)
}

/// The same where the process is ended after so long.
fn check_within(
    input: Value,
    lease_s: u64,
    takes_s: u64,
    ends_after_s: Option<u64>,
    expected: &[&str],
) -> Called {
    let clock = clock();
    let takes = Duration::from_secs(takes_s);
    let limits = Arc::new(Told { clock: clock.clone(), takes, told: Mutex::default() });
    let ports = Executing {
        limits: limits.clone(),
        http: Arc::new(Answers),
        ..executing(&clock, &memory(&clock), Vec::new())
    };
    if let Some(ends_after_s) = ends_after_s {
        ports.deadline.set(after(clock.now(), Duration::from_secs(ends_after_s)));
    }
    let prepared = Prepared {
        current: Arc::default(),
        connection: Connection::new("acme".into(), &PROVIDER, Map::new()),
        implementation: Implementation::new(&PROVIDER, EffectClass::Natural, |cx, input| {
            Box::pin(act(cx, input))
        }),
        input,
        output_fields: Default::default(),
        timeout: Duration::from_secs(20),
        ask: false,
        still: None,
    };
    let run = claimed(clock.now(), Duration::from_secs(lease_s), "natural", "retry");
    let path = StepPath("do".to_owned());
    let (receipt, run) = (Receipt("m".to_owned()), Box::new(run));
    let claiming = ports.claiming();
    let claimed = Claimed { ports: &claiming, receipt: &receipt, run, path };
    let attempt = Attempt { ports: &ports, claimed };
    let mut attempt = pin!(attempt.call(&prepared));
    let called = loop {
        match attempt.as_mut().now_or_never() {
            Some(called) => break called,
            None => clock.advance_to(clock.next_timer().expect("it waits for the time")),
        }
    };
    assert_eq!(*limits.told.lock().unwrap(), expected);
    called
}

/// The same for a call of this address that ends so.
fn check_call(url: &str, end: &str, expected: &str) -> Called {
    check(json!({ "url": url, "end": end }), 90, 0, &["admitted", expected])
}

#[test]
fn only_a_call_that_was_made_says_something_about_the_provider() {
    check(json!({ "url": "202" }), 90, 0, &["admitted", "Answered"]);
    check(json!({ "end": "refused" }), 90, 0, &["admitted", "NotMade"]);
    check(json!({ "end": "not now" }), 90, 0, &["admitted", "NotMade"]);
    check_call("blocked", "refused", "NotMade");
}

#[test]
fn the_provider_is_judged_by_what_it_did_and_not_by_what_we_made_of_it() {
    for status in ["200", "401", "404", "429"] {
        check_call(status, "not now", "Answered");
    }
    check_call("429", "wait", "Limited(2026-11-23T12:00:07Z)");
    for status in ["500", "502", "503", "504", "520"] {
        check_call(status, "not now", "Failed { quiet: None }");
    }
    check_call("503", "wait", "Failed { quiet: Some(2026-11-23T12:00:07Z) }");
    check_call("unreachable", "not now", "Unreachable");
    check_call("reset", "not now", "Failed { quiet: None }");
    check_call("hangs", "", "Failed { quiet: None }");
    // Our own panics and delays are not its.
    check_call("202", "panic", "Answered");
    check_call("202", "hang", "Answered");
    check(json!({ "end": "panic" }), 90, 0, &["admitted", "NotMade"]);
    // A claim that leaves less than the step's own time cut it off: it might have answered.
    check(json!({ "url": "hangs" }), 20, 0, &["admitted", "NotMade"]);
}

#[test]
fn a_connection_is_down_for_those_only_that_it_failed() {
    assert!(check_call("503", "not now", "Failed { quiet: None }").connection_is_down);
    assert!(
        !check(json!({ "end": "refused" }), 90, 0, &["admitted", "NotMade"]).connection_is_down
    );
}

#[test]
fn whoever_called_nobody_may_do_so_later_whatever_stopped_it() {
    let kind = |called: Called| match called.outcome {
        Outcome::Error(ActionError::NotNow { .. }) => "not now",
        Outcome::Error(ActionError::Unknown { .. }) => "unknown",
        _ => "something else",
    };
    for end in ["panic", "hang"] {
        let quiet = check(json!({ "end": end }), 90, 0, &["admitted", "NotMade"]);
        assert_eq!(kind(quiet), "not now", "{end} before the first request");
        assert_eq!(kind(check_call("202", end, "Answered")), "unknown", "{end} after it");
    }
    let blocked =
        check(json!({ "url": "blocked", "end": "hang" }), 90, 0, &["admitted", "NotMade"]);
    assert_eq!(kind(blocked), "not now", "what was refused on this side was not sent");
}

#[test]
fn a_call_that_is_not_made_for_want_of_time_keeps_no_place() {
    let input = json!({ "url": "202" });
    check(input.clone(), 5, 0, &[]);
    check(input.clone(), 40, 36, &["admitted", "NotMade"]);
    // The process is ended before the lease.
    check(input.clone(), 90, 56, &["admitted", "NotMade"]);
    check(input, 90, 54, &["admitted", "Answered"]);
}

#[test]
fn no_call_is_begun_that_the_end_of_the_process_would_cut_off() {
    let input = json!({ "url": "202" });
    check_within(input.clone(), 90, 16, Some(20), &["admitted", "NotMade"]);
    check_within(input, 90, 14, Some(20), &["admitted", "Answered"]);
}
