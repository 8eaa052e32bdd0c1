//! What limits owe that functions share. They go by the times that they are told.

use super::cloud;
use crate::emulator::Emulator;
use futures::future::join;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tradewind_aws::clients::Clients;
use tradewind_aws::limits::SharedLimits;
use tradewind_engine::ids::ConnectionName;
use tradewind_engine::limits::PROBE_EVERY;
use tradewind_engine::limits::{Admission, Allowance, CallEnd, Caller, Standing};
use tradewind_engine::ports::Limits;
use tradewind_engine::time::{Timestamp, after, until};
use tradewind_memory::SeededIds;

const SECOND: Duration = Duration::from_secs(1);
const FAILED: CallEnd = CallEnd::Failed { quiet: None };
const NOTHING: Allowance = Allowance { rate: None, concurrency: None, waits: false };

/// Two functions that call by the same connection.
struct Two {
    clients: Clients,
    one: SharedLimits,
    other: SharedLimits,
    shop: ConnectionName,
    now: Timestamp,
    /// Whose call the next one is.
    step: AtomicU64,
}

impl Two {
    async fn new(emulator: &Emulator, name: &str) -> Self {
        cloud::store(emulator, name).await;
        Self::without_tables(emulator, name)
    }

    fn without_tables(emulator: &Emulator, name: &str) -> Self {
        let stage = cloud::stage(emulator, name);
        let clients = Clients::new(&stage).unwrap();
        let limits =
            |seed| SharedLimits::new(&clients, &stage, Arc::new(SeededIds::new(seed))).unwrap();
        let (one, other) = (limits(1), limits(2));
        let now = super::world::START.parse().unwrap();
        Self { clients, one, other, shop: "shop".into(), now, step: AtomicU64::new(0) }
    }

    /// `None`: go; else after which time to ask again.
    async fn ask(&self, limits: &SharedLimits, allowance: Allowance) -> Option<Duration> {
        match limits.admit(&self.shop, allowance, self.caller(), self.now).await.unwrap() {
            Admission::Go => None,
            Admission::NotBefore(then) => Some(until(self.now, then)),
        }
    }

    async fn report(&self, limits: &SharedLimits, end: CallEnd) -> Standing {
        limits.report(&self.shop, self.caller(), end, self.now).await.unwrap()
    }

    fn caller(&self) -> Caller {
        Caller { step: self.step.load(Ordering::Relaxed), fence: 1 }
    }

    fn pass(&mut self, by: Duration) {
        self.now = after(self.now, by);
    }

    /// Opens the breaker.
    async fn down(&self, limits: &SharedLimits) {
        let mut standing = Standing::Up;
        for _ in 0..5 {
            self.step.fetch_add(1, Ordering::Relaxed);
            assert_eq!(self.ask(limits, NOTHING).await, None);
            standing = self.report(limits, FAILED).await;
        }
        assert_eq!(standing, Standing::WentDown);
    }
}

pub(super) async fn two_functions_share_a_rate(emulator: &Emulator, name: &str) {
    let mut two = Two::new(emulator, name).await;
    let (calls, per) = (40, SECOND);
    let allowance = Allowance { rate: Some((calls, per)), concurrency: None, waits: false };
    let mut admitted = Vec::new();
    for _ in 0..400 {
        for limits in [&two.one, &two.other] {
            if two.ask(limits, allowance).await.is_none() {
                admitted.push(two.now);
                two.report(limits, CallEnd::Answered).await;
            }
        }
        two.pass(Duration::from_millis(10));
    }
    for start in &admitted {
        let span = admitted.iter().filter(|at| *at >= start && **at < after(*start, per));
        let span = span.count();
        assert!(span <= calls as usize, "{span} calls in {per:?} from {start}");
    }
    assert!(admitted.len() > 100, "only {} calls in 4 s", admitted.len());
}

pub(super) async fn a_function_asks_once_a_window_while_calls_flow(
    emulator: &Emulator,
    name: &str,
) {
    let mut two = Two::new(emulator, name).await;
    let allowance = Allowance { rate: Some((600, SECOND * 60)), concurrency: None, waits: false };
    let (mut admitted, seconds) = (0, 30);
    for _ in 0..seconds * 20 {
        if two.ask(&two.one, allowance).await.is_none() {
            admitted += 1;
            two.report(&two.one, CallEnd::Answered).await;
        }
        two.pass(Duration::from_millis(50));
    }
    let requests = two.clients.requests().take_counts()["DynamoDB.UpdateItem"];
    // One for each second, and a few until it is known how many calls there are.
    assert!(requests <= seconds + 5, "{requests} requests in {seconds} s");
    assert!(admitted >= 250, "only {admitted} of 300 calls");
}

pub(super) async fn a_provider_that_is_down_is_left_alone_by_all(emulator: &Emulator, name: &str) {
    let two = Two::new(emulator, name).await;
    two.down(&two.one).await;
    assert_eq!(two.ask(&two.one, NOTHING).await, None, "a probe");
    for limits in [&two.one, &two.other] {
        assert_eq!(two.ask(limits, NOTHING).await, Some(PROBE_EVERY));
        assert!(limits.is_closed(&two.shop, two.now).await.unwrap());
    }
    // Where there is a rate, the news come with the permits.
    let rate = Allowance { rate: Some((10, SECOND)), concurrency: None, waits: false };
    let third = Two::without_tables(emulator, name);
    assert_eq!(third.ask(&third.one, rate).await, Some(PROBE_EVERY));
}

pub(super) async fn one_probe_is_made_by_all(emulator: &Emulator, name: &str) {
    let mut two = Two::new(emulator, name).await;
    assert_eq!(two.ask(&two.other, NOTHING).await, None);
    two.report(&two.other, CallEnd::Answered).await;
    two.down(&two.one).await;
    for end in [FAILED, CallEnd::NotMade, CallEnd::Answered] {
        two.pass(SECOND * 60);
        let asked = join(two.ask(&two.one, NOTHING), two.ask(&two.other, NOTHING)).await;
        let prober = match asked {
            (None, Some(_)) => &two.one,
            (Some(_), None) => &two.other,
            _ => panic!("{asked:?}"),
        };
        two.report(prober, end).await;
    }
    two.pass(SECOND);
    let asked = join(two.ask(&two.one, NOTHING), two.ask(&two.other, NOTHING)).await;
    assert_eq!(asked, (None, None), "the provider has answered");
}

pub(super) async fn what_waits_for_a_connection_that_is_down_is_left_alone(
    emulator: &Emulator,
    name: &str,
) {
    let mut two = Two::new(emulator, name).await;
    assert_eq!(two.one.leaves_alone(&two.shop, two.now).await, None);
    two.down(&two.one).await;
    two.clients.requests().take_counts();
    assert_eq!(two.one.leaves_alone(&two.shop, two.now).await, None, "the probe");
    for _ in 0..100 {
        let wait = two.one.leaves_alone(&two.shop, two.now).await.unwrap();
        assert!((SECOND * 5..=SECOND * 10).contains(&wait), "{wait:?}");
    }
    assert!(two.clients.requests().take_counts().is_empty(), "what waits asks for nothing");
    // The other hears of it with the first call that it wants to make.
    assert_eq!(two.other.leaves_alone(&two.shop, two.now).await, None);
    assert_eq!(two.ask(&two.one, NOTHING).await, None);
    assert!(two.ask(&two.other, NOTHING).await.is_some());
    assert!(two.other.leaves_alone(&two.shop, two.now).await.is_some());
    // In a long outage it is looked at seldom, but never as seldom as every ten minutes.
    two.pass(SECOND * 3_600);
    two.one.leaves_alone(&two.shop, two.now).await;
    let wait = two.one.leaves_alone(&two.shop, two.now).await.unwrap();
    assert!((SECOND * 150..=SECOND * 300).contains(&wait), "{wait:?}");
}

pub(super) async fn quiet_holds_for_all(emulator: &Emulator, name: &str) {
    let mut two = Two::new(emulator, name).await;
    assert_eq!(two.ask(&two.one, NOTHING).await, None);
    two.report(&two.one, CallEnd::Limited(after(two.now, SECOND * 7))).await;
    for limits in [&two.one, &two.other] {
        assert_eq!(two.ask(limits, NOTHING).await, Some(SECOND * 7));
    }
    two.pass(SECOND * 7);
    assert_eq!(two.ask(&two.other, NOTHING).await, None);
}

pub(super) async fn one_place_is_one_place_for_all(emulator: &Emulator, name: &str) {
    let two = Two::new(emulator, name).await;
    let allowance = Allowance { rate: None, concurrency: Some(1), waits: false };
    let asked = join(two.ask(&two.one, allowance), two.ask(&two.other, allowance)).await;
    let (holder, waits) = match asked {
        (None, Some(_)) => (&two.one, &two.other),
        (Some(_), None) => (&two.other, &two.one),
        _ => panic!("{asked:?}"),
    };
    assert!(two.ask(holder, allowance).await.is_some());
    two.report(holder, CallEnd::Answered).await;
    assert_eq!(two.ask(waits, allowance).await, None);
    assert!(two.ask(holder, allowance).await.is_some());
}

pub(super) async fn a_place_of_a_function_that_died_frees_itself(emulator: &Emulator, name: &str) {
    let mut two = Two::new(emulator, name).await;
    let allowance = Allowance { rate: None, concurrency: Some(1), waits: false };
    assert_eq!(two.ask(&two.one, allowance).await, None);
    two.pass(SECOND * 64);
    assert!(two.ask(&two.other, allowance).await.is_some());
    two.pass(SECOND);
    assert_eq!(two.ask(&two.other, allowance).await, None);
    // It was not dead, only slow: the place is another's now.
    two.report(&two.one, CallEnd::Answered).await;
    assert!(two.ask(&two.one, allowance).await.is_some());
}

pub(super) async fn limits_without_a_store_let_calls_through(emulator: &Emulator, name: &str) {
    let two = Two::without_tables(emulator, name);
    let allowance = Allowance { rate: Some((2, SECOND)), concurrency: Some(3), waits: false };
    assert_eq!(two.ask(&two.one, allowance).await, None);
    assert_eq!(two.ask(&two.one, allowance).await, Some(SECOND / 2), "a process keeps to the rate");
    assert_eq!(two.ask(&two.other, allowance).await, None);
    two.report(&two.one, FAILED).await;
}
