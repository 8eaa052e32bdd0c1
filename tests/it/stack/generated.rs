//! What is generated equals what the catalog gives.

use crate::tidy::root;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use tradewind_connectors::catalog::catalog;
use tradewind_stack::generated::generated;

const HOW_TO_UPDATE: &str = "UPDATE=1 cargo test --locked -p tradewind --test it stack";

/// A file of the repository; nothing where there is none.
pub(super) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_default()
}

#[test]
fn generated_files_follow_from_the_catalog() {
    let mut differing = Vec::new();
    for file in generated(&catalog()) {
        let found = read(&file.path);
        let wanted = file.applied_to(&found);
        let wanted = wanted.unwrap_or_else(|_| panic!("{} has lost its marks", file.path));
        if found == wanted {
            continue;
        }
        if updates() {
            fs::write(root().join(&file.path), wanted).unwrap();
        } else {
            differing.push(file.path);
        }
    }
    assert!(differing.is_empty(), "{differing:?} differ from the catalog: {HOW_TO_UPDATE}");
}

#[test]
fn there_is_no_source_of_a_function_that_is_not_in_the_catalog() {
    let wanted: BTreeSet<String> =
        generated(&catalog()).into_iter().map(|file| file.path).collect();
    for folder in ["triggers", "actions", "platform"] {
        let folder = format!("functions/{folder}");
        for entry in fs::read_dir(root().join(&folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy();
            if wanted.contains(&format!("{folder}/{name}")) {
                continue;
            }
            assert!(updates(), "{} is in no catalog: {HOW_TO_UPDATE}", path.display());
            remove(&path);
        }
    }
}

#[test]
fn a_file_without_marks_is_left_alone() {
    let all = generated(&catalog());
    let template = all.iter().find(|file| file.path == "template.yaml").unwrap();
    assert!(template.applied_to("Resources: {}\n").is_err());
    let wanted = template.applied_to(
        "a\n  # --- generated from the catalog ---\nBEFORE\n  # --- end of what is generated ---\nz\n",
    );
    let wanted = wanted.unwrap_or_default();
    assert!(wanted.starts_with("a\n  # --- generated") && wanted.ends_with("generated ---\nz\n"));
    assert!(!wanted.contains("BEFORE"));
}

fn updates() -> bool {
    std::env::vars().any(|(name, value)| name == "UPDATE" && value == "1")
}

fn remove(path: &Path) {
    fs::remove_file(path).unwrap();
}
