//! Does `sheet.append_row`. Generated from the catalog by `infra/stack`.

fn main() -> std::process::ExitCode {
    tradewind_aws::functions::action(tradewind_connectors::catalog::actions::sheet_append_row())
}
