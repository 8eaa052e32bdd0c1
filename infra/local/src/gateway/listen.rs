//! The listener: takes connections in, and sees to it that strangers cannot keep everybody else out.
//!
//! Invariant: where no more connections may be open, the one goes that has waited longest for its sender.
//! A request that was read as a whole is at work, and is answered; one that is still in the system's buffers
//! counts as waited for until its connection is looked at.

use super::connection::serve_connection;
use super::limits::ListenerLimits;
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
const RETRY_EVERY: Duration = Duration::from_millis(20);
/// How often trouble is logged.
const LOG_EVERY: Duration = Duration::from_secs(10);
/// A connection that was asked to leave needs a moment: so many may be open beyond the most.
const LEAVING_MAX: usize = 64;

/// Serves until `stop`, then lets what is at work end.
pub async fn serve(
    listener: TcpListener,
    app: Router,
    limits: ListenerLimits,
    stop: impl Future<Output = ()>,
) {
    let (stopping, stopped) = watch::channel(false);
    let mut connections = Connections {
        limits,
        seats: HashMap::new(),
        tasks: JoinSet::new(),
        logged: Logged::default(),
    };
    let mut looks = interval(LOOK_EVERY);
    let mut stop = pin!(stop);
    loop {
        let is_full = !connections.can_admit();
        tokio::select! {
            biased;
            () = &mut stop => break,
            _ = looks.tick() => connections.close_late(),
            Some(ended) = connections.tasks.join_next_with_id() => connections.remove(ended),
            accepted = listener.accept(), if !is_full => match accepted {
                Ok((stream, peer)) => connections.admit(|seat| {
                    serve_connection(stream, peer, app.clone(), seat, limits, stopped.clone())
                }),
                Err(error) => connections.survive_accept_error(&error).await,
            },
            () = SystemClock.sleep(RETRY_EVERY), if is_full => {}
        }
    }
    drop(listener);
    stopping.send_replace(true);
    while !connections.tasks.is_empty() {
        tokio::select! {
            Some(ended) = connections.tasks.join_next_with_id() => connections.remove(ended),
            _ = looks.tick() => connections.close_late(),
        }
    }
}

/// All connections that are open.
struct Connections {
    limits: ListenerLimits,
    seats: HashMap<Id, Arc<Seat>>,
    tasks: JoinSet<()>,
    logged: Logged,
}

impl Connections {
    /// Whether another one may be taken in: somebody can make room for it.
    fn can_admit(&self) -> bool {
        let open = self.tasks.len();
        open < self.limits.connections_max
            || (open < self.limits.connections_max + LEAVING_MAX
                && self.longest_waiting().is_some())
    }

    fn admit<Serving>(&mut self, serving: impl FnOnce(Arc<Seat>) -> Serving)
    where
        Serving: Future<Output = ()> + Send + 'static,
    {
        if self.tasks.len() >= self.limits.connections_max {
            self.close_longest_waiting("as many connections are open as may be");
        }
        let seat = Seat::new();
        let task = self.tasks.spawn(serving(seat.clone()));
        self.seats.insert(task.id(), seat);
    }

    fn remove(&mut self, ended: Result<(Id, ()), tokio::task::JoinError>) {
        let id = ended.map_or_else(|error| error.id(), |(id, ())| id);
        self.seats.remove(&id);
    }

    /// Has the connection closed that has waited longest for its sender.
    fn close_longest_waiting(&mut self, why: &str) {
        let Some(id) = self.longest_waiting() else { return };
        if let Some(seat) = self.seats.remove(&id) {
            seat.request_close();
            self.logged.closed += 1;
        }
        self.log_trouble(why);
    }

    fn longest_waiting(&self) -> Option<Id> {
        let waiting = self.seats.iter().filter_map(|(id, seat)| Some((seat.waited()?, *id)));
        waiting.max_by_key(|(waited, _)| *waited).map(|(_, id)| id)
    }

    fn close_late(&mut self) {
        let limits = self.limits;
        self.seats.retain(|_, seat| {
            let is_late = seat.is_late(&limits);
            if is_late {
                seat.request_close();
            }
            !is_late
        });
    }

    /// What a failed accept says of the connection is not our trouble; what it says of us is.
    async fn survive_accept_error(&mut self, error: &io::Error) {
        use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
        if matches!(
            error.kind(),
            ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted
        ) {
            return;
        }
        // Too few files or too little memory: whoever waits longest gives up its own.
        self.close_longest_waiting(&format!("no connection can be taken in: {error}"));
        self.log_trouble(&format!("no connection can be taken in: {error}"));
        SystemClock.sleep(RETRY_EVERY).await;
    }

    fn log_trouble(&mut self, why: &str) {
        let now = Instant::now();
        if self.logged.at.is_some_and(|at| now.duration_since(at) < LOG_EVERY) {
            return;
        }
        let (open, closed) = (self.tasks.len(), std::mem::take(&mut self.logged.closed));
        self.logged.at = Some(now);
        tracing::warn!(
            connections.open = open,
            connections.closed = closed,
            "{why}; those that wait longest for their senders are closed"
        );
    }
}

/// What was logged of trouble, and what has come since.
#[derive(Default)]
struct Logged {
    at: Option<Instant>,
    closed: u64,
}
