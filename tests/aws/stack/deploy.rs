//! Deploying with `sam deploy`, as a user does; only the settings in samconfig.toml are for accounts.

use super::template::Template;
use crate::emulator::Emulator;
use crate::tools::{Tools, run};
use std::path::{Path, PathBuf};

/// The services of a test are fakes on loopback, which the operator of its stage allows.
const FAKES: &str = "AllowedHosts=127.0.0.1:*";
const PACK: &str = include_str!("pack.py");

/// Packs the programs of all functions; the folder of the zips.
pub(crate) fn pack(tools: &Tools, folder: &Path) -> Result<PathBuf, String> {
    let code = folder.join("code");
    std::fs::create_dir_all(&code).map_err(|error| error.to_string())?;
    let template = Template::whole(&code);
    let mut command = tools.python(folder);
    command.args(["-c", PACK]).arg(&code);
    command.args(template.built().into_iter().map(|(_, program)| program));
    run(&mut command)?;
    Ok(code)
}

/// Deploys that template as the stage of that name; blocks until it stands.
pub(crate) fn deploy(
    tools: &Tools,
    emulator: &Emulator,
    folder: &Path,
    stage: &str,
    template: &Template,
) -> Result<(), String> {
    let file = folder.join(format!("{stage}.yaml"));
    template.write(&file).map_err(|error| error.to_string())?;
    let mut command = tools.sam(folder);
    command
        .envs([("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")])
        .env("AWS_ENDPOINT_URL", emulator.url())
        .args(["deploy", "--stack-name", &format!("tradewind-{stage}"), "--template-file"])
        .arg(&file)
        .args(["--resolve-s3", "--no-confirm-changeset", "--no-progressbar"])
        .args(["--capabilities", "CAPABILITY_IAM", "--parameter-overrides"])
        .args([&format!("Stage={stage}"), "StageKind=test", FAKES]);
    run(&mut command).map(drop)
}
