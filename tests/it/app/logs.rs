//! What a test's own thread logs.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, Once};
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::fmt::MakeWriter;

/// All that was logged since this began, down to the least important.
#[derive(Clone, Default)]
pub(crate) struct Logs(Arc<Mutex<Vec<u8>>>);

impl Logs {
    /// Captures what this thread logs as long as the guard lives.
    pub(crate) fn capture() -> (Self, DefaultGuard) {
        // Without a subscriber of all threads, a place that another test's thread comes to first may count as one
        // that nobody listens to, also for this thread. One may be there already.
        static OF_ALL_THREADS: Once = Once::new();
        OF_ALL_THREADS.call_once(|| {
            let _ = tracing::subscriber::set_global_default(tracing_subscriber::registry());
        });
        let logs = Self::default();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .with_writer(logs.clone())
            .finish();
        (logs, tracing::subscriber::set_default(subscriber))
    }

    /// The lines so far.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }

    /// The lines so far of that level, such as `ERROR`.
    pub(crate) fn of_level(&self, level: &str) -> Vec<String> {
        let text = self.text();
        let lines = text.lines().filter(|line| line.split(' ').any(|word| word == level));
        lines.map(str::to_owned).collect()
    }
}

impl Write for Logs {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Logs {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
