//! What a trigger of a file asks for and is not done here.

use tradewind_engine::descriptions::{SecretIn, Signed, Trigger, Verify};
use tradewind_engine::problems::{Place, Problem};

/// Everything in it that is not done here.
pub(crate) fn faults(trigger: &Trigger) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut refuse = |place: Place, message: &str, help: &str| {
        problems.push(Problem::new("not_done_here", place, message).with_help(help));
    };
    if let Some(enrich) = &trigger.enrich {
        refuse(
            enrich.place,
            "`enrich` is not done yet: nothing is read after a delivery",
            "map what the delivery says, and let a step read the rest",
        );
    }
    match &trigger.verify {
        Verify::Hmac(hmac)
            if hmac.over.iter().any(|one| [Signed::Url, Signed::Path].contains(one)) =>
        {
            refuse(
                hmac.key_place,
                "`over` has the address: an endpoint does not know yet under which one it is called",
                "a provider that signs its address has to be written in Rust",
            );
        }
        Verify::SharedSecret { sent: SecretIn::Path, place, .. } => refuse(
            *place,
            "`in: path` is not done yet: an address is `/hooks/PROVIDER/CONNECTION` and no more",
            "let the sender send the secret as a header, in the query, or by basic authentication",
        ),
        Verify::Hmac(_)
        | Verify::StandardWebhooks { .. }
        | Verify::SharedSecret { .. }
        | Verify::Named { .. } => {}
    }
    problems
}
