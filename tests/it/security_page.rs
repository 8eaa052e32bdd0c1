//! SECURITY.md names a test for each line of its threat model: they are there.

use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn every_test_that_the_threat_model_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = fs::read_to_string(root.join("SECURITY.md")).unwrap();
    let mut named = 0;
    for name in page.split('`').filter(|word| word.contains("::")) {
        let places = [("tests/it", name), ("tests/aws", name), ("tests/aws/scenarios", name)];
        let is_there = places.iter().any(|(folder, name)| names_tests(&root.join(folder), name));
        assert!(is_there, "there is no test {name}");
        named += 1;
    }
    assert!(named > 50, "{named}");
}

/// Whether the path leads to a module, or to a function in one.
fn names_tests(folder: &Path, path: &str) -> bool {
    let words: Vec<&str> = path.split("::").filter(|word| !word.is_empty()).collect();
    if sources(folder, &words).is_some() {
        return true;
    }
    let Some((function, module)) = words.split_last() else { return false };
    let Some(text) = sources(folder, module) else { return false };
    text.contains(&format!("fn {function}("))
}

/// The text of a module: a file, or a folder with its head.
fn sources(folder: &Path, words: &[&str]) -> Option<String> {
    let path: PathBuf = folder.join(words.iter().collect::<PathBuf>());
    let file = fs::read_to_string(path.with_extension("rs"));
    file.or_else(|_| fs::read_to_string(path.join("mod.rs"))).ok()
}
