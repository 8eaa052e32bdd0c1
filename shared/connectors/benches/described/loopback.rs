//! The same call as it is made in earnest: by the guarded client, to a service on this machine.

use crate::{KEY, settings};
use serde_json::{Map, Value};
use std::fs;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;
use tradewind_connectors::action::{Cx, Implementation};
use tradewind_connectors::connection::Connection;
use tradewind_memory::{MemoryFiles, MemoryOutbox, MemoryTokens, SeededIds, VirtualClock};
use tradewind_system::GuardedHttp;

const ROUNDS: u32 = 10;
const CALLS: u32 = 500;

/// The CPU of this thread for one call by each, the least of some rounds.
pub(super) fn compare(
    by_hand: &Implementation,
    by_file: &Implementation,
    input: &Value,
) -> [Duration; 2] {
    let url = serve();
    let mut settings: Map<String, Value> = settings();
    settings.insert("base_url".to_owned(), Value::String(url));
    let connection = Connection::new("account".into(), &by_file.provider, settings);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let http = GuardedHttp::new("127.0.0.1:*".parse().unwrap()).unwrap();
    let mut least = [Duration::MAX; 2];
    for _ in 0..ROUNDS {
        for (place, one) in [by_hand, by_file].into_iter().enumerate() {
            let begun = cpu();
            runtime.block_on(async {
                for _ in 0..CALLS {
                    perform(one, &connection, &http, input).await;
                }
            });
            least[place] = least[place].min((cpu() - begun) / CALLS);
        }
    }
    least
}

async fn perform(one: &Implementation, connection: &Connection, http: &GuardedHttp, input: &Value) {
    let (tokens, outbox, files) =
        (MemoryTokens::default(), MemoryOutbox::default(), MemoryFiles::default());
    let clock = VirtualClock::new("2026-11-23T12:00:00Z".parse().unwrap());
    let cx = Cx {
        connection,
        run: &"run_1".into(),
        step: &"tell".into(),
        idempotency_key: KEY,
        timeout: Duration::from_secs(20),
        http,
        tokens: &tokens,
        outbox: &outbox,
        files: &files,
        clock: &clock,
        ids: &SeededIds::new(1),
    };
    one.perform(&cx, input.clone()).await.unwrap();
}

/// A service on a thread of its own that takes every mail; its address.
fn serve() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || listener.incoming().flatten().for_each(|peer| drop(answer(peer))));
    format!("http://{address}")
}

/// Answers every request of a connection.
fn answer(mut peer: TcpStream) -> io::Result<()> {
    let mut requests = BufReader::new(peer.try_clone()?);
    loop {
        let mut length = 0;
        let mut line = String::new();
        while requests.read_line(&mut line)? > 0 && line != "\r\n" {
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
            line.clear();
        }
        if line.is_empty() {
            return Ok(());
        }
        io::copy(&mut requests.by_ref().take(length), &mut io::sink())?;
        let body = crate::SENT;
        write!(
            peer,
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )?;
    }
}

/// The CPU that this thread has had.
fn cpu() -> Duration {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(text.split(' ').next().unwrap().parse().unwrap())
}
