//! Mistakes in settings, requests, answers, deliveries and actions of one's own.

use super::refusals::{TRIGGER, check_refused};

#[test]
fn settings_say_what_fits_together() {
    let from = "from: { help: A sender. }";
    for (setting, expected) in [
        (
            "from: { type: number, help: A sender. }",
            "9:17: unknown_value: `type` must be `text` or `integer` or `boolean` or `address` or `url` or `host` or `label` or `segment` or `map`",
        ),
        (
            "from: { type: integer, default: x, help: A sender. }",
            "9:35: type_mismatch: `default` must be a whole number, but is text",
        ),
        (
            "from: { default: 7, help: A sender. }",
            "9:20: type_mismatch: `default` must be text, but is a whole number (put it in quotes)",
        ),
        (
            "from: { default: x, optional: true, help: A sender. }",
            "9:33: not_together: what has a `default` can be left out anyway",
        ),
        (
            "from: { several: true, help: A sender. }",
            "9:20: not_together: there are `several` of a secret only",
        ),
        (
            "from: { secret: true, type: map, help: A sender. }",
            "9:31: not_together: a secret is a text or a whole address (`url`)",
        ),
        (
            "from: { hosts: [a.example], help: A sender. }",
            "9:18: not_together: only a whole address (`type: url`) has `hosts`",
        ),
        (
            "from: { type: url, hosts: [a, https://b.example], help: A sender. }",
            "9:30: host_invalid: `a` is no host: write a name such as api.example.com\n9:33: host_invalid: `https://b.example` is no host: write a name such as api.example.com",
        ),
        (
            "base_url: { help: A sender. }",
            "9:3: id_invalid: every connection has a `base_url` already",
        ),
        (
            "From: { help: A sender. }",
            "9:3: id_invalid: the name of a setting is small letters, digits and `_`, and begins with a letter",
        ),
        ("from: {}", "9:9: missing_key: the key `help` is missing"),
        ("from: { help: \" \" }", "9:17: text_missing: `help` is empty"),
        ("from: { type: map, default: { a: 1, b: x }, help: A sender. }", ""),
    ] {
        check_refused(from, setting, expected);
    }
}

#[test]
fn a_request_is_one_and_has_one_body() {
    let post = "    post: /mails\n    json: { to: \"${{ input.to }}\" }\n";
    for (request, expected) in [
        (
            "    post: /mails\n    put: /mails\n",
            "16:10: not_together: `put` is a second request: there is one",
        ),
        (
            "    post: /a\n    json: {}\n    form: {}\n",
            "17:11: not_together: a request has one body: `json` or `form`",
        ),
        (
            "    post: /a/{region}\n",
            "15:11: path_invalid: `post` holds a brace, which would be sent as it is (`{name}` stands in `base_url`; here a setting is `${{ settings.name }}`)",
        ),
        (
            "    post: /a/${{ key }}/../b\n",
            "15:11: path_invalid: `post` has a segment of dots: it would lead elsewhere",
        ),
        (
            "    post: /a/%2E%2e\n",
            "15:11: path_invalid: `post` has a segment of dots: it would lead elsewhere",
        ),
        ("    post: /a/${{ key }}..\n", ""),
        (
            "    post: /a/${{ key }}?b=c\n",
            "15:11: path_invalid: `post` holds a query (write it under `query`)",
        ),
        (
            "    post: /a\n    form: [1]\n",
            "16:11: type_mismatch: `form` must be a map, but is a list",
        ),
        (
            "    post: /a\n    json: {}\n    lists: repeat\n",
            "17:12: missing_key: `lists` needs a `form` beside it",
        ),
        (
            "    post: /a\n    form: {}\n    lists: twice\n",
            "17:12: unknown_value: `lists` must be `index` or `repeat` or `empty`",
        ),
        (
            "    post: /a\n    query: { a: [1] }\n",
            "16:17: type_mismatch: `query.a` must be one value, but is a list",
        ),
        (
            "    post: /a\n    query: { a: \"${{ input }}\" }\n",
            "16:22: type_mismatch: `query.a` must be text or a whole number or a number or true or false, but `input` is a map",
        ),
        (
            "    post: /a\n    headers: { \"a b\": c }\n",
            "16:16: header_invalid: `a b` is no name of a header",
        ),
        (
            "    post: /a\n    key: { header: A, query: b }\n",
            "16:10: not_together: a key goes to one place: `header`, `query` or `body`",
        ),
        (
            "    post: /a\n    key: { header: A, max: 8 }\n",
            "16:28: out_of_range: `max` must be 32 to 1000",
        ),
        (
            "    post: /a\n    key: { header: A, window: soon }\n",
            "16:31: type_mismatch: `window` must be a length of time (write it as in 20s, 30m, 24h or 2d)",
        ),
        (
            "    post: /a\n    needs: { if: true }\n",
            "16:12: missing_key: the key `else` is missing",
        ),
        (
            "    post: /a\n    needs: { if: true, else: \"No way\" }\n",
            "16:30: id_invalid: `else` must be small letters, digits and `_`, and begin with a letter",
        ),
    ] {
        check_refused(post, request, expected);
    }
}

#[test]
fn forms_are_made_of_four_words() {
    let to = "{ to: \"${{ input.to }}\" }";
    for (form, expected) in [
        (
            "{ $each: \"${{ input.to }}\", $as: one, $item: 1 }",
            "16:25: type_mismatch: `$each` must be a list, but `input.to` is text",
        ),
        (
            "{ $each: \"${{ answer.x }}\", $as: one, $item: 1 }",
            "16:25: unknown_path: there is no `answer` here (an expression here begins with settings, maps, input, key)",
        ),
        (
            "{ $each: \"${{ maps }}\", $as: input, $item: 1 }",
            "16:40: id_invalid: `input` is something else in expressions",
        ),
        (
            "{ $each: \"${{ maps }}\", $as: One, $item: 1 }",
            "16:40: id_invalid: the name of an item is small letters, digits and `_`, and begins with a letter",
        ),
        ("{ $each: \"${{ maps }}\", $item: 1 }", "16:11: missing_key: the key `$as` is missing"),
        (
            "{ $each: \"${{ maps }}\", $as: one, $item: 1, a: 1 }",
            "16:55: unknown_key: there is no key `a` here (the keys are $each, $as, $key, $item, $if)",
        ),
        ("{ $as: one, a: 1 }", "16:13: missing_key: `$as` needs `$each` beside it"),
        ("{ $key: \"${{ key }}\", a: 1 }", "16:13: missing_key: `$key` needs `$each` beside it"),
        ("{ $of: \"${{ input }}\" }", "16:18: missing_key: `$of` needs `$use` beside it"),
        ("{ $use: part }", "16:11: missing_key: the key `$of` is missing"),
        (
            "{ $merge: \"${{ input.to }}\" }",
            "16:26: type_mismatch: `$merge` must be a map, but `input.to` is text",
        ),
        (
            "{ $if: \"${{ input.to }}\" }",
            "16:23: type_mismatch: `$if` must be true or false, but `input.to` is text",
        ),
        (
            "{ a: \"x ${{ input }}\" }",
            "16:23: type_mismatch: `a piece of a text` must be text or a whole number or a number or true or false, but `input` is a map",
        ),
    ] {
        check_refused(to, form, expected);
    }
}

#[test]
fn answers_are_told_apart_by_statuses_and_conditions() {
    let success = "    success: { status: [200] }\n";
    for (keys, expected) in [
        (
            "    success: { status: 200 }\n",
            "17:24: type_mismatch: `status` must be a list of statuses, but is a whole number (write it as in `status: [200]`)",
        ),
        ("    success: { status: [200, 200] }\n", "17:30: duplicate_value: 200 stands here twice"),
        (
            "    success: { status: [99] }\n",
            "17:25: unknown_value: a status is a whole number from 200 to 599",
        ),
        ("    success: { status: [404] }\n", "17:24: unknown_value: 404 is no status of a success"),
        (
            "    wait: [after-a-while]\n",
            "17:12: unknown_value: there is no wait `after-a-while` (write `retry-after`, or a map with `header`, `body` or `const`)",
        ),
        ("    wait: [{ header: x-wait }]\n", "17:12: missing_key: the key `unit` is missing"),
        (
            "    wait: [{ header: x-wait, unit: ms }]\n",
            "17:36: unknown_value: `unit` must be `s` or `unix_s`",
        ),
        (
            "    wait: [{ header: a, const: 3s }]\n",
            "17:12: not_together: a wait stands in one of `header`, `body` or `const`",
        ),
        (
            "    wait: [{ const: 3s, unit: s }]\n",
            "17:31: not_together: `const` says its unit itself, as in `30s`",
        ),
        (
            "    wait: [{ body: \"${{ nope.x }}\", unit: s }]\n",
            "17:25: unknown_path: there is no `nope` here (an expression here begins with settings, maps, input, key, answer)",
        ),
        (
            "    reason: [\"${{ answer.nope }}\"]\n",
            "17:19: unknown_path: `answer` has no `nope` (it has status, headers, body, text)",
        ),
        (
            "    judge: [{ if: \"${{ answer.body.x == }}\", then: refused }]\n",
            "17:38: expression_invalid: unexpected end of input, expected expression",
        ),
    ] {
        check_refused(success, keys, expected);
    }
}

#[test]
fn deliveries_are_verified_by_something_that_counts() {
    let verify = "verify: { shared_secret: { in: path, key: token } }";
    let hmac = |rest: &str| {
        format!(
            "verify: {{ hmac: {{ header: x-sign, key: token, hash: sha256, encoding: hex, {rest} }} }}"
        )
    };
    check_refused(verify, &hmac("over: [body]"), "");
    check_refused(
        verify,
        &hmac(
            "over: [id, \".\", timestamp, \".\", body], id: x-id, timestamp: x-time, tolerance: 5m",
        ),
        "",
    );
    for (rest, expected) in [
        ("over: [url]", "20:84: verify_weak: `over` leaves out the body: anybody could change it"),
        (
            "over: [timestamp, body], tolerance: 5m",
            "20:84: missing_key: `over` has a timestamp, but nothing says where it stands (name it in `pairs`, or its header in `timestamp`)",
        ),
        (
            "over: [timestamp, body], timestamp: x-time",
            "20:84: missing_key: a signed timestamp needs a `tolerance` (write it as in `tolerance: 300s`)",
        ),
        (
            "over: [body], tolerance: 5m",
            "20:103: verify_weak: `tolerance` needs a signed timestamp",
        ),
        (
            "over: [id, \".\", body]",
            "20:84: missing_key: `over` has an id, but `id` names no header",
        ),
        (
            "over: [id, body], id: x-id",
            "20:84: verify_weak: `over` has nothing between the id and the body: parts of one could pass for the other",
        ),
        (
            "over: [bdy, body]",
            "20:85: unknown_value: there is no `bdy` to sign (did you mean `body`?)",
        ),
        (
            "over: [body], decode: rot13",
            "20:100: unknown_value: `decode` must be `text` or `hex` or `base64` or `html`",
        ),
    ] {
        check_refused(verify, &hmac(rest), expected);
    }
    for (other, expected) in [
        (
            "verify: { shared_secret: { in: header, key: token } }",
            "20:34: missing_key: the key `name` is missing: the name of the header",
        ),
        (
            "verify: { shared_secret: { in: bearer, name: x, key: token } }",
            "20:34: missing_key: `in: bearer` has no `name`",
        ),
        (
            "verify: { standard_webhooks: { key: tokn } }",
            "20:39: unknown_setting: there is no setting `tokn` (did you mean `token`?)",
        ),
        ("verify: { standard_webhooks: { key: token } }", ""),
        ("verify: { twilio: { key: token } }", ""),
        (
            "verify: { twillio: { key: token } }",
            "20:13: unknown_key: there is no verifier `twillio` (did you mean `twilio`?)",
        ),
    ] {
        check_refused(verify, other, expected);
    }
}

#[test]
fn what_is_answered_before_it_is_verified_leads_to_nothing() {
    let verify = "  verify:";
    let answers = |one: &str| format!("  answers: [{{ {one} }}]\n  verify:");
    for (one, expected) in [
        ("query: [a], status: 200, echo: a", ""),
        (
            "status: 200",
            "20:13: missing_key: this answers every delivery before it is verified (name parameters under `query`, or fields under `form`)",
        ),
        ("query: [a], status: 302", "20:35: out_of_range: `status` must be 200 to 299"),
        (
            "query: [a], status: 200, echo: b",
            "20:46: unknown_value: `echo` names `b`, which is neither under `query` nor under `form`",
        ),
        (
            "query: [a], method: TRACE, status: 200",
            "20:35: unknown_value: `method` must be `GET` or `HEAD` or `POST` or `PUT`",
        ),
    ] {
        check_refused(verify, &answers(one), expected);
    }
    check_refused(
        "    - { topics: [a],",
        "    - { since: { of: \"${{ delivery.body.at }}\", days: 500 }, topics: [a],",
        "24:55: out_of_range: `days` must be 1 to 400",
    );
    check_refused(
        "  events:",
        "  items: ${{ delivery.headers.x }}\n  enrich: { get: \"/x/${{ read.id }}\" }\n  events:",
        "23:14: type_mismatch: `items` must be a list, but `delivery.headers.x` is text or null\n\
         24:26: unknown_path: there is no `read` here (an expression here begins with settings, maps, \
         delivery, item)",
    );
}

#[test]
fn own_actions_say_what_they_take_and_give() {
    let send = "  email.send:\n    class: neither\n";
    let own = |id: &str, keys: &str| {
        format!(
            "  {id}:\n    class: neither\n    post: /tickets\n    {keys}\n  email.send:\n    class: neither\n"
        )
    };
    for (id, keys, expected) in [
        (
            "acme.ask",
            "input: { title: text }\n    output: { id: text }\n    json: \"${{ input }}\"",
            "",
        ),
        (
            "acme.ask",
            "input: { title: txt }\n    output: {}",
            "16:21: unknown_value: there is no type `txt` (did you mean `text`?)",
        ),
        (
            "acme.ask",
            "input: { title: 7 }\n    output: {}",
            "16:21: type_mismatch: `type` must be a word or a list of texts, but is a whole number",
        ),
        (
            "acme.ask",
            "input: { title: text }\n    optional: [titel]\n    output: {}",
            "17:16: unknown_value: there is no input `titel` (did you mean `title`?)",
        ),
        ("acme.ask", "input: { title: text }", "14:5: missing_key: the key `output` is missing"),
        (
            "acme.ask",
            "input: { title: text }\n    output: { id: { type: text, of: \"${{ input.nope }}\" } }",
            "17:42: unknown_path: `input` has no `nope` (it has title)",
        ),
        (
            "acme.ask",
            "input: { title: text }\n    output: { id: { type: text, of: \"${{ answer.status }}\" } }",
            "17:42: type_mismatch: `output.id` must be text or null, but `answer.status` is a whole number",
        ),
        (
            "acme.ask",
            "input: { how: [low, high] }\n    output: {}\n    json: { a: \"${{ input.how == 'hgih' }}\" }",
            "18:34: unknown_word: `input.how` is never `hgih` (did you mean `high`?)",
        ),
        (
            "acme.ask",
            "optional: [a]\n    output: {}",
            "16:15: missing_key: `optional` needs an `input` beside it",
        ),
        (
            "other.ask",
            "input: { title: text }\n    output: {}",
            "13:3: id_invalid: an action of your own cannot be called `other.ask` (call it `acme.…`)",
        ),
        (
            "chat.post",
            "input: { title: text }\n    output: {}",
            "13:3: id_invalid: an action of your own cannot be called `chat.post` (call it `acme.…`)",
        ),
        (
            "acme.ask",
            "output: {}",
            "13:3: unknown_action: there is no action `acme.ask` (one of your own is called `acme.…`, and has an `input`)",
        ),
        (
            "ask",
            "input: { title: text }\n    output: {}",
            "13:3: id_invalid: the id of an action is two names with a point between them, as in `email.send`",
        ),
    ] {
        check_refused(send, &own(id, keys), expected);
    }
}

#[test]
fn there_is_something_to_do() {
    check_refused(
        "actions:\n  email.send:\n    class: neither\n    post: /mails\n    json: { to: \"${{ input.to }}\" }\n    \
         success: { status: [200] }\n    output: { message_id: null }\n",
        "",
        "",
    );
    check_refused(TRIGGER, "", "");
}

#[test]
fn addresses_headers_and_keys_mean_one_thing() {
    let odd = "path_invalid: `post` holds a character that no address holds (write it percent-encoded, as \
               in `%20` for a blank)";
    for path in ["/a b", "/a\\\\b", "/ä"] {
        check_refused("post: /mails", &format!("post: \"{path}\""), &format!("15:11: {odd}"));
    }
    check_refused(
        "base_url: https://api.acme.example",
        "base_url: https://api.acme.example/v1/../v2",
        "10:11: url_invalid: `base_url` has a segment of dots: it would lead elsewhere",
    );
    check_refused(
        "post: /mails",
        "post: /mails\n    headers: { X-A: a, x-a: b }",
        "16:24: header_invalid: the header `x-a` is there already",
    );
    check_refused(
        "post: /mails",
        "post: /mails\n    key: { header: K, form: uuid, max: 40 }",
        "16:40: not_together: a UUID has one length: it needs no `max`",
    );
    check_refused(
        "  from: { help: A sender. }",
        "  from: { help: A sender. }\n  rate_limit: { help: A limit. }",
        "10:3: id_invalid: every connection has a `rate_limit` already",
    );
}

#[test]
fn a_delivery_is_told_from_others_by_something_that_is_no_secret() {
    let token = "verify: { shared_secret: { in: header, name: X-Token, key: token } }";
    let path = "verify: { shared_secret: { in: path, key: token } }\n  topic: ${{ delivery.body.type }}\n  id: \
                ${{ delivery.body.id }}";
    check_refused(
        path,
        &format!(
            "{token}\n  topic: ${{{{ delivery.body.type }}}}\n  id: ${{{{ delivery.headers['x-token'] }}}}"
        ),
        "22:11: secret_is_no_value: `delivery.headers.x-token` is a secret, and no expression sees one",
    );
    check_refused(
        "event: webhook.received,",
        "event: webhook.received, once: null,",
        "24:53: type_mismatch: `once` is null, so no delivery could be told from another",
    );
}
