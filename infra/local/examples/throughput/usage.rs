//! What a process has used, as Linux counts it.

use std::fs;
use std::io;
use std::time::{Duration, Instant};
use tokio::process::Child;

/// Linux counts CPU in hundredths of a second.
const TICK: Duration = Duration::from_millis(10);

/// CPU and memory of a process.
#[derive(Clone, Copy)]
pub(crate) struct Usage {
    /// Of all its threads.
    pub(crate) cpu: Duration,
    /// The most memory it had at any time.
    pub(crate) peak_kb: u64,
}

impl Usage {
    /// Up to now.
    pub(crate) fn of(process: &Child) -> io::Result<Self> {
        let id = process.id().ok_or_else(|| io::Error::other("the process has ended"))?;
        let stat = fs::read_to_string(format!("/proc/{id}/stat"))?;
        // The name in parentheses may hold anything; user and system time are the 14th and 15th field.
        let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        let ticks: u32 =
            fields.skip(11).take(2).filter_map(|field| field.parse::<u32>().ok()).sum();
        let status = fs::read_to_string(format!("/proc/{id}/status"))?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak_kb = peak.and_then(|peak| peak.trim().split(' ').next()?.parse().ok());
        Ok(Self { cpu: TICK * ticks, peak_kb: peak_kb.unwrap_or_default() })
    }

    /// What came since then.
    pub(crate) fn since(self, begun: Self) -> Self {
        Self { cpu: self.cpu.saturating_sub(begun.cpu), ..self }
    }
}

/// Real time, because that is what is measured here.
#[expect(clippy::disallowed_methods, reason = "a measurement of real time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}
