//! Sees to runs that stand still, and to old data. Generated from the catalog by `infra/stack`.

fn main() -> std::process::ExitCode {
    tradewind_aws::functions::sweep()
}
