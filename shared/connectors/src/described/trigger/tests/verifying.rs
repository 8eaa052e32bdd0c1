//! Whom an endpoint believes.

use super::{NOW, connection, delivery, provider, received};
use crate::deliveries::{Delivery, not_ready, secret_faults};
use crate::described::Described;
use http::Method;
use serde_json::{Value, json};

/// The body of the vectors.
const BODY: &str = "{\"id\":1,\"t\":\"é\"}";
/// The headers of a delivery.
type Headers<'a> = &'a [(&'a str, &'a str)];
const EVENTS: &str = "  id: ${{ delivery.body.id }}\n  events: [{ event: webhook.received, data: { body: \"${{ delivery.body }}\" } }]\n";

fn by(verify: &str) -> Described {
    provider("", &format!("  verify: {verify}\n{EVENTS}"))
}

#[track_caller]
fn check(verify: &str, secret: impl Into<Value>, delivery: &Delivery, expected: &str) {
    let found = received(&by(verify), json!({ "secret": secret.into() }), delivery);
    let found = found.map_or_else(|refusal| refusal.code().to_owned(), |read| read.topic);
    assert_eq!(found, expected, "{verify}");
}

/// Values of other people's verifiers, as the notes on providers have them: "ran" with the vendor's own code, or made
/// by the vendor's formula.
#[test]
fn the_schemes_of_vendors_are_said_by_parameters() {
    let time = NOW.to_string();
    let vectors: [(&str, &str, Headers<'_>); 7] = [
        (
            "{ hmac: { header: x-wc-webhook-signature, key: secret, decode: html, over: [body], hash: sha256, encoding: base64 } }",
            "s3cret",
            &[("x-wc-webhook-signature", "w9yfmXrMHW1QFEiyLTefb5jpOzlQE9WM2Klh3CnwanY=")],
        ),
        (
            "{ hmac: { header: x-mollie-signature, prefix: sha256=, key: secret, over: [body], hash: sha256, encoding: hex } }",
            "molsec",
            &[(
                "x-mollie-signature",
                "sha256=302d82ad563f5f76c1705a79828cee5e7c83f710d0a818ea60f7e54faa8600d2",
            )],
        ),
        (
            "{ hmac: { header: x-notion-signature, prefix: sha256=, key: secret, over: [body], hash: sha256, encoding: hex } }",
            "ntok",
            &[(
                "x-notion-signature",
                "sha256=e06ddb0c594e0afd300b88292c4fb4a32427db693e07de9810405b5b64a6b565",
            )],
        ),
        (
            "{ hmac: { header: sanity-webhook-signature, pairs: { signature: v1, timestamp: t }, key: secret, over: [timestamp, ., body], hash: sha256, encoding: base64, tolerance: 300s } }",
            "sansec",
            &[(
                "sanity-webhook-signature",
                "t=1763899200000,v1=c51q5AiW0FLRQsfYIpcX0mMVAse5GfN-EY4u6-2As7M",
            )],
        ),
        (
            "{ hmac: { header: x-cio-signature, timestamp: x-cio-timestamp, key: secret, over: ['v0:', timestamp, ':', body], hash: sha256, encoding: hex, tolerance: 300s } }",
            "ciokey",
            &[
                (
                    "x-cio-signature",
                    "e2c3491b4538437b98b1c73d8e160b1fa242eb5e0708b6a6833ae2d1b986e2af",
                ),
                ("x-cio-timestamp", &time),
            ],
        ),
        // The same scheme by its own parameters, and by its name: BigCommerce, whose key is a text.
        (
            "{ hmac: { header: webhook-signature, prefix: 'v1,', separator: ' ', timestamp: webhook-timestamp, id: webhook-id, key: secret, over: [id, ., timestamp, ., body], hash: sha256, encoding: base64, tolerance: 300s } }",
            "bc_client_secret_text",
            &[
                ("webhook-signature", "v1a,x v1,Pq4IzbsXE470J92fH3M3/G4egS7ZFTU3T3ItrJcc4dI="),
                ("webhook-id", "msg_1"),
                ("webhook-timestamp", &time),
            ],
        ),
        (
            "{ standard_webhooks: { key: secret } }",
            "whsec_YmNfY2xpZW50X3NlY3JldF90ZXh0",
            &[
                ("webhook-signature", "v1,Pq4IzbsXE470J92fH3M3/G4egS7ZFTU3T3ItrJcc4dI="),
                ("webhook-id", "msg_1"),
                ("webhook-timestamp", &time),
            ],
        ),
    ];
    for (verify, secret, headers) in &vectors {
        let genuine = delivery(headers, "", BODY);
        check(verify, *secret, &genuine, "*");
        check(verify, json!(["another", secret]), &genuine, "*");
        let other = ["whsec_YW5vdGhlcg=="];
        check(verify, json!(other), &genuine, "signature_invalid");
        check(verify, *secret, &delivery(headers, "", "{\"id\":2}"), "signature_invalid");
        check(verify, *secret, &delivery(&headers[1..], "", BODY), "signature_missing");
        check(verify, json!([]), &genuine, "not_found");
    }
}

/// The vectors of RFC 2202 and RFC 4231, case 2 of each; their message is no JSON, which is found out only behind a
/// signature that fits.
#[test]
fn each_hash_is_that_of_its_name() {
    let message = "what do ya want for nothing?";
    let sha512 = "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554\
                  9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737";
    let hashes = [
        ("sha1", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
        ("sha256", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        ("sha512", sha512),
    ];
    for (hash, digest) in hashes {
        for (decode, secret) in [("text", "Jefe"), ("hex", "4a656665"), ("base64", "SmVmZQ==")] {
            let verify = format!(
                "{{ hmac: {{ header: x-sig, key: secret, decode: {decode}, over: [body], hash: {hash}, encoding: hex }} }}"
            );
            check(&verify, secret, &delivery(&[("x-sig", digest)], "", message), "json_invalid");
            check(
                &verify,
                secret,
                &delivery(&[("x-sig", &digest[2..])], "", message),
                "signature_invalid",
            );
        }
    }
}

#[test]
fn a_time_is_near_and_a_number_and_no_other_label_counts() {
    let verify = "{ hmac: { header: x-sig, pairs: { signature: v1, timestamp: t }, key: secret, over: [timestamp, ., body], hash: sha256, encoding: hex, tolerance: 300s } }";
    let signed = |time: &str| {
        let parts: [&[u8]; 3] = [time.as_bytes(), b".", BODY.as_bytes()];
        tradewind_engine::digests::hex(&crate::deliveries::signature::sign(b"s3cret", &parts))
    };
    let header = |header: &str| delivery(&[("x-sig", header)], "", BODY);
    let at = |time: &str| header(&format!("t={time},v1={}", signed(time)));
    check(verify, "s3cret", &at(&NOW.to_string()), "*");
    check(verify, "s3cret", &at(&(NOW - 300).to_string()), "*");
    check(verify, "s3cret", &at(&format!("{}999", NOW + 300)), "*");
    for far in [(NOW - 301).to_string(), (NOW + 301).to_string(), "0".to_owned(), "9".repeat(30)] {
        check(verify, "s3cret", &at(&far), "timestamp_out_of_range");
    }
    let now = NOW.to_string();
    let fits = signed(&now);
    for odd in ["", "-5", "abc", "1763899200.0", "1763899200é"] {
        let header =
            http::HeaderValue::from_bytes(format!("t={odd},v1={fits}").as_bytes()).unwrap();
        let mut odd = delivery(&[], "", BODY);
        odd.headers.insert("x-sig", header);
        let code = received(&by(verify), json!({ "secret": "s3cret" }), &odd).unwrap_err().code();
        assert!(["signature_malformed", "signature_missing"].contains(&code), "{code}");
    }
    let other = "00".repeat(32);
    check(verify, "s3cret", &header(&format!("t={now},v1={other},v1={fits},v0=x")), "*");
    check(verify, "s3cret", &header(&format!("t={now},v0={fits}")), "signature_malformed");
    check(verify, "s3cret", &header(&format!("v1={fits}")), "signature_malformed");
    check(verify, "s3cret", &header(&fits), "signature_malformed");
    let many = format!("t={now},{}v1={fits}", format!("v1={other},").repeat(8));
    check(verify, "s3cret", &header(&many), "signature_malformed");
}

#[test]
fn an_id_holds_no_separator() {
    let verify = "{ hmac: { header: x-sig, id: x-id, key: secret, over: [id, '.', body], hash: sha256, encoding: hex } }";
    let parts: [&[u8]; 3] = [b"a", b".", b"b.{}"];
    let digest =
        tradewind_engine::digests::hex(&crate::deliveries::signature::sign(b"s3cret", &parts));
    let moved = delivery(&[("x-sig", &digest), ("x-id", "a.b")], "", "{}");
    check(verify, "s3cret", &moved, "signature_malformed");
}

#[test]
fn a_shared_secret_stands_where_the_file_says() {
    let bearer = [("authorization", "Bearer s3cret")];
    let basic = [("authorization", "Basic YW55Ym9keTpzM2NyZXQ=")];
    let header = [("x-token", "s3cret")];
    let ways: [(&str, Headers<'_>, &str); 4] = [
        ("{ shared_secret: { in: header, name: X-Token, key: secret } }", &header, ""),
        ("{ shared_secret: { in: query, name: token, key: secret } }", &[], "a=1&token=s3cret"),
        ("{ shared_secret: { in: bearer, key: secret } }", &bearer, ""),
        ("{ shared_secret: { in: basic, key: secret } }", &basic, ""),
    ];
    for (verify, headers, query) in ways {
        let genuine = delivery(headers, query, BODY);
        check(verify, "s3cret", &genuine, "*");
        check(verify, json!(["old", "s3cret"]), &genuine, "*");
        check(verify, "s3cre", &genuine, "signature_invalid");
        check(verify, "", &genuine, "not_found");
        check(verify, "s3cret", &delivery(&[], "", BODY), "signature_missing");
        check(
            verify,
            "s3cret",
            &delivery(&[("authorization", "s3cret")], "", BODY),
            "signature_missing",
        );
    }
}

#[test]
fn a_secret_that_is_none_is_named_and_several_are_only_where_the_file_says_so() {
    let verify = "{ hmac: { header: x-sig, key: secret, decode: hex, over: [body], hash: sha256, encoding: hex } }";
    let provider = by(verify);
    let endpoint = provider.provider().trigger.as_deref().unwrap();
    let fault = not_ready(endpoint, &connection(&provider, json!({ "secret": "no hex" })));
    assert_eq!(fault.as_deref(), Some("a secret is not in hexadecimal digits"));
    let passed_over = connection(&provider, json!({ "secret": ["00ff", "no hex"] }));
    assert_eq!(not_ready(endpoint, &passed_over), None);
    assert_eq!(secret_faults(endpoint, &passed_over).len(), 1);
    let missing = not_ready(endpoint, &connection(&provider, json!({}))).unwrap();
    assert_eq!(missing, "the setting secret has no secret for its webhooks");
    let one = super::provider(
        "  token: { secret: true, help: Another. }\n",
        &format!("  verify: {{ shared_secret: {{ in: bearer, key: token }} }}\n{EVENTS}"),
    );
    let endpoint = one.provider().trigger.as_deref().unwrap();
    let several = not_ready(endpoint, &connection(&one, json!({ "token": ["a", "b"] })));
    assert_eq!(several.as_deref(), Some("the setting token is not one secret"));
}

#[test]
fn what_is_not_done_here_makes_no_endpoint() {
    for verify in [
        "{ shared_secret: { in: path, key: secret } }",
        "{ adyen_item: { key: secret } }",
        "{ hmac: { header: x-sig, key: secret, over: [url, body], hash: sha256, encoding: hex } }",
    ] {
        check(verify, "s3cret", &delivery(&[("x-sig", "00")], "", BODY), "not_found");
    }
}

#[track_caller]
fn check_try(answers: &str, request: &Delivery, expected: Option<(u16, &str)>) {
    let trigger = format!(
        "  answers: {answers}\n  verify: {{ shared_secret: {{ in: header, name: x-token, key: secret }} }}\n{EVENTS}"
    );
    let provider = provider("", &trigger);
    let endpoint = provider.provider().trigger.as_deref().unwrap();
    let answer = endpoint.handshake(request);
    let answer = answer.as_ref().map(|answer| (answer.status.as_u16(), answer.text.as_str()));
    assert_eq!(answer, expected, "{} {}", request.method, request.query);
}

#[test]
fn an_address_may_be_tried_and_gives_back_one_token() {
    let echo = "[{ method: GET, query: [validationToken], status: 200, echo: validationToken }]";
    let asked = |query: &str| Delivery { method: Method::GET, ..delivery(&[], query, "") };
    check_try(echo, &asked("validationToken=a-b_c.d~1"), Some((200, "a-b_c.d~1")));
    let longest = "a".repeat(256);
    check_try(echo, &asked(&format!("validationToken={longest}")), Some((200, &longest)));
    for odd in ["", "a%20b", "%3Cb%3E", "a%0Ab", "%C3%A9", &"a".repeat(257), "a&validationToken=b"]
    {
        check_try(echo, &asked(&format!("validationToken={odd}")), None);
    }
    check_try(echo, &asked("other=1"), None);
    check_try(echo, &delivery(&[], "validationToken=a", ""), None);
    let signed = delivery(&[("x-token", "guess")], "validationToken=a", "");
    check_try(echo, &Delivery { method: Method::GET, ..signed }, None);
}

#[test]
fn a_form_may_be_a_try() {
    let ping = "[{ method: POST, form: [webhook_id], status: 204 }]";
    let form = [("content-type", "application/x-www-form-urlencoded; charset=utf-8")];
    check_try(ping, &delivery(&form, "", "webhook_id=7"), Some((204, "")));
    check_try(ping, &delivery(&form, "", "other=7"), None);
    check_try(ping, &delivery(&[], "", "webhook_id=7"), None);
    check_try(
        ping,
        &delivery(&[("content-type", "application/json")], "", "{\"webhook_id\":7}"),
        None,
    );
    check_try("[]", &delivery(&form, "", "webhook_id=7"), None);
}
