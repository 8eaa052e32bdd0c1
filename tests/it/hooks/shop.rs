//! The project that the tests of webhooks send to.

use crate::app::{Given, Hook};

/// Signs for `shop`, and so does [`OLD_SECRET`].
pub(super) const SECRET: &str = "c0ffee-secret-of-the-shop";
/// The one before, while it is rotated.
pub(super) const OLD_SECRET: &str = "c0ffee-secret-of-before";
/// Signs for `parcels`, and so does [`OLD_PARCEL_SECRET`].
pub(super) const PARCEL_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// The one before.
pub(super) const OLD_PARCEL_SECRET: &str = "whsec_b2xkIHNlY3JldCBvZiBwYXJjZWxz";

/// `bare` has no secret, and nobody has set the one of `unset`.
const PROJECT: &str = "
connections:
  shop:
    provider: commercelayer
    webhook_secret: [ \"${{ secret.cl_webhook }}\", \"${{ secret.cl_webhook_old }}\" ]
  bare: { provider: commercelayer, organization: acme }
  unset: { provider: commercelayer, webhook_secret: \"${{ secret.nobody_set_it }}\" }
  parcels:
    provider: webhook
    verify:
      scheme: standard_webhooks
      secret: [ \"${{ secret.parcels }}\", \"${{ secret.parcels_old }}\" ]
  mail: { provider: sandbox }
public_url: https://automation.example.com/
";

const THANKS: &str = "
trigger: { event: order.placed, from: shop, once_per: trigger.order.id }
steps:
  - id: thank
    uses: email.send
    via: mail
    with:
      to: ${{ trigger.order.customer.email }}
      subject: Thank you for order ${{ trigger.order.number }}
      text: ${{ trigger.order.lines[0].name }} is on its way.
";

const SLEEPING: &str = "
enabled: false
trigger: { event: order.approved, from: shop }
steps:
  - { id: tell, uses: email.send, via: mail, with: { to: a@example.com, subject: Hi, text: Hi } }
";

/// The project, with all secrets but one.
pub(super) fn given() -> Given {
    Given::project(PROJECT)
        .workflow("thanks", THANKS)
        .workflow("sleeping", SLEEPING)
        .secret("cl_webhook", SECRET)
        .secret("cl_webhook_old", OLD_SECRET)
        .secret("parcels", PARCEL_SECRET)
        .secret("parcels_old", OLD_PARCEL_SECRET)
}

/// `orders.place` at `shop`, rightly signed.
pub(super) fn placed(body: impl Into<Vec<u8>>) -> Hook {
    Hook::commercelayer("shop", "orders.place", body, SECRET)
}
