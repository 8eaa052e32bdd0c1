//! The judgement on one address, as far as it can be told without looking its name up.

use super::addresses::{Reach, reach};
use super::allowed::{AllowedHosts, HTTPS_PORTS, address_of, is_loopback};
use super::blocked::{Blocked, Reason, way_out};
use super::recipient::Recipient;
use url::{Host, Url};

/// An address that may be called, as far as its name goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The address as it is called: its name without the dot at the end.
    pub url: Url,
    /// Whether the host is the provider's own, and not only allowed by the operator.
    pub is_own: bool,
}

/// Whether the address may be called for that recipient. What its name leads to is judged when it is
/// known, by [`AllowedHosts::permits_address`].
pub fn judge(url: &str, recipient: &Recipient, allowed: &AllowedHosts) -> Result<Verdict, Blocked> {
    let url = web_address(url)?;
    let host = host_of(&url)?;
    let port = url.port_or_known_default().unwrap_or_default();
    let word = word(&url, &host, port);
    if address_of(&host).is_some_and(|address| reach(address) == Reach::Never)
        || allowed.closes(&host, port)
    {
        let what = format!("no call may go to {host}");
        return Err(Blocked::new(
            Reason::IpLiteral,
            what,
            "give the address of the service itself",
        ));
    }
    let is_own = matches!(host, Host::Domain(name) if recipient.owns(name));
    let is_allowed = allowed.allows(&host, port);
    if url.scheme() != "https" && !(is_allowed && is_loopback(&host)) {
        let what = format!("{host} would be called without encryption");
        let help = match is_loopback(&host) {
            true => way_out(&word),
            false => "begin the address with https://".to_owned(),
        };
        return Err(Blocked::new(Reason::Scheme, what, help));
    }
    if is_allowed {
        return Ok(Verdict { is_own, url });
    }
    if address_of(&host).is_some() {
        let what = format!("{host} is an address in place of a name");
        return Err(Blocked::new(Reason::IpLiteral, what, way_out(&word)));
    }
    if is_loopback(&host) {
        let what = format!("{host} is this machine");
        return Err(Blocked::new(Reason::PrivateAddress, what, way_out(&word)));
    }
    if !is_own && !allowed.names(&host) {
        let own = match recipient.hosts() {
            [] => format!("{} calls no host of its own", recipient.provider()),
            hosts => format!("{} is at {}", recipient.provider(), hosts.join(", ")),
        };
        let what = format!("{host} is no host of the provider ({own})");
        return Err(Blocked::new(Reason::HostNotAllowed, what, way_out(&word)));
    }
    if !HTTPS_PORTS.contains(&port) || !is_own {
        let what = format!("{host} is called on the ports 443 and 8443, not on {port}");
        return Err(Blocked::new(Reason::Port, what, way_out(&word)));
    }
    Ok(Verdict { url, is_own })
}

/// A web address without credentials, whosever it is. The dot at the end of its name is taken off: with it
/// the name is the same one.
pub fn web_address(text: &str) -> Result<Url, Blocked> {
    let help = "write an address such as https://api.example.com";
    let invalid = |what: &str| Blocked::new(Reason::UrlInvalid, what, help);
    let mut url = Url::parse(text).map_err(|error| match error {
        url::ParseError::RelativeUrlWithoutBase => invalid("it has no scheme"),
        _ => invalid("it is no web address"),
    })?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Blocked::new(Reason::Scheme, "its scheme is not https", help));
    }
    if !url.username().is_empty() || url.password().is_some() {
        let what = "it has a user name or a password before the host";
        return Err(Blocked::new(
            Reason::Userinfo,
            what,
            "write https:// and the host, without an `@`",
        ));
    }
    if let Some(bare) = url.host_str().and_then(|host| host.strip_suffix('.')).map(str::to_owned) {
        url.set_host(Some(&bare)).map_err(|_| invalid("it has no host"))?;
    }
    Ok(url)
}

fn host_of(url: &Url) -> Result<Host<&str>, Blocked> {
    let help = "write an address such as https://api.example.com";
    url.host().ok_or_else(|| Blocked::new(Reason::UrlInvalid, "it has no host", help))
}

/// The word by which the operator would allow it.
fn word(url: &Url, host: &Host<&str>, port: u16) -> String {
    match url.scheme() == "https" && HTTPS_PORTS.contains(&port) {
        true => host.to_string(),
        false => format!("{host}:{port}"),
    }
}
