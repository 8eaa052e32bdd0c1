//! Tasks that have to go on for as long as the process does.
//!
//! Invariant: a panic, which is a bug of one round, never ends such a task for good or in silence.

use futures::FutureExt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::Duration;
use tradewind_engine::ports::Clock;

/// How long to wait before a task that panicked starts again.
const RESTART_PAUSE: Duration = Duration::from_secs(1);

/// Does `work`, and starts it again whenever it panics; gives the name back when it ends by itself.
pub(crate) async fn supervise<Work: Future<Output = ()>>(
    name: &str,
    clock: &dyn Clock,
    work: impl Fn() -> Work,
) -> String {
    while AssertUnwindSafe(async { work().await }).catch_unwind().await.is_err() {
        tracing::error!(task.name = name, "a task panicked and starts again: this is a bug");
        clock.sleep(RESTART_PAUSE).await;
    }
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::pin;
    use std::sync::atomic::{AtomicU32, Ordering};
    use tradewind_engine::time::after;
    use tradewind_memory::VirtualClock;

    #[test]
    fn a_task_that_panics_starts_again_after_a_second_until_it_ends() {
        let clock = VirtualClock::new("2026-11-23T12:00:00Z".parse().unwrap());
        let rounds = AtomicU32::new(0);
        let work = async || {
            let round = rounds.fetch_add(1, Ordering::Relaxed);
            if round < 2 {
                std::panic::resume_unwind(Box::new("a bug"));
            }
        };
        let mut supervised = pin!(supervise("the test", &clock, work));
        for round in 1..=2 {
            assert_eq!(supervised.as_mut().now_or_never(), None);
            assert_eq!(rounds.load(Ordering::Relaxed), round);
            clock.advance_to(after(clock.now(), RESTART_PAUSE));
        }
        assert_eq!(supervised.as_mut().now_or_never(), Some("the test".to_owned()));
    }
}
