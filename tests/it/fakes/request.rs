//! A request exactly as it came over the wire.

use std::fmt::Write;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

/// One recorded request.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// The method.
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    /// The headers in the order in which they came, names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// The body.
    pub(crate) body: Vec<u8>,
}

impl Seen {
    /// Reads the next request; `None` where the connection ends.
    pub(super) async fn read(stream: &mut TcpStream) -> Option<Self> {
        let mut bytes = Vec::new();
        let end = loop {
            if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                break end;
            }
            // What does not begin with a method is TLS, for example.
            let is_http = |bytes: &[u8]| bytes.first().is_none_or(u8::is_ascii_uppercase);
            if stream.read_buf(&mut bytes).await.ok()? == 0 || !is_http(&bytes) {
                return None;
            }
        };
        let mut body = bytes.split_off(end + 4);
        let mut seen = Self::head(&String::from_utf8(bytes).ok()?)?;
        let length = seen.header("content-length").unwrap_or("0").parse().ok()?;
        while body.len() < length {
            if stream.read_buf(&mut body).await.ok()? == 0 {
                return None;
            }
        }
        seen.body = body;
        Some(seen)
    }

    fn head(text: &str) -> Option<Self> {
        let mut lines = text.split("\r\n");
        let mut start = lines.next()?.split(' ');
        let (method, target) = (start.next()?.to_owned(), start.next()?.to_owned());
        let headers = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        Some(Self { method, target, headers, body: Vec::new() })
    }

    /// The first header of that name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(one, _)| one == name).map(|(_, value)| value.as_str())
    }

    /// The whole request as text, headers by name, for comparing.
    pub(crate) fn text(&self) -> String {
        let mut text = format!("{} {}\n", self.method, self.target);
        let mut headers = self.headers.clone();
        headers.sort();
        for (name, value) in headers {
            let _ = writeln!(text, "{name}: {value}");
        }
        let _ = write!(text, "\n{}\n", String::from_utf8_lossy(&self.body));
        text
    }
}
