//! The stage with the permissions of its roles enforced, on an emulator of its own.

use super::{one_mail, tokens, within};
use crate::app::order;
use crate::emulator::Permissions;
use crate::fakes::Services;
use crate::site::Site;
use crate::stack::{Stack, Template};
use crate::world::{Failure, World};
use http::StatusCode;
use tradewind_api::types::Scope;

const WORKFLOW: &str = "
trigger: { event: order.placed, from: NAME_shop, once_per: trigger.order.id }
steps:
  - id: confirm
    uses: email.send
    via: NAME_mail
    with: { to: a@example.com, subject: 'Order ${{ trigger.order.number }}', text: Thank you. }
  - id: log
    uses: sheet.append_row
    via: NAME_books
    with: { sheet: Orders, key: '${{ trigger.order.number }}', row: { Order: '${{ trigger.order.id }}' } }
  - id: approve
    uses: order.approve
    via: NAME_shop
    with: { id: '${{ trigger.order.id }}' }
  - { id: tell, uses: chat.post, via: NAME_ops, with: { text: Done. } }
";

/// What a role may do is enough for the whole way, and each of it is needed.
pub(super) async fn roles_allow_what_is_needed_and_no_more(world: &World) -> Result<(), Failure> {
    let emulator = world.emulator("enforced", Permissions::Enforced).await?;
    let prepared = |template: Template| template.in_clear_text().listing_tokens();
    let whole = Site::of(world.stack(&emulator, "whole", prepared).await?).await;
    within(async {
        let services = Services::start(&["Key", "Order"]).await;
        let shop = whole.open("whole", services.url(), WORKFLOW).await;
        shop.run_in(&shop.begun(&order(1)).await, "succeeded").await;
        let happened = services.happened();
        assert_eq!((happened.mails("Order 1"), happened.rows("1")), (1, 1));
        // What lies in every queue, and how every connection stands.
        let status = whole.stack.get("/api/status").await;
        assert_eq!(status["connections"].as_array().map(Vec::len), Some(4), "{status}");
        tokens_may_be_read(&whole.stack).await;
    })
    .await?;

    // The trigger's function may no longer read which endpoints there are.
    let less = |template: Template| {
        let role = "TriggerCommercelayerRole";
        template.without_statement(role, "dynamodb:GetItem", "DefinitionsTable")
    };
    let less = Site::of(world.stack(&emulator, "less", less).await?).await;
    within(async {
        let services = Services::start(&["Key"]).await;
        let shop = less.open("less", services.url(), one_mail()).await;
        let answered = shop.hook(&order(1)).send(&shop).await;
        assert_eq!(answered.status, StatusCode::SERVICE_UNAVAILABLE, "{answered:?}");
        // This stage refuses what does not come by TLS, even from the owner of the account.
        let name = format!("tradewind-{}-email-send", less.stack.stage);
        let asked = less.stack.clients.sqs().get_queue_url().queue_name(name).send().await;
        let refused = format!("{:?}", asked.unwrap_err());
        assert!(refused.contains("AccessDenied"), "{refused}");
    })
    .await
}

/// The API's function reads named tokens, and the stack's own one again after it was replaced: what
/// leaked opens nothing any more, in functions that are warm.
async fn tokens_may_be_read(stack: &Stack) {
    tokens::add(stack, "tw_of_ci", "ci", Scope::Read).await;
    tokens::renew(stack, "tw_renewed").await;
    tokens::seen_by_all().await;
    assert_eq!(tokens::answered(stack, "tw_of_ci").await, StatusCode::OK);
    assert_eq!(tokens::answered(stack, "tw_renewed").await, StatusCode::OK);
    assert_eq!(tokens::answered(stack, &stack.token).await, StatusCode::UNAUTHORIZED);
}
