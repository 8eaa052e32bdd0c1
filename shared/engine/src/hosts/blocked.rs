//! Why an address may not be called, and the way out.

use std::fmt;

/// Why an address may not be called.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Blocked {
    /// The kind, for programs.
    pub reason: Reason,
    /// What is wrong, for people. It names the host and never the rest of the address, which may be a
    /// secret, nor what the host's name led to.
    pub what: String,
    /// What to do about it.
    pub help: String,
}

/// The kinds of reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It is no web address.
    UrlInvalid,
    /// It is neither https nor a loopback that was allowed.
    Scheme,
    /// It has a user name or a password.
    Userinfo,
    /// It has an IP address in place of a name.
    IpLiteral,
    /// The host is, or its name leads to, an address that is not global.
    PrivateAddress,
    /// The port is not one of https.
    Port,
    /// The host is neither the provider's nor allowed.
    HostNotAllowed,
}

impl Reason {
    /// The short code.
    pub fn code(self) -> &'static str {
        match self {
            Self::UrlInvalid => "url_invalid",
            Self::Scheme => "scheme",
            Self::Userinfo => "userinfo",
            Self::IpLiteral => "ip_literal",
            Self::PrivateAddress => "private_address",
            Self::Port => "port",
            Self::HostNotAllowed => "host_not_allowed",
        }
    }
}

impl fmt::Display for Blocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.reason.code(), self.what, self.help)
    }
}

impl Blocked {
    pub(super) fn new(reason: Reason, what: impl Into<String>, help: impl Into<String>) -> Self {
        Self { reason, what: what.into(), help: help.into() }
    }

    /// A name that leads to an address which is not global. The name alone can be allowed.
    pub fn leads_to_private(name: &str) -> Self {
        let what = format!("{name} leads to an address that is not on the internet");
        Self::new(Reason::PrivateAddress, what, way_out(name))
    }

    /// A name that leads to an address which nobody can allow.
    pub fn leads_nowhere(name: &str) -> Self {
        let what = format!("{name} leads to an address that no call may go to");
        Self::new(Reason::PrivateAddress, what, "give the address of the service itself")
    }
}

/// How the operator allows it.
pub(super) fn way_out(word: &str) -> String {
    format!(
        "if it is meant, the operator allows it with --allow-host {word} (on AWS: the stack parameter \
         AllowedHosts)"
    )
}
