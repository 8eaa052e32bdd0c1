//! A service over real HTTP/1.1 on a loopback port, that answers what the test says and keeps
//! every request.

use super::{Answer, Seen};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

type Decide = Arc<dyn Fn(&Seen) -> Answer + Send + Sync>;

/// A running server; it ends with this value.
pub(crate) struct FakeServer {
    /// Such as `http://127.0.0.1:40001`.
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    accepting: JoinHandle<()>,
}

impl FakeServer {
    /// Answers each request with what `decide` makes of it.
    pub(crate) async fn deciding(decide: impl Fn(&Seen) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::default();
        let accepting = tokio::spawn(accept(listener, Arc::new(decide), Arc::clone(&seen)));
        Self { url, seen, accepting }
    }

    /// Answers with `script`, one after the other. A request beyond it gets 599.
    pub(crate) async fn scripted(script: impl IntoIterator<Item = Answer>) -> Self {
        let script = Mutex::new(script.into_iter().collect::<VecDeque<_>>());
        Self::deciding(move |_| {
            script.lock().unwrap().pop_front().unwrap_or_else(|| Answer::status(599))
        })
        .await
    }

    /// Every request so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// Every request so far as text, with `SERVER` for this server's address.
    pub(crate) fn transcript(&self) -> String {
        let authority = self.url.trim_start_matches("http://");
        let texts = self.seen().iter().map(Seen::text).collect::<Vec<_>>();
        texts.join("\n").replace(authority, "SERVER")
    }
}

impl Drop for FakeServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, decide: Decide, seen: Arc<Mutex<Vec<Seen>>>) {
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        connections.spawn(serve(stream, Arc::clone(&decide), Arc::clone(&seen)));
    }
}

async fn serve(mut stream: TcpStream, decide: Decide, seen: Arc<Mutex<Vec<Seen>>>) {
    while let Some(request) = Seen::read(&mut stream).await {
        let answer = decide(&request);
        seen.lock().unwrap().push(request);
        match answer.give(stream).await {
            Some(kept) => stream = kept,
            None => return,
        }
    }
}
