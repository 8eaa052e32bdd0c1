//! Does `http.request`. Generated from the catalog by `infra/stack`.

use tradewind_connectors::catalog::action;
use tradewind_connectors::contracts::HttpRequest;

fn main() -> std::process::ExitCode {
    tradewind_aws::functions::action(action::<HttpRequest>())
}
