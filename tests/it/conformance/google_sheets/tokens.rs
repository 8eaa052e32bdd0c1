//! Access tokens: signed for, shared, and renewed once.

use super::{SUBJECT, appended, before, header, keys, server, token};
use crate::conformance::stage::{Stage, Subject, outcome};
use crate::fakes::Answer;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use expect_test::expect;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn the_assertion_is_signed_with_the_accounts_key() {
    let server = server(before().into_iter().chain([appended()])).await;
    Stage::new().perform(&SUBJECT, &server.url).await.unwrap();
    let body = String::from_utf8(server.seen()[0].body.clone()).unwrap();
    let (_, assertion) = body.split_once("&assertion=").unwrap();
    let (signed, signature) = assertion.rsplit_once('.').unwrap();
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).unwrap();
    let public_key = include_bytes!("service_account.public.der");
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public_key)
        .verify(signed.as_bytes(), &decode(signature))
        .unwrap();
    let parts: Vec<_> =
        signed.split('.').map(|part| String::from_utf8(decode(part)).unwrap()).collect();
    let authority = server.url.trim_start_matches("http://");
    expect![[r#"
        {"alg":"RS256","typ":"JWT"}
        {"iss":"books@example.iam.gserviceaccount.com","scope":"https://www.googleapis.com/auth/spreadsheets","aud":"http://SERVER/token","iat":1795435200,"exp":1795438800}"#]].assert_eq(&parts.join("\n").replace(authority, "SERVER"));
}

#[tokio::test]
async fn one_token_serves_until_it_ends() {
    let round = [header(), keys(), appended()];
    let script = [token("token-1")].into_iter().chain(round.clone()).chain(round.clone());
    let server = server(script.chain([token("token-2")]).chain(round)).await;
    let stage = Stage::new();
    stage.perform(&SUBJECT, &server.url).await.unwrap();
    stage.perform(&SUBJECT, &server.url).await.unwrap();
    stage.clock.pass(Duration::from_secs(3_550));
    stage.perform(&SUBJECT, &server.url).await.unwrap();
    let seen = server.seen();
    let tokens = seen.iter().filter_map(|seen| seen.header("authorization"));
    assert_eq!(tokens.clone().filter(|token| *token == "Bearer token-1").count(), 6);
    assert_eq!(tokens.filter(|token| *token == "Bearer token-2").count(), 3);
}

#[tokio::test]
async fn a_refused_token_is_renewed_once() {
    let refused = || Answer::json(401, json!({ "error": { "message": "Invalid Credentials" } }));
    let first = server([token("old"), refused(), token("new"), header(), keys(), appended()]).await;
    expect![[r#"done: {"row_number":4,"appended":true}"#]]
        .assert_eq(&outcome(Stage::new().perform(&SUBJECT, &first.url).await));
    let second = server([token("old"), refused(), token("new"), refused()]).await;
    expect!["needs repair: Google Sheets answered 401: Invalid Credentials"]
        .assert_eq(&outcome(Stage::new().perform(&SUBJECT, &second.url).await));
}

#[tokio::test]
async fn a_key_that_is_none_needs_repair_and_stays_hidden() {
    let server = server([]).await;
    let unreadable = Subject {
        settings: |url| json!({ "service_account": "s3cret", "spreadsheet_id": "1", "base_url": url }),
        ..SUBJECT
    };
    let unusable = Subject {
        settings: |url| {
            let account = json!({ "client_email": "a@b", "private_key": "s3cret" });
            json!({ "service_account": account, "spreadsheet_id": "1", "base_url": url })
        },
        ..SUBJECT
    };
    let mut lines = Vec::new();
    for subject in [unreadable, unusable] {
        lines.push(outcome(Stage::new().perform(&subject, &server.url).await));
    }
    expect![[r#"
        needs repair: setting_invalid: connection account: service_account is not the JSON key of a service account
        needs repair: setting_invalid: private_key is no PEM text: it begins with `-----BEGIN PRIVATE KEY-----` and ends with its END line"#]].assert_eq(&lines.join("\n"));
    assert!(server.seen().is_empty());
}
