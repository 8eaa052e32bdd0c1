//! Where the data of a project folder lies, and what is said about it.

use super::place::{Place, set_secret};
use super::started::Up;
use super::{check, data_folder, mode, run, run_with, write};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

#[tokio::test]
async fn the_data_of_a_new_project_lies_outside_of_its_folder() {
    let place = Place::new();
    let dir = place.project("shop");
    set_secret(&place, &dir).await;
    let up = Up::start(&dir, &place.env(), &[]);
    let [data] = &place.data()[..] else { panic!("{:?}", place.data()) };
    assert!(data.file_name().unwrap().to_str().unwrap().starts_with("shop-"), "{data:?}");
    assert_eq!((mode(data), mode(&place.state())), (0o700, 0o700));
    for name in ["tradewind.db", "token", "secrets.json", "api.json"] {
        assert!(data.join(name).exists(), "{name}");
    }
    assert_eq!(run(&dir, &place.env(), &["runs"]).await.code, Some(0));
    let listed = run(&dir, &place.env(), &["secret", "list"]).await;
    assert!(listed.stdout.contains("file    a"), "{listed:?}");
    assert_eq!(run(&dir, &place.env(), &["backup", "../b.db"]).await.code, Some(0));
    let said = up.stop();
    assert!(said.contains(&format!("data: {}", data.display())), "{said}");
    let left: Vec<_> =
        fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["tradewind.yaml"]);
}

#[tokio::test]
async fn two_folders_have_two_directories_and_one_folder_one() {
    let place = Place::new();
    let (first, second) = (place.project("a/shop"), place.project("b/shop"));
    for dir in [&first, &second, &first] {
        set_secret(&place, dir).await;
    }
    std::os::unix::fs::symlink(&first, place.parent.path().join("link")).unwrap();
    set_secret(&place, &place.parent.path().join("link")).await;
    assert_eq!(place.data().len(), 2, "{:?}", place.data());
}

#[tokio::test]
async fn what_xdg_says_wins_and_a_name_on_the_command_line_wins_over_that() {
    let place = Place::new();
    let dir = place.project("shop");
    let state = place.parent.path().join("state").display().to_string();
    let env = [("HOME", place.home.as_str()), ("XDG_STATE_HOME", state.as_str())];
    let set = ["secret", "set", "a", "--from-stdin"];
    assert_eq!(run_with(&dir, &env, &set, "x").await.code, Some(0));
    let named = [&set[..], &["--data-dir", "named"]].concat();
    assert_eq!(run_with(&dir, &env, &named, "x").await.code, Some(0));
    assert_eq!(fs::read_dir(format!("{state}/tradewind")).unwrap().count(), 1);
    assert!(dir.join("named/secrets.json").exists());
    assert!(!place.state().exists());
}

#[tokio::test]
async fn without_a_home_data_lies_in_the_folder_and_it_is_said() {
    let place = Place::new();
    let dir = place.project("shop");
    let said = Up::start(&dir, &[], &[]).stop();
    assert!(dir.join(".tradewind/tradewind.db").exists());
    assert!(said.contains("because HOME is not set") && said.contains("--data-dir"), "{said}");
}

#[tokio::test]
async fn data_in_the_folder_goes_on_being_used_and_the_command_that_is_named_moves_it() {
    let place = Place::new();
    let dir = place.project("shop's");
    Up::start(&dir, &[], &[]).stop();
    let token = fs::read_to_string(dir.join(".tradewind/token")).unwrap();
    let said = Up::start(&dir, &place.env(), &[]).stop();
    assert!(place.data().is_empty(), "nothing is moved by itself");
    assert!(said.contains("in the project folder: whoever copies"), "{said}");
    let command = said.split_once(" and run: ").unwrap().1.lines().next().unwrap();
    let moved = std::process::Command::new("sh").arg("-c").arg(command).status().unwrap();
    assert!(moved.success(), "{command}");
    let up = Up::start(&dir, &place.env(), &[]);
    let [data] = &place.data()[..] else { panic!("{:?}", place.data()) };
    assert_eq!(fs::read_to_string(data.join("token")).unwrap(), token);
    assert!(!dir.join(".tradewind").exists());
    assert_eq!(run(&dir, &place.env(), &["runs"]).await.code, Some(0));
    up.stop();
}

#[tokio::test]
async fn a_directory_that_comes_with_the_folder_later_takes_no_places() {
    let place = Place::new();
    let dir = place.project("shop");
    Up::start(&dir, &place.env(), &[]).stop();
    write(&data_folder(&dir).join("token"), "tw_planted", 0o600);
    let said = Up::start(&dir, &place.env(), &[]).stop();
    assert!(said.contains(".tradewind is not used: this project's data is there"), "{said}");
    write(&dir.join(".tradewind/tradewind.db"), "", 0o600);
    for arguments in
        [&["up", "--port", "0"][..], &["runs"], &["secret", "list"], &["backup", "b.db"]]
    {
        let refused = run(&dir, &place.env(), arguments).await;
        check(&refused, 1, &["two data directories", ".tradewind", "shop-", "--data-dir"]);
    }
}

#[tokio::test]
async fn a_copy_of_a_folder_with_its_data_is_told_apart() {
    let place = Place::new();
    let dir = place.project("shop");
    Up::start(&dir, &[], &[]).stop();
    let copy = place.parent.path().join("copy");
    let copied = std::process::Command::new("cp").arg("-a").arg(&dir).arg(&copy).status().unwrap();
    assert!(copied.success());
    let said = Up::start(&copy, &[], &[]).stop();
    assert!(said.contains("which is still there"), "{said}");
}

/// As `sudo` may leave it. Only who may give files away can try it.
#[tokio::test]
async fn nothing_is_made_in_the_home_of_another_user() {
    let place = Place::new();
    let dir = place.project("shop");
    if std::os::unix::fs::chown(&place.home, Some(12_345), None).is_err() {
        return;
    }
    let refused = run(&dir, &place.env(), &["up", "--port", "0"]).await;
    check(&refused, 1, &["belongs to another user", "--data-dir"]);
    assert_eq!(fs::read_dir(&place.home).unwrap().count(), 0);
}

#[tokio::test]
async fn a_state_folder_that_others_may_write_to_is_refused() {
    let place = Place::new();
    let dir = place.project("shop");
    fs::create_dir_all(place.state()).unwrap();
    fs::set_permissions(place.state(), fs::Permissions::from_mode(0o777)).unwrap();
    check(&run(&dir, &place.env(), &["up", "--port", "0"]).await, 1, &["others may write"]);
}

#[tokio::test]
async fn the_help_names_the_place() {
    let place = Place::new();
    let said = run(place.parent.path(), &[], &["up", "--help"]).await;
    for word in ["--data-dir", ".tradewind in the project folder", "XDG_STATE_HOME"] {
        assert!(said.stdout.contains(word), "{said:?}");
    }
}
