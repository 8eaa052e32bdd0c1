//! Steps that read afresh within the limits of the connection that they act through themselves, and with credentials
//! that change.

use super::*;
use async_trait::async_trait;
use http::{HeaderMap, Method, StatusCode};
use std::sync::Mutex;
use tradewind_connectors::action::Cx;
use tradewind_engine::effects::ActionError;
use tradewind_engine::hosts::Recipient;
use tradewind_engine::ids::{ConnectionName, ProviderId};
use tradewind_engine::limits::{CallEnd, Caller};
use tradewind_engine::ports::{
    FreshRead, FreshReads, Http, HttpError, HttpRequest, HttpResponse, NotRead, SecretText, Secrets,
};
use tradewind_engine::workflows::FRESH_READ;

const STILL: &str = "
trigger: { event: order.placed, from: shop }
steps:
  - { id: do, uses: thing.do, via: shop, only_if_still: now.order.status == 'placed', with: {} }
";

/// Answers 200, and counts.
#[derive(Default)]
struct Answers(AtomicU32);

#[async_trait]
impl Http for Answers {
    async fn send(&self, _: &Recipient, _: HttpRequest) -> Result<HttpResponse, HttpError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        let (headers, body) = (HeaderMap::new(), Default::default());
        Ok(HttpResponse { status: StatusCode::OK, headers, body })
    }
}

/// Calls the provider; what it then gives is an order.
async fn act(cx: &Cx<'_>) -> Result<Value, ActionError> {
    let (headers, body, url) = (HeaderMap::new(), Default::default(), "https://acme.example");
    let (method, url) = (Method::POST, url.to_owned());
    let request = HttpRequest { method, url, headers, body, timeout: cx.timeout };
    let sent = cx.http.send(&cx.connection.recipient(), request).await;
    sent.map_err(|error| ActionError::not_now(error.to_string(), None))?;
    let settings: Value = cx.connection.settings()?;
    match settings["key"].as_str() {
        Some("key-1") => Err(ActionError::needs_repair("refused: key one")),
        _ => Ok(json!({ "order": { "status": "placed" } })),
    }
}

fn action(id: &str) -> Action {
    let by = Implementation::new(&PROVIDER, EffectClass::Natural, |cx, _: Value| Box::pin(act(cx)));
    Action::of_schemas(id, "", json!({}), json!({}), OnUnknown::Hold).by(by)
}

/// The ports of a process that reads itself, with a shop that has these settings.
fn reading(clock: &VirtualClock, memory: &Arc<Memory>, settings: Value) -> Arc<Executing> {
    let settings = settings.as_object().unwrap().clone();
    let shop = StoredConnection { settings, ..at(&PROVIDER) };
    apply(memory, clock.now(), shop, STILL);
    let ports = executing(clock, memory, vec![action("thing.do"), action(FRESH_READ)]);
    let ports = Executing { http: Arc::new(Answers::default()), ..ports };
    Arc::new(Executing { fresh_reads: Arc::new(reader(&ports)), ..ports })
}

fn reader(ports: &Executing) -> ReadingAfresh {
    ReadingAfresh {
        deployed: ports.deployed.clone(),
        actions: ports.actions.clone(),
        secrets: ports.secrets.clone(),
        tokens: ports.tokens.clone(),
        limits: ports.limits.clone(),
        http: ports.http.clone(),
        outbox: ports.outbox.clone(),
        files: ports.files.clone(),
        clock: ports.clock.clone(),
        ids: ports.ids.clone(),
    }
}

/// So many runs of an order each.
fn start_runs(clock: &VirtualClock, memory: &Memory, count: usize) {
    for number in 0..count {
        let mut run = ready(clock.now(), "natural", "retry");
        run.id = RunId::from(format!("run_{number}").as_str());
        run.key = number.to_string();
        run.input = json!({ "order": { "id": number.to_string() } });
        memory.commit(None, &start(run)).now_or_never().unwrap().unwrap();
    }
}

/// Works on all messages until none is left; how many seconds that took. None is to take an hour.
fn work(clock: &VirtualClock, memory: &Memory, ports: &Arc<Executing>) -> u64 {
    let (begin, mut at_work) = (clock.now(), Vec::new());
    loop {
        let now = clock.now();
        let took = now.duration_since(begin).as_secs().unsigned_abs();
        if took > 3_600 {
            return took;
        }
        for message in memory.receive("thing.do", 64, ports.times.visibility, now) {
            let ports = ports.clone();
            at_work.push(Box::pin(async move {
                execute(&ports, &message.receipt, &message.body).await.unwrap();
            }));
        }
        at_work.retain_mut(|one| one.as_mut().now_or_never().is_none());
        let visible = memory.next_visible("thing.do").filter(|at| *at > now);
        let timer = clock.next_timer().filter(|at| *at > now && !at_work.is_empty());
        match [visible, timer].into_iter().flatten().min() {
            Some(next) => clock.advance_to(next),
            None if memory.next_visible("thing.do").is_none() => return took,
            None => {}
        }
    }
}

fn ended(memory: &Memory, count: usize) -> usize {
    let runs = (0..count).map(|number| RunId::from(format!("run_{number}").as_str()));
    let read = |id: RunId| Runs::read(memory, &id).now_or_never().unwrap().unwrap().unwrap();
    runs.map(read).filter(|run| run.state == RunState::Succeeded).count()
}

/// How many seconds so many runs take whose shop allows this.
fn taken(count: usize, rate: Value) -> u64 {
    let clock = clock();
    let memory = memory(&clock);
    let ports = reading(&clock, &memory, json!({ "rate_limit": rate }));
    start_runs(&clock, &memory, count);
    let took = work(&clock, &memory, &ports);
    assert_eq!(ended(&memory, count), count, "{rate}, after {took} s");
    took
}

#[test]
fn a_step_that_reads_through_its_own_connection_goes_on_however_few_calls_that_allows() {
    // Of twelve seconds each, one for the read and one for the call.
    assert_eq!(taken(1, json!({ "calls": 5, "per": "1m" })), 12);
    // Two hundred calls at a hundred a minute.
    let took = taken(100, json!({ "calls": 100, "per": "1m" }));
    assert!((90..300).contains(&took), "{took}");
}

#[test]
fn a_step_that_reads_through_its_own_closed_connection_opens_it_by_its_read() {
    let clock = clock();
    let memory = memory(&clock);
    let ports = reading(&clock, &memory, json!({}));
    let shop = ConnectionName::from("shop");
    for number in 0..5 {
        let caller = Caller::new(&"other".into(), &format!("s{number}").as_str().into(), 1);
        let (limits, now) = (&ports.limits, clock.now());
        limits.admit(&shop, Default::default(), caller, now).now_or_never().unwrap().unwrap();
        let end = CallEnd::Failed { quiet: None };
        limits.report(&shop, caller, end, now).now_or_never().unwrap().unwrap();
    }
    let is_closed = || ports.limits.is_closed(&shop, clock.now()).now_or_never().unwrap().unwrap();
    assert!(is_closed());
    start_runs(&clock, &memory, 20);
    let took = work(&clock, &memory, &ports);
    assert_eq!((ended(&memory, 20), is_closed()), (20, false));
    assert!(took <= 60, "{took}");
}

/// A cache that knows `key-1`; what is kept is another thing.
struct Cached(&'static str, Mutex<Vec<bool>>);

#[async_trait]
impl Secrets for Cached {
    async fn read(
        &self,
        _: &ProviderId,
        _: &str,
        fresh: bool,
    ) -> Result<Option<SecretText>, Unavailable> {
        self.1.lock().unwrap().push(fresh);
        Ok(Some(if fresh { self.0 } else { "key-1" }.into()))
    }
}

/// What a read comes to whose first credentials are refused, and how the secrets were read for it.
fn read_with(kept: &'static str, expected: Result<Value, NotRead>) {
    let clock = clock();
    let memory = memory(&clock);
    let ports = reading(&clock, &memory, json!({ "key": { "$secret": "key" } }));
    let secrets = Arc::new(Cached(kept, Mutex::default()));
    let reading = ReadingAfresh { secrets: secrets.clone(), ..reader(&ports) };
    let asked = FreshRead {
        connection: "shop".into(),
        order: "7".to_owned(),
        run: "run_1".into(),
        step: "do".into(),
        fence: 1,
        until: after(clock.now(), Duration::from_secs(10)),
    };
    assert_eq!(reading.read_afresh(&asked).now_or_never(), Some(expected));
    assert_eq!(*secrets.1.lock().unwrap(), [false, true], "{kept}");
}

#[test]
fn a_read_with_refused_credentials_is_made_once_more_with_those_that_hold_by_now() {
    read_with("key-2", Ok(json!({ "order": { "status": "placed" } })));
    let reason = "refused: key one".to_owned();
    read_with("key-1", Err(NotRead::NeedsRepair { reason }));
}
