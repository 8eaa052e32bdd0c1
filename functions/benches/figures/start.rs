//! From the start of a process to its first poll of the Runtime API: what a cold start takes that is
//! ours. The same in the same minute of a program that does nothing is what it is compared with.

use crate::process::Process;
use std::io::{self, BufRead as _, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// Rounds; each starts every program once, so that a busy moment hits all of them.
const ROUNDS: usize = 60;
/// One that has not polled by then never will.
const START_MAX: Duration = Duration::from_secs(20);
const POLL: &str = "GET /2018-06-01/runtime/invocation/next ";

/// What a function is told, all of them together. Nothing answers at the addresses.
const VARIABLES: [(&str, &str); 20] = [
    ("TRADEWIND_STAGE", "figures"),
    ("DEFINITIONS_TABLE", "definitions"),
    ("RUNS_TABLE", "runs"),
    ("BUS_NAME", "bus"),
    ("BUCKET", "bucket"),
    ("QUEUES_URL", "https://sqs.us-east-1.amazonaws.com/1/tradewind-figures-"),
    ("QUEUES_ARN", "arn:aws:sqs:us-east-1:1:tradewind-figures-"),
    ("SCHEDULER_ROLE_ARN", "arn:aws:iam::1:role/scheduler"),
    ("SCHEDULE_GROUP", "figures"),
    ("API_TOKEN_SECRET", "arn:aws:secretsmanager:us-east-1:1:secret:token"),
    ("SECRETS_PREFIX", "/tradewind/figures/secrets/"),
    ("TIMEOUT_SECONDS", "60"),
    ("LEASE_SECONDS", "90"),
    ("VISIBILITY_SECONDS", "360"),
    ("QUEUE_DELAY_MAX_SECONDS", "900"),
    ("ALLOWED_HOSTS", ""),
    ("STAGE_ACTIONS", "email.send"),
    ("STAGE_TRIGGERS", "commercelayer"),
    ("AWS_ENDPOINT_URL", "http://127.0.0.1:9"),
    ("RUST_BACKTRACE", "0"),
];

/// The median start of each program.
pub(crate) fn starts(programs: &[PathBuf]) -> io::Result<Vec<Duration>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?.to_string();
    let polls = polls(listener);
    let mut starts = vec![Vec::with_capacity(ROUNDS); programs.len()];
    for _ in 0..ROUNDS {
        for (program, starts) in programs.iter().zip(&mut starts) {
            let begun = now();
            let _process = Process::start(program, &address, VARIABLES)?;
            let polled = polls.recv_timeout(START_MAX).map_err(|_| {
                io::Error::other(format!("{} does not poll the Runtime API", program.display()))
            })?;
            starts.push(polled.duration_since(begun));
        }
    }
    Ok(starts.into_iter().map(median).collect())
}

/// The moments at which somebody polls there. Nobody is ever answered.
fn polls(listener: TcpListener) -> Receiver<Instant> {
    let (polled, polls) = channel();
    std::thread::spawn(move || {
        let mut held = Vec::new();
        while let Ok((stream, _)) = listener.accept() {
            if is_poll(&stream).unwrap_or_default() && polled.send(now()).is_err() {
                return;
            }
            // Only the newest process lives, and it waits.
            held.clear();
            held.push(stream);
        }
    });
    polls
}

fn is_poll(stream: &TcpStream) -> io::Result<bool> {
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    Ok(line.starts_with(POLL))
}

fn median(mut durations: Vec<Duration>) -> Duration {
    durations.sort_unstable();
    durations[durations.len() / 2]
}

#[expect(clippy::disallowed_methods, reason = "a measurement of real time")]
fn now() -> Instant {
    Instant::now()
}
