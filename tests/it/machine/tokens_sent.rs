//! Whom a command sends a token to.

use super::started::Up;
use super::{check, data_folder, project, run, write};
use crate::fakes::{Answer, FakeServer};
use serde_json::json;
use std::fs;
use std::io::Read as _;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;
use tempfile::tempdir;

const NO_PROCESS: &str = "no running Tradewind found";

#[tokio::test]
async fn a_cloned_folder_gets_no_token_sent_to_where_it_says() {
    let server =
        FakeServer::deciding(|_| Answer::json(200, json!({ "runs": [], "next": null }))).await;
    let parent = tempdir().unwrap();
    let dir = project(parent.path(), "cloned");
    let data = data_folder(&dir);
    let live = [("TRADEWIND_TOKEN", "tw_live")];
    for lock in [None, Some(""), Some("abc\n")] {
        let address = json!({ "url": server.url, "start": "abc" }).to_string();
        write(&data.join("api.json"), &address, 0o600);
        write(&data.join("token"), "tw_planted", 0o600);
        if let Some(text) = lock {
            write(&data.join("tradewind.lock"), text, 0o600);
        }
        for arguments in [&["runs"][..], &["apply"], &["runs", "--token", "tw_live"]] {
            check(&run(&dir, &live, arguments).await, 4, &[NO_PROCESS]);
        }
    }
    assert_eq!(server.transcript(), "");
}

/// A held lock proves that somebody lives, not that they wrote the address.
#[tokio::test]
async fn an_address_that_the_living_process_did_not_write_gets_no_token() {
    let server =
        FakeServer::deciding(|_| Answer::json(200, json!({ "runs": [], "next": null }))).await;
    let parent = tempdir().unwrap();
    let dir = project(parent.path(), "shop");
    let up = Up::start(&dir, &[], &[]);
    let file = dir.join(".tradewind/api.json");
    let own: serde_json::Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    for start in [json!(null), json!("abc")] {
        write(&file, &json!({ "url": server.url, "start": start }).to_string(), 0o600);
        assert_eq!(run(&dir, &[], &["runs"]).await.code, Some(4));
    }
    for url in ["http://192.0.2.7:80", "http://example.com", "https://example.com", "nonsense"] {
        write(&file, &json!({ "url": url, "start": own["start"] }).to_string(), 0o600);
        let refused = run(&dir, &[], &["runs"]).await;
        check(&refused, 1, &["api.json", "this machine"]);
    }
    assert_eq!(server.transcript(), "");
    write(&file, &own.to_string(), 0o600);
    assert_eq!(run(&dir, &[], &["runs"]).await.code, Some(0));
    up.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_takes_the_port_of_a_killed_process_gets_no_token() {
    let parent = tempdir().unwrap();
    let dir = project(parent.path(), "shop");
    let mut up = Up::start(&dir, &[], &[]);
    assert_eq!(run(&dir, &[], &["runs"]).await.code, Some(0));
    up.kill();
    let squatter = TcpListener::bind(up.url.trim_start_matches("http://")).unwrap();
    let taken = Arc::<Mutex<Vec<u8>>>::default();
    let taking = Arc::clone(&taken);
    thread::spawn(move || {
        while let Ok((mut stream, _)) = squatter.accept() {
            let mut bytes = [0; 4096];
            let read = stream.read(&mut bytes).unwrap_or(0);
            taking.lock().unwrap().extend_from_slice(&bytes[..read]);
        }
    });
    let said = run(&dir, &[], &["runs"]).await;
    assert_eq!(String::from_utf8_lossy(&taken.lock().unwrap()), "");
    check(&said, 4, &[NO_PROCESS, "tradewind up"]);
}

#[tokio::test]
async fn a_token_goes_over_plain_http_to_this_machine_only() {
    let parent = tempdir().unwrap();
    let dir = project(parent.path(), "shop");
    for host in [
        "shop.example.com",
        "192.0.2.7",
        "localhost.example.com",
        "[2001:db8::1]",
        "10.0.0.1.nip.io",
    ] {
        let url = format!("http://{host}:9");
        let refused = run(&dir, &[], &["runs", "--url", &url, "--token", "tw_live"]).await;
        check(&refused, 2, &["error: ", "https", host]);
    }
    for url in ["http://127.0.0.1:9", "http://localhost:9", "http://[::1]:9", "https://127.0.0.1:9"]
    {
        let unreached = run(&dir, &[], &["runs", "--url", url, "--token", "tw_live"]).await;
        check(&unreached, 4, &["cannot be reached"]);
    }
}

#[tokio::test]
async fn a_process_that_listens_everywhere_is_found_on_this_machine() {
    let parent = tempdir().unwrap();
    let dir = project(parent.path(), "shop");
    let up = Up::start(&dir, &[], &["--listen", "0.0.0.0"]);
    assert_eq!(run(&dir, &[], &["runs"]).await.code, Some(0));
    up.stop();
}
