//! The hosts that receive secrets, as `plan`, `apply` and `up` show them.

use super::output::{Mood, Output};
use super::table::Table;
use tradewind_api::types::{HostChange, SecretHost};

/// What stands behind a host whose address is in a secret.
const IN_SECRET: &str =
    "in secret: the secret holds the address, which may be at any host of such a row";

/// The table; none where nothing receives a secret.
pub(crate) fn table(hosts: &[SecretHost]) -> Option<Table> {
    if hosts.is_empty() {
        return None;
    }
    let mut table = Table::new(["HOST", "CONNECTION", "SECRETS", "WHOSE", "CHANGE"]).whole();
    for one in hosts {
        let mood = match (one.change, one.is_own) {
            (HostChange::Gone, _) => Mood::Quiet,
            (_, true) => Mood::Good,
            (_, false) => Mood::Bad,
        };
        let cells = [
            one.host.clone(),
            one.connection.clone(),
            one.secrets.join(", "),
            whose(one),
            since(one.change).to_owned(),
        ];
        table.row(mood, cells);
    }
    Some(table)
}

/// Prints what has to be known to read the table.
pub(crate) fn explain(hosts: &[SecretHost], output: Output) {
    if hosts.iter().any(|one| one.in_secret) {
        output.note("");
        output.note(IN_SECRET);
    }
}

/// Prints the same as lines beside what was asked for.
pub(crate) fn print_lines(hosts: &[SecretHost], output: Output) {
    for one in hosts {
        let own = if one.is_own { "a host of" } else { "NOT a host of" };
        let maybe = if one.in_secret { "may go" } else { "goes" };
        let change = match since(one.change) {
            "" => String::new(),
            change => format!("; {change}"),
        };
        output.note(format!(
            "secrets: {} of {} {maybe} to {} ({own} {}{change})",
            one.secrets.join(", "),
            one.connection,
            one.host,
            one.provider,
        ));
    }
}

fn whose(one: &SecretHost) -> String {
    let whose = match one.is_own {
        true => one.provider.clone(),
        false => format!("NOT {}", one.provider),
    };
    if one.in_secret { format!("{whose}, in secret") } else { whose }
}

fn since(change: HostChange) -> &'static str {
    match change {
        HostChange::New => "new",
        HostChange::OtherSecrets => "other secrets",
        HostChange::Gone => "gone",
        HostChange::Same | HostChange::Unknown => "",
    }
}
