//! Waiting for something to become true.

use super::platform::{Patience, Platform};
use serde_json::Value;

impl Platform {
    /// Looks until there is an answer; `what` is said of it where it never comes.
    pub(crate) async fn wait_for<T>(&self, what: &str, look: impl AsyncFn() -> Option<T>) -> T {
        let Patience { most, every } = self.patience;
        let found = tokio::time::timeout(most, async {
            let mut ticks = tokio::time::interval(every);
            loop {
                ticks.tick().await;
                if let Some(found) = look().await {
                    return found;
                }
            }
        });
        found.await.unwrap_or_else(|_| panic!("waited {most:?} for {what}"))
    }

    /// The event with its verdicts, once it was given to the workflows.
    pub(crate) async fn dispatched(&self, event: &str) -> Value {
        let path = format!("/api/events/{event}");
        self.wait_for(&format!("event {event}"), async || {
            let answered = self.call("GET", &path, None).await;
            answered.status.is_success().then(|| answered.json())
        })
        .await
    }

    /// The run that the only listening workflow started on the event.
    pub(crate) async fn run_of(&self, event: &str) -> String {
        let event = self.dispatched(event).await;
        let verdicts = event["event"]["verdicts"].as_array().unwrap();
        assert_eq!(verdicts.len(), 1, "{event}");
        verdicts[0]["run"].as_str().unwrap_or_else(|| panic!("no run: {event}")).to_owned()
    }

    /// The run, once it is in that state.
    pub(crate) async fn run_in(&self, run: &str, state: &str) -> Value {
        let path = format!("/api/runs/{run}");
        let what = format!("run {run} to be {state}");
        self.wait_for(&what, async || {
            let answered = self.call("GET", &path, None).await.json();
            (answered["run"]["state"] == state).then_some(answered)
        })
        .await
    }

    /// The run, once it has reached an end.
    pub(crate) async fn ended(&self, run: &str) -> Value {
        let path = format!("/api/runs/{run}");
        self.wait_for(&format!("the end of run {run}"), async || {
            let answered = self.call("GET", &path, None).await.json();
            answered["run"]["ended_at"].is_string().then_some(answered)
        })
        .await
    }
}
