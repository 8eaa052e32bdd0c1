//! Workflows and projects that a page shows are ones that `tradewind check` takes.

use super::{Page, pages};
use std::fs;
use std::process::Command;
use tempfile::TempDir;

/// What the workflows of the pages are connected to where the page shows no project of its own.
const PROJECT: &str = r#"public_url: https://automation.example.com
connections:
  shop: { provider: commercelayer, webhook_secret: "${{ secret.cl_webhook }}" }
  mail: { provider: sandbox }
  books: { provider: sandbox }
  ops: { provider: sandbox }
"#;

#[test]
fn every_workflow_and_project_of_the_pages_passes_the_check() {
    let mut checked = 0;
    for page in pages() {
        let workflows = starting_with(&page, "trigger:");
        for project in starting_with(&page, "connections:") {
            check(&page, project, &[]);
            checked += 1;
        }
        if !workflows.is_empty() {
            check(&page, PROJECT, &workflows);
            checked += workflows.len();
        }
    }
    assert!(checked > 3, "only {checked} examples were found");
}

/// The blocks of YAML that have that key.
fn starting_with<'a>(page: &'a Page, key: &str) -> Vec<&'a str> {
    let has_key = |block: &&str| block.lines().any(|line| line.starts_with(key));
    page.blocks("yaml").into_iter().filter(has_key).collect()
}

fn check(page: &Page, project: &str, workflows: &[&str]) {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("tradewind.yaml"), project).unwrap();
    fs::create_dir(folder.path().join("workflows")).unwrap();
    for (number, workflow) in workflows.iter().enumerate() {
        fs::write(folder.path().join(format!("workflows/example_{number}.yaml")), workflow)
            .unwrap();
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_tradewind"));
    // What the examples read from the environment.
    command.env_clear().env("CL_CLIENT_ID", "id-1");
    let output = command.arg("--dir").arg(folder.path()).arg("check").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{}: {said}", page.path);
}
