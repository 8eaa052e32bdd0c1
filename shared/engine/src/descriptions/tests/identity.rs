//! What belongs to the identity of an effect, and what does not.

use super::examples::example;
use super::*;

/// Whether the identity is another one where that text of the file is replaced.
fn changes(file: &str, action: &str, from: &str, to: &str) -> bool {
    let source = example(file);
    assert!(source.contains(from), "{from}");
    let before = parse(source).effect_identity(action).unwrap();
    before != parse(&source.replacen(from, to, 1)).effect_identity(action).unwrap()
}

#[test]
fn where_a_call_goes_and_by_what_it_is_known_belong_to_it() {
    let stripe = |from: &str, to: &str| changes("stripe", "payment.capture", from, to);
    assert!(stripe("base_url: https://api.stripe.com", "base_url: https://api.stripe.dev"));
    assert!(stripe("post: /v1/payment_intents/", "put: /v1/payment_intents/"));
    assert!(stripe("/capture", "/capture2"));
    assert!(stripe("header: Idempotency-Key", "header: Idempotency"));
    // Vendors compare what comes under a key that they know.
    assert!(stripe("amount_to_capture:", "amount:"));
    let erpnext = |from: &str, to: &str| changes("erpnext", "order.export", from, to);
    assert!(erpnext("\"po_no\", \"=\"", "\"po_nr\", \"=\""), "what is searched for");
    assert!(erpnext("| length > 0", "| length > 1"), "what tells that it happened");
    let acme = |sku: &str| {
        let source =
            example("airtable").replace("patch: /", "patch: /${{ maps.bases[input.sheet] }}/");
        let source = format!("{source}maps: {{ bases: {{ a: {sku} }} }}\n");
        parse(&source).effect_identity("sheet.append_row").unwrap()
    };
    assert_ne!(acme("x"), acme("y"), "what an address looks up");
    assert!(changes("airtable", "sheet.append_row", "class: natural", "class: neither"));
}

#[test]
fn what_may_be_repaired_while_runs_wait_does_not() {
    let stripe = |from: &str, to: &str| changes("stripe", "payment.capture", from, to);
    assert!(!stripe("format: 1", "# A comment.\nformat: 1"));
    assert!(!stripe("window: 24h", "window: 23h"));
    assert!(!stripe("success: { status: [200]", "success: { status: [200, 201]"));
    assert!(!stripe("answer.body.latest_charge", "answer.body.charge"));
    let erpnext = |from: &str, to: &str| changes("erpnext", "order.export", from, to);
    assert!(
        !erpnext("currency: ${{ input.order.currency }}", "x: y"),
        "the body of what is asked about first"
    );
    assert!(!erpnext("lag: 5s", "lag: 9s"));
}
