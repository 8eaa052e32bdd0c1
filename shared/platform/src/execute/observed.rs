//! Whether an attempt called anybody.
//!
//! Invariant: noted before the request is sent, because an attempt may be dropped at any time.

use async_trait::async_trait;
use std::sync::atomic::{AtomicBool, Ordering};
use tradewind_engine::ports::{Http, HttpError, HttpRequest, HttpResponse};

/// The way to the services, which notes that it was taken.
pub(super) struct Observed<'a> {
    http: &'a dyn Http,
    called: AtomicBool,
}

impl<'a> Observed<'a> {
    /// Nobody was called so far.
    pub(super) fn new(http: &'a dyn Http) -> Self {
        Self { http, called: AtomicBool::new(false) }
    }

    /// Whether a request was sent, or at least tried.
    pub(super) fn has_called(&self) -> bool {
        self.called.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl Http for Observed<'_> {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let called_before = self.called.swap(true, Ordering::Relaxed);
        let answer = self.http.send(request).await;
        if matches!(answer, Err(HttpError::Blocked(_))) {
            // It was refused on this side.
            self.called.store(called_before, Ordering::Relaxed);
        }
        answer
    }
}
