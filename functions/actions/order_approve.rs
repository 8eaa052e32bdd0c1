//! Does `order.approve`. Generated from the catalog by `infra/stack`.

fn main() -> std::process::ExitCode {
    tradewind_aws::functions::action(tradewind_connectors::catalog::actions::order_approve())
}
