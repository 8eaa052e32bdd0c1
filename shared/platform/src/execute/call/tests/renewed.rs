//! Calls whose credentials are refused.

use crate::claiming::Claimed;
use crate::execute::Executing;
use crate::execute::attempt::Attempt;
use crate::execute::call::StillWanted;
use crate::execute::prepare::Prepared;
use crate::given::{PROVIDER, claimed, clock, executing, memory};
use async_trait::async_trait;
use futures::FutureExt;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tradewind_connectors::action::{Cx, Implementation};
use tradewind_connectors::connection::Connection;
use tradewind_engine::definitions::{
    Current, DEFINITIONS_VERSION, StoredConnection, StoredProject,
};
use tradewind_engine::effects::{ActionError, EffectClass};
use tradewind_engine::expressions::{Expression, Scope};
use tradewind_engine::ids::{ProviderId, StepPath};
use tradewind_engine::ports::{
    Clock as _, FreshRead, FreshReads, NotRead, Receipt, SecretText, Secrets, Unavailable,
};
use tradewind_engine::problems::Place;
use tradewind_engine::protocol::Outcome;

/// A cache that knows `key-1`; what is kept is another thing.
struct Cached {
    kept: Result<Option<&'static str>, ()>,
    read: Arc<Mutex<Vec<bool>>>,
}

#[async_trait]
impl Secrets for Cached {
    async fn read(
        &self,
        _: &ProviderId,
        _: &str,
        fresh: bool,
    ) -> Result<Option<SecretText>, Unavailable> {
        self.read.lock().unwrap().push(fresh);
        match self.kept {
            Ok(kept) => Ok(kept.map(SecretText::from)),
            Err(()) => Err(Unavailable::new("secrets", "busy")),
        }
    }
}

/// Whose credentials are refused.
struct RefusedRead;

#[async_trait]
impl FreshReads for RefusedRead {
    async fn read_afresh(&self, _: &FreshRead) -> Result<Value, NotRead> {
        Err(NotRead::NeedsRepair { reason: "401".to_owned() })
    }
}

/// Refuses `key-1` and says which key it took; `key-0` is gone wherever it was.
async fn act(cx: &Cx<'_>, input: Value) -> Result<Value, ActionError> {
    let settings: Value = cx.connection.settings()?;
    match (settings["key"].as_str(), input["end"].as_str()) {
        (_, Some("refused")) => Err(ActionError::refused("no")),
        (Some(key @ ("key-0" | "key-1")), _) => {
            Err(ActionError::needs_repair(if key == "key-0" { "second" } else { "first" }))
        }
        // An output that holds the key itself would be scrubbed.
        (key, _) => Ok(json!(key.unwrap_or_default().replace('-', " "))),
    }
}

fn current() -> Current {
    let settings = json!({ "key": { "$secret": "key" } }).as_object().unwrap().clone();
    let stored = StoredConnection { provider: "acme".into(), settings, former: None };
    let project = StoredProject {
        v: DEFINITIONS_VERSION,
        providers: Default::default(),
        connections: [("shop".into(), stored)].into(),
        alerts: None,
        public_url: None,
        timezone: None,
        keep_days: 90,
        redact_after_days: 30,
        allowed_hosts: None,
    };
    Current { project: Some(project), ..Current::default() }
}

/// What an attempt with `key-1` comes to, and how the secrets were read meanwhile.
fn check(
    end: &str,
    kept: Result<Option<&'static str>, ()>,
    expected: Result<&str, &str>,
    read: &[bool],
) {
    check_still(end, kept, None, expected, read);
}

/// The same where that is asked before.
fn check_still(
    end: &str,
    kept: Result<Option<&'static str>, ()>,
    still: Option<StillWanted>,
    expected: Result<&str, &str>,
    read: &[bool],
) {
    let clock = clock();
    let seen = Arc::default();
    let secrets = Arc::new(Cached { kept, read: Arc::clone(&seen) });
    let fresh_reads = Arc::new(RefusedRead);
    let ports =
        Executing { secrets, fresh_reads, ..executing(&clock, &memory(&clock), Vec::new()) };
    let settings = json!({ "key": "key-1" }).as_object().unwrap().clone();
    let prepared = Prepared {
        current: Arc::new(current()),
        connection: Connection::new("shop".into(), &PROVIDER, settings),
        implementation: Implementation::new(&PROVIDER, EffectClass::Neither, |cx, input| {
            Box::pin(act(cx, input))
        }),
        input: json!({ "end": end }),
        output_fields: Default::default(),
        timeout: Duration::from_secs(20),
        ask: false,
        still,
    };
    let run = claimed(clock.now(), ports.times.lease, "neither", "hold");
    let (receipt, path) = (Receipt("m".to_owned()), StepPath::from("do"));
    let (claiming, run) = (ports.claiming(), Box::new(run));
    let claimed = Claimed { ports: &claiming, receipt: &receipt, run, path };
    let attempt = Attempt { ports: &ports, claimed };
    let called = attempt.call(&prepared);
    let outcome = match called.now_or_never().expect("nothing waits in here").outcome {
        Outcome::Done(output) => Ok(output.as_str().unwrap().to_owned()),
        Outcome::Error(error) => Err(error.to_string()),
        other => panic!("{other:?}"),
    };
    assert_eq!(outcome.as_deref().map_err(String::as_str), expected, "{end} {kept:?}");
    assert_eq!(*seen.lock().unwrap(), read, "{end} {kept:?}");
}

#[test]
fn a_refused_call_is_made_once_more_with_secrets_that_have_changed() {
    check("taken", Ok(Some("key-2")), Ok("key 2"), &[true]);
    check("taken", Ok(Some("key-0")), Err("second"), &[true]);
}

#[test]
fn without_new_secrets_the_first_refusal_stands() {
    check("taken", Ok(Some("key-1")), Err("first"), &[true]);
    check("taken", Ok(None), Err("first"), &[true]);
    check("taken", Err(()), Err("first"), &[true]);
}

#[test]
fn a_read_that_was_refused_says_nothing_of_the_credentials_of_the_step() {
    let read = FreshRead {
        connection: "till".into(),
        order: "7".to_owned(),
        run: "run_1".into(),
        step: "do".into(),
        fence: 1,
        until: clock().now(),
    };
    let condition = Expression::compile("now.order.id == '7'", Place::default()).unwrap();
    let still = StillWanted { condition, scope: Scope::new(&json!({}), &json!({})), read };
    let said = "only_if_still: the order could not be read through till: 401";
    check_still("taken", Ok(Some("key-2")), Some(still), Err(said), &[]);
}

#[test]
fn any_other_end_reads_no_secret_again() {
    check("refused", Ok(Some("key-2")), Err("no"), &[]);
}
