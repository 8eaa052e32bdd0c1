//! What the fake server does with a request.

use serde_json::Value;
use std::fmt::Write;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::watch;

/// One answer, or the lack of one.
#[derive(Clone)]
pub(crate) enum Answer {
    /// A whole answer. `content-length` is added.
    Says { status: u16, headers: Vec<(String, String)>, body: Vec<u8> },
    /// The request is read, then the connection is reset.
    Resets,
    /// The head and half of the promised body, then nothing more; the connection stays open.
    Stalls { status: u16 },
    /// The head and half of the promised body, then the connection is closed.
    Cuts { status: u16 },
    /// The other answer, once the gate is open.
    Waits { gate: watch::Receiver<bool>, then: Box<Answer> },
}

impl Answer {
    /// An answer without a body.
    pub(crate) fn status(status: u16) -> Self {
        Self::Says { status, headers: Vec::new(), body: Vec::new() }
    }

    /// An answer in JSON.
    pub(crate) fn json(status: u16, body: Value) -> Self {
        Self::status(status).header("content-type", "application/json").body(body.to_string())
    }

    /// An answer in plain text.
    pub(crate) fn text(status: u16, body: &str) -> Self {
        Self::status(status).header("content-type", "text/plain").body(body)
    }

    /// Adds a header.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        if let Self::Says { headers, .. } = &mut self {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// Sets the body.
    pub(crate) fn body(mut self, text: impl Into<Vec<u8>>) -> Self {
        if let Self::Says { body, .. } = &mut self {
            *body = text.into();
        }
        self
    }

    /// Gives the answer; returns the connection where it can serve another request.
    pub(super) async fn give(self, mut stream: TcpStream) -> Option<TcpStream> {
        match self {
            Self::Says { status, headers, body } => {
                let mut head = format!("HTTP/1.1 {status} Scripted\r\n");
                for (name, value) in headers {
                    let _ = write!(head, "{name}: {value}\r\n");
                }
                let _ = write!(head, "content-length: {}\r\n\r\n", body.len());
                stream.write_all(head.as_bytes()).await.ok()?;
                stream.write_all(&body).await.ok()?;
                Some(stream)
            }
            Self::Resets => {
                stream.set_zero_linger().ok()?;
                None
            }
            Self::Stalls { status } => {
                half(&mut stream, status).await?;
                std::future::pending().await
            }
            Self::Cuts { status } => {
                half(&mut stream, status).await?;
                None
            }
            Self::Waits { mut gate, then } => {
                gate.wait_for(|open| *open).await.ok()?;
                Box::pin(then.give(stream)).await
            }
        }
    }
}

async fn half(stream: &mut TcpStream, status: u16) -> Option<()> {
    let head = format!("HTTP/1.1 {status} Scripted\r\ncontent-length: 10\r\n\r\nhalf:");
    stream.write_all(head.as_bytes()).await.ok()?;
    stream.flush().await.ok()
}
