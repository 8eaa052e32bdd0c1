//! Emptying the log of the database.

use super::{clock, commit, open, runs};
use crate::ports::given::{run, start};
use std::fs;
use tempfile::tempdir;
use tradewind_engine::ports::Clock;

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_emptied_unless_somebody_reads_who_is_not_waited_for() {
    let folder = tempdir().unwrap();
    let store = open(folder.path()).unwrap();
    let database = folder.path().join("tradewind.db");
    let log_bytes = || fs::metadata(folder.path().join("tradewind.db-wal")).unwrap().len();
    commit(&store, &[start(&run("run_1", clock().now()))]).await;
    let reader = rusqlite::Connection::open(&database).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM runs").unwrap();
    commit(&store, &[start(&run("run_2", clock().now()))]).await;
    assert_eq!(store.truncate_log().await, Ok(false), "a view of an older state is open");
    assert!(log_bytes() > 0);
    reader.execute_batch("COMMIT").unwrap();
    assert_eq!(store.truncate_log().await, Ok(true));
    assert_eq!(log_bytes(), 0);
    assert_eq!(runs(&store).await, ["run_2".into(), "run_1".into()]);
    commit(&store, &[start(&run("run_3", clock().now()))]).await;
    assert_eq!(runs(&store).await.len(), 3, "it goes on");
}
