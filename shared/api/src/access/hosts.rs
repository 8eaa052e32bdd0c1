//! Under which names the API is asked. A page of another site can have its own name resolve to this
//! machine; the browser then takes the API for that site, and nothing but the name gives it away.
//!
//! Invariant: a name that anybody can point here opens nothing. An address is no such name: a page
//! that was loaded from it came from here.

use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Uri, header};
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

/// The name of a host, or an address, as it stands in a URL, without a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostName(String);

/// A text is no name of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a host is a name such as `automation.example.com` or an address, without scheme and port")]
pub struct NotAHost;

impl HostName {
    /// As it is compared: in small letters, without the dot that may stand at the end.
    fn of(host: &str) -> Self {
        Self(host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase())
    }

    fn address(&self) -> Option<IpAddr> {
        let inner = self.0.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        match inner {
            Some(inner) => inner.parse::<Ipv6Addr>().ok().map(|address| address.to_canonical()),
            None => self.0.parse().ok(),
        }
    }
}

impl FromStr for HostName {
    type Err = NotAHost;

    fn from_str(text: &str) -> Result<Self, NotAHost> {
        if let Ok(address) = text.parse::<Ipv6Addr>() {
            return Ok(Self(format!("[{address}]")));
        }
        let authority = Authority::from_str(text).map_err(|_| NotAHost)?;
        let is_bare = authority.host() == text && !text.trim_end_matches('.').is_empty();
        if is_bare { Ok(Self::of(text)) } else { Err(NotAHost) }
    }
}

/// The hosts that a process answers to, beside that of the project's `public_url`.
#[derive(Clone, Debug)]
pub struct OwnHosts {
    names: Vec<HostName>,
    listen: IpAddr,
}

impl OwnHosts {
    /// Loopback, the address that is listened on, and these.
    pub fn new(listen: IpAddr, names: Vec<HostName>) -> Self {
        Self { names, listen: listen.to_canonical() }
    }

    fn has(&self, host: &HostName) -> bool {
        match host.address() {
            Some(address) => {
                address.is_loopback()
                    || address == self.listen
                    // Then every address of this machine is meant, and nobody knows them all.
                    || self.listen.is_unspecified()
                    || self.names.contains(host)
            }
            None => host.0 == "localhost" || self.names.contains(host),
        }
    }

    /// Whether everything that the request calls us by is one of ours, or the host of that URL.
    /// One that says nothing, or several things, or what is no host, is not.
    pub(crate) fn are_asked(&self, request: &Request, public_url: Option<&str>) -> bool {
        let Some(hosts) = asked(request) else { return false };
        let public = public_url.and_then(|url| url.parse::<Uri>().ok());
        let public = public.as_ref().and_then(Uri::host).map(HostName::of);
        hosts.iter().all(|host| self.has(host) || Some(host) == public.as_ref())
    }
}

/// What the request calls us by: its `Host`, and the authority where its target is a whole URL.
fn asked(request: &Request) -> Option<Vec<HostName>> {
    let mut named = Vec::new();
    let mut headers = request.headers().get_all(header::HOST).iter();
    if let Some(host) = headers.next() {
        named.push(Authority::from_str(host.to_str().ok()?).ok()?);
    }
    named.extend(request.uri().authority().cloned());
    let is_clear = headers.next().is_none()
        && !named.is_empty()
        && named.iter().all(|authority| !authority.as_str().contains('@'));
    is_clear.then(|| named.iter().map(|authority| HostName::of(authority.host())).collect())
}

/// Programs send no origin. A page's origin must be the host and port that it asks.
pub(crate) fn is_own_origin(headers: &HeaderMap, uri: &Uri) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.or_else(|| uri.authority().map(Authority::as_str));
    let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
    let (Some((scheme, origin)), Some(host)) = (origin, host) else { return false };
    let standard = match scheme {
        "http" => 80,
        "https" => 443,
        _ => return false,
    };
    // A port that follows from the scheme may be left out on either side.
    let place = |text: &str| {
        let authority = Authority::from_str(text).ok()?;
        Some((HostName::of(authority.host()).0, authority.port_u16().unwrap_or(standard)))
    };
    place(origin).is_some_and(|origin| Some(origin) == place(host))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    const PUBLIC: Option<&str> = Some("https://Automation.example.com/base");

    fn is_asked(listen: &str, uri: &str, hosts: &[&str]) -> bool {
        let names = vec!["tradewind.internal".parse().unwrap(), "203.0.113.9".parse().unwrap()];
        let own = OwnHosts::new(listen.parse().unwrap(), names);
        let mut request = Request::builder().uri(uri);
        for host in hosts {
            request = request.header("host", *host);
        }
        own.are_asked(&request.body(Body::empty()).unwrap(), PUBLIC)
    }

    #[test]
    fn loopback_the_public_host_and_those_that_are_listed_are_ours() {
        let ours = [
            "localhost",
            "LOCALHOST:8080",
            "localhost.",
            "127.0.0.1:8080",
            "127.9.9.9",
            "[::1]:8080",
            "[::ffff:127.0.0.1]",
            "automation.example.com",
            "AUTOMATION.example.com.:443",
            "tradewind.internal:1",
            "203.0.113.9",
        ];
        for host in ours {
            assert!(is_asked("127.0.0.1", "/api/status", &[host]), "{host}");
        }
        let others = [
            "evil.example",
            "evil.example:8080",
            "localhost.evil.example",
            "localhost..",
            "127.0.0.1.evil.example",
            "automation.example.com.evil.example",
            "evil.example@localhost",
            "localhost@evil.example",
            "2130706433",
            "0x7f.1",
            "192.0.2.1",
            "0.0.0.0",
            "",
            ":8080",
            "local host",
        ];
        for host in others {
            assert!(!is_asked("127.0.0.1", "/api/status", &[host]), "{host}");
        }
    }

    #[test]
    fn all_that_a_request_calls_us_by_has_to_be_ours() {
        assert!(!is_asked("127.0.0.1", "/api/status", &[]));
        assert!(!is_asked("127.0.0.1", "/api/status", &["localhost", "localhost"]));
        assert!(is_asked("127.0.0.1", "http://localhost:8080/api/status", &[]));
        assert!(is_asked("127.0.0.1", "http://localhost:8080/api/status", &["localhost:8080"]));
        assert!(!is_asked("127.0.0.1", "http://evil.example/api/status", &["localhost"]));
        assert!(!is_asked("127.0.0.1", "http://localhost/api/status", &["evil.example"]));
    }

    #[test]
    fn the_address_that_is_listened_on_is_ours() {
        assert!(is_asked("192.0.2.1", "/", &["192.0.2.1:8080"]));
        assert!(!is_asked("192.0.2.1", "/", &["192.0.2.2"]));
        assert!(is_asked("2001:db8::1", "/", &["[2001:db8:0::1]:8080"]));
        for everywhere in ["0.0.0.0", "::"] {
            assert!(is_asked(everywhere, "/", &["192.0.2.7"]), "{everywhere}");
            assert!(is_asked(everywhere, "/", &["[2001:db8::7]"]), "{everywhere}");
            assert!(!is_asked(everywhere, "/", &["evil.example"]), "{everywhere}");
        }
    }

    #[test]
    fn a_host_is_named_without_scheme_and_port() {
        for host in ["a", "a.example.com.", "192.0.2.1", "::1", "[::1]", "xn--bcher-kva.example"] {
            assert!(host.parse::<HostName>().is_ok(), "{host}");
        }
        for host in ["", ".", "a:80", "http://a", "a/b", "u@a", "a b", "[::1]:80"] {
            assert_eq!(host.parse::<HostName>(), Err(NotAHost), "{host}");
        }
    }
}
