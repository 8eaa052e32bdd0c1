//! A process that stands still for longer than a call may take, as a laptop does that is closed: what
//! was answered meanwhile counts.

use super::process::Process;
use super::shop::{placed, shop};
use crate::fakes::{Answer, FakeServer, sendgrid};
use std::time::Duration;
use tempfile::tempdir;
use tokio::sync::watch;

/// One mail, which cannot be repeated and of which nobody can be asked.
const MAIL: &str = "
trigger: { event: order.placed, from: shop, once_per: trigger.order.id }
steps:
  - id: confirm
    uses: email.send
    via: mail
    timeout: 2s
    with:
      to: ${{ trigger.order.customer.email }}
      subject: Order ${{ trigger.order.number }}
      text: Thank you.
";
/// Longer than the call may take.
const STOPPED_FOR: Duration = Duration::from_secs(4);
const TIMES: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_came_while_the_process_stood_still_counts() {
    let (arrives, mut arrived) = watch::channel(0_usize);
    let (open, gate) = watch::channel(false);
    let server = FakeServer::deciding(move |_| {
        arrives.send_modify(|calls| *calls += 1);
        Answer::Waits { gate: gate.clone(), then: Box::new(sendgrid::taken()) }
    });
    let server = server.await;
    let (given, folder) = (shop(&server.url).workflow("fulfil", MAIL), tempdir().unwrap());
    given.write(folder.path());
    let process = Process::start(&given, folder.path()).await;
    let mut runs = Vec::new();
    for number in 0..TIMES {
        let order = placed(u32::try_from(number).unwrap() + 1);
        let event = order.send(&process.platform).await.event();
        runs.push(process.platform.run_of(&event).await);
    }
    arrived.wait_for(|calls| *calls == TIMES).await.unwrap();
    process.signal("-STOP");
    // The answers go into the sockets of a process that does not look.
    open.send_replace(true);
    assert!(tokio::time::timeout(STOPPED_FOR, std::future::pending::<()>()).await.is_err());
    process.signal("-CONT");
    for run in &runs {
        process.platform.run_in(run, "succeeded").await;
    }
    assert_eq!(server.seen().len(), TIMES);
}
