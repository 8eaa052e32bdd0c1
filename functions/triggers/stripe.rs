//! Takes the webhooks of Stripe. Generated from the catalog by `infra/stack`.

use tradewind_connectors::catalog::files;

fn main() -> std::process::ExitCode {
    tradewind_aws::functions::trigger(files::stripe::FILE.provider())
}
