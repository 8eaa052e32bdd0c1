//! Whether what --url names is a stage on AWS. A process on a machine of its own knows no parameters of
//! AWS: what is stored there would be for nobody.

use crate::command::client::process::is_strictly_loopback;
use crate::command::cx::Cx;
use crate::command::error::Error;
use tradewind_api::access::TokenName;
use tradewind_api::types::TokenList;
use url::Url;

/// An error where a process answers, or nobody.
pub(super) async fn check(cx: &Cx, command: &str) -> Result<(), Error> {
    match is_process(cx).await? {
        true => Err(no_stage(command)),
        false => Ok(()),
    }
}

/// An error where it is known to be a process. Without a token, or an answer, it is not known: what is
/// printed works without the API.
pub(super) async fn check_as_far_as_known(cx: &Cx, command: &str) -> Result<(), Error> {
    let url = cx.target.url.as_deref().and_then(|url| Url::parse(url).ok());
    if url.is_some_and(|url| is_strictly_loopback(&url)) {
        return Err(no_stage(command));
    }
    match cx.target.token.is_some() && is_process(cx).await.unwrap_or(false) {
        true => Err(no_stage(command)),
        false => Ok(()),
    }
}

async fn is_process(cx: &Cx) -> Result<bool, Error> {
    let list: TokenList = cx.client()?.get(&["tokens"]).await?.typed()?;
    Ok(list.tokens.iter().any(|token| token.name == TokenName::local().as_str()))
}

fn no_stage(command: &str) -> Error {
    Error::Usage(format!(
        "that is no stage on AWS: run `{command}` where its process runs, without --url, TRADEWIND_URL \
         and --stage"
    ))
}
