//! Steps that do their work, are not needed, or may fail.

use super::shop::{Shop, given, story, subjects};
use crate::app::order;
use crate::fakes::sendgrid::{refused, taken};
use crate::fakes::{FakeServer, Services};
use expect_test::expect;
use serde_json::json;

#[tokio::test]
async fn an_order_becomes_a_mail_and_a_row() {
    let services = Services::start(&["Key", "Order", "Total", "Mail"]).await;
    let workflow =
        include_str!("../../../infra/local/src/demo/project/workflows/order-confirmation.yaml");
    let shop = Shop::open(given(services.url()).workflow("order-confirmation", workflow)).await;
    let run = shop.served(&order(4213)).await;
    expect![[r#"
        succeeded
        confirm: done
        log: done"#]]
    .assert_eq(&story(&run));
    let happened = services.happened();
    assert_eq!(happened.mails("Your order 4213"), 1);
    let rows = happened.rows.lock().unwrap().clone();
    assert_eq!(json!(rows), json!([["4213", "4213", "57.00", "message-1"]]));
    shop.close().await;
}

#[tokio::test]
async fn a_step_whose_condition_does_not_hold_is_skipped_and_others_know() {
    let services = FakeServer::scripted([]).await;
    let workflow = "
trigger: { event: order.placed, from: shop }
steps:
  - id: large
    uses: email.send
    via: mail
    if: trigger.order.total.amount > 1000000
    with: { to: boss@example.com, subject: A large order, text: See the books. }
  - id: tell
    uses: chat.post
    via: ops
    with: { text: 'The mail was ${{ steps.large.status }}' }
";
    let shop = Shop::open(given(&services.url).workflow("large", workflow)).await;
    expect![[r#"
        succeeded
        large: skipped; its `if` does not hold
        tell: done"#]]
    .assert_eq(&story(&shop.served(&order(1)).await));
    assert_eq!(shop.outbox().await, [json!({ "text": "The mail was skipped" })]);
    assert!(services.seen().is_empty());
    shop.close().await;
}

#[tokio::test]
async fn a_step_that_may_fail_does_not_stop_its_run() {
    let services = FakeServer::scripted([refused(400, "bad"), taken()]).await;
    let workflow = "
trigger: { event: order.placed, from: shop }
steps:
  - id: first
    uses: email.send
    via: mail
    on_error: continue
    with: { to: a@example.com, subject: First, text: x }
  - id: second
    uses: email.send
    via: mail
    with: { to: a@example.com, subject: 'The first ${{ steps.first.status }}', text: x }
";
    let shop = Shop::open(given(&services.url).workflow("two", workflow)).await;
    expect![[r#"
        succeeded
        first: failed; SendGrid answered 400: bad
        second: done"#]]
    .assert_eq(&story(&shop.served(&order(1)).await));
    assert_eq!(subjects(&services.seen()), ["First", "The first failed"]);
    let letters = shop.get("/api/dead-letters").await;
    assert_eq!(letters["dead_letters"], json!([]));
    shop.close().await;
}

#[tokio::test]
async fn what_a_step_reads_is_there_for_those_after_it() {
    let services = Services::start(&["Key"]).await;
    let workflow = "
trigger: { event: order.placed, from: shop }
steps:
  - id: look
    uses: order.get
    via: shop
    with: { id: '${{ trigger.order.id }}' }
  - id: thank
    uses: email.send
    via: mail
    with:
      to: ${{ steps.look.order.customer.email }}
      subject: '${{ steps.look.order.id }}: ${{ steps.look.order.total | money }}, ${{ steps.look.order.status }}'
      text: x
";
    let shop = Shop::open(given(services.url()).workflow("look", workflow)).await;
    shop.served(&order(7)).await;
    let mails = services.happened().mails.lock().unwrap().clone();
    expect![[r#"{"order7: 57.00 EUR, placed": 1}"#]].assert_eq(&format!("{mails:?}"));
    shop.close().await;
}

#[tokio::test]
async fn a_secret_that_is_also_the_name_of_a_field_changes_no_output() {
    for secret in ["status", "order", "customer", "placed"] {
        let services = Services::start(&["Key"]).await;
        let workflow = "
trigger: { event: order.placed, from: shop }
steps:
  - id: look
    uses: order.get
    via: shop
    with: { id: '${{ trigger.order.id }}' }
  - id: thank
    uses: email.send
    via: mail
    with:
      to: ${{ steps.look.order.customer.email }}
      subject: 'Is ${{ steps.look.order.status }}'
      text: x
";
        let given = given(services.url()).secret("cl_client", secret).workflow("look", workflow);
        let shop = Shop::open(given).await;
        shop.served(&order(7)).await;
        let mails = services.happened().mails.lock().unwrap().clone();
        // A value that is the whole secret is one.
        let status = if secret == "placed" { "[secret]" } else { "placed" };
        assert_eq!(format!("{mails:?}"), format!("{{\"Is {status}\": 1}}"), "{secret}");
        shop.close().await;
    }
}
