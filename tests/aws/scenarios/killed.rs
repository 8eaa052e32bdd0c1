//! Functions that die in the middle of an effect.

use crate::app::order;
use crate::fakes::{Answer, FakeServer, Happened, Seen};
use crate::site::Site;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::watch;

/// Services of which the first call of one kind is done, and never answered.
struct Cut {
    server: FakeServer,
    happened: Arc<Happened>,
    done: watch::Receiver<bool>,
    // Nobody opens it.
    _gate: watch::Sender<bool>,
}

impl Cut {
    async fn start(header: &'static [&'static str], is_it: fn(&Seen) -> bool) -> Self {
        let happened = Arc::<Happened>::default();
        let (gate, opens) = watch::channel(false);
        let (tell, done) = watch::channel(false);
        let (serving, first) = (Arc::clone(&happened), AtomicBool::new(true));
        let server = FakeServer::deciding(move |request| {
            let answer = serving.answer(header, request);
            if is_it(request) && first.swap(false, Ordering::SeqCst) {
                tell.send_replace(true);
                return Answer::Waits { gate: opens.clone(), then: Box::new(answer) };
            }
            answer
        });
        Self { server: server.await, happened, done, _gate: gate }
    }

    /// Waits for the call, then kills the process that made it.
    async fn kill(&self, site: &Site, program: &str) {
        let mut done = self.done.clone();
        done.wait_for(|done| *done).await.unwrap();
        let (stack, url) = (&site.stack, &self.server.url);
        let worker = stack.emulator.worker_that_calls(&stack.function(program), url);
        stack.emulator.kill_worker(worker.expect("a process of the function waits for the answer"));
    }
}

const ROW: &str = "
trigger: { event: order.placed, from: NAME_shop, once_per: trigger.order.id }
steps:
  - id: log
    uses: sheet.append_row
    via: NAME_books
    with: { sheet: Orders, key: '${{ trigger.order.number }}', row: { Order: '${{ trigger.order.id }}' } }
";

/// Google is asked whether the row is there, and it is.
pub(super) async fn a_row_of_a_function_that_was_killed_is_found_and_not_repeated(site: &Site) {
    let appends = |request: &Seen| request.method == "POST" && request.target.contains(":append");
    let services = Cut::start(&["Key", "Order"], appends).await;
    let shop = site.open("killed_row", &services.server.url, ROW).await;
    let run = shop.begun(&order(7)).await;
    services.kill(site, "action-sheet-append-row").await;
    // Its message shows again, and by then its claim has ended.
    let run = shop.run_in(&run, "succeeded").await;
    assert_eq!(services.happened.rows("7"), 1, "{run:#}");
}

/// SendGrid cannot be asked, so a person is.
pub(super) async fn a_mail_of_a_function_that_was_killed_waits_for_a_person(site: &Site) {
    let sends = |request: &Seen| request.target == "/v3/mail/send";
    let services = Cut::start(&["Key"], sends).await;
    let shop = site.open("killed_mail", &services.server.url, super::one_mail()).await;
    let run = shop.begun(&order(7)).await;
    services.kill(site, "action-email-send").await;
    shop.run_in(&run, "parked").await;
    assert_eq!(shop.letter(&run).await["step"], json!("thank"));
    let outcome = json!({ "step": "thank", "outcome": "happened" });
    shop.post(&format!("/api/runs/{run}/resolve"), outcome).await;
    shop.run_in(&run, "succeeded").await;
    assert_eq!(services.happened.mails("Order 7"), 1);
    assert!(shop.letters(&run).await.is_empty());
}
