//! Files of a project: read or refused with places that are in the file, and never anything else.

use std::collections::BTreeMap;
use tradewind_connectors::catalog::catalog;
use tradewind_engine::problems::Problem;
use tradewind_engine::project::Project;
use tradewind_engine::workflows::Workflow;
use tradewind_engine::yaml;
use tradewind_platform::apply::{ProjectFiles, check as check_project};

const PROJECT: &str = "connections:
  shop: { provider: commercelayer, webhook_secret: \"${{ secret.shop }}\" }
  mail: { provider: sandbox }
";

/// As a project, and as a workflow of one.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Err(problems) = yaml::parse(text) {
        check_places(text, &problems);
    }
    if let Err(problems) = Project::parse(text) {
        check_places(text, &problems);
    }
    if let Err(problems) = Workflow::parse(&"any".into(), text) {
        check_places(text, &problems);
    }
    let workflows = [("any".into(), text.to_owned())].into();
    let files = ProjectFiles {
        project: PROJECT.to_owned(),
        workflows,
        env: BTreeMap::new(),
        providers: BTreeMap::new(),
    };
    let _ = check_project(&catalog(), &files, &Default::default());
}

fn check_places(text: &str, problems: &[Problem]) {
    assert!(!problems.is_empty(), "a file is refused without a word");
    // The end of a file may be the line after its last.
    let lines = text.split(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']).count() + 1;
    for problem in problems {
        let line = usize::try_from(problem.place.line).expect("it is a line");
        assert!((1..=lines).contains(&line), "{problem:?} of {lines} lines");
    }
}
