//! What the limits are told, on a clock that each admission moves on.

use super::*;
use crate::given::{PROVIDER, claimed, clock, executing, memory};
use async_trait::async_trait;
use http::{HeaderMap, Method};
use serde_json::{Map, Value, json};
use std::sync::{Arc, Mutex};
use tradewind_connectors::action::Implementation;
use tradewind_engine::effects::EffectClass;
use tradewind_engine::ids::ConnectionName;
use tradewind_engine::ports::{Clock, HttpRequest, Limits, Unavailable};
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
        now: Timestamp,
    ) -> Result<Admission, Unavailable> {
        self.clock.advance_to(after(now, self.takes));
        self.told.lock().unwrap().push("admitted".to_owned());
        Ok(Admission::Go)
    }

    async fn report(
        &self,
        _: &ConnectionName,
        end: CallEnd,
        _: Timestamp,
    ) -> Result<(), Unavailable> {
        self.told.lock().unwrap().push(format!("{end:?}"));
        Ok(())
    }
}

/// Calls the address in its input, where there is one; then it ends as the input says.
async fn act(cx: &Cx<'_>, input: Value) -> Result<Value, ActionError> {
    if let Some(url) = input["url"].as_str() {
        let (headers, body) = (HeaderMap::new(), Default::default());
        let (method, url) = (Method::POST, url.to_owned());
        let request = HttpRequest { method, url, headers, body, timeout: cx.timeout };
        let _ = cx.http.send(request).await;
    }
    match input["end"].as_str() {
        Some("refused") => Err(ActionError::refused("refused")),
        Some("not now") => Err(ActionError::not_now("not now", None)),
        _ => Ok(Value::Null),
    }
}

/// What the limits are told of an attempt with `lease` left, where each admission `takes` so long.
fn check(input: Value, lease_s: u64, takes_s: u64, expected: &[&str]) {
    check_within(input, lease_s, takes_s, None, expected);
}

/// The same where the process is ended after so long.
fn check_within(
    input: Value,
    lease_s: u64,
    takes_s: u64,
    ends_after_s: Option<u64>,
    expected: &[&str],
) {
    let clock = clock();
    let takes = Duration::from_secs(takes_s);
    let limits = Arc::new(Told { clock: clock.clone(), takes, told: Mutex::default() });
    let ports =
        Executing { limits: limits.clone(), ..executing(&clock, &memory(&clock), Vec::new()) };
    if let Some(ends_after_s) = ends_after_s {
        ports.deadline.set(after(clock.now(), Duration::from_secs(ends_after_s)));
    }
    let prepared = Prepared {
        connection: Connection::new("acme".into(), &PROVIDER, Map::new()),
        implementation: Implementation::new(&PROVIDER, EffectClass::Natural, |cx, input| {
            Box::pin(act(cx, input))
        }),
        input,
        timeout: Duration::from_secs(20),
        ask: false,
    };
    let run = claimed(clock.now(), Duration::from_secs(lease_s), "natural", "retry");
    let path = StepPath("do".to_owned());
    let attempt = perform(&ports, &run, &path, &prepared);
    attempt.now_or_never().expect("nothing waits in here");
    assert_eq!(*limits.told.lock().unwrap(), expected);
}

#[test]
fn only_a_call_that_was_made_says_something_about_the_provider() {
    check(json!({ "url": "https://acme.example" }), 90, 0, &["admitted", "Answered"]);
    let down = json!({ "url": "https://acme.example", "end": "not now" });
    check(down, 90, 0, &["admitted", "Down"]);
    check(json!({ "end": "refused" }), 90, 0, &["admitted", "NotMade"]);
    check(json!({ "end": "not now" }), 90, 0, &["admitted", "NotMade"]);
    let blocked = json!({ "url": "blocked", "end": "refused" });
    check(blocked, 90, 0, &["admitted", "NotMade"]);
}

#[test]
fn a_call_that_is_not_made_for_want_of_time_keeps_no_place() {
    let input = json!({ "url": "https://acme.example" });
    check(input.clone(), 5, 0, &[]);
    check(input.clone(), 40, 36, &["admitted", "NotMade"]);
    // The process is ended before the lease.
    check(input.clone(), 90, 56, &["admitted", "NotMade"]);
    check(input, 90, 54, &["admitted", "Answered"]);
}

#[test]
fn no_call_is_begun_that_the_end_of_the_process_would_cut_off() {
    let input = json!({ "url": "https://acme.example" });
    check_within(input.clone(), 90, 16, Some(20), &["admitted", "NotMade"]);
    check_within(input, 90, 14, Some(20), &["admitted", "Answered"]);
}
