//! Takes the webhooks of Commerce Layer. Generated from the catalog by `infra/stack`.

fn main() -> std::process::ExitCode {
    tradewind_aws::functions::trigger(&tradewind_connectors::providers::commercelayer::PROVIDER)
}
