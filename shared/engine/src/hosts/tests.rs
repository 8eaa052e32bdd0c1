//! Every form of an address, judged.

use super::*;
use core::net::IpAddr;

fn recipient() -> Recipient {
    Recipient::new("acme", &["api.acme.example", "*.shops.acme.example", "*.*.flows.acme.example"])
}

fn check(allowed: &str, url: &str, expected: &str) {
    let found = match judge(url, &recipient(), &allowed.parse().unwrap()) {
        Ok(verdict) if verdict.is_own => "own".to_owned(),
        Ok(_) => "allowed".to_owned(),
        Err(blocked) => blocked.reason.code().to_owned(),
    };
    assert_eq!(found, expected, "{url} where {allowed} is allowed");
}

#[test]
fn a_provider_is_called_at_its_own_hosts_by_https_on_two_ports() {
    check("", "https://api.acme.example/a?b#c", "own");
    check("", "https://API.acme.example.:8443", "own");
    check("", "https://one.shops.acme.example", "own");
    check("", "https://shops.acme.example", "host_not_allowed");
    check("", "https://a.b.shops.acme.example", "host_not_allowed");
    check("", "https://evilshops.acme.example", "host_not_allowed");
    check("", "https://a.9f.flows.acme.example", "own");
    check("", "https://9f.flows.acme.example", "host_not_allowed");
    check("", "https://b.a.9f.flows.acme.example", "host_not_allowed");
    check("", "https://a.9f.evilflows.acme.example", "host_not_allowed");
    check("", "https://api.acme.example.evil.example", "host_not_allowed");
    check("", "https://api.acme.example:22", "port");
    check("", "https://api.acme.example:6379", "port");
    check("", "http://api.acme.example", "scheme");
}

#[test]
fn a_label_of_a_host_may_be_any_wherever_it_stands() {
    let acme = Recipient::new("acme", &["auth.*.acme.example"]);
    for name in ["auth.eu.acme.example", "auth.a-1.acme.example"] {
        assert!(acme.owns(name), "{name}");
    }
    for name in
        ["auth.acme.example", "auth..acme.example", "auth.a.b.acme.example", "x.eu.acme.example"]
    {
        assert!(!acme.owns(name), "{name}");
    }
}

#[test]
fn another_host_is_called_where_the_operator_allowed_it() {
    check("mail.example", "https://mail.example/x", "allowed");
    check("mail.example", "https://mail.example:8443/x", "allowed");
    check("mail.example", "https://mail.example:9000/x", "port");
    check("mail.example:9000", "https://mail.example:9000/x", "allowed");
    check("mail.example:9000", "https://mail.example/x", "port");
    check("mail.example:80", "http://mail.example/x", "scheme");
    check("mail.example", "https://www.mail.example/x", "host_not_allowed");
    check("api.acme.example:9000", "https://api.acme.example:9000", "own");
    check("10.0.0.5", "https://10.0.0.5/x", "allowed");
    check("10.0.0.5", "https://10.0.0.6/x", "ip_literal");
    check("10.0.0.5:80", "http://10.0.0.5/x", "scheme");
    check("a.example, b.example", "https://b.example", "allowed");
}

#[test]
fn a_loopback_that_is_allowed_may_be_called_without_encryption() {
    check("127.0.0.1:*", "http://127.0.0.1:9", "allowed");
    check("127.0.0.1:9", "http://127.0.0.1:9", "allowed");
    check("127.0.0.1:9", "http://127.0.0.1:10", "scheme");
    check("127.0.0.1:9", "http://localhost:9", "scheme");
    check("localhost:*", "http://localhost.:9", "allowed");
    check("[::1]:*", "http://[::1]:9", "allowed");
    check("127.0.0.1:*", "http://127.1:9", "allowed");
    check("", "https://localhost.", "private_address");
}

#[test]
fn the_runtime_around_the_process_stays_closed() {
    let allowed: AllowedHosts = "127.0.0.1:*,localhost:*,[::1]:*".parse().unwrap();
    let allowed = allowed.without("127.0.0.1:9001");
    for url in
        ["http://127.0.0.1:9001/2018-06-01/runtime", "http://localhost:9001", "http://[::1]:9001"]
    {
        let blocked = judge(url, &recipient(), &allowed).unwrap_err();
        assert_eq!(blocked.reason, Reason::IpLiteral, "{url}");
        assert!(!blocked.to_string().contains("--allow-host"), "{blocked}");
    }
    assert!(judge("http://127.0.0.1:9002", &recipient(), &allowed).is_ok());
}

#[test]
fn an_error_names_the_way_out_and_no_part_of_the_address_but_its_host() {
    let say =
        |url: &str| judge(url, &recipient(), &AllowedHosts::default()).unwrap_err().to_string();
    let said = say("https://evil.example/s3cret?s3cret#s3cret");
    assert!(said.contains("--allow-host evil.example "), "{said}");
    assert!(said.contains("AllowedHosts"), "{said}");
    assert!(said.contains("acme is at api.acme.example, *.shops.acme.example"), "{said}");
    for url in [
        "https://evil.example/s3cret",
        "https://s3cret:s3cret@evil.example",
        "s3cret",
        "s3cret://a",
    ] {
        assert!(!say(url).contains("s3cret"), "{}", say(url));
    }
    assert!(say("http://127.0.0.1:8025/x").contains("--allow-host 127.0.0.1:8025 "));
}

fn check_list(text: &str, expected: Result<&str, &str>) {
    match (text.parse::<AllowedHosts>(), expected) {
        (Ok(list), Ok(expected)) => {
            let shown: Vec<String> = list.iter().map(ToString::to_string).collect();
            assert_eq!(shown.join(","), expected, "{text}");
        }
        (Err(error), Err(expected)) => {
            assert!(error.to_string().contains(expected), "{text}: {error}");
        }
        (found, _) => panic!("{text}: {found:?}"),
    }
}

#[test]
fn a_list_of_hosts_is_read_and_what_is_wrong_with_it_is_said() {
    check_list("", Ok(""));
    check_list(" a.example , B.example.:9000,", Ok("a.example,b.example:9000"));
    check_list("[::1]:*,10.0.0.1,[fd12::1]:8443", Ok("[::1]:*,10.0.0.1,[fd12::1]:8443"));
    check_list("bücher.example", Ok("xn--bcher-kva.example"));
    check_list("https://a.example", Err("leave out the scheme"));
    check_list("a.example/path", Err("leave out the scheme and the path"));
    check_list("me@a.example", Err("user name"));
    check_list("*", Err("named in full"));
    check_list("*.example", Err("named in full"));
    check_list("a.example:*", Err("every port"));
    check_list("10.0.0.1:*", Err("every port"));
    check_list("a.example:0", Err("1 to 65535"));
    check_list("a.example:https", Err("1 to 65535"));
    check_list("a.example:99999", Err("1 to 65535"));
    check_list("::1", Err("brackets"));
    check_list("[::1", Err("is no host"));
    check_list("[::1]x", Err("behind the bracket"));
    check_list("127.1:*", Err("write 127.0.0.1"));
    check_list("2130706433", Err("write 127.0.0.1"));
    check_list("a b", Err("is no host"));
    for never in [
        "169.254.169.254",
        "[fe80::1]",
        "[fd00:ec2::254]",
        "0.0.0.0",
        "[::]",
        "224.0.0.1",
        "[ff02::1]",
        "[::ffff:10.0.0.1]",
        "100.100.100.200",
    ] {
        check_list(&format!("{never}:80"), Err("can never be allowed"));
    }
}

fn check_reach(expected: Reach, addresses: &[&str]) {
    for text in addresses {
        let address: IpAddr = text.parse().unwrap();
        assert_eq!(reach(address), expected, "{text}");
    }
}

#[test]
fn only_what_is_known_to_be_global_is_global() {
    check_reach(
        Reach::Global,
        &["1.1.1.1", "8.8.8.8", "172.32.0.1", "2606:4700::1111", "2a00::1", "64:ff9b::808:808"],
    );
    check_reach(Reach::Loopback, &["127.0.0.1", "127.255.0.1", "::1"]);
    check_reach(
        Reach::Private,
        &[
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "192.0.2.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "192.88.99.1",
            "fd12::1",
            "fc00::1",
            "fec0::1",
            "2001:db8::1",
            "2001:2::1",
            "2001:10::1",
            "3fff::1",
            "4000::1",
            "100::1",
            "5f00::1",
        ],
    );
    check_reach(
        Reach::Never,
        &[
            "0.0.0.0",
            "0.1.2.3",
            "169.254.169.254",
            "169.254.170.2",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "100.100.100.200",
            "168.63.129.16",
            "::",
            "::ffff:10.0.0.1",
            "::ffff:8.8.8.8",
            "::169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "2002:a9fe:a9fe::",
            "2001:0:4136:e378::1",
            "fe80::1",
            "febf::1",
            "ff02::1",
            "fd00:ec2::254",
            "fd20:ce::254",
        ],
    );
}

#[test]
fn a_name_may_lead_to_what_its_own_permission_says() {
    let allowed: AllowedHosts = "inside.example:9000,localhost:*".parse().unwrap();
    let allowed = allowed.without("192.0.2.7:9001");
    let permits =
        |name: &str, address: &str| allowed.permits_address(name, address.parse().unwrap());
    assert!(permits("api.acme.example", "1.1.1.1") && permits("inside.example", "1.1.1.1"));
    assert!(permits("inside.example", "10.0.0.1") && !permits("api.acme.example", "10.0.0.1"));
    assert!(!permits("inside.example", "169.254.169.254"));
    assert!(!permits("inside.example", "127.0.0.1"), "this machine has names of its own");
    assert!(permits("localhost", "127.0.0.1") && permits("localhost", "::1"));
    assert!(!permits("localhost", "1.1.1.1") && !permits("localhost", "10.0.0.1"));
    assert!(!permits("inside.example", "192.0.2.7"), "the runtime around the process");
    assert!(!AllowedHosts::default().permits_address("localhost", "127.0.0.1".parse().unwrap()));
}
