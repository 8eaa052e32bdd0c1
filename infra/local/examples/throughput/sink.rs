//! A mail service that takes everything and counts.

use crate::messages;
use std::io;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

const TAKEN: &[u8] = b"HTTP/1.1 202 Accepted\r\nx-message-id: 1\r\ncontent-length: 0\r\n\r\n";

/// A running one; it ends with this value.
pub(crate) struct Sink {
    /// Its address.
    pub(crate) url: String,
    taken: watch::Receiver<usize>,
    accepting: JoinHandle<()>,
}

impl Sink {
    /// Starts it on a free port.
    pub(crate) async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let (counts, taken) = watch::channel(0);
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(take(stream, counts.clone()));
            }
        });
        Ok(Self { url, taken, accepting })
    }

    /// Until it has taken so many mails.
    pub(crate) async fn has_taken(&mut self, mails: usize) -> io::Result<()> {
        self.taken.wait_for(|taken| *taken >= mails).await.map(drop).map_err(io::Error::other)
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn take(mut stream: TcpStream, counts: watch::Sender<usize>) {
    while let Ok(Some(_)) = messages::read(&mut stream).await {
        counts.send_modify(|taken| *taken += 1);
        if stream.write_all(TAKEN).await.is_err() {
            return;
        }
    }
}
