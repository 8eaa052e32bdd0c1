//! Does `webhook.send`. Generated from the catalog by `infra/stack`.

use tradewind_connectors::catalog::action;
use tradewind_connectors::contracts::WebhookSend;

fn main() -> std::process::ExitCode {
    tradewind_aws::functions::action(action::<WebhookSend>())
}
