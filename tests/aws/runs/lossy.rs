//! A way to the emulator on which answers get lost.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// It ends with the runtime of the trial.
pub(super) struct Lossy {
    address: SocketAddr,
    to_lose: Arc<AtomicU32>,
}

impl Lossy {
    pub(super) async fn before(emulator: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let to_lose = Arc::new(AtomicU32::new(0));
        let (emulator, lost) = (emulator.to_owned(), Arc::clone(&to_lose));
        tokio::spawn(async move {
            while let Ok((from, _)) = listener.accept().await {
                let to = TcpStream::connect(&emulator).await.unwrap();
                tokio::spawn(pass_on(from, to, Arc::clone(&lost)));
            }
        });
        Self { address, to_lose }
    }

    pub(super) fn address(&self) -> String {
        self.address.to_string()
    }

    /// The next answers get lost; what was asked for has been done then.
    pub(super) fn lose(&self, answers: u32) {
        self.to_lose.store(answers, Ordering::SeqCst);
    }

    pub(super) fn has_lost_all(&self) -> bool {
        self.to_lose.load(Ordering::SeqCst) == 0
    }
}

async fn pass_on(mut client: TcpStream, mut emulator: TcpStream, to_lose: Arc<AtomicU32>) {
    let (mut asked, mut answered) = (vec![0; 65_536], vec![0; 65_536]);
    loop {
        tokio::select! {
            bytes = client.read(&mut asked) => match bytes {
                Ok(1..) => emulator.write_all(&asked[..bytes.unwrap()]).await.unwrap(),
                _ => return,
            },
            bytes = emulator.read(&mut answered) => match bytes {
                Ok(1..) => {
                    let one_less = |left: u32| left.checked_sub(1);
                    let order = Ordering::SeqCst;
                    if to_lose.fetch_update(order, order, one_less).is_ok() {
                        return;
                    }
                    if client.write_all(&answered[..bytes.unwrap()]).await.is_err() {
                        return;
                    }
                }
                _ => return,
            },
        }
    }
}
