//! The stage with the permissions of its roles enforced, on an emulator of its own.

use super::{one_mail, within};
use crate::app::order;
use crate::emulator::Permissions;
use crate::fakes::Services;
use crate::site::Site;
use crate::stack::Template;
use crate::world::{Failure, World};
use http::StatusCode;

/// What a role may do is enough for the whole way, and each of it is needed.
pub(super) async fn roles_allow_what_is_needed_and_no_more(world: &World) -> Result<(), Failure> {
    let emulator = world.emulator("enforced", Permissions::Enforced).await?;
    let whole = Site::of(world.stack(&emulator, "whole", |template| template).await?).await;
    within(async {
        let services = Services::start(&["Key", "Order"]).await;
        let shop = whole.open("whole", services.url(), super::burst::WORKFLOW).await;
        shop.run_in(&shop.begun(&order(1)).await, "succeeded").await;
        let happened = services.happened();
        assert_eq!((happened.mails("Order 1"), happened.rows("1")), (1, 1));
    })
    .await?;

    // The trigger's function may no longer read which endpoints there are.
    let less = |template: Template| {
        template.without_line(
            "TriggerCommercelayerRole",
            "                  - !GetAtt DefinitionsTable.Arn",
        )
    };
    let less = Site::of(world.stack(&emulator, "less", less).await?).await;
    within(async {
        let services = Services::start(&["Key"]).await;
        let shop = less.open("less", services.url(), one_mail()).await;
        let answered = shop.hook(&order(1)).send(&shop).await;
        assert_eq!(answered.status, StatusCode::SERVICE_UNAVAILABLE, "{answered:?}");
    })
    .await
}
