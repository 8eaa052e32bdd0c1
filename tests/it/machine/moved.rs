//! Project folders that got another name, and homes that are named in one shell and not in another.

use super::place::{Place, set_secret};
use super::started::Up;
use super::{check, project, run, write};
use crate::app::tradewind;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

const UP: [&str; 3] = ["up", "--port", "0"];

fn token(data: &Path) -> String {
    fs::read_to_string(data.join("token")).unwrap()
}

fn shell(command: &str) {
    assert!(Command::new("sh").arg("-c").arg(command).status().unwrap().success(), "{command}");
}

/// A project that was served and then got another name.
fn renamed(place: &Place) -> (std::path::PathBuf, String) {
    let dir = place.project("shop");
    Up::start(&dir, &place.env(), &[]).stop();
    let kept = token(&place.data()[0]);
    let other = place.parent.path().join("store");
    fs::rename(&dir, &other).unwrap();
    (other, kept)
}

#[tokio::test]
async fn a_renamed_folder_does_not_begin_without_its_work() {
    let place = Place::new();
    let (dir, kept) = renamed(&place);
    let secret = ["secret", "set", "a", "--from-stdin"];
    for arguments in [&UP[..], &secret] {
        let refused = super::run_with(&dir, &place.env(), arguments, "x").await;
        check(&refused, 1, &["holds the data of", "/shop,", "--new-data", "--data-dir", "run: mv"]);
        assert_eq!(place.data().len(), 1);
    }
    let refused = run(&dir, &place.env(), &UP).await;
    shell(refused.stderr.trim().split_once(" and run: ").unwrap().1);
    let said = Up::start(&dir, &place.env(), &[]).stop();
    assert!(!said.contains("which is"), "{said}");
    assert_eq!((place.data().len(), token(&place.data()[0])), (1, kept));
}

#[tokio::test]
async fn an_empty_directory_in_a_renamed_folder_does_not_take_its_place() {
    let place = Place::new();
    let (dir, _) = renamed(&place);
    fs::create_dir(dir.join(".tradewind")).unwrap();
    check(&run(&dir, &place.env(), &UP).await, 1, &["holds the data of", "--new-data"]);
    assert_eq!(fs::read_dir(dir.join(".tradewind")).unwrap().count(), 0);
}

#[tokio::test]
async fn the_data_of_a_renamed_folder_is_named_once() {
    let place = Place::new();
    let (dir, kept) = renamed(&place);
    let old = place.data()[0].display().to_string();
    Up::start(&dir, &place.env(), &["--data-dir", &old]).stop();
    let up = Up::start(&dir, &place.env(), &[]);
    assert_eq!(run(&dir, &place.env(), &["runs"]).await.code, Some(0));
    assert!(up.stop().contains(&format!("data: {old}")));
    assert_eq!((place.data().len(), token(&place.data()[0])), (1, kept));
}

#[tokio::test]
async fn another_shop_begins_without_data_when_that_is_said() {
    let place = Place::new();
    let (dir, kept) = renamed(&place);
    Up::start(&dir, &place.env(), &["--new-data"]).stop();
    // Once is enough.
    Up::start(&dir, &place.env(), &[]).stop();
    let tokens: Vec<_> = place.data().iter().map(|data| token(data)).collect();
    assert_eq!((tokens.len(), tokens.contains(&kept)), (2, true));
}

#[tokio::test]
async fn a_renamed_folder_is_known_though_another_has_its_name_now() {
    let place = Place::new();
    let (dir, _) = renamed(&place);
    place.project("shop");
    let refused = run(&dir, &place.env(), &UP).await;
    check(&refused, 1, &["holds the data of", "--new-data"]);
    shell(refused.stderr.trim().split_once(" and run: ").unwrap().1);
    Up::start(&dir, &place.env(), &[]).stop();
}

#[tokio::test]
async fn what_an_older_tradewind_wrote_down_is_enough_to_ask() {
    let place = Place::new();
    let (dir, _) = renamed(&place);
    let old = place.parent.path().join("shop").display().to_string();
    let record = format!(r#"{{"v":1,"path":"{old}"}}"#);
    write(&place.data()[0].join("project.json"), &record, 0o600);
    check(&run(&dir, &place.env(), &UP).await, 1, &["holds the data of", "--new-data"]);
}

#[tokio::test]
async fn other_projects_and_copies_of_one_that_is_gone_begin_with_a_word_at_most() {
    let place = Place::new();
    let first = place.project("shop");
    Up::start(&first, &place.env(), &[]).stop();
    let second = place.project("second");
    let said = Up::start(&second, &place.env(), &[]).stop();
    assert!(!said.contains("holds the data"), "{said}");
    let copy = place.parent.path().join("copy");
    shell(&format!("cp -a {0} {1} && rm -r {0}", first.display(), copy.display()));
    let said = Up::start(&copy, &place.env(), &[]).stop();
    assert!(said.contains("which is gone. If this folder takes its place"), "{said}");
    shell(said.split_once(" and run: ").unwrap().1.lines().next().unwrap());
    let said = Up::start(&copy, &place.env(), &[]).stop();
    assert!(!said.contains("which is gone"), "{said}");
}

#[tokio::test]
async fn a_link_that_names_the_release_keeps_its_data() {
    let place = Place::new();
    let current = place.parent.path().join("current");
    let up = |as_shell: bool| {
        // In the folder as a shell came there, or from elsewhere.
        let dir = if as_shell { Path::new(".") } else { &current };
        let mut command = tradewind(dir, &BTreeMap::new());
        if as_shell {
            command.env("PWD", &current);
        }
        command.envs(place.env()).args(UP);
        Up::spawn(&current, command)
    };
    for (release, as_shell) in [("123", true), ("124", false), ("125", true)] {
        project(&place.parent.path().join("releases"), release);
        let _ = fs::remove_file(&current);
        symlink(format!("releases/{release}"), &current).unwrap();
        let up = up(as_shell);
        // Whoever stands in the release itself finds it too.
        assert_eq!(run(&current, &place.env(), &["runs"]).await.code, Some(0), "{release}");
        set_secret(&place, &current).await;
        up.stop();
        assert_eq!(place.data().len(), 1, "{release}: {:?}", place.data());
    }
}

#[tokio::test]
async fn data_that_was_named_after_the_release_goes_along_with_its_link() {
    let place = Place::new();
    let current = place.parent.path().join("current");
    for release in ["123", "124"] {
        let dir = project(&place.parent.path().join("releases"), release);
        if release == "123" {
            Up::start(&dir, &place.env(), &[]).stop();
        }
        let _ = fs::remove_file(&current);
        symlink(&dir, &current).unwrap();
        Up::start(&dir, &place.env(), &["--dir", current.to_str().unwrap()]).stop();
        assert_eq!(place.data().len(), 1, "{release}: {:?}", place.data());
    }
}

#[tokio::test]
async fn data_is_found_whichever_home_the_shell_names() {
    let place = Place::new();
    let dir = place.project("shop");
    let state = place.parent.path().join("state").display().to_string();
    let xdg = [("HOME", place.home.as_str()), ("XDG_STATE_HOME", state.as_str())];
    Up::start(&dir, &place.env(), &[]).stop();
    let up = Up::start(&dir, &xdg, &[]);
    assert_eq!(run(&dir, &place.env(), &["runs"]).await.code, Some(0));
    assert!(up.stop().contains(&format!("data: {}", place.data()[0].display())));
    let copy = Path::new(&state).join("tradewind").join(place.data()[0].file_name().unwrap());
    fs::create_dir_all(copy.parent().unwrap()).unwrap();
    shell(&format!("cp -a {} {}", place.data()[0].display(), copy.display()));
    let (first, second) = (copy.display().to_string(), place.data()[0].display().to_string());
    for arguments in [&UP[..], &["runs"]] {
        let refused = run(&dir, &xdg, arguments).await;
        check(&refused, 1, &["two data directories", &first, &second, "--data-dir"]);
    }
}
