//! The forms of an address that are known to pass a careless guard, through the real client. Each is
//! tried as what a connection could be made to call; nobody is looked up and nothing is connected to.

use super::trap::Trap;
use async_trait::async_trait;
use bytes::Bytes;
use expect_test::expect;
use http::{HeaderMap, Method};
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tradewind_engine::hosts::Recipient;
use tradewind_engine::ports::{Http as _, HttpError, HttpRequest, HttpResponse};
use tradewind_system::{GuardedHttp, Lookup};

/// Names and what they lead to; looking up another one is a failure of the test.
pub(super) struct Zone(pub(super) &'static [(&'static str, &'static [&'static str])]);

#[async_trait]
impl Lookup for Zone {
    async fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let found = self.0.iter().find(|(known, _)| *known == name);
        let (_, addresses) = found.unwrap_or_else(|| panic!("{name} is looked up"));
        Ok(addresses.iter().map(|address| address.parse().unwrap()).collect())
    }
}

pub(super) fn get(url: &str) -> HttpRequest {
    HttpRequest {
        method: Method::GET,
        url: url.to_owned(),
        headers: HeaderMap::new(),
        body: Bytes::new(),
        timeout: Duration::from_secs(10),
    }
}

/// A provider with hosts of its own, as a file of a project may describe it: the catalog knows nothing
/// of it.
pub(super) fn shop() -> Recipient {
    Recipient::new("shop", &["*.shop.example"])
}

async fn send(zone: Zone, url: &str) -> Result<HttpResponse, HttpError> {
    let http = GuardedHttp::with_lookup("inside.example".parse().unwrap(), Arc::new(zone)).unwrap();
    http.send(&shop(), get(url)).await
}

/// The code of the reason, or what else came of it.
async fn reason(zone: Zone, url: &str) -> String {
    match send(zone, url).await {
        Ok(response) => format!("answered {}", response.status),
        Err(HttpError::Blocked(blocked)) => blocked.reason.code().to_owned(),
        Err(other) => format!("not blocked: {other}"),
    }
}

#[tokio::test]
async fn every_form_of_a_forbidden_address_is_blocked() {
    const FORMS: [&str; 25] = [
        "http://api.shop.example/",
        "file:///etc/passwd",
        "gopher://api.shop.example/",
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://017700000001/",
        "https://127.1/",
        "https://①②⑦.⓪.⓪.①/",
        "https://[::1]/",
        "https://[::ffff:169.254.169.254]/",
        "https://[::169.254.169.254]/",
        "https://[64:ff9b::a9fe:a9fe]/",
        "https://[2002:a9fe:a9fe::]/",
        "https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/",
        "https://api.shop.example@127.0.0.1/",
        "https:\\\\127.0.0.1\\",
        "https://localhost./",
        "https://api.shop.example:22/",
        "https://api.shop.example:6379/",
        "https://93.184.216.34/",
        "https://169.254.169.254/latest/meta-data/",
        "https://api.shop.example.evil.example/",
        "https://evil.example/?https://api.shop.example/",
        "https://evil.example#.shop.example",
    ];
    let mut lines = Vec::new();
    for url in FORMS {
        lines.push(format!("{url} -> {}", reason(Zone(&[]), url).await));
    }
    expect![[r#"
        http://api.shop.example/ -> scheme
        file:///etc/passwd -> scheme
        gopher://api.shop.example/ -> scheme
        https://127.0.0.1/ -> ip_literal
        https://2130706433/ -> ip_literal
        https://0x7f.1/ -> ip_literal
        https://017700000001/ -> ip_literal
        https://127.1/ -> ip_literal
        https://①②⑦.⓪.⓪.①/ -> ip_literal
        https://[::1]/ -> ip_literal
        https://[::ffff:169.254.169.254]/ -> ip_literal
        https://[::169.254.169.254]/ -> ip_literal
        https://[64:ff9b::a9fe:a9fe]/ -> ip_literal
        https://[2002:a9fe:a9fe::]/ -> ip_literal
        https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/ -> ip_literal
        https://api.shop.example@127.0.0.1/ -> userinfo
        https:\\127.0.0.1\ -> ip_literal
        https://localhost./ -> private_address
        https://api.shop.example:22/ -> port
        https://api.shop.example:6379/ -> port
        https://93.184.216.34/ -> ip_literal
        https://169.254.169.254/latest/meta-data/ -> ip_literal
        https://api.shop.example.evil.example/ -> host_not_allowed
        https://evil.example/?https://api.shop.example/ -> host_not_allowed
        https://evil.example#.shop.example -> host_not_allowed
    "#]]
    .assert_eq(&(lines.join("\n") + "\n"));
}

#[tokio::test]
async fn a_name_that_leads_inside_is_blocked_whatever_else_it_leads_to() {
    const ZONES: [(&str, &[&str], &str); 8] = [
        ("ten", &["10.1.2.3"], "private_address"),
        ("metadata", &["169.254.169.254"], "private_address"),
        ("metadata of IPv6", &["fd00:ec2::254"], "private_address"),
        ("mixed", &["203.0.114.7", "10.1.2.3"], "private_address"),
        ("mixed with IPv6", &["203.0.114.7", "::1"], "private_address"),
        ("mapped", &["::ffff:203.0.114.7"], "private_address"),
        ("loopback", &["127.0.0.1"], "private_address"),
        ("translated", &["64:ff9b::a9fe:a9fe"], "private_address"),
    ];
    for (name, addresses, expected) in ZONES {
        let zone = Zone(Box::leak(Box::new([("api.shop.example", addresses)])));
        assert_eq!(reason(zone, "https://api.shop.example/").await, expected, "{name}");
    }
    let metadata = Zone(&[("inside.example", &["169.254.169.254"])]);
    assert_eq!(reason(metadata, "https://inside.example/").await, "private_address");
    let error =
        send(Zone(&[("api.shop.example", &["10.1.2.3"])]), "https://api.shop.example/s3cret");
    let error = error.await.err().unwrap().to_string();
    assert!(!error.contains("10.1.2.3") && !error.contains("s3cret"), "{error}");
    assert!(error.contains("--allow-host api.shop.example "), "{error}");
}

#[tokio::test]
async fn no_proxy_of_the_environment_is_asked() {
    let trap = Trap::set().await;
    // Read by whoever looks for one when a client is made, in a process of its own.
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_tradewind"));
    command.env_clear();
    for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
    {
        command.env(name, trap.url());
    }
    command.args(["runs", "--url", "http://127.0.0.1:1", "--token", "tw_1"]);
    let said = crate::app::finished(command).await;
    assert_ne!(said.code, Some(0), "{said:?}");
    trap.check_empty();
}
