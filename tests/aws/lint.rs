//! What the linters say of the template: nothing.

use crate::stack::template_path;
use crate::tools::run;
use crate::world::{Failure, World};
use libtest_mimic::Trial;
use std::sync::Arc;

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    let (lint, validate) = (Arc::clone(world), Arc::clone(world));
    vec![
        Trial::test("lint::cfn_lint_finds_nothing", move || {
            Ok(lint.runtime().block_on(cfn_lint(&lint))?)
        }),
        Trial::test("lint::sam_finds_the_template_valid", move || {
            Ok(validate.runtime().block_on(sam_validate(&validate))?)
        }),
    ]
}

async fn cfn_lint(world: &World) -> Result<(), Failure> {
    let (tools, home) = (world.tools().await?, world.folder("lint")?);
    tokio::task::spawn_blocking(move || {
        let mut command = tools.cfn_lint(&home);
        command.args(["--regions", "us-east-1", "--"]).arg(template_path());
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
