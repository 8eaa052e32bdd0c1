//! Serves the admin API. Generated from the catalog by `infra/stack`.

fn main() -> std::process::ExitCode {
    tradewind_aws::functions::api()
}
