//! The shop that is served: one step of each effect class.

use crate::app::{Given, Hook, order};

/// The secret that Commerce Layer signs by.
const WEBHOOK_SECRET: &str = "hush";

/// What the sheet's first row says.
pub(super) const HEADER: &[&str] = &["Key", "Order", "Total"];

/// Neither, queryable, natural, keyed.
const FULFIL: &str = "
trigger: { event: order.placed, from: shop, once_per: trigger.order.id }
steps:
  - id: confirm
    uses: email.send
    via: mail
    with:
      to: ${{ trigger.order.customer.email }}
      subject: Order ${{ trigger.order.number }}
      text: Thank you.
  - id: log
    uses: sheet.append_row
    via: books
    retry: { attempts: 20, over: 20s }
    with:
      sheet: Orders
      key: ${{ trigger.order.number }}
      row:
        Order: ${{ trigger.order.id }}
        Total: ${{ trigger.order.total | decimal }}
  - id: approve
    uses: order.approve
    via: shop
    with: { id: \"${{ trigger.order.id }}\" }
  - id: tell
    uses: chat.post
    via: ops
    with:
      text: Order ${{ trigger.order.number }} is approved.
";

/// The shop, with its services at that address.
pub(super) fn shop(services: &str) -> Given {
    let project = "
connections:
  shop:
    provider: commercelayer
    client_id: id-1
    client_secret: ${{ secret.cl_client }}
    webhook_secret: ${{ secret.cl_webhook }}
    base_url: SERVICES
    auth_url: SERVICES
    rate_limit: { calls: 100000, per: 1s }
  mail:
    provider: sendgrid
    api_key: ${{ secret.sendgrid }}
    from: shop@example.com
    base_url: SERVICES
  books:
    provider: google_sheets
    service_account: ${{ secret.google }}
    spreadsheet_id: sheet-1
    base_url: SERVICES
    token_url: SERVICES/token
    rate_limit: { calls: 100000, per: 1s }
  ops: { provider: sandbox }
";
    let account = include_str!("../conformance/google_sheets/service_account.json");
    Given::project(&project.replace("SERVICES", services))
        .workflow("fulfil", FULFIL)
        .secret("cl_webhook", WEBHOOK_SECRET)
        .secret("cl_client", "s3cret")
        .secret("sendgrid", "SG.key")
        .secret("google", account)
}

/// The delivery of the order with that number.
pub(super) fn placed(number: u32) -> Hook {
    let body = order(number).to_string();
    Hook::commercelayer("shop", "orders.place", body, WEBHOOK_SECRET)
}

/// The delivery that says the order with that number was approved.
pub(super) fn approved(number: u32) -> Hook {
    let mut order = order(number);
    order["data"]["attributes"]["status"] = "approved".into();
    Hook::commercelayer("shop", "orders.approve", order.to_string(), WEBHOOK_SECRET)
}
