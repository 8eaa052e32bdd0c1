//! The binaries of `functions/`: rows of its manifest, and sources of a few lines.
//!
//! Invariant: a binary names its own action or endpoint, never the catalog, so that no other action's
//! providers are linked into it.

use crate::function::{Function, Work};
use crate::naming;
use tradewind_connectors::catalog::has_file;

/// The `[[bin]]` rows of `functions/Cargo.toml`.
pub fn manifest(functions: &[Function]) -> String {
    let rows = functions.iter().map(|function| {
        format!(
            "\n[[bin]]\nname = \"{}\"\npath = \"{}\"\ntest = false\nbench = false\n",
            function.bin, function.source
        )
    });
    rows.collect::<String>() + "\n"
}

/// The source of one.
pub fn source(function: &Function) -> String {
    let (what, call) = match &function.work {
        Work::Trigger(provider) => (
            format!("Takes the webhooks of {}", provider.title),
            format!("tradewind_aws::functions::trigger({})", named(&provider.id)),
        ),
        Work::Action(action, _) => (
            format!("Does `{action}`"),
            format!(
                "tradewind_aws::functions::action(action::<{}>())",
                naming::contract_type(action)
            ),
        ),
        Work::Dispatch => platform("Turns events into runs", "dispatch"),
        Work::Flow => platform("Works on flow steps, such as waits", "flow"),
        Work::Links => platform("Takes links, by which people decide approvals", "links"),
        Work::Sweep => platform("Sees to runs that stand still, and to old data", "sweep"),
        Work::Api => platform("Serves the admin API", "api"),
    };
    let imports = match &function.work {
        Work::Action(action, _) => format!(
            "use tradewind_connectors::catalog::action;\nuse tradewind_connectors::contracts::{};\n\n",
            naming::contract_type(action)
        ),
        Work::Trigger(provider) if has_file(&provider.id) => {
            "use tradewind_connectors::catalog::files;\n\n".to_owned()
        }
        _ => String::new(),
    };
    format!(
        "//! {what}. Generated from the catalog by `infra/stack`.\n\n\
         {imports}fn main() -> std::process::ExitCode {{\n    {call}\n}}\n"
    )
}

/// The provider as a program names it that serves no other.
fn named(provider: &str) -> String {
    match has_file(provider) {
        true => format!("files::{provider}::FILE.provider()"),
        false => format!("&tradewind_connectors::providers::{provider}::PROVIDER"),
    }
}

fn platform(what: &str, name: &str) -> (String, String) {
    (what.to_owned(), format!("tradewind_aws::functions::{name}()"))
}
