//! One open connection: whom it waits for, and since when.
//!
//! Invariant: a connection whose request is whole is at work and is never closed from here.

use super::limits::ListenerLimits;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// What a connection does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Phase {
    /// Nothing has come since it was opened or since its last answer.
    Idle,
    /// A head has begun to come.
    Head,
    /// The head is there, and more of the body is asked for than has come.
    Body,
    /// What has come is worked on: the request is whole, or nothing more of it is asked for now.
    Work,
}

impl Phase {
    fn of(number: u8) -> Self {
        match number {
            0 => Self::Idle,
            1 => Self::Head,
            2 => Self::Body,
            _ => Self::Work,
        }
    }
}

/// The place of a connection among all that are open.
pub(super) struct Seat {
    opened_at: Instant,
    phase: AtomicU8,
    /// Milliseconds from `opened_at` to when it began to wait.
    since_ms: AtomicU64,
    /// The same for when its reader stopped taking the answer; 0 while it does.
    stuck_ms: AtomicU64,
    /// The same for when more of the body began to be waited for.
    body_ms: AtomicU64,
    is_first: AtomicBool,
    is_settled: AtomicBool,
    is_unread: AtomicBool,
    leave: Notify,
}

impl Seat {
    /// A connection that was just opened.
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            opened_at: Instant::now(),
            phase: AtomicU8::new(Phase::Idle as u8),
            since_ms: AtomicU64::new(0),
            stuck_ms: AtomicU64::new(0),
            body_ms: AtomicU64::new(0),
            is_first: AtomicBool::new(true),
            is_settled: AtomicBool::new(true),
            is_unread: AtomicBool::new(false),
            leave: Notify::new(),
        })
    }

    /// Bytes came.
    pub(super) fn record_read(&self) {
        if self.phase() == Phase::Idle {
            // Of the first request the time runs from the connection on: nobody opens one to wait.
            if !self.is_first.load(Ordering::Relaxed) {
                self.since_ms.store(self.age_ms(), Ordering::Relaxed);
            }
            self.enter(Phase::Head);
        }
    }

    /// Bytes went, or could not.
    pub(super) fn record_write(&self, is_stuck: bool) {
        if !is_stuck {
            self.stuck_ms.store(0, Ordering::Relaxed);
            // An answer that is being taken is no rest.
            if self.phase() == Phase::Idle {
                self.since_ms.store(self.age_ms(), Ordering::Relaxed);
            }
        } else if self.stuck_ms.load(Ordering::Relaxed) == 0 {
            self.stuck_ms.store(self.age_ms().max(1), Ordering::Relaxed);
        }
    }

    /// The head of a request is whole. Until somebody asks for more than has come, nothing is waited for of
    /// its sender: it may be us who make it wait.
    pub(super) fn begin_request(&self) {
        self.is_first.store(false, Ordering::Relaxed);
        self.is_unread.store(false, Ordering::Relaxed);
        self.is_settled.store(false, Ordering::Relaxed);
        self.enter(Phase::Work);
    }

    /// More of the body is asked for than has come.
    pub(super) fn await_body(&self) {
        if self.phase() == Phase::Work && !self.is_settled.load(Ordering::Relaxed) {
            self.body_ms.store(self.age_ms(), Ordering::Relaxed);
            self.enter(Phase::Body);
        }
    }

    /// Some of the body came.
    pub(super) fn record_body(&self) {
        if self.phase() == Phase::Body {
            self.enter(Phase::Work);
        }
    }

    /// Nothing more is waited for of its sender: the body is whole, or nobody wants the rest.
    pub(super) fn end_body(&self, is_whole: bool) {
        if !self.is_settled.swap(true, Ordering::Relaxed) {
            self.is_unread.store(!is_whole, Ordering::Relaxed);
            self.enter(Phase::Work);
        }
    }

    /// The answer is there.
    pub(super) fn end_request(&self) {
        self.since_ms.store(self.age_ms(), Ordering::Relaxed);
        self.enter(Phase::Idle);
    }

    /// Whether a part of the body was not read.
    pub(super) fn is_unread(&self) -> bool {
        self.is_unread.load(Ordering::Relaxed)
    }

    /// How long it has waited for its sender, where it does.
    pub(super) fn waited(&self) -> Option<Duration> {
        match self.phase() {
            Phase::Idle | Phase::Head => Some(self.elapsed_since(&self.since_ms)),
            Phase::Body => Some(self.elapsed_since(&self.body_ms)),
            Phase::Work => None,
        }
    }

    fn elapsed_since(&self, moment_ms: &AtomicU64) -> Duration {
        let since = Duration::from_millis(moment_ms.load(Ordering::Relaxed));
        self.opened_at.elapsed().saturating_sub(since)
    }

    /// Whether it has waited for longer than it may.
    pub(super) fn is_late(&self, limits: &ListenerLimits) -> bool {
        let stuck = Duration::from_millis(self.stuck_ms.load(Ordering::Relaxed));
        let stuck_for = self.opened_at.elapsed().saturating_sub(stuck);
        if !stuck.is_zero() && stuck_for > limits.write_time {
            return true;
        }
        let is_first = self.is_first.load(Ordering::Relaxed);
        let most = match self.phase() {
            Phase::Idle if !is_first => limits.idle_time,
            Phase::Idle | Phase::Head => limits.head_time,
            Phase::Body => limits.request_time,
            Phase::Work => return false,
        };
        self.elapsed_since(&self.since_ms) > most
    }

    /// Has the connection closed.
    pub(super) fn request_close(&self) {
        self.leave.notify_one();
    }

    /// Returns when it is to be closed.
    pub(super) async fn close_requested(&self) {
        self.leave.notified().await;
    }

    fn phase(&self) -> Phase {
        Phase::of(self.phase.load(Ordering::Relaxed))
    }

    fn enter(&self, phase: Phase) {
        self.phase.store(phase as u8, Ordering::Relaxed);
    }

    fn age_ms(&self) -> u64 {
        u64::try_from(self.opened_at.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
