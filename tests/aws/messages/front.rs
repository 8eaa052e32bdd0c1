//! A front before the emulator that can answer for the bus: the emulator takes whatever it is sent.

use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Makes up the answer to a request of the bus out of its body: status and body. `None`: the emulator
/// answers.
pub(super) type Answer = dyn Fn(&str) -> Option<(u16, String)> + Send + Sync;

/// Listens for as long as the process runs.
pub(super) struct Front {
    address: String,
    answer: Arc<Mutex<Option<Box<Answer>>>>,
}

impl Front {
    /// On a port of its own, before the emulator at this address.
    pub(super) async fn before(emulator: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (emulator, answer) = (emulator.to_owned(), Arc::default());
        let answers: Arc<Mutex<Option<Box<Answer>>>> = Arc::clone(&answer);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (emulator, answers) = (emulator.clone(), Arc::clone(&answers));
                // A client that goes away in the middle is its own business.
                tokio::spawn(async move { serve(stream, &emulator, &answers).await.ok() });
            }
        });
        Self { address, answer }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on, requests of the bus are answered so.
    pub(super) fn answer(
        &self,
        answer: impl Fn(&str) -> Option<(u16, String)> + Send + Sync + 'static,
    ) {
        *self.answer.lock().unwrap() = Some(Box::new(answer));
    }
}

/// One request for each connection.
async fn serve(
    mut stream: TcpStream,
    emulator: &str,
    answers: &Mutex<Option<Box<Answer>>>,
) -> std::io::Result<()> {
    let (head, body) = read(&mut stream).await?;
    let is_for_bus = head.contains("AWSEvents.PutEvents");
    let answer = match &*answers.lock().unwrap() {
        Some(answer) if is_for_bus => answer(&String::from_utf8_lossy(&body)),
        _ => None,
    };
    if let Some((status, text)) = answer {
        let length = text.len();
        let head = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: application/x-amz-json-1.1\r\n\
             content-length: {length}\r\nconnection: close\r\n\r\n"
        );
        return stream.write_all(format!("{head}{text}").as_bytes()).await;
    }
    let mut onward = TcpStream::connect(emulator).await?;
    let head = head.replacen("\r\n", "\r\nconnection: close\r\n", 1);
    onward.write_all(head.as_bytes()).await?;
    onward.write_all(&body).await?;
    let mut answer = Vec::new();
    onward.read_to_end(&mut answer).await?;
    stream.write_all(&answer).await
}

async fn read(stream: &mut TcpStream) -> std::io::Result<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    };
    let mut body = bytes.split_off(end);
    let head = String::from_utf8_lossy(&bytes).into_owned();
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    while body.len() < length.unwrap_or(0) {
        if stream.read_buf(&mut body).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok((head, body))
}
