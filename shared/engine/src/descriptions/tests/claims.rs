//! What a second call does and what an answer proves, and the pages that say so.

use super::refusals::check_refused;

#[test]
fn every_claim_has_its_proof() {
    let neither = "    class: neither\n";
    let proof = "(give the address of the vendor's page that says what a second call does)";
    check_refused(
        neither,
        "    class: natural\n",
        &format!("14:12: proof_missing: class natural needs a `proof` {proof}"),
    );
    check_refused(
        "    class: neither\n    post: /mails\n    json: { to: \"${{ input.to }}\" }\n",
        "    class: natural\n    get: /mails/${{ input.to }}\n",
        "",
    );
    check_refused(
        neither,
        "    class: keyed\n    proof: https://acme.example/keys\n",
        "14:12: key_not_sent: class keyed sends its key nowhere (write it as in `key: { header: \
         Idempotency-Key }`, or send `${{ key }}`)",
    );
    check_refused(
        neither,
        "    class: keyed\n    key: { header: X-Key, window: 24h }\n",
        &format!("14:12: proof_missing: class keyed needs a `proof` {proof}"),
    );
    check_refused(
        neither,
        "    class: keyed\n    key: { header: X-Key, window: 24h }\n    proof: https://acme.example/keys\n",
        "",
    );
    check_refused(
        neither,
        "    class: queryable\n    proof: https://acme.example/find\n",
        "14:12: missing_key: class queryable needs `find` (it is asked before each attempt whether it happened)",
    );
    let find = |query: &str| {
        format!(
            "    class: queryable\n    proof: https://acme.example/find\n    find: {{ get: /mails, query: \
             {{ q: \"${{{{ {query} }}}}\" }}, happened: \"${{{{ answer.body.n > 0 }}}}\", output: {{}} }}\n"
        )
    };
    check_refused(neither, &find("input.to"), "");
    check_refused(
        neither,
        &find("input.subject"),
        "16:11: find_unrelated: `find` looks for nothing that the request sends (both need the same `key` \
         or field of `input`, by which one finds the other)",
    );
    let search = |request: &str| {
        format!(
            "    class: queryable\n    proof: https://acme.example/find\n    find: {{ {request}, \
             happened: \"${{{{ answer.body.n > 0 }}}}\", output: {{}} }}\n"
        )
    };
    check_refused(neither, &search("post: /search, json: { q: [\"${{ input.to }}\"] }"), "");
    check_refused(
        neither,
        &search("post: /search, json: { q: \"${{ input.subject }}\" }"),
        "16:11: find_unrelated: `find` looks for nothing that the request sends (both need the same `key` \
         or field of `input`, by which one finds the other)",
    );
    check_refused(
        neither,
        &search("post: /search, json: { q: \"${{ input.too }}\", to: \"${{ input.to }}\" }"),
        "16:44: unknown_path: `input` has no `too` (did you mean `to`?)",
    );
    check_refused(
        neither,
        &search("get: /search, json: { q: \"${{ input.to }}\" }"),
        "16:33: not_together: a question by `get` has no body: write `post`",
    );
    check_refused(
        neither,
        &search("get: /a, post: /b, json: { q: \"${{ input.to }}\" }"),
        "16:18: not_together: `get` is a second request: there is one",
    );
    let call_again =
        "(the call is made again: give the vendor's page that says that nothing was done)";
    let judge = |rule: &str| format!("    class: neither\n    judge: [{{ {rule} }}]\n");
    for (rule, place, after) in [
        ("status: [200], then: not_now", "15:36", "200"),
        ("status: [500], then: not_now", "15:36", "500"),
        ("status: [404, 502], then: not_now", "15:41", "502"),
        ("status: [599], then: not_now", "15:36", "599"),
        ("if: true, then: not_now", "15:31", "every status"),
    ] {
        let expected =
            format!("{place}: proof_missing: `not_now` after {after} needs a `proof` {call_again}");
        check_refused(neither, &judge(rule), &expected);
    }
    for rule in [
        "status: [503], then: not_now",
        "status: [409, 423], then: not_now",
        "status: [502], then: refused",
        "status: [502], then: not_now, proof: https://acme.example/errors",
    ] {
        check_refused(neither, &judge(rule), "");
    }
    check_refused(
        neither,
        &judge("then: refused"),
        "15:13: missing_key: this rule fits every answer (it needs a `status`, an `if`, or both)",
    );
    check_refused(
        neither,
        &judge("status: [404], then: retry"),
        "15:36: unknown_value: `then` must be `not_now` or `needs_repair` or `refused`",
    );
}

#[test]
fn an_action_has_the_class_of_its_weakest_way() {
    let one = "    post: /mails\n    json: { to: \"${{ input.to }}\" }\n";
    let ways = |first: &str| {
        format!(
            "    either:\n      - {{ {first}post: /a }}\n      - {{ class: natural, proof: \
             https://acme.example, post: /b }}\n"
        )
    };
    check_refused(one, &ways("if: true, "), "");
    check_refused(
        one,
        &ways("if: true, class: natural, proof: https://acme.example, "),
        "14:12: class_mismatch: the class of `email.send` is that of its weakest way, which is natural",
    );
    check_refused(
        one,
        &ways(""),
        "16:9: missing_key: this way is always taken: those after it never are (give it an `if`)",
    );
    check_refused(
        one,
        &format!("    post: /mails\n{}", ways("if: true, ")),
        "15:11: not_together: with `either`, `post` stands in each way",
    );
}

#[test]
fn a_token_stands_behind_one_word() {
    let auth = |send: &str| {
        format!(
            "auth: {{ oauth: {{ grant: client_credentials, at: \"https://auth.{{region}}.acme.example/token\", \
             id: from, secret: token, as: form, send: \"{send}\" }} }}"
        )
    };
    check_refused("auth: { bearer: token }", &auth("Acme-token {token}"), "");
    for send in [" {token}", "{token}", "two words {token}", "Acme {key}"] {
        check_refused(
            "auth: { bearer: token }",
            &auth(send),
            "11:134: unknown_value: `send` is one word and ` {token}` behind it",
        );
    }
}
