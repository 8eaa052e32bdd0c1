//! Data directories that are file systems of their own, and users without a home of their own.

use super::place::Place;
use super::started::Up;
use super::{check, data_folder, run, write};
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

const BINARY: &str = env!("CARGO_BIN_EXE_tradewind");
const USER: u32 = 12_345;

/// Serves the folder in mounts of its own, made by that command; `None` where nobody may mount anything.
fn up_with(place: &Place, dir: &Path, mount: &str) -> Option<Up> {
    let may = Command::new("unshare").args(["-m", "true"]).output();
    if !may.is_ok_and(|tried| tried.status.success()) {
        return None;
    }
    let mut shell = Command::new("unshare");
    shell.args(["-m", "sh", "-c"]).arg(format!("{mount} && exec {BINARY} up --port 0"));
    shell.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").envs(place.env());
    Some(Up::spawn(dir, shell))
}

#[tokio::test]
async fn a_volume_in_the_project_folder_goes_on_being_used_and_is_never_moved() {
    let place = Place::new();
    let dir = place.project("shop");
    let volume = place.parent.path().join("volume");
    data_folder(&volume);
    fs::create_dir(dir.join(".tradewind")).unwrap();
    for mount in [
        "mount -t tmpfs -o mode=755 volume .tradewind",
        // Of the same file system.
        "mount --bind ../volume/.tradewind .tradewind",
        "mount --bind ../volume/.tradewind .tradewind",
    ] {
        let Some(up) = up_with(&place, &dir, mount) else { return };
        let said = up.stop();
        assert!(said.contains(".tradewind, a volume of its own"), "{said}");
        assert!(!said.contains("mv ") && !said.contains("remove it"), "{said}");
        assert!(place.data().is_empty(), "{mount}");
    }
    assert!(volume.join(".tradewind/tradewind.db").exists());
}

#[tokio::test]
async fn an_empty_volume_does_not_take_the_place_of_data() {
    let place = Place::new();
    let dir = place.project("shop");
    Up::start(&dir, &place.env(), &[]).stop();
    fs::create_dir(dir.join(".tradewind")).unwrap();
    let mut shell = Command::new("unshare");
    let mount = "mount -t tmpfs -o mode=700 volume .tradewind";
    shell.args(["-m", "sh", "-c"]).arg(format!("{mount} && exec {BINARY} up --port 0"));
    shell.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").envs(place.env());
    shell.current_dir(&dir);
    let refused = crate::app::finished(shell).await;
    if !refused.stderr.contains("unshare") && !refused.stderr.contains("mount") {
        check(&refused, 1, &["two data directories", ".tradewind", "shop-", "--data-dir"]);
    }
}

#[tokio::test]
async fn data_is_not_told_to_move_to_another_file_system() {
    let place = Place::new();
    let dir = place.project("shop");
    write(&data_folder(&dir).join("tradewind.db"), "", 0o600);
    let Some(up) = up_with(&place, &dir, &format!("mount -t tmpfs home {}", place.home)) else {
        return;
    };
    let said = up.stop();
    assert!(said.contains("in the project folder: whoever copies"), "{said}");
    assert!(said.contains("--data-dir") && !said.contains("mv "), "{said}");
}

/// As containers start a process whose user they do not know. Only root can try it.
#[tokio::test]
async fn a_user_whose_home_is_another_users_has_none() {
    for home in ["/", "/nowhere/at/all"] {
        let place = Place::new();
        let dir = place.project("shop");
        // A name that this user can reach.
        let copy = place.parent.path().join("tradewind");
        fs::copy(BINARY, &copy).unwrap();
        for path in [place.parent.path(), &copy] {
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        if chown(&dir, Some(USER), None).is_err() {
            return;
        }
        let mut command = Command::new(&copy);
        command.args(["up", "--port", "0"]).env_clear().env("HOME", home).uid(USER).gid(USER);
        let said = Up::spawn(&dir, command).stop();
        assert!(dir.join(".tradewind/tradewind.db").exists());
        assert!(said.contains("because / is not this user's; --data-dir"), "{said}");
    }
}

#[tokio::test]
async fn a_name_on_the_command_line_leaves_no_data_behind_in_silence() {
    let place = Place::new();
    let dir = place.project("shop");
    Up::start(&dir, &[], &[]).stop();
    let said = Up::start(&dir, &place.env(), &["--data-dir", "../named"]).stop();
    assert!(
        said.contains(".tradewind holds data of this project too, which is not used"),
        "{said}"
    );
    let said = Up::start(&dir, &place.env(), &["--data-dir", ".tradewind"]).stop();
    assert!(!said.contains("holds data of this project too"), "{said}");
    assert_eq!(run(&dir, &place.env(), &["backup", "../b.db"]).await.code, Some(0));
}
