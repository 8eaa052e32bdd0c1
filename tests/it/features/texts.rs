//! What customers read.

use super::shop::{Shop, given, story};
use crate::app::order;
use crate::fakes::Services;
use expect_test::{Expect, expect};
use serde_json::{Value, json};

const TELL: &str = "
trigger: { event: order.placed, from: shop }
steps:
  - id: thank
    uses: email.send
    via: mail
    with: { to: a@example.com, subject: 'SUBJECT', text: x }
";

/// The subject that the customer reads, or why there is no mail.
async fn check_subject(subject: &str, order: Value, expected: Expect) {
    let services = Services::start(&["Key"]).await;
    let workflow = TELL.replace("SUBJECT", subject);
    let shop = Shop::open(given(services.url()).workflow("thanks", &workflow)).await;
    let run = shop.served(&order).await;
    let mails = services.happened().mails.lock().unwrap().clone();
    let found = mails.into_keys().next().unwrap_or_else(|| story(&run));
    expected.assert_eq(&found);
    shop.close().await;
}

fn worth(amount: i64, currency: &str) -> Value {
    let mut order = order(1);
    let attributes = &mut order["data"]["attributes"];
    attributes["currency_code"] = json!(currency);
    attributes["total_amount_with_taxes_cents"] = json!(amount);
    order
}

#[tokio::test]
async fn money_has_the_decimals_of_its_currency() {
    let subject = "${{ trigger.order.total | money }} = ${{ trigger.order.total | decimal }}";
    check_subject(subject, worth(5_700, "EUR"), expect!["57.00 EUR = 57.00"]).await;
    check_subject(subject, worth(5_700, "JPY"), expect!["5700 JPY = 5700"]).await;
    check_subject(subject, worth(5_700, "KWD"), expect!["5.700 KWD = 5.700"]).await;
}

#[tokio::test]
async fn a_value_that_is_not_there_stops_the_mail() {
    let mut nameless = order(1);
    nameless["data"]["attributes"]["language_code"] = Value::Null;
    check_subject("Hello ${{ trigger.order.language }}", nameless, expect![[r#"
        failed
        thank: failed; template_null: null in a text; `| default('…')` gives it a value, in `with.subject`"#]]).await;
    check_subject("Approved ${{ trigger.order.approved_at }}", order(1), expect![[r#"
        failed
        thank: failed; template_null: null in a text; `| default('…')` gives it a value, in `with.subject`"#]]).await;
    check_subject(
        "Lines ${{ trigger.order.lines }}",
        order(1),
        expect![[r#"
        failed
        thank: failed; template_type: a list cannot be part of a text, in `with.subject`"#]],
    )
    .await;
}
