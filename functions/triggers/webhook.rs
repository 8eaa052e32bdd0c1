//! Takes the webhooks of Webhook. Generated from the catalog by `infra/stack`.

fn main() -> std::process::ExitCode {
    tradewind_aws::functions::trigger(&tradewind_connectors::providers::webhook::PROVIDER)
}
