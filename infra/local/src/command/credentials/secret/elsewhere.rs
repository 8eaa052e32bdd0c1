//! Secrets of a stage on AWS: its API neither reads nor writes them, so the command that does is
//! printed. Whoever runs it needs the right to do so in the account.

use super::{SecretAction, SecretArgs};
use crate::command::cx::Cx;
use crate::command::error::Error;
use crate::command::project_folder;
use serde_json::json;
use std::collections::BTreeSet;
use tradewind_engine::project::{Project, Setting};
use tradewind_platform::apply::PROJECT_FILE;
use tradewind_stack::naming;

pub(super) fn print(cx: &Cx, args: &SecretArgs) -> Result<(), Error> {
    let stage = &args.stage;
    match &args.action {
        SecretAction::Set { name, .. } => {
            let providers = providers(cx, name)?;
            let typed = |provider: &String| naming::put_secret(stage, provider, name);
            let file = |provider: &String| naming::put_secret_file(stage, provider, name, "PATH");
            let typed: Vec<String> = providers.iter().map(typed).collect();
            let file: Vec<String> = providers.iter().map(file).collect();
            show(cx, &[("for a value that you type", typed), ("for a file", file)]);
        }
        SecretAction::List => show(cx, &[("run this instead", vec![naming::list_secrets(stage)])]),
        SecretAction::Remove { name } => {
            let remove = |provider: &String| naming::remove_secret(stage, provider, name);
            let commands = providers(cx, name)?.iter().map(remove).collect();
            show(cx, &[("run this instead", commands)]);
        }
    }
    Ok(())
}

/// The commands, with what each is for.
fn show(cx: &Cx, groups: &[(&str, Vec<String>)]) {
    if cx.output.json {
        let commands: Vec<&String> = groups.iter().flat_map(|(_, commands)| commands).collect();
        cx.output.document(&json!({ "commands": commands }));
        return;
    }
    cx.output.note("the API of a stage neither reads nor writes secrets");
    for (what, commands) in groups {
        cx.output.note(format!("{what}:"));
        commands.iter().for_each(|command| cx.output.line(command));
    }
}

/// A secret is kept once for each provider that it is shown to, because each function may read only
/// those of its own.
fn providers(cx: &Cx, secret: &str) -> Result<BTreeSet<String>, Error> {
    let text = project_folder::read_project(&cx.dir).unwrap_or_default();
    let project = Project::parse(&text).unwrap_or_default();
    let users = project.connections.values().filter(|connection| {
        let mut settings = connection.settings.iter().map(|(_, setting)| setting);
        settings.any(|setting| Setting::secrets(setting).into_iter().any(|name| name == secret))
    });
    let providers: BTreeSet<String> = users.map(|user| user.provider.to_string()).collect();
    if providers.is_empty() {
        let reason = format!(
            "no connection in {PROJECT_FILE} uses the secret {secret}, so its place is not known"
        );
        return Err(Error::NotFound(reason));
    }
    Ok(providers)
}
