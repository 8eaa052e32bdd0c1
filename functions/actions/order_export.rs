//! Does `order.export`. Generated from the catalog by `infra/stack`.

use tradewind_connectors::catalog::action;
use tradewind_connectors::contracts::OrderExport;

fn main() -> std::process::ExitCode {
    tradewind_aws::functions::action(action::<OrderExport>())
}
