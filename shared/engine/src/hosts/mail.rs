//! The judgement on a mail server, as far as it can be told without looking its name up.

use super::addresses::{Reach, reach};
use super::allowed::{AllowedHosts, address_of, is_loopback};
use super::blocked::{Blocked, Reason, way_out};
use super::recipient::Recipient;
use url::Host;

/// The ports on which mail servers take messages from those who may hand them over: with encryption from the first
/// byte on, and from `STARTTLS` on. <https://www.rfc-editor.org/rfc/rfc8314#section-3.3>
pub const MAIL_PORTS: [u16; 2] = [465, 587];

/// Whether messages for that recipient may be handed over to the server on that port, and by which name it is called.
/// What the name leads to is judged when it is known, by [`AllowedHosts::permits_address`].
pub fn judge_mail(
    (host, port): (&str, u16),
    is_encrypted: bool,
    recipient: &Recipient,
    allowed: &AllowedHosts,
) -> Result<Host, Blocked> {
    let parsed = Host::parse(host.strip_suffix('.').unwrap_or(host)).map_err(|_| {
        let help = "write the name of a mail server such as smtp.example.com";
        Blocked::new(Reason::UrlInvalid, "it is no name of a host", help)
    })?;
    let host = borrowed(&parsed);
    let word = match MAIL_PORTS.contains(&port) {
        true => host.to_string(),
        false => format!("{host}:{port}"),
    };
    if address_of(&host).is_some_and(|address| reach(address) == Reach::Never)
        || allowed.closes(&host, port)
    {
        let what = format!("no call may go to {host}");
        return Err(Blocked::new(Reason::IpLiteral, what, "give the mail server itself"));
    }
    let is_allowed = allowed.allows_mail(&host, port);
    let is_allowed_here = is_allowed && is_loopback(&host);
    if !is_encrypted && !is_allowed_here {
        let what = format!("{host} would be told everything without encryption");
        return Err(Blocked::new(Reason::Scheme, what, "write `encryption: starttls` or `tls`"));
    }
    if is_allowed {
        return Ok(parsed);
    }
    if address_of(&host).is_some() {
        let what = format!("{host} is an address in place of a name");
        return Err(Blocked::new(Reason::IpLiteral, what, way_out(&word)));
    }
    if is_loopback(&host) {
        let what = format!("{host} is this machine");
        return Err(Blocked::new(Reason::PrivateAddress, what, way_out(&word)));
    }
    if !matches!(host, Host::Domain(name) if recipient.owns(name)) {
        let what = format!("{host} is no host of the connection");
        return Err(Blocked::new(Reason::HostNotAllowed, what, way_out(&word)));
    }
    if !MAIL_PORTS.contains(&port) {
        let what = format!("{host} is called on the ports 465 and 587, not on {port}");
        return Err(Blocked::new(Reason::Port, what, way_out(&word)));
    }
    Ok(parsed)
}

fn borrowed(host: &Host) -> Host<&str> {
    match host {
        Host::Domain(name) => Host::Domain(name),
        Host::Ipv4(address) => Host::Ipv4(*address),
        Host::Ipv6(address) => Host::Ipv6(*address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(allowed: &str, (host, port): (&str, u16), is_encrypted: bool, expected: &str) {
        let recipient = Recipient::new("smtp", &["smtp.example.com", "10.0.0.5", "localhost"]);
        let allowed = allowed.parse().unwrap();
        let found = judge_mail((host, port), is_encrypted, &recipient, &allowed);
        let found =
            found.map_or_else(|blocked| blocked.reason.code().to_owned(), |_| "ok".to_owned());
        assert_eq!(found, expected, "{host}:{port} where {allowed:?} is allowed");
    }

    #[test]
    fn a_mail_server_is_called_by_its_name_on_two_ports_and_encrypted() {
        check("", ("smtp.example.com", 587), true, "ok");
        check("", ("SMTP.example.com.", 465), true, "ok");
        check("", ("smtp.example.com", 25), true, "port");
        check("", ("smtp.example.com", 6379), true, "port");
        check("", ("smtp.example.com", 587), false, "scheme");
        check("", ("smtp.evil.example", 587), true, "host_not_allowed");
        check("", ("10.0.0.5", 587), true, "ip_literal");
        check("", ("169.254.169.254", 587), true, "ip_literal");
        check("", ("127.0.0.1", 587), true, "ip_literal");
        check("", ("localhost", 587), true, "private_address");
        check("", ("a b", 587), true, "url_invalid");
        check("", ("smtp.example.com:587", 587), true, "url_invalid");
        check("", ("user@smtp.example.com", 587), true, "url_invalid");
    }

    #[test]
    fn the_operator_allows_other_ports_and_this_machine() {
        check("smtp.example.com:25", ("smtp.example.com", 25), true, "ok");
        check("smtp.example.com:25", ("smtp.example.com", 25), false, "scheme");
        check("mail.internal", ("mail.internal", 465), true, "ok");
        check("mail.internal", ("mail.internal", 587), true, "ok");
        check("mail.internal", ("mail.internal", 25), true, "host_not_allowed");
        check("10.0.0.5:25", ("10.0.0.5", 25), true, "ok");
        check("127.0.0.1:*", ("127.0.0.1", 2525), false, "ok");
        check("127.0.0.1:*", ("localhost", 2525), false, "scheme");
    }
}
