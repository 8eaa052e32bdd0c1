//! The listener alone, with bounds that a test can wait for: what ends by itself, and what never does.

use axum::Router;
use axum::body::Bytes;
use axum::extract::ConnectInfo;
use axum::http::StatusCode;
use axum::routing::{any, get, post};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tradewind::gateway::{ListenerLimits, serve};

/// Far more than anything takes.
const LONG: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(200);
const PATIENT: ListenerLimits = ListenerLimits {
    head_time: LONG,
    idle_time: LONG,
    write_time: LONG,
    ..ListenerLimits::STANDARD
};
const HELLO: &str = "GET /hello HTTP/1.1\r\nhost: a\r\n\r\n";

/// A listener with a few routes.
struct Listening {
    address: SocketAddr,
    go_on: Arc<Notify>,
    entered: Arc<Notify>,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Listening {
    async fn start(limits: ListenerLimits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (go_on, entered) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (waits, enters) = (go_on.clone(), entered.clone());
        let app = Router::new()
            .route("/hello", get(async || "hello"))
            .route("/whole", post(async |body: Bytes| body.len().to_string()))
            .route(
                "/peer",
                get(async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.to_string()),
            )
            .route("/long", get(async || vec![b'x'; 32 * 1024 * 1024]))
            .route(
                "/work",
                get(async move || {
                    enters.notify_one();
                    waits.notified().await;
                    "worked"
                }),
            )
            .fallback(any(async || StatusCode::NOT_FOUND));
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(serve(listener, app, limits, async {
            let _ = stopped.await;
        }));
        Self { address, go_on, entered, stop, serving }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// The whole answer to a request over a connection of its own, which is closed then.
    async fn ask(&self, request: &str) -> String {
        let mut stream = self.connect().await;
        stream.write_all(request.as_bytes()).await.unwrap();
        rest(&mut stream).await
    }

    /// Stops it, and waits until it has ended.
    async fn end(self) {
        self.stop.send(()).unwrap();
        timeout(LONG, self.serving).await.expect("it ends").unwrap();
    }
}

/// What comes until the other side closes, which it does.
async fn rest(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    // A reset is an end as well.
    let _ = timeout(LONG, stream.read_to_end(&mut answer)).await.expect("it is closed");
    String::from_utf8_lossy(&answer).into_owned()
}

/// One answer that ends in these words.
async fn answer(stream: &mut TcpStream, end: &str) -> String {
    let mut text = String::new();
    let mut bytes = [0; 1_024];
    while !text.ends_with(end) {
        let read = timeout(LONG, stream.read(&mut bytes)).await.expect("an answer").unwrap();
        assert_ne!(read, 0, "{text}");
        text.push_str(&String::from_utf8_lossy(&bytes[..read]));
    }
    text
}

#[tokio::test]
async fn a_head_that_comes_byte_by_byte_has_its_time() {
    let listening = Listening::start(ListenerLimits { head_time: SHORT, ..PATIENT }).await;
    let silent = listening.connect().await;
    let mut slow = listening.connect().await;
    let dripping = async {
        let mut ticks = tokio::time::interval(Duration::from_millis(20));
        loop {
            ticks.tick().await;
            if slow.write_all(b"x").await.is_err() {
                return;
            }
        }
    };
    timeout(LONG, dripping).await.expect("it is closed");
    let mut silent = silent;
    assert_eq!(rest(&mut silent).await, "", "one that sends nothing is closed too");
    let mut kept = listening.connect().await;
    for _ in 0..3 {
        kept.write_all(HELLO.as_bytes()).await.unwrap();
        answer(&mut kept, "hello").await;
        tokio::time::timeout(SHORT * 2, std::future::pending::<()>()).await.unwrap_err();
    }
    kept.write_all(b"GET /hel").await.unwrap();
    assert_eq!(rest(&mut kept).await, "", "a later head has no more time");
    listening.end().await;
}

#[tokio::test]
async fn a_body_that_never_ends_has_its_time_whoever_reads_it() {
    let listening = Listening::start(ListenerLimits { request_time: SHORT, ..PATIENT }).await;
    let half = "POST /whole HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\nhalf";
    assert_eq!(listening.ask(half).await, "");
    listening.end().await;
}

#[tokio::test]
async fn a_connection_rests_for_a_while_and_is_closed_then() {
    let listening = Listening::start(ListenerLimits { idle_time: SHORT, ..PATIENT }).await;
    let mut stream = listening.connect().await;
    for _ in 0..2 {
        stream.write_all(HELLO.as_bytes()).await.unwrap();
        answer(&mut stream, "hello").await;
    }
    assert_eq!(rest(&mut stream).await, "");
    listening.end().await;
}

#[tokio::test]
async fn an_answer_that_nobody_reads_has_its_time() {
    let listening = Listening::start(ListenerLimits { write_time: SHORT, ..PATIENT }).await;
    let mut stream = listening.connect().await;
    stream.write_all(b"GET /long HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    tokio::time::timeout(SHORT * 10, std::future::pending::<()>()).await.unwrap_err();
    let read = rest(&mut stream).await.len();
    assert!(read < 32 * 1024 * 1024, "{read} bytes");
    listening.end().await;
}

#[tokio::test]
async fn the_one_that_waits_longest_makes_room_and_work_is_never_cut_off() {
    let listening = Listening::start(ListenerLimits { connections_max: 20, ..PATIENT }).await;
    let mut at_work = listening.connect().await;
    at_work.write_all(b"GET /work HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    timeout(LONG, listening.entered.notified()).await.unwrap();
    let mut held = Vec::new();
    for _ in 0..300 {
        let mut stream = listening.connect().await;
        stream
            .write_all(b"POST /whole HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\nhalf")
            .await
            .unwrap();
        held.push(stream);
    }
    let whole =
        "POST /whole HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 4\r\n\r\nbody";
    assert!(listening.ask(whole).await.ends_with("\r\n\r\n4"));
    assert_eq!(rest(&mut held[0]).await, "", "the first one had to go");
    listening.go_on.notify_one();
    answer(&mut at_work, "worked").await;
    drop(held);
    listening.end().await;
}

#[tokio::test]
async fn heads_have_a_length_and_a_number_of_headers() {
    let listening = Listening::start(PATIENT).await;
    let long = format!("GET /hello HTTP/1.1\r\nhost: a\r\nx: {}\r\n\r\n", "x".repeat(40_000));
    assert!(listening.ask(&long).await.starts_with("HTTP/1.1 431 "));
    let many = format!("GET /hello HTTP/1.1\r\nhost: a\r\n{}\r\n", "x: y\r\n".repeat(101));
    assert!(listening.ask(&many).await.starts_with("HTTP/1.1 431 "));
    listening.end().await;
}

#[tokio::test]
async fn who_sends_what_nobody_wants_still_reads_the_answer() {
    let listening = Listening::start(PATIENT).await;
    let body = "x".repeat(300_000);
    let request =
        format!("POST /nothing HTTP/1.1\r\nhost: a\r\ncontent-length: 300000\r\n\r\n{body}");
    let answer = listening.ask(&request).await;
    assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
    listening.end().await;
}

#[tokio::test]
async fn what_is_at_work_is_answered_when_the_listener_stops() {
    let listening = Listening::start(PATIENT).await;
    let mut resting = listening.connect().await;
    resting.write_all(HELLO.as_bytes()).await.unwrap();
    answer(&mut resting, "hello").await;
    let mut at_work = listening.connect().await;
    at_work.write_all(b"GET /work HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    timeout(LONG, listening.entered.notified()).await.unwrap();
    let go_on = listening.go_on.clone();
    let (_, seen) = tokio::join!(listening.end(), async {
        assert_eq!(rest(&mut resting).await, "", "nothing new is taken");
        go_on.notify_one();
        rest(&mut at_work).await
    });
    assert!(seen.ends_with("worked"), "{seen}");
}

#[tokio::test]
async fn routes_know_who_asks() {
    let listening = Listening::start(PATIENT).await;
    let mut stream = listening.connect().await;
    stream.write_all(b"GET /peer HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await.unwrap();
    let seen = rest(&mut stream).await;
    assert!(seen.ends_with(&stream.local_addr().unwrap().to_string()), "{seen}");
    listening.end().await;
}
