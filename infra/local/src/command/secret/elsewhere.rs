//! Secrets of a stage on AWS: its API neither reads nor writes them, so the command that does is
//! printed. Whoever runs it needs the right to do so in the account.

use super::{SecretAction, SecretArgs};
use crate::command::error::Error;
use crate::command::execute::Cx;
use serde_json::json;
use std::collections::BTreeSet;
use std::fs;
use tradewind_engine::project::{Project, Setting};
use tradewind_platform::apply::PROJECT_FILE;
use tradewind_stack::naming;

pub(super) fn print(cx: &Cx, args: &SecretArgs) -> Result<(), Error> {
    let commands = match &args.action {
        SecretAction::Set { name, .. } => {
            let put = |provider: &String| naming::put_secret(&args.stage, provider, name);
            providers(cx, name)?.iter().map(put).collect()
        }
        SecretAction::List => vec![naming::list_secrets(&args.stage)],
        SecretAction::Remove { name } => {
            let remove = |provider: &String| naming::remove_secret(&args.stage, provider, name);
            providers(cx, name)?.iter().map(remove).collect::<Vec<_>>()
        }
    };
    if cx.output.json {
        cx.output.document(&json!({ "commands": commands }));
    } else {
        cx.output.note("the API of a stage neither reads nor writes secrets; run this instead:");
        commands.iter().for_each(|command| cx.output.line(command));
    }
    Ok(())
}

/// A secret is kept once for each provider that it is shown to, because each function may read only
/// those of its own.
fn providers(cx: &Cx, secret: &str) -> Result<BTreeSet<String>, Error> {
    let text = fs::read_to_string(cx.dir.join(PROJECT_FILE)).unwrap_or_default();
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
