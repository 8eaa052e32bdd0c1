//! The way into the stage's API. The emulator knows an API by the host of the request, a name that no
//! resolver knows; this takes requests on a loopback port and sends them there under that name. So
//! whatever takes a base URL can be used as it is.

use std::io;
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// A running one; it ends with this value.
pub(crate) struct WayIn {
    /// Such as `http://127.0.0.1:40001`.
    pub(crate) url: String,
    accepting: JoinHandle<()>,
}

impl WayIn {
    /// To the API of that host, at the emulator of that port.
    pub(crate) async fn start(port: u16, host: &str) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let host: Arc<str> = host.into();
        let accepting = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let host = Arc::clone(&host);
                // Who hangs up in the middle gets no answer.
                connections.spawn(async move { drop(pass(stream, port, &host).await) });
                while connections.try_join_next().is_some() {}
            }
        });
        Ok(Self { url, accepting })
    }
}

impl Drop for WayIn {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// One request and its answer, on connections of their own.
async fn pass(mut from: TcpStream, port: u16, host: &str) -> io::Result<()> {
    let mut head = Vec::new();
    let end = loop {
        if let Some(end) = head.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        if from.read_buf(&mut head).await? == 0 {
            return Ok(());
        }
    };
    let body = head.split_off(end);
    let head = String::from_utf8_lossy(&head).into_owned();
    let length: usize = value(&head, "content-length").unwrap_or("0").parse().unwrap_or_default();
    let mut rest = from.take((length - body.len()) as u64);

    let mut to = TcpStream::connect(("127.0.0.1", port)).await?;
    let ours = |line: &&str| !is(line, "host") && !is(line, "connection") && !line.is_empty();
    let mut lines: Vec<&str> = head.split("\r\n").filter(ours).collect();
    let name = format!("host: {host}");
    lines.extend([name.as_str(), "connection: close", "", ""]);
    to.write_all(lines.join("\r\n").as_bytes()).await?;
    to.write_all(&body).await?;
    tokio::io::copy(&mut rest, &mut to).await?;
    // The other side closes after its answer, and says so in it.
    tokio::io::copy(&mut to, &mut rest.into_inner()).await?;
    Ok(())
}

fn value<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let line = head.split("\r\n").find(|line| is(line, name))?;
    line.split_once(':').map(|(_, value)| value.trim())
}

fn is(line: &str, name: &str) -> bool {
    line.split_once(':').is_some_and(|(one, _)| one.eq_ignore_ascii_case(name))
}
