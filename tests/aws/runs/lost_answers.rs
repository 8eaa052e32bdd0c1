//! A write that was made, and whose answer never came.

use super::stand::{Stand, claim, plan, run_at};
use serde_json::json;
use tradewind_engine::ids::StepPath;
use tradewind_engine::ports::Runs as _;
use tradewind_engine::protocol::{Advance, Change, Next, Write};

/// Tried again by the client, every write finds what it has done itself, and nothing is done twice.
pub(super) async fn a_write_knows_itself_when_its_answer_was_lost(stand: &Stand) {
    let (lossy, store) = stand.lossy_store().await;
    let now = stand.now();
    let run = run_at("run_1", "log", now);
    let advance = Advance::to(Next::Step(plan("mail")));
    let (path, output, skipped) = (StepPath::from("log"), Some(json!({})), None);
    let complete = Change::Complete { path, fence: 1, now, output, skipped, advance };
    let changes = [
        Change::Start(Box::new(run.clone())),
        claim("log", now),
        complete,
        Change::Cancel { now },
        Change::Redact { now },
    ];
    let mut expected = None;
    for change in changes {
        // What a redaction asks first is the run's parts.
        let lost = if matches!(change, Change::Redact { .. }) { 2 } else { 1 };
        let write = Write { run: run.id.clone(), change };
        let wanted = write.apply(expected.as_ref()).unwrap();
        lossy.lose(lost);
        assert_eq!(store.write(&write).await.unwrap().as_ref(), Ok(&wanted), "{write:?}");
        assert!(lossy.has_lost_all());
        expected = Some(wanted);
    }
    assert_eq!(stand.store().read(&run.id).await.unwrap(), expected);
}
