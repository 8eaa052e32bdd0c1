use super::*;
use crate::problems::Problem;

/// The example of the design, as it is written there.
const EXAMPLE: &str = r"# tradewind.yaml
connections:
  shop:
    provider: commercelayer
    organization: acme
    client_id: ${{ env.CL_CLIENT_ID }}
    client_secret: ${{ secret.cl_client_secret }}
    webhook_secret: ${{ secret.cl_webhook }}
  mail:
    provider: sendgrid
    api_key: ${{ secret.sendgrid }}
    from: shop@example.com
  ops:
    provider: slack
    url: ${{ secret.slack_url }}
alerts:
  via: ops                       # failed and parked runs, dead letters, stalled workers
public_url: https://automation.example.com
";

fn check_problems(source: &str, expected: &str) {
    let problems = Project::parse(source).unwrap_err();
    let shown: Vec<_> = problems.iter().map(Problem::to_string).collect();
    assert_eq!(shown.join("\n"), expected, "{source}");
}

#[test]
fn the_example_of_the_design_is_read_in_full() {
    let project = Project::parse(EXAMPLE).unwrap();
    let shop = &project.connections[&"shop".into()];
    assert_eq!(shop.provider, "commercelayer".into());
    assert_eq!(shop.place, Place { line: 3, column: 3 });
    assert_eq!(
        shop.settings,
        [
            ("organization".to_owned(), Setting::Text("acme".to_owned())),
            ("client_id".to_owned(), Setting::Env("CL_CLIENT_ID".to_owned())),
            ("client_secret".to_owned(), Setting::Secret("cl_client_secret".to_owned())),
            ("webhook_secret".to_owned(), Setting::Secret("cl_webhook".to_owned())),
        ]
    );
    assert_eq!(project.alerts.as_ref().map(|alerts| &alerts.via), Some(&"ops".into()));
    assert_eq!(project.public_url.as_deref(), Some("https://automation.example.com"));
    assert_eq!(project.history, History { keep_days: 90, redact_after_days: 30 });
    assert_eq!(project.providers().len(), 3);
}

#[test]
fn settings_are_typed_and_nest() {
    let project = Project::parse(
        "connections:\n  relay:\n    provider: webhook\n    port: 25\n    tls: true\n    code: 00123\n\
         \x20   verify: { scheme: standard_webhooks, secret: ['${{ secret.a }}', \"${{secret.b}}\"] }\n",
    );
    let project = project.unwrap();
    let relay = &project.connections[&"relay".into()];
    assert_eq!(relay.setting("port"), Some(&Setting::Integer(25)));
    assert_eq!(relay.setting("tls"), Some(&Setting::Bool(true)));
    assert_eq!(relay.setting("code"), Some(&Setting::Text("00123".to_owned())));
    let verify = relay.setting("verify").unwrap();
    assert_eq!(verify.secrets(), ["a", "b"]);
    let Setting::Map(entries) = verify else { panic!("a map") };
    assert_eq!(entries[0], ("scheme".to_owned(), Setting::Text("standard_webhooks".to_owned())));
}

#[test]
fn env_and_secret_stand_alone() {
    check_problems(
        "connections:\n  a:\n    provider: http\n    auth: Bearer ${{ secret.token }}\n\
         \x20   one: ${{ secret.a }}${{ secret.b }}\n    two: ${{ secret.a | upper }}\n    three: ${{ trigger.x }}\n",
        "4:18: expression_invalid: `env` and `secret` stand alone: they cannot be part of a longer text\n\
         5:10: expression_invalid: `env` and `secret` stand alone: they cannot be part of a longer text\n\
         6:10: expression_invalid: a setting can be `${{ env.NAME }}` or `${{ secret.name }}`, nothing else\n\
         7:12: expression_invalid: a setting can be `${{ env.NAME }}` or `${{ secret.name }}`, nothing else",
    );
}

#[test]
fn history_is_kept_in_days() {
    let history = |text: &str| Project::parse(&format!("history: {text}")).map(|p| p.history);
    assert_eq!(
        history("{ keep: 10d, redact_after: 5d }"),
        Ok(History { keep_days: 10, redact_after_days: 5 })
    );
    assert_eq!(history("{ keep: 10d }"), Ok(History { keep_days: 10, redact_after_days: 10 }));
    check_problems(
        "history: { keep: 401d, redact_after: 5h, x: 1 }",
        "1:18: out_of_range: `keep` must be 1d to 400d\n\
         1:38: type_mismatch: `redact_after` must be a number of days, as in 90d\n\
         1:42: unknown_key: there is no key `x` here (the keys are keep, redact_after)",
    );
}

#[test]
fn the_zone_of_schedules_is_one_that_there_is() {
    let zone = |text: &str| Project::parse(text).map(|project| project.timezone);
    assert_eq!(zone("timezone: Europe/Rome"), Ok(Some("Europe/Rome".to_owned())));
    assert_eq!(zone("connections: {}"), Ok(None));
    check_problems(
        "timezone: Europe/Roma",
        "1:11: unknown_zone: there is no time zone `Europe/Roma` (did you mean `Europe/Rome`?)",
    );
    check_problems(
        "timezone: 1",
        "1:11: type_mismatch: `timezone` must be text, but is a whole number (put it in quotes)",
    );
}

#[test]
fn all_problems_are_reported_with_their_places() {
    check_problems(
        "conections: {}\nconnections:\n  Shop:\n    provider: x\n  b: 1\n  c:\n    url: x\n    d: 1.5\nalerts:\n\
         \x20 via: sl\n  too: x\npublic_url: example.com\n",
        "1:1: unknown_key: there is no key `conections` here (did you mean `connections`?)\n\
         3:3: id_invalid: the name of a connection is small letters, digits and `_`, and begins with a letter\n\
         5:6: type_mismatch: the connection `b` must be a map, but is a whole number\n\
         6:3: missing_key: the connection `c` needs the key `provider`\n\
         8:8: type_mismatch: the setting `d` cannot be a number\n\
         10:8: unknown_connection: there is no connection `sl`\n\
         11:3: unknown_key: there is no key `too` here (did you mean `to`?)\n\
         12:13: url_invalid: `public_url` cannot be understood: it has no scheme (write it as in \
         https://automation.example.com; a path may follow, where a proxy takes one)",
    );
}

#[test]
fn an_empty_project_is_a_project() {
    assert!(Project::parse("").unwrap().connections.is_empty());
    assert!(Project::parse("connections:\n").unwrap().connections.is_empty());
}

#[test]
fn a_public_url_is_what_paths_can_stand_behind() {
    let url = |text: &str| Project::parse(&format!("public_url: {text}\n"));
    for (written, kept) in [
        ("https://automation.example.com", "https://automation.example.com"),
        ("https://Automation.example.com/", "https://automation.example.com"),
        ("https://example.com:8443/tradewind/", "https://example.com:8443/tradewind"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost:8080", "http://localhost:8080"),
    ] {
        assert_eq!(url(written).unwrap().public_url.as_deref(), Some(kept), "{written}");
    }
    for (written, why) in [
        ("http://example.com", "must begin with https://"),
        ("ftp://example.com", "must begin with https://"),
        ("https://a:b@example.com", "names a user or a password"),
        ("https://example.com/?a=b", "ends with a query or a fragment"),
        ("'https://example.com/#a'", "ends with a query or a fragment"),
        ("https://", "cannot be understood"),
        ("automation.example.com", "cannot be understood: it has no scheme"),
    ] {
        let problems = url(written).unwrap_err();
        let shown = problems[0].to_string();
        let expected = format!("1:13: url_invalid: `public_url` {why}");
        assert!(problems.len() == 1 && shown.starts_with(&expected), "{written}: {shown}");
    }
}
