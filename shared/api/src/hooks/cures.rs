//! What a person should do about a refused delivery. Only people inside read this, never the sender.

use super::address::Address;
use serde_json::Value;
use std::sync::Arc;
use tradewind_connectors::deliveries::Refusal;
use tradewind_connectors::provider::Provider;
use tradewind_engine::definitions::{Current, StoredConnection};
use tradewind_engine::ids::ConnectionName;
use tradewind_engine::problems::nearest;
use tradewind_platform::connections::secret_names;

/// The longest list of endpoints that is shown.
const ENDPOINTS_MAX: usize = 5;

/// What is known beside the delivery.
pub(super) struct Known<'a> {
    /// What holds; nothing where it cannot be read.
    pub(super) current: Option<&'a Current>,
    /// Whose webhooks are taken. None: all providers may be meant.
    pub(super) providers: &'a [Arc<Provider>],
    /// The ids of providers whose webhooks are taken elsewhere.
    pub(super) elsewhere: &'a [String],
    /// The secrets of the connection that are not set while another one is.
    pub(super) unset: &'a [String],
}

/// What to do, in words.
pub(super) fn cure(refusal: &Refusal, address: &Address, known: &Known<'_>) -> String {
    match refusal {
        Refusal::NotFound => known.endpoint_meant(address),
        Refusal::NotReady(_) => known.set_secret(address),
        Refusal::SignatureInvalid => known.other_secret(address),
        Refusal::MethodNotAllowed(methods) => format!("let the sender use {methods}"),
        refusal => everywhere(refusal).to_owned(),
    }
}

/// What to do whichever endpoint it is.
fn everywhere(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::SignatureMissing => {
            "a webhook of this provider signs what it sends: this came from somebody else, was made \
             by hand, or lost its headers in a proxy on its way"
        }
        Refusal::SignatureMalformed => {
            "let the sender sign by the scheme of the connection; a proxy on its way must leave the \
             headers as they are"
        }
        Refusal::TimestampOutOfRange => {
            "set the clock of this machine, or of the sender; a delivery that was kept and sent again \
             later has to be signed again"
        }
        Refusal::BodyEmpty => "let the sender send its payload as the body",
        Refusal::BodyIncomplete => {
            "the sender tries again by itself; if this goes on, look at the network or the proxy in \
             between"
        }
        Refusal::BodyTooLarge(_) | Refusal::JsonTooDeep => {
            "let the sender include less in its payloads, such as fewer related resources"
        }
        Refusal::EncodingUnsupported | Refusal::EncodingInvalid => {
            "let the sender, or the proxy in between, send bodies as they are or by gzip"
        }
        Refusal::ContentTypeUnsupported | Refusal::ContentTypeMismatch => {
            "let the sender send JSON, labelled application/json"
        }
        Refusal::NotUtf8(_) | Refusal::JsonInvalid { .. } | Refusal::NumberOutOfRange(_) => {
            "the sender makes a body that is no proper JSON: it has to be repaired there"
        }
        Refusal::PayloadInvalid(_) => {
            "look at the webhook's topic and at what it includes: the payload is not what they promise"
        }
        Refusal::TopicContradictsPayload(_) => {
            "nothing came of it, and the sender was told that it is done. If no webhook is set to a \
             wrong address, somebody has seen the body and sent it again under another topic: make a \
             new secret for the webhook"
        }
        Refusal::NotStored => {
            "the sender tries again by itself; the log says which service did not answer"
        }
        Refusal::NotFound
        | Refusal::NotReady(_)
        | Refusal::SignatureInvalid
        | Refusal::MethodNotAllowed(_) => "",
    }
}

impl Known<'_> {
    fn set_secret(&self, address: &Address) -> String {
        let names = self.secrets(address);
        if names.is_empty() {
            let settings = self.secret_settings(&address.provider).join(", ");
            return format!(
                "name the webhook's secret in tradewind.yaml, at `{settings}` of connection {}",
                address.connection
            );
        }
        format!("set the secret that the sender shows: {}", commands(&names))
    }

    fn other_secret(&self, address: &Address) -> String {
        let unset = match self.unset {
            [] => String::new(),
            names => format!("{} is not set. ", names.join(", ")),
        };
        let names = self.secrets(address);
        let set = match names.is_empty() {
            true => "in tradewind.yaml".to_owned(),
            false => format!("by {}", commands(&names)),
        };
        format!(
            "{unset}The webhook's secret at the sender differs from the stored one: copy it from there \
             and set it {set}. If they are the same, something on its way changes the body"
        )
    }

    fn secrets(&self, address: &Address) -> Vec<String> {
        let Some(connection) = self.connection(&address.connection) else { return Vec::new() };
        let provider = self.provider(&address.provider);
        let trigger = provider.and_then(|provider| provider.trigger.as_ref());
        let is_needed = |key: &str| trigger.is_none_or(|trigger| trigger.settings().contains(&key));
        let settings = connection.settings.iter().filter(|(key, _)| is_needed(key));
        settings.flat_map(|(_, value): (_, &Value)| secret_names(value)).collect()
    }

    /// The settings of an endpoint that hold a secret.
    fn secret_settings(&self, provider: &str) -> Vec<&str> {
        let Some(provider) = self.provider(provider) else { return Vec::new() };
        let settings = provider.trigger.iter().flat_map(|trigger| trigger.settings());
        let is_secret = |name: &&str| {
            provider.secrets.iter().any(|secret| secret.split('.').next() == Some(*name))
        };
        settings.filter(is_secret).collect()
    }

    fn endpoint_meant(&self, address: &Address) -> String {
        let endpoints = self.endpoints();
        let meant = meant(address, &endpoints);
        if let Some((provider, connection)) = meant {
            return format!(
                "no endpoint has this address. The nearest one is /hooks/{provider}/{connection}: \
                 correct the address at the sender, or name the connection in tradewind.yaml"
            );
        }
        if endpoints.is_empty() {
            return "no connection in tradewind.yaml takes webhooks".to_owned();
        }
        let of_it = |(provider, _): &&(&str, &str)| *provider == address.provider;
        let of_provider: Vec<_> = endpoints.iter().filter(of_it).collect();
        let all = endpoints.iter().collect();
        let shown = if of_provider.is_empty() { all } else { of_provider };
        let shown: Vec<String> = shown
            .into_iter()
            .take(ENDPOINTS_MAX)
            .map(|(provider, connection)| format!("/hooks/{provider}/{connection}"))
            .collect();
        format!("no endpoint has this address. There are {}", shown.join(", "))
    }

    /// Provider and connection of every place where webhooks come in.
    fn endpoints(&self) -> Vec<(&str, &str)> {
        let project = self.current.and_then(|current| current.project.as_ref());
        let connections = project.into_iter().flat_map(|project| &project.connections);
        let all = connections.map(|(name, stored)| (stored.provider.as_str(), name.as_str()));
        all.filter(|(provider, _)| {
            let takes = self.provider(provider).is_some_and(|provider| provider.trigger.is_some());
            self.providers.is_empty() || takes || self.elsewhere.iter().any(|one| one == provider)
        })
        .collect()
    }

    fn connection(&self, name: &str) -> Option<&StoredConnection> {
        let project = self.current?.project.as_ref()?;
        project.connections.get(&ConnectionName(name.to_owned()))
    }

    fn provider(&self, id: &str) -> Option<&Arc<Provider>> {
        self.providers.iter().find(|provider| provider.id.eq_ignore_ascii_case(id))
    }
}

/// The endpoint that an address most likely means.
fn meant<'a>(address: &Address, endpoints: &[(&'a str, &'a str)]) -> Option<(&'a str, &'a str)> {
    let (provider, connection) = (address.provider.as_str(), address.connection.as_str());
    let named = |name: &str| endpoints.iter().copied().find(|(_, one)| *one == name);
    let of_provider: Vec<_> =
        endpoints.iter().copied().filter(|(one, _)| *one == provider).collect();
    if let Some(same) = of_provider.iter().copied().find(|(_, name)| *name == connection) {
        return Some(same);
    }
    if let Some(other) = named(connection) {
        return Some(other);
    }
    let near = nearest(connection, of_provider.iter().map(|(_, name)| *name));
    if let Some(name) = near {
        return named(name);
    }
    let paths: Vec<String> =
        endpoints.iter().map(|(provider, name)| format!("/hooks/{provider}/{name}")).collect();
    let near = nearest(&address.path, paths.iter().map(String::as_str));
    // Where the provider is right, an address that lacks its end is near to several.
    if let Some(path) = near.filter(|_| of_provider.is_empty()) {
        let index = paths.iter().position(|one| one == path)?;
        return endpoints.get(index).copied();
    }
    match (&of_provider[..], endpoints) {
        ([only], _) | ([], [only]) => Some(*only),
        _ => None,
    }
}

/// The command for each of the secrets.
fn commands(names: &[String]) -> String {
    let commands: Vec<String> =
        names.iter().map(|name| format!("`tradewind secret set {name}`")).collect();
    commands.join(" or ")
}
