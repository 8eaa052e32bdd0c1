//! Files whose calls are proved by a token that is fetched by client credentials.

use crate::action::{Action, Implementation};
use crate::catalog::catalog;
use crate::connection::Connection;
use crate::contracts::EmailSend;
use crate::described::Described;
use crate::scripted::{Answer, Scripted, answer, connect, json_answer, outcome};
use futures::FutureExt;
use serde_json::{Value, json};
use std::time::Duration;
use tradewind_engine::descriptions::{Description, check};
use tradewind_engine::ports::HttpError;

const FILE: &str = r#"
format: 1
provider: acme
title: Acme
documentation: https://acme.example/api
settings:
  region: { type: label, help: The region. }
  client_id: { help: The id. }
  client_secret: { secret: true, help: The secret. }
base_url: https://api.acme.example
auth: { oauth: { grant: client_credentials, at: "https://auth.{region}.acme.example/token", id: client_id, secret: client_secret, AS } }
actions:
  email.send:
    class: neither
    post: /mails
    json: { to: "${{ input.to }}" }
    output: { message_id: "${{ answer.body.id }}" }
    reason: ["Acme answered ${{ answer.status }}: ${{ answer.body.message }}"]
"#;
const SECRET: &str = "s3cret/of+theirs=";

fn described(how: &str) -> Implementation {
    let description = Description::parse(FILE.replace("AS", how).trim_start()).unwrap();
    assert_eq!(check(&description, &catalog()), []);
    Action::of::<EmailSend>().described(&Described::of(description)).unwrap()
}

fn account(one: &Implementation) -> Connection {
    let settings = json!({ "region": "eu", "client_id": "id-1", "client_secret": SECRET });
    connect(&one.provider, settings)
}

fn send(one: &Implementation, world: &Scripted, connection: &Connection) -> String {
    let mail = json!({ "to": "ada@example.com", "subject": "Hello", "text": "a" });
    let found = one.perform(&world.cx(connection), mail).now_or_never();
    outcome(found.expect("nothing waits in here"))
}

fn token(token: &str) -> Answer {
    json_answer(200, &json!({ "access_token": token, "token_type": "Bearer", "expires_in": 3600 }))
}

fn taken() -> Answer {
    json_answer(200, &json!({ "id": "m1" }))
}

const DONE: &str = r#"done: {"message_id":"m1"}"#;
const CALL: &str = "POST https://api.acme.example/mails\naccept: application/json\nauthorization: \
    Bearer t1\ncontent-type: application/json\n\n{\"to\":\"ada@example.com\"}";

#[test]
fn a_token_is_fetched_once_and_shared_until_it_ends() {
    let one = described("as: form, scope: \"mail:{region}\"");
    let (world, connection) = (Scripted::new([token("t1"), taken(), taken()]), account(&one));
    assert_eq!(send(&one, &world, &connection), DONE);
    assert_eq!(send(&one, &world, &connection), DONE);
    let asked = "POST https://auth.eu.acme.example/token\naccept: application/json\ncontent-type: \
        application/x-www-form-urlencoded\n\ngrant_type=client_credentials&scope=mail%3Aeu&\
        client_id=id-1&client_secret=s3cret%2Fof%2Btheirs%3D";
    assert_eq!(world.calls(), [asked, CALL, CALL]);
    world.pass(Duration::from_secs(3_541));
    world.will_answer([token("t1"), taken()]);
    assert_eq!(send(&one, &world, &connection), DONE);
    assert_eq!(world.calls(), [asked, CALL]);
}

#[test]
fn a_client_says_who_it_is_by_basic_with_both_as_in_a_form() {
    let one = described("as: basic, lasts: 48h, send: \"Acme-token {token}\"");
    let untimed = json_answer(200, &json!({ "access_token": "t1" }));
    let (world, connection) = (Scripted::new([untimed, taken()]), account(&one));
    assert_eq!(send(&one, &world, &connection), DONE);
    let [asked, call] = &world.calls()[..] else { panic!("two calls") };
    // `id-1:s3cret%2Fof%2Btheirs%3D`
    assert_eq!(
        *asked,
        "POST https://auth.eu.acme.example/token\naccept: application/json\nauthorization: Basic \
         aWQtMTpzM2NyZXQlMkZvZiUyQnRoZWlycyUzRA==\ncontent-type: \
         application/x-www-form-urlencoded\n\ngrant_type=client_credentials"
    );
    assert_eq!(*call, CALL.replace("Bearer", "Acme-token"));
    // What the answer does not say, the file does.
    world.pass(Duration::from_secs(47 * 3_600));
    world.will_answer([taken()]);
    assert_eq!(send(&one, &world, &connection), DONE);
}

#[test]
fn a_refused_token_is_renewed_once() {
    let one = described("as: form");
    let answers = [token("old"), answer(401, &[], ""), token("t1"), taken()];
    let (world, connection) = (Scripted::new(answers), account(&one));
    assert_eq!(send(&one, &world, &connection), DONE);
    let calls = world.calls();
    assert!(calls[1].contains("Bearer old") && calls[3] == CALL, "{calls:?}");
    let again = [answer(401, &[], ""), token("t2"), answer(401, &[], r#"{"message":"no"}"#)];
    world.will_answer(again);
    assert_eq!(send(&one, &world, &connection), "needs repair: Acme answered 401: no");
    assert_eq!(world.calls().len(), 3);
}

#[track_caller]
fn check_token_endpoint(answered: Answer, expected: &str) {
    let one = described("as: form");
    let (world, connection) = (Scripted::new([answered]), account(&one));
    assert_eq!(send(&one, &world, &connection), expected);
    assert_eq!(world.calls().len(), 1, "nothing was sent to the provider itself");
}

#[test]
fn what_the_token_endpoint_refuses_needs_repair_and_what_it_lacks_is_tried_later() {
    let refused =
        json!({ "error": "invalid_client", "error_description": format!("not {SECRET}") });
    for status in [400, 401, 403, 404] {
        check_token_endpoint(
            json_answer(status, &refused),
            &format!(
                "needs repair: the token endpoint answered {status}: invalid_client: not [secret]"
            ),
        );
    }
    check_token_endpoint(
        answer(302, &[("location", "https://elsewhere.example")], ""),
        "needs repair: redirect_blocked: the token endpoint answered 302, and redirects are not \
         followed; correct the connection's address",
    );
    let busy = answer(429, &[("retry-after", "7")], "");
    check_token_endpoint(busy, "not now, in 7 s: the token endpoint answered 429");
    for status in [500, 502, 503, 504] {
        let expected = format!("not now: the token endpoint answered {status}");
        check_token_endpoint(answer(status, &[], "<html>"), &expected);
    }
    let none = "not now: the answer of the token endpoint has no token";
    for body in ["<html>", "{}", r#"{"access_token":""}"#, r#"{"access_token":7}"#] {
        check_token_endpoint(answer(200, &[], body), none);
    }
    let lost = Err(HttpError::Lost("reset".to_owned()));
    check_token_endpoint(lost, "not now: no answer: reset");
    let away = Err(HttpError::NotSent("nobody is there".to_owned()));
    check_token_endpoint(away, "not now: could not connect: nobody is there");
}

#[test]
fn a_lifetime_may_be_a_text_and_an_endless_one_is_cut() {
    for expires_in in [json!("3600"), json!(u64::MAX), json!(null), json!("soon"), json!(-1)] {
        let one = described("as: form");
        let granted = json_answer(200, &json!({ "access_token": "t1", "expires_in": expires_in }));
        let (world, connection) = (Scripted::new([granted, taken(), taken()]), account(&one));
        assert_eq!(send(&one, &world, &connection), DONE);
        world.pass(Duration::from_secs(3_000));
        assert_eq!(send(&one, &world, &connection), DONE, "{expires_in}");
    }
}

#[test]
fn a_token_that_an_answer_repeats_is_hidden() {
    let one = described("as: form");
    let repeated = json!({ "message": "the token tok3n-of-acme has no right, s3cret/of+theirs=" });
    let answers = [token("tok3n-of-acme"), json_answer(422, &repeated)];
    let (world, connection) = (Scripted::new(answers), account(&one));
    let found = send(&one, &world, &connection);
    assert_eq!(found, "refused: Acme answered 422: the token [secret] has no right, [secret]");
}

#[test]
fn tokens_may_be_fetched_elsewhere() {
    let one = described("as: form");
    let schema = (one.provider.settings)();
    assert_eq!(schema["properties"]["token_url"]["type"], json!("string"));
    let settings = json!({
        "region": "eu", "client_id": "id-1", "client_secret": SECRET,
        "token_url": "https://evil.example/token",
    });
    let world = Scripted::new([]);
    let found = send(&one, &world, &connect(&one.provider, settings));
    let expected =
        "needs repair: url_blocked: host_not_allowed: evil.example is no host of the provider";
    assert!(found.starts_with(expected), "{found}");
    let missing: Value = json!({ "region": "eu", "client_id": "id-1" });
    let found = send(&one, &world, &connect(&one.provider, missing));
    assert!(found.contains("missing field `client_secret`"), "{found}");
}
