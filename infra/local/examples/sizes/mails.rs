//! A mail service that counts, and may refuse a mail once.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

const TAKEN: &[u8] = b"HTTP/1.1 202 Accepted\r\nx-message-id: 1\r\ncontent-length: 0\r\n\r\n";
const REFUSED: &[u8] = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\n\r\n{}";

/// A running one; it ends with this value.
pub(crate) struct Mails {
    /// Its address.
    pub(crate) url: String,
    taken: watch::Receiver<usize>,
    book: Arc<Mutex<Book>>,
    accepting: JoinHandle<()>,
}

#[derive(Default)]
struct Book {
    by_subject: BTreeMap<String, usize>,
    refused_once: Option<String>,
}

impl Mails {
    /// Starts it on a free port; a mail with that subject is refused the first time.
    pub(crate) async fn start(refused_once: Option<String>) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let book = Arc::new(Mutex::new(Book { refused_once, ..Book::default() }));
        let (counts, taken) = watch::channel(0);
        let shared = Arc::clone(&book);
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(take(stream, Arc::clone(&shared), counts.clone()));
            }
        });
        Ok(Self { url, taken, book, accepting })
    }

    /// Until it has taken so many.
    pub(crate) async fn have_come(&mut self, mails: usize) -> io::Result<()> {
        self.taken.wait_for(|taken| *taken >= mails).await.map(drop).map_err(io::Error::other)
    }

    /// How many mails were taken with one subject each, and how many of these more than once.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        (book.by_subject.len(), book.by_subject.values().filter(|times| **times > 1).count())
    }
}

impl Drop for Mails {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn take(mut stream: TcpStream, book: Arc<Mutex<Book>>, counts: watch::Sender<usize>) {
    while let Ok(Some(subject)) = read_subject(&mut stream).await {
        let answer = {
            let mut book = book.lock().unwrap_or_else(PoisonError::into_inner);
            if book.refused_once.take_if(|refused| *refused == subject).is_some() {
                REFUSED
            } else {
                *book.by_subject.entry(subject).or_default() += 1;
                TAKEN
            }
        };
        if answer == TAKEN {
            counts.send_modify(|taken| *taken += 1);
        }
        if stream.write_all(answer).await.is_err() {
            return;
        }
    }
}

/// Reads one request; `None` where the connection ends.
async fn read_subject(stream: &mut TcpStream) -> io::Result<Option<String>> {
    let mut bytes = Vec::with_capacity(2_048);
    let mut whole = None;
    while whole.is_none_or(|whole| bytes.len() < whole) {
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
        whole = whole.or_else(|| length(&bytes));
    }
    let body = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or_default() + 4;
    let mail: serde_json::Value = serde_json::from_slice(&bytes[body..])?;
    Ok(mail["subject"].as_str().map(str::to_owned))
}

/// Of head and body, once the head is there.
fn length(bytes: &[u8]) -> Option<usize> {
    let head = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(&bytes[..head]).to_ascii_lowercase();
    let length = text.lines().find_map(|line| line.strip_prefix("content-length:"))?;
    Some(head + length.trim().parse::<usize>().ok()?)
}
