//! Takes the webhooks of Stripe. Generated from the catalog by `infra/stack`.

fn main() -> std::process::ExitCode {
    tradewind_aws::functions::trigger(tradewind_connectors::catalog::files::stripe::FILE.provider())
}
