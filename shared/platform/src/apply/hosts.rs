//! Every host that will receive a secret: what a person has to see before a project holds.

use super::addresses::{Target, target};
use crate::connections::secret_names;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use tradewind_connectors::catalog::Catalog;
use tradewind_connectors::provider::{Address, Provider};
use tradewind_engine::definitions::StoredProject;
use tradewind_engine::hosts::{AllowedHosts, judge};
use tradewind_engine::ids::{ConnectionName, ProviderId};

/// A host that will receive secrets of a connection, as they are or in what is made of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretHost {
    /// The connection.
    pub connection: ConnectionName,
    /// Who it is at.
    pub provider: ProviderId,
    /// The host, with its port where that is not 443.
    pub host: String,
    /// The secrets by their names; a setting's name where it was filled in another way.
    pub secrets: Vec<String>,
    /// Whether the host is the provider's own, and not only allowed by the operator.
    pub is_own: bool,
    /// Whether the address stands in a secret: it may be this host or another one with this mark.
    pub in_secret: bool,
    /// What is different from what was applied before.
    pub change: HostChange,
}

/// What is different from what was applied before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HostChange {
    /// It received nothing of this connection.
    New,
    /// It received other secrets.
    OtherSecrets,
    /// Nothing.
    Same,
    /// It will receive nothing any more.
    Gone,
    /// It is not known what was applied before.
    Unknown,
}

/// All hosts that will receive a secret of the project.
pub fn secret_hosts(
    project: &StoredProject,
    catalog: &Catalog,
    allowed: &AllowedHosts,
) -> Vec<SecretHost> {
    let mut found: Vec<SecretHost> = Vec::new();
    for (name, connection) in &project.connections {
        let Some(provider) = catalog.provider(connection.provider.as_str()) else { continue };
        for address in &provider.addresses {
            let secrets = secrets_of(address, provider, &connection.settings);
            if secrets.is_empty() {
                continue;
            }
            for host in hosts_of(address, provider, &connection.settings, allowed) {
                add(&mut found, name, &connection.provider, host, &secrets);
            }
        }
    }
    found
}

/// What the operator had allowed when the project was applied; where that was not written down, what is
/// allowed now.
pub(super) fn allowed_then(project: &StoredProject, now: &AllowedHosts) -> AllowedHosts {
    let then = project.allowed_hosts.as_ref().and_then(|hosts| hosts.join(",").parse().ok());
    then.unwrap_or_else(|| now.clone())
}

/// One row for each connection and host.
fn add(
    found: &mut Vec<SecretHost>,
    connection: &ConnectionName,
    provider: &ProviderId,
    host: Host,
    secrets: &[String],
) {
    let is_there = |one: &&mut SecretHost| one.connection == *connection && one.host == host.name;
    if let Some(there) = found.iter_mut().find(is_there) {
        let more = secrets.iter().filter(|secret| !there.secrets.contains(secret)).cloned();
        let more: Vec<String> = more.collect();
        there.secrets.extend(more);
        there.secrets.sort();
        there.in_secret &= host.in_secret;
        return;
    }
    found.push(SecretHost {
        connection: connection.clone(),
        provider: provider.clone(),
        host: host.name,
        secrets: secrets.to_vec(),
        is_own: host.is_own,
        in_secret: host.in_secret,
        change: HostChange::Unknown,
    });
}

struct Host {
    name: String,
    is_own: bool,
    in_secret: bool,
}

fn hosts_of(
    address: &Address,
    provider: &Provider,
    settings: &Map<String, Value>,
    allowed: &AllowedHosts,
) -> Vec<Host> {
    let recipient = provider.recipient();
    match target(address, settings) {
        // What the guard blocks receives nothing.
        Target::Url(url, _) => judge(&url, &recipient, allowed)
            .map(|verdict| Host {
                name: match (verdict.url.host_str(), verdict.url.port()) {
                    (Some(host), Some(port)) => format!("{host}:{port}"),
                    (host, _) => host.unwrap_or_default().to_owned(),
                },
                is_own: verdict.is_own,
                in_secret: false,
            })
            .into_iter()
            .collect(),
        Target::InSecret => {
            let own = recipient.hosts().iter();
            let own = own.map(|host| Host { name: host.clone(), is_own: true, in_secret: true });
            let others = allowed.iter().map(ToString::to_string);
            let others = others.map(|name| Host { name, is_own: false, in_secret: true });
            own.chain(others).collect()
        }
        Target::Unknown => Vec::new(),
    }
}

/// The secrets that go there. One in a setting that is not secret by itself may go anywhere.
fn secrets_of(
    address: &Address,
    provider: &Provider,
    settings: &Map<String, Value>,
) -> Vec<String> {
    // In an order of their own: a store may give settings back in another one.
    let mut names = BTreeSet::new();
    let is_kept_here =
        |key: &str| provider.secrets.iter().any(|secret| secret.split('.').next() == Some(key));
    for (key, value) in settings {
        let goes_there = address.secrets.contains(key);
        let found = secret_names(value);
        if found.is_empty() && goes_there {
            names.insert(key.clone());
        } else if goes_there || !is_kept_here(key) {
            names.extend(found);
        }
    }
    names.into_iter().collect()
}

/// The hosts after, each with what is different; those that are gone come last.
pub fn compared(before: &[SecretHost], after: Vec<SecretHost>) -> Vec<SecretHost> {
    let is_same = |a: &SecretHost, b: &SecretHost| a.connection == b.connection && a.host == b.host;
    let gone = before.iter().filter(|one| !after.iter().any(|other| is_same(one, other)));
    let gone: Vec<SecretHost> =
        gone.map(|one| SecretHost { change: HostChange::Gone, ..one.clone() }).collect();
    let mut all: Vec<SecretHost> = after
        .into_iter()
        .map(|one| {
            let change = match before.iter().find(|other| is_same(&one, other)) {
                None => HostChange::New,
                Some(other) if other.secrets != one.secrets => HostChange::OtherSecrets,
                Some(_) => HostChange::Same,
            };
            SecretHost { change, ..one }
        })
        .collect();
    all.extend(gone);
    all
}

#[cfg(test)]
mod tests;
