//! `tradewind backup`, beside a process at work.

use super::folder::Folder;
use crate::fakes::StillClock;
use expect_test::expect;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use tradewind::store::Store;
use tradewind_engine::ports::Clock;

#[test]
fn a_backup_is_made_while_a_process_works_and_never_replaces_a_file() {
    let folder = Folder::project();
    expect![[r#"
        error: FOLDER/.tradewind holds no database yet: nothing was ever run
        exit 5
    "#]]
    .assert_eq(&folder.run(&["backup", "b.db"]).text());
    let clock: Arc<dyn Clock> = Arc::new(StillClock::at("2026-11-23T12:00:00Z"));
    let store = Store::open(&folder.data_dir(), clock.clone()).unwrap();
    let said = folder.run(&["backup", "copy/tradewind.db"]);
    assert_eq!(said.code, 1, "{}", said.text());
    fs::create_dir(folder.path().join("copy")).unwrap();
    let said = folder.run(&["backup", "copy/tradewind.db"]);
    assert_eq!(said.code, 0, "{}", said.text());
    let copy = folder.path().join("copy/tradewind.db");
    assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
    drop(store);
    assert!(Store::open(&folder.path().join("copy"), clock).is_ok());
    expect![[r#"
        error: copy/tradewind.db exists already: name a file that does not
        exit 1
    "#]]
    .assert_eq(&folder.run(&["backup", "copy/tradewind.db"]).text());
}
