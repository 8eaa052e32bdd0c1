//! Takes the webhooks of WooCommerce. Generated from the catalog by `infra/stack`.

fn main() -> std::process::ExitCode {
    tradewind_aws::functions::trigger(
        tradewind_connectors::catalog::files::woocommerce::FILE.provider(),
    )
}
