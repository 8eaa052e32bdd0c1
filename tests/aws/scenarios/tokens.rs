//! Who gets into the API of a deployed stage: functions that are warm take notice of tokens that were
//! made or removed, and people see who knocked.

use crate::app::Answered;
use crate::site::Site;
use crate::stack::Stack;
use aws_sdk_ssm::types::ParameterType;
use clap::Parser as _;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use std::time::Duration;
use tradewind::command::{Cli, Environment, Exit, execute};
use tradewind_api::access::{Grant, TokenDigest, TokenName};
use tradewind_api::types::Scope;
use tradewind_stack::naming;

/// Every function reads the tokens again once a minute.
const KEPT_FOR: Duration = Duration::from_millis(60_500);

/// Stores a token as `tradewind token add` says to.
pub(super) async fn add(stack: &Stack, token: &str, name: &str, scope: Scope) {
    let grant = Grant {
        name: TokenName::new(name).unwrap(),
        scope,
        sha256: TokenDigest::of(token),
        created_at: None,
        expires_at: None,
    };
    let value = serde_json::to_string(&grant.without_name()).unwrap();
    let put = stack.clients.ssm().put_parameter().name(parameter(stack, name)).value(value);
    put.r#type(ParameterType::String).send().await.unwrap();
}

/// Puts another token in the place of the one that the stack made.
pub(super) async fn renew(stack: &Stack, token: &str) {
    let secrets = stack.clients.secrets_manager();
    let listed = secrets.list_secrets().send().await.unwrap();
    for id in listed.secret_list().iter().filter_map(|one| one.arn()) {
        let read = secrets.get_secret_value().secret_id(id).send().await.unwrap();
        if read.secret_string() == Some(&stack.token) {
            secrets.put_secret_value().secret_id(id).secret_string(token).send().await.unwrap();
            return;
        }
    }
    panic!("no secret holds the token of the stack");
}

fn parameter(stack: &Stack, name: &str) -> String {
    format!("{}/{name}", naming::tokens(&stack.stage))
}

/// A request with that token.
async fn with(stack: &Stack, token: &str, method: Method, path: &str) -> Answered {
    let mut headers = HeaderMap::new();
    let bearer = HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
    headers.insert("authorization", bearer);
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    stack.request(method, path, headers, Vec::new()).await
}

/// Until every function has read the tokens again. Nothing tells when the last of their processes has;
/// it is a promise with a time.
pub(super) async fn seen_by_all() {
    let forgotten = tokio::time::timeout(KEPT_FOR, std::future::pending::<()>());
    assert!(forgotten.await.is_err());
}

/// What that token is answered with, by whichever functions are there.
pub(super) async fn answered(stack: &Stack, token: &str) -> StatusCode {
    let asked = (0..3).map(|_| with(stack, token, Method::GET, "/api/status"));
    let answered = futures::future::join_all(asked).await;
    let first = answered[0].status;
    assert!(answered.iter().all(|one| one.status == first), "{answered:?}");
    first
}

pub(super) async fn a_named_token_opens_what_it_may_until_it_is_removed(site: &Site) {
    let (stack, token) = (&site.stack, "tw_of_the_night_shift");
    add(stack, token, "night-shift", Scope::Read).await;
    seen_by_all().await;
    assert_eq!(answered(stack, token).await, StatusCode::OK);
    let refused = with(stack, token, Method::POST, "/api/workflows/none/pause").await;
    assert_eq!(refused.verdict(), "403 scope_too_small", "{refused:?}");
    assert_eq!(command(stack, token, &["token", "list"]).await, Exit::Done);
    assert_eq!(command(stack, token, &["pause", "none"]).await, Exit::Failed);
    let listed = with(stack, token, Method::GET, "/api/tokens").await.json().to_string();
    assert!(listed.contains("night-shift") && listed.contains("stack"), "{listed}");
    assert!(!listed.contains(&TokenDigest::of(token).to_string()), "{listed}");
    let remove = stack.clients.ssm().delete_parameter().name(parameter(stack, "night-shift"));
    remove.send().await.unwrap();
    seen_by_all().await;
    assert_eq!(answered(stack, token).await, StatusCode::UNAUTHORIZED);
}

pub(super) async fn wrong_tokens_are_seen(site: &Site) {
    let stack = &site.stack;
    let seen = async || {
        let answered = with(stack, "tw_guess", Method::GET, "/api/runs").await;
        assert_eq!(answered.verdict(), "401 unauthorized");
        let refusals = stack.get("/api/refusals").await;
        let mut refusals = refusals["refusals"].as_array().unwrap().iter();
        refusals.find(|one| {
            let reason = one["reason"].as_str().unwrap();
            one["provider"] == "api" && reason.contains("with a wrong token, from ")
        })?;
        Some(())
    };
    stack.wait_for("a wrong token to be seen", seen).await;
}

/// The command, talking to the stage with that token.
async fn command(stack: &Stack, token: &str, words: &[&str]) -> Exit {
    let to = ["tradewind", "--json", "--url", &stack.url, "--token", token];
    let cli = Cli::try_parse_from(to.iter().chain(words)).unwrap();
    Box::pin(execute(cli, Environment::new(std::iter::empty()))).await
}
