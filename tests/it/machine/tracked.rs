//! A data directory that is kept in version control.

use super::{check, data_folder, project, run, run_with, write};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::{TempDir, tempdir};

const COMMANDS: [&[&str]; 2] = [&["up", "--port", "0"], &["secret", "set", "a", "--from-stdin"]];

fn shop() -> (TempDir, PathBuf) {
    let parent = tempdir().unwrap();
    let dir = project(parent.path(), "repository/shop");
    write(&data_folder(&dir).join("token"), "tw_planted", 0o600);
    (parent, dir)
}

/// An index as git writes it, without its checksums.
fn index(version: u32, hash_bytes: usize, paths: &[&str]) -> Vec<u8> {
    let mut index = b"DIRC".to_vec();
    index.extend(version.to_be_bytes());
    index.extend(u32::try_from(paths.len()).unwrap().to_be_bytes());
    let mut last = "";
    for path in paths {
        let start = index.len();
        index.extend([7; 40]);
        index.extend(vec![9; hash_bytes]);
        index.extend(u16::try_from(path.len()).unwrap().to_be_bytes());
        if version == 4 {
            let common = path.bytes().zip(last.bytes()).take_while(|(a, b)| a == b).count();
            index.push(u8::try_from(last.len() - common).unwrap());
            index.extend(&path.as_bytes()[common..]);
            index.push(0);
        } else {
            index.extend(path.as_bytes());
            let bytes = index.len() - start;
            index.resize(start + (bytes + 8) / 8 * 8, 0);
        }
        last = path;
    }
    index.extend(vec![1; hash_bytes]);
    index
}

fn set_index(dir: &Path, file: &str, content: &[u8]) {
    let file = dir.join("..").join(file);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, content).unwrap();
}

async fn check_refused(dir: &Path) {
    for arguments in COMMANDS {
        let refused = run_with(dir, &[], arguments, "x").await;
        check(&refused, 1, &["error: ", "token in ", "version control", "git rm --cached"]);
    }
}

#[tokio::test]
async fn a_directory_that_git_keeps_is_refused() {
    let paths =
        ["README.md", "shop/.tradewind/.gitignore", "shop/.tradewind/token", "shop/tradewind.yaml"];
    for (version, hash_bytes) in [(2, 20), (3, 20), (4, 20), (2, 32), (4, 32)] {
        let (_parent, dir) = shop();
        set_index(&dir, ".git/index", &index(version, hash_bytes, &paths));
        check_refused(&dir).await;
    }
}

#[tokio::test]
async fn a_work_tree_of_a_repository_elsewhere_and_a_shared_index_are_looked_through() {
    let paths = ["shop/.tradewind/token"];
    let (_parent, dir) = shop();
    set_index(&dir, ".git", b"gitdir: ../main.git/worktrees/repository\n");
    set_index(&dir, "../main.git/worktrees/repository/index", &index(2, 20, &paths));
    check_refused(&dir).await;
    let (_parent, dir) = shop();
    set_index(&dir, ".git/index", &index(2, 20, &[]));
    set_index(&dir, ".git/sharedindex.0123", &index(2, 20, &paths));
    check_refused(&dir).await;
}

#[tokio::test]
async fn what_git_keeps_beside_it_does_not_matter() {
    let paths = ["shop/.tradewind/.gitignore", "shop/.tradewind2/token", "shop/token", "token"];
    for (version, hash_bytes) in [(2, 20), (4, 20), (2, 32)] {
        let (_parent, dir) = shop();
        set_index(&dir, ".git/index", &index(version, hash_bytes, &paths));
        let set = run_with(&dir, &[], COMMANDS[1], "whsec_4711abcdef").await;
        assert_eq!((set.code, set.stderr.as_str()), (Some(0), ""), "{set:?}");
    }
}

#[tokio::test]
async fn an_index_that_cannot_be_read_is_named_and_holds_nobody_up() {
    for content in
        [&b"DIRC\0\0\0\x02\xff\xff\xff\xff"[..], b"", &[0xff; 1000], b"DIRC\0\0\0\x09\0\0\0\x01"]
    {
        let (_parent, dir) = shop();
        set_index(&dir, ".git/index", content);
        let set = run_with(&dir, &[], COMMANDS[1], "x").await;
        check(&set, 0, &[".git/index cannot be read"]);
    }
    let (_parent, dir) = shop();
    fs::create_dir(dir.join("../.git")).unwrap();
    let pipe = dir.join("../.git/index");
    assert!(std::process::Command::new("mkfifo").arg(pipe).status().unwrap().success());
    assert!(run(&dir, &[], &["secret", "set", "a"]).await.code.is_some());
    assert!(run_with(&dir, &[], COMMANDS[1], "x").await.code.is_some());
}
