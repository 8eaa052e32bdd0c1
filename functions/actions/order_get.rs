//! Does `order.get`. Generated from the catalog by `infra/stack`.

use tradewind_connectors::catalog::action;
use tradewind_connectors::contracts::OrderGet;

fn main() -> std::process::ExitCode {
    tradewind_aws::functions::action(action::<OrderGet>())
}
