//! Every mistake, with its message and its place. The file around it is right.

use super::*;

const FILE: &str = r#"format: 1
provider: acme
title: Acme
documentation: https://acme.example
settings:
  token: { secret: true, help: A token. }
  region: { type: label, help: A region. }
  site: { type: host, help: A host. }
  from: { help: A sender. }
base_url: https://api.acme.example
auth: { bearer: token }
actions:
  email.send:
    class: neither
    post: /mails
    json: { to: "${{ input.to }}" }
    success: { status: [200] }
    output: { message_id: null }
"#;

pub(super) const TRIGGER: &str = r#"trigger:
  verify: { shared_secret: { in: path, key: token } }
  topic: ${{ delivery.body.type }}
  id: ${{ delivery.body.id }}
  events:
    - { topics: [a], event: webhook.received, data: { topic: "${{ delivery.topic }}" } }
"#;

/// Reads and checks the file with one text in place of another.
pub(super) fn problems(from: &str, to: &str) -> String {
    let whole = format!("{FILE}{TRIGGER}");
    assert_eq!(whole.matches(from).count(), 1, "{from}");
    let source = whole.replacen(from, to, 1);
    match Description::parse(&source) {
        Ok(description) => shown(&check(&description, &known())),
        Err(problems) => shown(&problems),
    }
}

pub(super) fn check_refused(from: &str, to: &str, expected: &str) {
    assert_eq!(problems(from, to), expected, "{to}");
}

#[test]
fn the_file_itself_is_right() {
    check_refused("title: Acme", "title: Other", "");
}

#[test]
fn unknown_keys_are_refused_wherever_they_stand() {
    for (from, to, expected) in [
        (
            "title: Acme",
            "titel: Acme",
            "3:1: unknown_key: there is no key `titel` here (did you mean `title`?)",
        ),
        (
            "help: A token.",
            "hlep: A token.",
            "6:26: unknown_key: there is no key `hlep` here (did you mean `help`?)",
        ),
        (
            "    success: {",
            "    succes: {",
            "17:5: unknown_key: there is no key `succes` here (did you mean `success`?)",
        ),
        (
            "status: [200]",
            "statuses: [200]",
            "17:16: unknown_key: there is no key `statuses` here (did you mean `status`?)",
        ),
        (
            "event: webhook",
            "evnt: webhook",
            "24:22: unknown_key: there is no key `evnt` here (did you mean `event`?)",
        ),
        (
            "  topic: $",
            "  retries: 3\n  topic: $",
            "21:3: unknown_key: there is no key `retries` here (the keys are answers, verify, topic, id, test, items, events, enrich)",
        ),
        ("{ to:", "{ $iff: 1, to:", "16:13: unknown_key: there is no `$iff` (did you mean `$if`?)"),
    ] {
        let found = problems(from, to);
        assert!(found.lines().any(|line| line == expected), "{to}:\n{found}");
    }
}

#[test]
fn what_a_file_must_say_is_missed() {
    check_refused("title: Acme\n", "", "1:1: missing_key: the key `title` is missing");
    check_refused(", help: A token.", "", "6:10: missing_key: the key `help` is missing");
    check_refused("    class: neither\n", "", "14:5: missing_key: the key `class` is missing");
    check_refused(
        "    post: /mails\n",
        "",
        "14:5: missing_key: there is no request (write one of get, post, put, patch or delete, with the path)",
    );
    check_refused(
        "    output: { message_id: null }\n",
        "",
        "14:5: missing_key: the key `output` is missing",
    );
    check_refused(
        "  verify: { shared_secret: { in: path, key: token } }\n",
        "",
        "20:3: missing_key: the key `verify` is missing",
    );
    check_refused(
        "verify: { shared_secret: { in: path, key: token } }",
        "verify: {}",
        "20:11: type_mismatch: `verify` is exactly one of hmac, standard_webhooks, shared_secret or a \
         verifier by its name",
    );
    check_refused(TRIGGER, "", "");
}

#[test]
fn a_file_of_a_newer_format_is_left_alone() {
    check_refused(
        "format: 1",
        "format: 2\nloops: all",
        "1:9: format_newer: this file has format 2: it is written for a newer tradewind; this one knows \
         format 1 (use a newer tradewind)",
    );
    check_refused("format: 1", "format: 0", "1:9: unknown_value: `format` must be 1");
    let stored = |format: &str| Description::of_stored(&FILE.replacen("format: 1", format, 1));
    assert!(stored("format: 1").is_ok());
    let newer = stored("format: 2\nloops: all").unwrap_err();
    assert!(newer.is_newer());
    assert_eq!(
        newer.to_string(),
        "this provider file has version 2: a newer tradewind wrote it; this one knows version 1 and \
         leaves it alone"
    );
    let damaged = stored("format: one").unwrap_err();
    assert!(!damaged.is_newer());
    assert_eq!(damaged.to_string(), "this provider file cannot be read: line 1, column 9");
}

#[test]
fn addresses_are_https_and_their_hosts_are_fixed() {
    let base = "base_url: https://api.acme.example";
    check_refused(
        base,
        "base_url: http://api.acme.example",
        "10:11: url_invalid: `base_url` must begin with https://",
    );
    check_refused(
        "documentation: https://acme.example",
        "documentation: http://acme.example",
        "4:16: url_invalid: `documentation` must be the address of a page, and begin with https://",
    );
    check_refused(
        base,
        "base_url: https://api.acme.example/",
        "10:11: url_invalid: `base_url` ends with `/` (each path begins with it)",
    );
    check_refused(
        base,
        "base_url: https://api.acme.example:8443",
        "10:11: url_invalid: `base_url` names a user or a port: it is `https://` and a host",
    );
    check_refused(
        base,
        "base_url: https://api.acme.example?a=b",
        "10:11: url_invalid: `base_url` has a query or a fragment: nothing can follow behind these",
    );
    check_refused(
        base,
        "base_url: https://127.0.0.1",
        "10:11: host_invalid: `127.0.0.1` is no host: write a name such as api.example.com",
    );
    check_refused(
        base,
        "base_url: https://${{ settings.site }}",
        "10:19: expression_invalid: `base_url` cannot hold an expression (name a setting, as in `{name}`)",
    );
    check_refused(base, "base_url: https://{region}.acme.example", "");
    check_refused(base, "base_url: https://{site}", "");
    check_refused(
        base,
        "base_url: https://{regin}.acme.example",
        "10:20: unknown_setting: there is no setting `regin` (did you mean `region`?)",
    );
    check_refused(
        base,
        "base_url: https://{site}.acme.example",
        "10:20: setting_type: `site` stands in an address as a label (that needs `type: label` at the setting)",
    );
    let part = "is only a part of a segment or of a label (a setting stands for a whole host, a label before \
         a `.`, or a whole segment)";
    check_refused(
        base,
        "base_url: https://api.acme.{region}",
        &format!("10:29: setting_type: `{{region}}` {part}"),
    );
    check_refused(
        base,
        "base_url: https://a{region}.acme.example",
        &format!("10:21: setting_type: `{{region}}` {part}"),
    );
    check_refused(
        base,
        "base_url: https://api.acme.example/v1/{token}",
        "10:40: setting_type: the secret `token` stands in a part of an address (a secret is the whole \
         address or none of it)",
    );
    check_refused(
        base,
        "base_url: \"{from}\"",
        "10:11: setting_type: `base_url` is the whole of the setting `from` (that needs `type: url`, and \
         the hosts it may name as `hosts: […]`)",
    );
}

#[test]
fn secrets_are_no_values() {
    check_refused(
        "{ to: \"${{ input.to }}\" }",
        "{ to: \"${{ settings.token }}\" }",
        "16:22: secret_is_no_value: `settings.token` is a secret, and no expression sees one (name it in \
         `auth`, `base_url` or `verify`)",
    );
    check_refused(
        "auth: { bearer: token }",
        "auth: { bearer: from }",
        "11:17: not_a_secret: `bearer` names the setting `from`, which is no secret (write `secret: true` \
         at the setting)",
    );
    check_refused(
        "in: path, key: token",
        "in: path, key: from",
        "20:45: not_a_secret: `key` names the setting `from`, which is no secret (write `secret: true` at \
         the setting)",
    );
    check_refused(
        "{ secret: true, help: A token. }",
        "{ secret: true, default: x, help: A token. }",
        "6:35: not_together: a secret has no `default`: it stands in no file",
    );
    check_refused(
        "auth: { bearer: token }",
        "auth: { headers: { X-Token: \"${{ settings.token }}\" } }",
        "11:30: expression_invalid: `X-Token` cannot hold an expression (name a setting, as in `{name}`)",
    );
    check_refused(
        "auth: { bearer: token }",
        "auth: { magic: {} }",
        "11:9: unknown_key: there is no authenticator `magic` (there are headers, bearer, basic, oauth, \
         aws_sigv4)",
    );
    check_refused(
        "auth: { bearer: token }",
        "auth: { aws_sigv4: { region: eu-west-1, secret_access_key: \"{token}\", regoin: x } }",
        "11:71: unknown_key: unknown key `regoin` in `aws_sigv4` (did you mean `region`?)",
    );
    check_refused(
        "auth: { bearer: token }",
        "auth: { aws_sigv4: { secret_access_key: \"{token}\" } }",
        "11:9: missing_key: the key `region` is missing in `aws_sigv4`",
    );
    check_refused(
        "auth: { bearer: token }",
        "auth: { aws_sigv4: { region: eu-west-1, secret_access_key: \"{from}\" } }",
        "11:60: not_a_secret: `secret_access_key` names the setting `from`, which is no secret (write \
         `secret: true` at the setting)",
    );
    check_refused(
        "auth: { bearer: token }",
        "auth: { aws_sigv4: { region: eu-west-1, secret_access_key: abc } }",
        "11:41: not_a_secret: `secret_access_key` is a secret, and stands in the file (put it into a \
         setting with `secret: true` and name that as `{setting}`)",
    );
}

#[test]
fn expressions_see_what_is_there_in_their_place() {
    let to = "{ to: \"${{ input.to }}\" }";
    check_refused(
        to,
        "{ to: \"${{ answer.body.to }}\" }",
        "16:22: unknown_path: there is no `answer` here (an expression here begins with settings, maps, \
         input, key)",
    );
    check_refused(
        to,
        "{ to: \"${{ input.too }}\" }",
        "16:22: unknown_path: `input` has no `too` (did you mean `to`?)",
    );
    check_refused(
        to,
        "{ to: \"${{ settings.form }}\" }",
        "16:22: unknown_path: `settings` has no `form` (did you mean `from`?)",
    );
    check_refused(
        to,
        "{ to: \"${{ maps.nope }}\" }",
        "16:22: unknown_path: `maps` has no `nope`, nor anything else",
    );
    check_refused(
        to,
        "{ to: \"${{ env.HOME }}\" }",
        "16:22: unknown_path: there is no `env` here (what a connection is given stands in `settings`)",
    );
    check_refused(
        "{ status: [200] }",
        "{ if: \"${{ answer.headers['X-Ok'] == 'yes' }}\" }",
        "17:25: unknown_path: headers are seen in small letters: there is no `X-Ok` (write `x-ok`)",
    );
    check_refused(
        "{ status: [200] }",
        "{ if: \"${{ answer.status }}\" }",
        "17:25: type_mismatch: `if` must be true or false, but `answer.status` is a whole number",
    );
    check_refused(
        "topic: ${{ delivery.body.type }}",
        "topic: ${{ delivery.topic }}",
        "21:14: unknown_path: `delivery` has no `topic` (it has headers, query, body)",
    );
    check_refused(
        "post: /mails",
        "post: /mails/${{ input }}",
        "15:22: type_mismatch: `a piece of a text` must be text or a whole number or a number or true or \
         false, but `input` is a map",
    );
    check_refused(
        "post: /mails",
        "post: mails",
        "15:11: path_invalid: `post` must begin with `/` (the host stands in `base_url`; an empty path is \
         that address itself)",
    );
    check_refused(
        "post: /mails",
        "post: /mails?a=b",
        "15:11: path_invalid: `post` holds a query (write it under `query`)",
    );
    check_refused(
        "    class: neither\n",
        "    class: ${{ 'neither' }}\n",
        "14:12: unknown_value: `class` must be `keyed` or `natural` or `queryable` or `neither`",
    );
    check_refused(
        to,
        "{ \"${{ input.to }}\": 1 }",
        "16:13: expression_invalid: a key cannot hold an expression",
    );
}

#[test]
fn outputs_and_events_fit_their_contracts() {
    check_refused(
        "{ message_id: null }",
        "{ id: null }",
        "18:15: unknown_field: `output` has no field `id` (the fields are message_id)",
    );
    check_refused(
        "{ message_id: null }",
        "{ message_id: 7 }",
        "18:27: type_mismatch: `output.message_id` must be text or null, but is a whole number (put it in quotes)",
    );
    check_refused(
        "{ message_id: null }",
        "{ message_id: \"${{ answer.status }}\" }",
        "18:32: type_mismatch: `output.message_id` must be text or null, but `answer.status` is a whole number",
    );
    check_refused(
        "event: webhook.received",
        "event: webhook.recieved",
        "24:29: unknown_event: there is no event `webhook.recieved` (did you mean `webhook.received`?)",
    );
    check_refused(
        "event: webhook.received, data: { topic: \"${{ delivery.topic }}\" }",
        "event: payment.captured, data: { payment: { id: x, kind: refund } }",
        "24:64: missing_field: `data.payment` needs the field `amount`\n\
         24:79: unknown_value: `data.payment.kind` must be one of authorization, capture",
    );
    check_refused(
        "  email.send:",
        "  email.sned:",
        "13:3: unknown_action: there is no action `email.sned` (did you mean `email.send`?)",
    );
}

#[test]
fn what_a_part_gives_counts_as_if_it_stood_there() {
    let from = "event: webhook.received, data: { topic: \"${{ delivery.topic }}\" } }\n";
    let event = |beside: &str, part: &str| {
        format!(
            "event: payment.captured, data: {{ payment: {{ $use: pay, $of: \"${{{{ delivery.body }}}}\"{beside} }} }} }}\n\
             parts:\n  pay: {part}\n"
        )
    };
    let amount = ", amount: \"${{ it.total | minor('EUR') }}\"";
    let whole = "{ id: \"${{ it.id }}\", kind: capture }";
    check_refused(from, &event(amount, whole), "");
    check_refused(
        from,
        &event("", whole),
        "24:64: missing_field: `data.payment` needs the field `amount`",
    );
    check_refused(
        from,
        &event(amount, "{ id: 7, kind: refund, nope: 1 }"),
        "26:14: type_mismatch: `data.payment.id` must be text, but is a whole number (put it in quotes)\n\
         26:23: unknown_value: `data.payment.kind` must be one of authorization, capture\n\
         26:31: unknown_field: `data.payment` has no field `nope` (the fields are id, kind, amount, gateway_id, \
         order_id, customer_email, created_at)",
    );
    // What stands beside it wins, and nobody knows what is merged.
    check_refused(from, &event(&format!("{amount}, id: a"), "{ id: 7, kind: capture }"), "");
    check_refused(from, &event(", $merge: \"${{ it }}\"", "{ id: a }"), "");
}

#[test]
fn parts_are_there_and_do_not_use_themselves() {
    let check_used = |part: &str, parts: &str, expected: &str| {
        let from = "actions:\n  email.send:\n    class: neither\n    post: /mails\n    json: { to: \"${{ input.to }}\" }";
        let used = format!("json: {{ a: {{ $use: {part}, $of: \"${{{{ input }}}}\" }} }}");
        let action =
            format!("actions:\n  email.send:\n    class: neither\n    post: /mails\n    {used}");
        check_refused(from, &format!("parts:\n  {parts}\n{action}"), expected);
    };
    let names = "names: { first: \"${{ it.first }}\" }";
    check_used("names", names, "");
    check_used(
        "nams",
        names,
        "18:24: unknown_part: there is no part `nams` (did you mean `names`?)",
    );
    check_used(
        "names",
        "names: { $use: other, $of: \"${{ it }}\" }\n  other: { $use: names, $of: \"${{ it }}\" }",
        "13:3: part_recursive: the part `names` uses itself\n\
         14:3: part_recursive: the part `other` uses itself",
    );
    check_used(
        "names",
        "names: { first: \"${{ input.first_name }}\" }",
        "13:24: unknown_path: there is no `input` here (an expression here begins with settings, maps, it)",
    );
    check_used(
        "names",
        "names: text",
        "13:10: type_mismatch: the part `names` must be a map, but is text",
    );
}

#[test]
fn a_topic_is_taken_once() {
    let more = |condition: &str, topics: &str| {
        format!(
            "events:\n    - {{ topics: {topics}, {condition}event: webhook.received, data: {{}} }}\n    -"
        )
    };
    check_refused("events:\n    -", &more("if: true, ", "[b, a]"), "");
    check_refused(
        "events:\n    -",
        &more("", "[b, a]"),
        "25:18: duplicate_topic: the topic `a` is already taken on line 24",
    );
    check_refused(
        "events:\n    -",
        &more("if: true, ", "[b, b]"),
        "24:21: duplicate_topic: the topic `b` is already taken on line 24",
    );
    check_refused(
        "  topic: ${{ delivery.body.type }}\n",
        "",
        "23:7: missing_key: `topics` are listed, but `topic` does not say where they stand (write it as in \
         `topic: ${{ delivery.body.type }}`)\n\
         23:67: unknown_path: `delivery` has no `topic` (it has headers, query, body)",
    );
    check_refused(
        "id: ${{ delivery.body.id }}",
        "id: same",
        "22:7: id_same: `id` is the same for all deliveries (refer to `delivery`, as in `delivery.body.id`)",
    );
}
