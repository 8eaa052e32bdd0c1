//! The listener: takes connections in, and sees to it that strangers cannot keep everybody else out.
//!
//! Invariant: where no more connections may be open, the one goes that has waited longest for its sender.
//! A request that was read as a whole is at work, and is answered; one that is still in the system's buffers
//! counts as waited for until its connection is looked at.

use super::connection::serve_connection;
use super::limits::Limits;
use super::seat::Seat;
use axum::Router;
use std::collections::HashMap;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{Id, JoinSet};
use tokio::time::{Instant, interval};
use tradewind_engine::ports::Clock as _;
use tradewind_system::SystemClock;

/// How often it is looked for connections that have waited too long.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// The same, while nobody can be taken in.
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// How often trouble is logged.
const SAID_EVERY: Duration = Duration::from_secs(10);
/// A connection that was asked to leave needs a moment: so many may be open beyond the most.
const LEAVING_MAX: usize = 64;

/// Serves until `stop`, then lets what is at work end.
pub async fn serve(
    listener: TcpListener,
    app: Router,
    limits: Limits,
    stop: impl Future<Output = ()>,
) {
    let (stopping, stopped) = watch::channel(false);
    let mut crowd =
        Crowd { limits, seats: HashMap::new(), tasks: JoinSet::new(), said: Said::default() };
    let mut looks = interval(LOOK_EVERY);
    let mut stop = pin!(stop);
    loop {
        let is_full = !crowd.has_room();
        tokio::select! {
            biased;
            () = &mut stop => break,
            _ = looks.tick() => crowd.send_away_the_late(),
            Some(ended) = crowd.tasks.join_next_with_id() => crowd.forget(ended),
            accepted = listener.accept(), if !is_full => match accepted {
                Ok((stream, peer)) => crowd.take_in(|seat| {
                    serve_connection(stream, peer, app.clone(), seat, limits, stopped.clone())
                }),
                Err(error) => crowd.bear(&error).await,
            },
            () = SystemClock.sleep(LOOK_AGAIN), if is_full => {}
        }
    }
    drop(listener);
    stopping.send_replace(true);
    while !crowd.tasks.is_empty() {
        tokio::select! {
            Some(ended) = crowd.tasks.join_next_with_id() => crowd.forget(ended),
            _ = looks.tick() => crowd.send_away_the_late(),
        }
    }
}

/// All connections that are open.
struct Crowd {
    limits: Limits,
    seats: HashMap<Id, Arc<Seat>>,
    tasks: JoinSet<()>,
    said: Said,
}

impl Crowd {
    /// Whether another one may be taken in: somebody can make room for it.
    fn has_room(&self) -> bool {
        let open = self.tasks.len();
        open < self.limits.connections_max
            || (open < self.limits.connections_max + LEAVING_MAX
                && self.longest_waiting().is_some())
    }

    fn take_in<Serving>(&mut self, serving: impl FnOnce(Arc<Seat>) -> Serving)
    where
        Serving: Future<Output = ()> + Send + 'static,
    {
        if self.tasks.len() >= self.limits.connections_max {
            self.make_room("as many connections are open as may be");
        }
        let seat = Seat::new();
        let task = self.tasks.spawn(serving(seat.clone()));
        self.seats.insert(task.id(), seat);
    }

    fn forget(&mut self, ended: Result<(Id, ()), tokio::task::JoinError>) {
        let id = ended.map_or_else(|error| error.id(), |(id, ())| id);
        self.seats.remove(&id);
    }

    /// Has the connection closed that has waited longest for its sender.
    fn make_room(&mut self, why: &str) {
        let Some(id) = self.longest_waiting() else { return };
        if let Some(seat) = self.seats.remove(&id) {
            seat.ask_to_leave();
            self.said.closed += 1;
        }
        self.say(why);
    }

    fn longest_waiting(&self) -> Option<Id> {
        let waiting = self.seats.iter().filter_map(|(id, seat)| Some((seat.waited()?, *id)));
        waiting.max_by_key(|(waited, _)| *waited).map(|(_, id)| id)
    }

    fn send_away_the_late(&mut self) {
        let limits = self.limits;
        self.seats.retain(|_, seat| {
            let is_late = seat.is_late(&limits);
            if is_late {
                seat.ask_to_leave();
            }
            !is_late
        });
    }

    /// What a failed accept says of the connection is not our trouble; what it says of us is.
    async fn bear(&mut self, error: &io::Error) {
        use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
        if matches!(
            error.kind(),
            ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted
        ) {
            return;
        }
        // Too few files or too little memory: whoever waits longest gives up its own.
        self.make_room(&format!("no connection can be taken in: {error}"));
        self.say(&format!("no connection can be taken in: {error}"));
        SystemClock.sleep(LOOK_AGAIN).await;
    }

    fn say(&mut self, why: &str) {
        let now = Instant::now();
        if self.said.at.is_some_and(|at| now.duration_since(at) < SAID_EVERY) {
            return;
        }
        let (open, closed) = (self.tasks.len(), std::mem::take(&mut self.said.closed));
        self.said.at = Some(now);
        tracing::warn!(
            connections.open = open,
            connections.closed = closed,
            "{why}; those that wait longest for their senders are closed"
        );
    }
}

/// What was said of trouble, and what has come since.
#[derive(Default)]
struct Said {
    at: Option<Instant>,
    closed: u64,
}
