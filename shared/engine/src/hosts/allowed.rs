//! What the operator allowed.
//!
//! Invariant: it comes from the command line, the environment or the stack, never from a project or a
//! request.

use super::addresses::{Reach, reach};
use super::mail::MAIL_PORTS;
use core::net::IpAddr;
use std::fmt;
use std::str::FromStr;
use url::Host;

/// The ports of a host that was allowed without one.
pub(super) const HTTPS_PORTS: [u16; 2] = [443, 8443];

/// One host that the operator allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedHost {
    host: Host,
    ports: Ports,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ports {
    Https,
    Only(u16),
    Any,
}

/// Why a text allows no host.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` {problem}")]
pub struct HostInvalid {
    text: String,
    problem: String,
}

/// All hosts that the operator allowed; none by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowedHosts {
    hosts: Vec<AllowedHost>,
    /// What is closed although the list may say otherwise.
    closed: Vec<(Host, u16)>,
}

impl FromStr for AllowedHosts {
    type Err = HostInvalid;

    /// From hosts with commas between them; an empty text allows nothing.
    fn from_str(text: &str) -> Result<Self, HostInvalid> {
        let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
        let hosts = words.map(str::parse).collect::<Result<_, _>>()?;
        Ok(Self { hosts, closed: Vec::new() })
    }
}

impl FromIterator<AllowedHosts> for AllowedHosts {
    fn from_iter<All: IntoIterator<Item = AllowedHosts>>(lists: All) -> Self {
        let mut all = Self::default();
        for list in lists {
            all.hosts.extend(list.hosts);
            all.closed.extend(list.closed);
        }
        all
    }
}

impl AllowedHosts {
    /// The same, where that `HOST:PORT` of the runtime around us stays closed.
    #[must_use]
    pub fn without(mut self, address: &str) -> Self {
        let parsed = address.rsplit_once(':');
        if let Some((host, Ok(port))) = parsed.map(|(host, port)| (host, port.parse()))
            && let Ok(host) = Host::parse(host)
        {
            self.closed.push((host, port));
        }
        self
    }

    /// The hosts as they were written.
    pub fn iter(&self) -> impl Iterator<Item = &AllowedHost> {
        self.hosts.iter()
    }

    /// Whether the host is allowed, on that port.
    pub fn allows(&self, host: &Host<&str>, port: u16) -> bool {
        let fits = |one: &&AllowedHost| is_same(&one.host, host);
        self.hosts.iter().filter(fits).any(|one| match one.ports {
            Ports::Https => HTTPS_PORTS.contains(&port),
            Ports::Only(only) => only == port,
            Ports::Any => true,
        })
    }

    /// Whether messages may be handed over to a mail server there: where it was allowed without a port, on those of
    /// mail servers.
    pub(super) fn allows_mail(&self, host: &Host<&str>, port: u16) -> bool {
        let fits = |one: &&AllowedHost| is_same(&one.host, host);
        let is_mail = |one: &AllowedHost| one.ports == Ports::Https && MAIL_PORTS.contains(&port);
        self.hosts.iter().filter(fits).any(is_mail) || self.allows(host, port)
    }

    /// Whether the host is allowed on some port.
    pub fn names(&self, host: &Host<&str>) -> bool {
        self.hosts.iter().any(|one| is_same(&one.host, host))
    }

    /// Whether the host and port are those of the runtime around us, by whichever name of this machine.
    pub(super) fn closes(&self, host: &Host<&str>, port: u16) -> bool {
        self.closed.iter().any(|(closed, at)| {
            *at == port
                && (is_same(closed, host) || (is_loopback(&borrowed(closed)) && is_loopback(host)))
        })
    }

    /// What a name that leads to this address may do with it.
    pub fn permits_address(&self, name: &str, address: IpAddr) -> bool {
        let is_closed =
            self.closed.iter().any(|(closed, _)| address_of(&borrowed(closed)) == Some(address));
        let host = Host::Domain(name);
        match reach(address) {
            Reach::Never => false,
            // By this name alone; any other would be a way to the ports of this machine.
            Reach::Loopback => is_loopback(&host) && self.names(&host),
            _ if is_closed || is_loopback(&host) => false,
            Reach::Global => true,
            Reach::Private => self.names(&host),
        }
    }
}

fn is_same(listed: &Host, host: &Host<&str>) -> bool {
    match (listed, host) {
        (Host::Domain(listed), Host::Domain(host)) => listed == host,
        (Host::Ipv4(listed), Host::Ipv4(host)) => listed == host,
        (Host::Ipv6(listed), Host::Ipv6(host)) => listed == host,
        _ => false,
    }
}

fn borrowed(host: &Host) -> Host<&str> {
    match host {
        Host::Domain(name) => Host::Domain(name),
        Host::Ipv4(address) => Host::Ipv4(*address),
        Host::Ipv6(address) => Host::Ipv6(*address),
    }
}

/// The address that stands in place of a name.
pub(super) fn address_of(host: &Host<&str>) -> Option<IpAddr> {
    match host {
        Host::Domain(_) => None,
        Host::Ipv4(address) => Some(IpAddr::V4(*address)),
        Host::Ipv6(address) => Some(IpAddr::V6(*address)),
    }
}

/// Whether it is this machine, by its address or by the name that every system has for it.
pub(crate) fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost" || name.ends_with(".localhost"),
        address => address_of(address).is_some_and(|address| reach(address) == Reach::Loopback),
    }
}

impl fmt::Display for AllowedHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.ports {
            Ports::Https => write!(f, "{}", self.host),
            Ports::Only(port) => write!(f, "{}:{port}", self.host),
            Ports::Any => write!(f, "{}:*", self.host),
        }
    }
}

impl AllowedHost {
    /// The name, or the address.
    pub fn host(&self) -> &Host {
        &self.host
    }
}

impl FromStr for AllowedHost {
    type Err = HostInvalid;

    fn from_str(text: &str) -> Result<Self, HostInvalid> {
        let wrong =
            |problem: &str| HostInvalid { text: text.to_owned(), problem: problem.to_owned() };
        if text.contains("//") || text.contains(['/', '\\', '?', '#']) {
            return Err(wrong(
                "is no host: leave out the scheme and the path, as in mail.example.com",
            ));
        }
        if text.contains('@') {
            return Err(wrong("has a user name: a host has none"));
        }
        let (name, ports) = split(text).map_err(wrong)?;
        if name.contains('*') {
            return Err(wrong("has a `*` for a name: each host is named in full"));
        }
        let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
        let host = Host::parse(&name).map_err(|_| {
            wrong("is no host: write a name such as mail.example.com, or an address")
        })?;
        let borrowed = borrowed(&host);
        if address_of(&borrowed).is_some_and(|address| reach(address) == Reach::Never) {
            return Err(wrong("can never be allowed: such an address leads to no service"));
        }
        if address_of(&borrowed).is_some() && host.to_string() != name {
            return Err(wrong(&format!("is an address in another form: write {host}")));
        }
        if ports == Ports::Any && !is_loopback(&borrowed) {
            return Err(wrong("allows every port, which only localhost, 127.0.0.1 and [::1] can"));
        }
        Ok(Self { host, ports })
    }
}

/// The name and the ports.
fn split(text: &str) -> Result<(&str, Ports), &'static str> {
    let bracketed = text.starts_with('[');
    if !bracketed && text.matches(':').count() > 1 {
        return Err("is an IPv6 address without brackets: write it as in [::1]:8443");
    }
    let end = if bracketed { text.find(']').map_or(text.len(), |end| end + 1) } else { 0 };
    match text[end..].rsplit_once(':') {
        None if end == 0 || end == text.len() => Ok((text, Ports::Https)),
        None => Err("is no host: something stands behind the bracket"),
        Some((name, port)) => {
            let name = &text[..end + name.len()];
            match port {
                "*" => Ok((name, Ports::Any)),
                port => match port.parse() {
                    Ok(port) if port > 0 => Ok((name, Ports::Only(port))),
                    _ => Err("has no port behind its `:`, which is 1 to 65535"),
                },
            }
        }
    }
}
