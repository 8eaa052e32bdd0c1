//! Works on flow steps, such as waits. Generated from the catalog by `infra/stack`.

fn main() -> std::process::ExitCode {
    tradewind_aws::functions::flow()
}
