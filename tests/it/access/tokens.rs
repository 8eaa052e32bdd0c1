//! Tokens by name, as the command makes and removes them while a process serves.

use super::{given, with_token};
use crate::app::{Answered, Finished, TestApp};
use crate::fakes::{Answer, FakeServer};
use expect_test::{Expect, expect};
use http::Method;
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use tradewind_api::access::TokenDigest;

async fn with(app: &TestApp, token: &str, method: Method, path: &str) -> String {
    let answered: Answered = with_token(app, token, method, path).await;
    answered.verdict()
}

async fn runs(app: &TestApp, token: &str) -> String {
    with(app, token, Method::GET, "/api/runs").await
}

/// A token that the command made; nothing else is on its standard output.
async fn made(app: &TestApp, arguments: &[&str]) -> String {
    let Finished { code, stdout, stderr } =
        app.command(&[&["token", "add"], arguments].concat()).await;
    assert_eq!(code, Some(0), "{stderr}");
    let token = stdout.trim().to_owned();
    assert!(token.starts_with("tw_") && token.len() == 67, "{stdout}");
    token
}

fn check(finished: &Finished, expected: Expect) {
    let Finished { code, stdout, stderr } = finished;
    expected.assert_eq(&format!("{stdout}{stderr}exit {}", code.unwrap()));
}

#[tokio::test]
async fn a_token_does_what_its_scope_says_under_its_own_name() {
    let app = given().start().await;
    let read = made(&app, &["watch", "--scope", "read"]).await;
    let act = made(&app, &["night-shift", "--scope", "act", "--expires", "90d"]).await;
    let apply = made(&app, &["ci", "--scope", "apply"]).await;
    let (pause, thanks) = ("/api/workflows/thanks/pause", "/api/workflows/thanks");
    for (token, post, put) in [
        (&read, "403 scope_too_small", "403 scope_too_small"),
        (&act, "200", "403 scope_too_small"),
        (&apply, "200", "400 field_invalid"),
    ] {
        assert_eq!(runs(&app, token).await, "200");
        assert_eq!(with(&app, token, Method::POST, pause).await, post);
        assert_eq!(with(&app, token, Method::PUT, thanks).await, put);
    }
    app.post(pause, json!({})).await;
    let audit = app.get("/api/audit").await;
    let actors: Vec<&Value> =
        audit["audit"].as_array().unwrap().iter().map(|one| &one["actor"]).collect();
    assert_eq!(actors, ["local", "ci", "night-shift"]);
    let listed = app.get("/api/tokens").await;
    let names: Vec<&Value> =
        listed["tokens"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
    assert_eq!(names, ["ci", "local", "night-shift", "watch"]);
    let texts =
        [listed.to_string(), fs::read_to_string(app.data_dir().join("tokens.json")).unwrap()];
    assert!([&read, &act, &apply].iter().all(|token| !texts.concat().contains(*token)));
}

#[tokio::test]
async fn a_token_that_is_removed_or_renewed_opens_nothing_from_then_on() {
    let app = given().start().await;
    let token = made(&app, &["ci", "--scope", "read"]).await;
    assert_eq!(runs(&app, &token).await, "200");
    check(
        &app.command(&["token", "remove", "ci"]).await,
        expect![[r#"
        the token ci is removed, and opens nothing any more
        exit 0"#]],
    );
    assert_eq!(runs(&app, &token).await, "401 unauthorized");
    check(
        &app.command(&["token", "remove", "ci"]).await,
        expect![[r#"
        error: there is no token ci
        exit 5"#]],
    );

    let before = app.token.clone();
    check(
        &app.command(&["token", "renew", "local"]).await,
        expect![[r#"
        another token is in the place of local; the one before opens nothing any more
        exit 0"#]],
    );
    assert_eq!(runs(&app, &before).await, "401 unauthorized");
    let after = fs::read_to_string(app.data_dir().join("token")).unwrap();
    assert_eq!(runs(&app, &after).await, "200");
    let mode = fs::metadata(app.data_dir().join("token")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(app.command(&["runs"]).await.code, Some(0), "the command takes the new one");
}

#[tokio::test]
async fn the_command_with_a_smaller_token_says_what_is_needed() {
    let app = given().start().await;
    let token = made(&app, &["watch", "--scope", "read"]).await;
    let to = ["--url", app.url.as_str(), "--token", &token];
    check(
        &app.command(&[&to[..], &["pause", "thanks"]].concat()).await,
        expect![[r#"
        error: this needs a token with the scope `act`, and the token watch has `read`
        exit 1"#]],
    );
    check(
        &app.command(&[&to[..], &["apply"]].concat()).await,
        expect![[r#"
        error: this needs a token with the scope `apply`, and the token watch has `read`
        exit 1"#]],
    );
    assert_eq!(app.command(&[&to[..], &["runs"]].concat()).await.code, Some(0));
}

#[tokio::test]
async fn what_cannot_be_understood_opens_nothing_and_says_so() {
    let app = given().start().await;
    let token = made(&app, &["ci", "--scope", "act"]).await;
    let file = app.data_dir().join("tokens.json");
    let good = fs::read_to_string(&file).unwrap();
    let newer = good.replace("\"v\": 1", "\"v\": 2");
    let unknown = good.replace("\"scope\"", "\"only_from\": \"192.0.2.1\", \"scope\"");
    for text in [newer.as_str(), &unknown, "{", "", &good.replace("\"act\"", "\"all\"")] {
        fs::write(&file, text).unwrap();
        // It is not said to be wrong: a newer version may know it.
        assert_eq!(runs(&app, &token).await, "503 unavailable", "{text}");
        assert_eq!(runs(&app, &app.token).await, "200", "{text}");
        let added = app.command(&["token", "add", "other", "--scope", "read"]).await;
        assert_eq!((added.code, added.stdout.as_str()), (Some(1), ""), "{text}");
        assert_eq!(fs::read_to_string(&file).unwrap(), text, "it is left alone");
    }
    fs::write(&file, &newer).unwrap();
    let listed = app.command(&["token", "list"]).await;
    assert!(listed.stderr.contains("a newer tradewind wrote it"), "{listed:?}");
    fs::write(&file, &good).unwrap();
    assert_eq!(runs(&app, &token).await, "200");

    // Somebody else could write there.
    fs::set_permissions(&file, fs::Permissions::from_mode(0o620)).unwrap();
    assert_eq!(runs(&app, &token).await, "503 unavailable");
    let elsewhere = app.dir().join("planted.json");
    fs::copy(&file, &elsewhere).unwrap();
    fs::remove_file(&file).unwrap();
    symlink(&elsewhere, &file).unwrap();
    assert_eq!(runs(&app, &token).await, "503 unavailable");
}

#[tokio::test]
async fn names_and_times_are_checked_before_there_is_a_token() {
    let app = given().start().await;
    made(&app, &["ci", "--scope", "read"]).await;
    let add =
        async |arguments: &[&str]| app.command(&[&["token", "add"], arguments].concat()).await;
    check(
        &add(&["ci", "--scope", "act"]).await,
        expect![[r#"
        error: there is a token ci already: remove it first, or choose another name
        exit 1"#]],
    );
    check(
        &add(&["local", "--scope", "act"]).await,
        expect![[r#"
        error: local is the name of a token that is always there: choose another
        exit 2"#]],
    );
    check(
        &add(&["Night shift", "--scope", "act"]).await,
        expect![[r#"
        error: the name of a token has small letters, digits, `-` and `_`, at most 40, and begins with a letter
        exit 2"#]],
    );
    assert_eq!(add(&["x", "--scope", "all"]).await.code, Some(2));
    assert_eq!(add(&["x", "--scope", "act", "--expires", "soon"]).await.code, Some(2));
    assert_eq!(add(&["x", "--scope", "act", "--expires", "0d"]).await.code, Some(2));
    check(
        &app.command(&["token", "remove", "local"]).await,
        expect![[r#"
        error: this command needs the token local: `tradewind token renew local` puts another one in its place
        exit 2"#]],
    );
    check(
        &app.command(&["token", "renew", "ci"]).await,
        expect![[r#"
        error: remove ci and add it again: a new token is shown once, to you
        exit 2"#]],
    );
    let listed = app.command(&["token", "list", "--json"]).await;
    let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
    assert_eq!(listed["tokens"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn tokens_that_are_made_at_once_are_all_there() {
    let app = given().start().await;
    let names: Vec<String> = (0..8).map(|number| format!("ci-{number}")).collect();
    let add = async |name: &String| made(&app, &[name.as_str(), "--scope", "read"]).await;
    let tokens = futures::future::join_all(names.iter().map(add)).await;
    for token in tokens {
        assert_eq!(runs(&app, &token).await, "200");
    }
}

#[tokio::test]
async fn of_a_token_for_a_stage_only_the_digest_leaves_the_machine() {
    let app = given().start().await;
    let stage = FakeServer::deciding(|_| {
        Answer::json(
            200,
            json!({ "tokens": [{ "name": "stack", "scope": "apply", "expired": false }] }),
        )
    })
    .await;
    let to = ["--url", stage.url.as_str(), "--token", "x", "token", "--stage", "test"];
    let added = app.command(&[&to[..], &["add", "ci", "--scope", "read", "--json"]].concat()).await;
    let document: Value = serde_json::from_str(&added.stdout).unwrap();
    let (token, command) =
        (document["token"].as_str().unwrap(), document["command"].as_str().unwrap());
    let digest = TokenDigest::of(token).to_string();
    assert!(!command.contains(token), "{command}");
    let start = "aws ssm put-parameter --type String --name /tradewind/test/tokens/ci --value '";
    let value = command.strip_prefix(start).unwrap().strip_suffix('\'').unwrap();
    let value: Value = serde_json::from_str(value).unwrap();
    assert_eq!(value["v"], 1);
    assert_eq!(
        (value["scope"].clone(), value["sha256"].clone()),
        ("read".into(), digest.clone().into())
    );
    check(
        &app.command(&[&to[..], &["remove", "ci"]].concat()).await,
        expect![[r#"
        aws ssm delete-parameter --name /tradewind/test/tokens/ci
        run this; a minute later it holds everywhere:
        exit 0"#]],
    );
    let renewed = app.command(&[&to[..], &["renew", "stack"]].concat()).await;
    assert!(renewed.stdout.contains("aws secretsmanager put-secret-value"), "{renewed:?}");
    assert_eq!(runs(&app, token).await, "401 unauthorized", "nothing is kept here");
    let heads: String = stage.seen().iter().map(|seen| format!("{seen:?}")).collect();
    assert!(!heads.contains(token) && !heads.contains(&digest), "{heads}");
    let list = ["--url", app.url.as_str(), "--token", &app.token, "token", "list"];
    let own = ["--url", app.url.as_str(), "--token", &app.token];
    let added = app.command(&[&own[..], &["token", "add", "ci", "--scope", "read"]].concat()).await;
    assert_eq!((added.code, added.stdout.as_str()), (Some(2), ""), "{added:?}");
    assert!(added.stderr.contains("where its process runs"), "{added:?}");
    check(
        &app.command(&list).await,
        expect![[r#"
        STATE  NAME   SCOPE  MADE  EXPIRES
        holds  local  apply
        exit 0"#]],
    );
}
