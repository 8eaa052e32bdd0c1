//! `tradewind token`: the tokens of the admin API, each with a name and what it may do. It needs no
//! process; a running one sees the change with its next request.

mod elsewhere;

use crate::command::cx::Cx;
use crate::command::error::Error;
use crate::command::printing::output::Mood;
use crate::command::printing::table::Table;
use crate::command::printing::words;
use crate::private::TOKEN_FILE;
use crate::tokens::TokensFile;
use clap::{Args, Subcommand, ValueEnum};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use std::time::Duration;
use tradewind_api::access::{Grant, TokenDigest, TokenName};
use tradewind_api::types::{Scope, TokenList, TokenSummary};
use tradewind_engine::ports::{Clock as _, SecretText};
use tradewind_engine::time::{Timestamp, after};
use tradewind_engine::workflows::parse_duration;
use tradewind_system::SystemClock;

/// Arguments of `token`.
#[derive(Debug, Args)]
pub struct TokenArgs {
    /// With --url: the stage whose tokens are meant
    #[arg(long, global = true, value_name = "NAME", default_value = "live")]
    stage: String,
    #[command(subcommand)]
    action: TokenAction,
}

#[derive(Debug, Subcommand)]
enum TokenAction {
    /// Make a token; it is shown this once
    Add {
        /// Its name, which the audit log shows
        name: String,
        /// What it may do; each may do what those before it may
        #[arg(long)]
        scope: ScopeArg,
        /// From when on it opens nothing, such as 90d
        #[arg(long, value_name = "TIME", value_parser = lasting)]
        expires: Option<Duration>,
    },
    /// List the tokens by name
    List,
    /// Remove a token: from then on it opens nothing
    Remove {
        /// Its name
        name: String,
    },
    /// Put another token in the place of `local`, which this command uses itself
    Renew {
        /// Its name
        name: String,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ScopeArg {
    /// Look at everything
    Read,
    /// Replay, resolve, approve, cancel, pause, resume, redrive, trigger
    Act,
    /// Apply the project
    Apply,
}

/// A token that was made just now.
struct Made {
    token: SecretText,
    grant: Grant,
}

pub(crate) async fn token(cx: &Cx, args: &TokenArgs) -> Result<(), Error> {
    if cx.target.url.is_some() {
        return elsewhere::token(cx, args).await;
    }
    let data = cx.data_folder()?;
    let file = TokensFile::in_folder(&data.path);
    if !matches!(args.action, TokenAction::List) {
        data.prepare(cx.new_data)?;
    }
    match &args.action {
        TokenAction::Add { name, scope, expires } => {
            let made = make_token(name, *scope, *expires)?;
            file.add(made.grant.clone())?;
            show_made(cx, &made, None);
            Ok(())
        }
        TokenAction::List => list(cx, &file),
        TokenAction::Remove { name } => remove(cx, &file, name),
        TokenAction::Renew { name } => renew(cx, &file, name),
    }
}

/// A new token; its name is checked before there is one.
fn make_token(name: &str, scope: ScopeArg, expires: Option<Duration>) -> Result<Made, Error> {
    let name = named(name)?;
    let token = TokensFile::new_token()?;
    let now = seconds(SystemClock.now());
    let grant = Grant {
        name,
        scope: scope.into(),
        sha256: TokenDigest::of(token.expose_secret()),
        created_at: Some(now),
        expires_at: expires.map(|expires| seconds(after(now, expires))),
    };
    Ok(Made { token, grant })
}

/// Shows the token itself, on standard output; never again.
fn show_made(cx: &Cx, made: &Made, command: Option<&str>) {
    let Made { token, grant } = made;
    if cx.output.json {
        let mut document = json!({
            "name": grant.name,
            "scope": grant.scope,
            "expires_at": grant.expires_at,
            "token": token.expose_secret(),
        });
        if let Some(command) = command {
            document["command"] = json!(command);
        }
        cx.output.document(&document);
        return;
    }
    let until = grant.expires_at.map(|at| format!(" until {}", words::time(at)));
    let (name, scope, until) = (&grant.name, grant.scope.as_str(), until.unwrap_or_default());
    cx.output.note(format!("the token {name}, for {scope}{until}; it is not shown again:"));
    cx.output.line(token.expose_secret());
    if let Some(command) = command {
        cx.output.note("run this, which stores its digest; a minute later it opens the API:");
        cx.output.line(command);
    }
}

fn list(cx: &Cx, file: &TokensFile) -> Result<(), Error> {
    let now = SystemClock.now();
    let mut tokens: Vec<_> = file.list()?.iter().map(|grant| grant.summary(now)).collect();
    if cx.data_dir()?.join(TOKEN_FILE).exists() {
        let (name, scope) = (TokenName::local().to_string(), Scope::Apply);
        let own = TokenSummary { name, scope, created_at: None, expires_at: None, expired: false };
        tokens.push(own);
    }
    tokens.sort_by(|one, other| one.name.cmp(&other.name));
    if cx.output.json {
        cx.output.document(&json!(TokenList { tokens }));
    } else {
        show(cx, &tokens);
    }
    Ok(())
}

fn show(cx: &Cx, tokens: &[TokenSummary]) {
    if tokens.is_empty() {
        cx.output.line("no tokens: make one with `tradewind token add NAME --scope read`");
        return;
    }
    let mut table = Table::new(["STATE", "NAME", "SCOPE", "MADE", "EXPIRES"]);
    for token in tokens {
        let (mood, state) =
            if token.expired { (Mood::Bad, "expired") } else { (Mood::Good, "holds") };
        let (made, expires) =
            (words::maybe_time(token.created_at), words::maybe_time(token.expires_at));
        let scope = token.scope.as_str().to_owned();
        table.row(mood, [state.to_owned(), token.name.clone(), scope, made, expires]);
    }
    table.show(cx.output);
}

fn remove(cx: &Cx, file: &TokensFile, name: &str) -> Result<(), Error> {
    if name == TokenName::local().as_str() {
        let message = "this command needs the token local: `tradewind token renew local` puts \
                       another one in its place";
        return Err(Error::Usage(message.to_owned()));
    }
    if !file.remove(&named(name)?)? {
        return Err(Error::NotFound(format!("there is no token {name}")));
    }
    let text = format!("the token {name} is removed, and opens nothing any more");
    print_done(cx, json!({ "name": name, "removed": true }), &text);
    Ok(())
}

fn renew(cx: &Cx, file: &TokensFile, name: &str) -> Result<(), Error> {
    if name != TokenName::local().as_str() {
        return Err(not_renewed(name));
    }
    file.renew_own()?;
    let text = "another token is in the place of local; the one before opens nothing any more";
    print_done(cx, json!({ "name": name, "renewed": true }), text);
    Ok(())
}

fn not_renewed(name: &str) -> Error {
    let message = format!("remove {name} and add it again: a new token is shown once, to you");
    Error::Usage(message)
}

fn print_done(cx: &Cx, document: Value, text: &str) {
    match cx.output.json {
        true => cx.output.document(&document),
        false => cx.output.line(text),
    }
}

fn named(name: &str) -> Result<TokenName, Error> {
    TokenName::new(name).map_err(|error| Error::Usage(error.to_string()))
}

/// Fractions of a second tell nobody anything.
fn seconds(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

fn lasting(text: &str) -> Result<Duration, String> {
    let wrong = "a time is a number and s, m, h or d, such as 90d";
    let lasting = parse_duration(text).filter(|lasting| !lasting.is_zero());
    lasting.ok_or_else(|| wrong.to_owned())
}

impl From<ScopeArg> for Scope {
    fn from(scope: ScopeArg) -> Self {
        match scope {
            ScopeArg::Read => Self::Read,
            ScopeArg::Act => Self::Act,
            ScopeArg::Apply => Self::Apply,
        }
    }
}
