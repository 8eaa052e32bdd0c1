//! What the linters say of the templates: nothing.

use crate::stack::{Template, template_path};
use crate::tools::run;
use crate::world::{Failure, World};
use libtest_mimic::Trial;
use std::path::PathBuf;
use std::sync::Arc;

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    let (lint, slim, validate) = (Arc::clone(world), Arc::clone(world), Arc::clone(world));
    vec![
        Trial::test("lint::cfn_lint_finds_nothing", move || {
            Ok(lint.runtime().block_on(cfn_lint(&lint, "lint", Some(template_path())))?)
        }),
        Trial::test("lint::cfn_lint_finds_nothing_in_the_template_of_one_project", move || {
            Ok(slim.runtime().block_on(cfn_lint(&slim, "lint-slim", None))?)
        }),
        Trial::test("lint::sam_finds_the_template_valid", move || {
            Ok(validate.runtime().block_on(sam_validate(&validate))?)
        }),
    ]
}

/// Without a file: of what `tradewind plan --template` makes of the tests' project.
async fn cfn_lint(world: &World, folder: &str, file: Option<PathBuf>) -> Result<(), Failure> {
    let (tools, home) = (world.tools().await?, world.folder(folder)?);
    let slim = home.join("slim.yaml");
    if file.is_none() {
        std::fs::write(&slim, Template::slim_text(&home)).map_err(|error| error.to_string())?;
    }
    tokio::task::spawn_blocking(move || {
        let mut command = tools.cfn_lint(&home);
        command.args(["--regions", "us-east-1", "--"]).arg(file.unwrap_or(slim));
        run(&mut command).map(drop)
    })
    .await
    .map_err(|error| error.to_string())?
}

async fn sam_validate(world: &World) -> Result<(), Failure> {
    let (tools, home) = (world.tools().await?, world.folder("validate")?);
    tokio::task::spawn_blocking(move || {
        let mut command = tools.sam(&home);
        command.args(["validate", "--lint", "--region", "us-east-1", "--template-file"]);
        run(command.arg(template_path())).map(drop)
    })
    .await
    .map_err(|error| error.to_string())?
}
