//! Tokens of a stage on AWS: its API shows their names, and makes and removes none, so the command that
//! does is printed. Only the digest of a token leaves this machine.

use super::{TokenAction, TokenArgs, done, make, named, not_renewed, show, show_made};
use crate::command::cx::Cx;
use crate::command::error::Error;
use serde_json::json;
use tradewind_api::access::TokenName;
use tradewind_api::types::TokenList;
use tradewind_stack::naming;

pub(super) async fn token(cx: &Cx, args: &TokenArgs) -> Result<(), Error> {
    let stage = &args.stage;
    if let TokenAction::Add { .. } = &args.action {
        refuse_of_a_process(cx).await?;
    }
    match &args.action {
        TokenAction::Add { name, scope, expires } => {
            let made = make(name, *scope, *expires)?;
            let stored = serde_json::to_string(&made.grant.clone().without_name());
            let stored = stored.expect("a digest and words");
            show_made(cx, &made, Some(&naming::put_token(stage, name, &stored)));
        }
        TokenAction::List => {
            let answer = cx.client()?.get(&["tokens"]).await?;
            if !answer.is_shown(cx.output) {
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
            say(cx, &naming::remove_token(stage, named(name)?.as_str()));
        }
        TokenAction::Renew { name } if name == TokenName::stack().as_str() => {
            say(cx, &naming::renew_token(stage));
        }
        TokenAction::Renew { name } => return Err(not_renewed(name)),
    }
    Ok(())
}

/// A process on a machine of its own knows no parameters of AWS: what is stored there opens nothing.
async fn refuse_of_a_process(cx: &Cx) -> Result<(), Error> {
    let answer = cx.client()?.get(&["tokens"]).await?;
    let is_process =
        |list: TokenList| list.tokens.iter().any(|token| token.name == TokenName::local().as_str());
    match answer.typed().map(is_process)? {
        true => Err(Error::Usage(
            "that is no stage on AWS: run `tradewind token add` where its process runs, without \
             --url, TRADEWIND_URL and --stage"
                .to_owned(),
        )),
        false => Ok(()),
    }
}

fn say(cx: &Cx, command: &str) {
    if !cx.output.json {
        cx.output.note("run this; a minute later it holds everywhere:");
    }
    done(cx, json!({ "commands": [command] }), command);
}
