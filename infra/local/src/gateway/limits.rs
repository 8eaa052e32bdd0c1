//! What all connections together, and each of them, may take of the process.

use std::fs;
use std::time::Duration;

/// The bounds of one listener.
#[derive(Clone, Copy, Debug)]
pub struct ListenerLimits {
    /// More connections than that are not open at the same time.
    pub connections_max: usize,
    /// How long the head of a request may take, from the connection or from its first byte on.
    pub head_time: Duration,
    /// How long a whole request may take to come, its body too. Who reads a body may be less patient.
    pub request_time: Duration,
    /// How long a connection is kept between two requests: longer than proxies keep theirs (nginx 60 s, Caddy
    /// 120 s), because one that is closed while a webhook is on its way loses it.
    pub idle_time: Duration,
    /// How long an answer may wait for its reader to take any of it.
    pub write_time: Duration,
    /// How long, and for how many bytes, what was not asked for is still taken, so that its sender reads
    /// the answer and not that the connection was reset.
    pub linger_time: Duration,
    /// See [`ListenerLimits::linger_time`].
    pub linger_bytes: usize,
    /// The longest head of a request, and what is read at once of its body.
    pub head_bytes_max: usize,
    /// The most headers of a request.
    pub headers_max: usize,
}

impl ListenerLimits {
    /// Every one of them has time for its request on a slow line, their heads take up to 32 MB
    /// together, and their bodies 64 KB each before they take a share of the budget.
    pub const STANDARD: Self = Self {
        connections_max: 1_000,
        head_time: Duration::from_secs(10),
        request_time: Duration::from_secs(60),
        idle_time: Duration::from_secs(180),
        write_time: Duration::from_secs(30),
        linger_time: Duration::from_secs(1),
        linger_bytes: 1024 * 1024,
        head_bytes_max: 32 * 1024,
        headers_max: 100,
    };

    /// The same, where the process may have so few files open that half of them have to do.
    pub fn of_this_process() -> Self {
        let files = open_files_max().unwrap_or(usize::MAX);
        let connections_max = Self::STANDARD.connections_max.min((files / 2).max(16));
        Self { connections_max, ..Self::STANDARD }
    }
}

/// How many files this process may have open, where the system says so.
fn open_files_max() -> Option<usize> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}
