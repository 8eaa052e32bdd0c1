//! Takes links, by which people decide approvals. Generated from the catalog by `infra/stack`.

fn main() -> std::process::ExitCode {
    tradewind_aws::functions::links()
}
