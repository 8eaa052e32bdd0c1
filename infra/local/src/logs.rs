//! Log lines go to standard error as well as they can.
//!
//! Invariant: work never waits for its log and never ends because of it. Lines wait in a bounded queue
//! for a thread of their own. What cannot be written, because nobody reads any more or the disk below
//! is full, is dropped and counted; the count is said as soon as a line can be written again.
//!
//! Invariant: what stands in a line may be others' text, so each passes [`visible`], and is coloured after
//! that.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;
use tracing_subscriber::fmt::MakeWriter;
use tradewind_engine::texts::visible;

/// Lines that wait to be written; more are dropped.
const WAITING_MAX: usize = 4_096;
/// How long the end of the process waits for the last lines.
const FLUSHED_WITHIN: Duration = Duration::from_secs(1);

/// What the thread is asked for.
enum Entry {
    Line(Vec<u8>),
    /// Says that all lines before it are written.
    Flush(SyncSender<()>),
}

/// The way to the log.
#[derive(Clone)]
pub struct Logs {
    entries: SyncSender<Entry>,
    dropped: Arc<AtomicU64>,
    is_coloured: bool,
}

/// One line on its way to the log.
pub struct Line<'a>(&'a Logs);

impl Logs {
    /// Writes to standard error. A handle of its own: whoever says something there directly must not
    /// wait for a line that nobody takes.
    pub fn to_stderr() -> io::Result<Self> {
        let stderr = File::from(io::stderr().as_fd().try_clone_to_owned()?);
        Self::start(stderr)
    }

    fn start(to: impl Write + Send + 'static) -> io::Result<Self> {
        let (entries, waiting) = sync_channel(WAITING_MAX);
        let dropped = Arc::<AtomicU64>::default();
        let mut pen = Pen { to, dropped: Arc::clone(&dropped) };
        thread::Builder::new().name("log".to_owned()).spawn(move || pen.write_all(&waiting))?;
        Ok(Self { entries, dropped, is_coloured: false })
    }

    /// The same in colours, for a terminal.
    #[must_use]
    pub fn coloured(self, is_coloured: bool) -> Self {
        Self { is_coloured, ..self }
    }

    /// Waits until what was logged so far is written, but no longer than a second.
    pub fn flush(&self) {
        let (written, waiting) = sync_channel(1);
        if self.entries.try_send(Entry::Flush(written)).is_ok() {
            // A reader that takes nothing keeps nobody here.
            let _ = waiting.recv_timeout(FLUSHED_WITHIN);
        }
    }
}

impl Write for Line<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let shown = shown(&String::from_utf8_lossy(line), self.0.is_coloured);
        if self.0.entries.try_send(Entry::Line(shown.into_bytes())).is_err() {
            self.0.dropped.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// One line, its time and level in colours: they are ours, and come first.
fn shown(line: &str, is_coloured: bool) -> String {
    let mut shown = visible(line.trim_end_matches('\n'));
    let parts = shown.split_once(' ').and_then(|(time, rest)| {
        let (level, rest) = rest.trim_start().split_once(' ')?;
        let colour = match level {
            "ERROR" => "31",
            "WARN" => "33",
            "INFO" => "32",
            "DEBUG" | "TRACE" => "34",
            _ => return None,
        };
        Some(format!("\u{1b}[2m{time}\u{1b}[0m \u{1b}[{colour}m{level:>5}\u{1b}[0m {rest}"))
    });
    if let Some(parts) = parts.filter(|_| is_coloured) {
        shown = parts;
    }
    shown.push('\n');
    shown
}

impl<'a> MakeWriter<'a> for Logs {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line(self)
    }
}

/// The only one who writes.
struct Pen<To> {
    to: To,
    dropped: Arc<AtomicU64>,
}

impl<To: Write> Pen<To> {
    fn write_all(&mut self, entries: &Receiver<Entry>) {
        for entry in entries {
            match entry {
                Entry::Line(line) => self.write(&line),
                // Whoever waited too long has gone.
                Entry::Flush(written) => drop(written.try_send(())),
            }
        }
    }

    fn write(&mut self, line: &[u8]) {
        let dropped = self.dropped.load(Ordering::Relaxed);
        let missing = match dropped {
            0 => Ok(()),
            dropped => {
                writeln!(self.to, "{dropped} log lines could not be written and are missing")
            }
        };
        if missing.is_ok() {
            self.dropped.fetch_sub(dropped, Ordering::Relaxed);
        }
        if missing.and_then(|()| self.to.write_all(line)).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Logs where something panicked, but not what it said, which may hold what others wrote. The standard
/// way writes to standard error directly, and would wait there for a reader.
pub fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, "a panic: this is a bug");
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    /// A disk with what was written to it, and room for so many bytes in all.
    #[derive(Clone, Default)]
    struct Disk(Arc<Mutex<(Vec<u8>, usize)>>);

    impl Disk {
        fn make_room(&self, bytes: usize) {
            self.0.lock().unwrap().1 = bytes;
        }

        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().0.clone()).unwrap()
        }
    }

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut disk = self.0.lock().unwrap();
            if disk.0.len() + bytes.len() > disk.1 {
                return Err(io::Error::from(io::ErrorKind::StorageFull));
            }
            disk.0.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_brings_no_colour_of_its_own() {
        let line = "2026-11-27T11:00:00Z  WARN tradewind: a\u{1b}[31m\u{202e}b\nc\n";
        let expected = "tradewind: a\\u{1b}[31m\\u{202e}b c\n";
        assert_eq!(shown(line, false), format!("2026-11-27T11:00:00Z  WARN {expected}"));
        let coloured = "\u{1b}[2m2026-11-27T11:00:00Z\u{1b}[0m \u{1b}[33m WARN\u{1b}[0m ";
        assert_eq!(shown(line, true), format!("{coloured}{expected}"));
    }

    fn log(logs: &Logs, line: &str) {
        logs.make_writer().write_all(line.as_bytes()).unwrap();
        logs.flush();
    }

    #[test]
    fn what_a_full_disk_refused_is_counted_and_the_count_comes_first_when_there_is_room() {
        let disk = Disk::default();
        let logs = Logs::start(disk.clone()).unwrap();
        disk.make_room(4);
        for line in ["one\n", "two\n", "three\n"] {
            log(&logs, line);
        }
        disk.make_room(1_000);
        log(&logs, "four\n");
        let expected = "one\n2 log lines could not be written and are missing\nfour\n";
        assert_eq!(disk.text(), expected);
    }

    /// Takes nothing, for good.
    struct Stuck(Receiver<()>);

    impl Write for Stuck {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.0.recv();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_takes_nothing_keeps_nobody_waiting() {
        let (reader, stuck) = sync_channel(0);
        let logs = Logs::start(Stuck(stuck)).unwrap();
        for _ in 0..WAITING_MAX + 10 {
            logs.make_writer().write_all(b"line\n").unwrap();
        }
        assert!(logs.dropped.load(Ordering::Relaxed) >= 9);
        drop(reader);
    }
}
