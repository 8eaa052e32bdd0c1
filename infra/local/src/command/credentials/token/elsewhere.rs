//! Tokens of a stage on AWS: its API shows their names, and makes and removes none, so the command that
//! does is printed. Only the digest of a token leaves this machine.

use super::{TokenAction, TokenArgs, make_token, named, not_renewed, print_done, show, show_made};
use crate::command::credentials::stage;
use crate::command::cx::Cx;
use crate::command::error::Error;
use serde_json::json;
use tradewind_api::access::TokenName;
use tradewind_api::types::TokenList;
use tradewind_stack::naming;

pub(super) async fn token(cx: &Cx, args: &TokenArgs) -> Result<(), Error> {
    let stage = &args.stage;
    if let TokenAction::Add { .. } = &args.action {
        stage::check(cx, "tradewind token add").await?;
    }
    match &args.action {
        TokenAction::Add { name, scope, expires } => {
            let made = make_token(name, *scope, *expires)?;
            let stored = serde_json::to_string(&made.grant.clone().without_name());
            let stored = stored.expect("a digest and words");
            show_made(cx, &made, Some(&naming::put_token(stage, name, &stored)));
        }
        TokenAction::List => {
            let answer = cx.client()?.get(&["tokens"]).await?;
            if !answer.print_json(cx.output) {
                show(cx, &answer.typed::<TokenList>()?.tokens);
            }
        }
        TokenAction::Remove { name } => {
            if name == TokenName::stack().as_str() {
                return Err(Error::Usage(format!(
                    "the token {name} belongs to the stack: `tradewind token renew {name}` says \
                     how to put another one in its place"
                )));
            }
            print_command(cx, &naming::remove_token(stage, named(name)?.as_str()));
        }
        TokenAction::Renew { name } if name == TokenName::stack().as_str() => {
            print_command(cx, &naming::renew_token(stage));
        }
        TokenAction::Renew { name } => return Err(not_renewed(name)),
    }
    Ok(())
}

fn print_command(cx: &Cx, command: &str) {
    if !cx.output.json {
        cx.output.note("run this; a minute later it holds everywhere:");
    }
    print_done(cx, json!({ "commands": [command] }), command);
}
