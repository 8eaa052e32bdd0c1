//! Whether an attempt called anybody, and what came of it.
//!
//! Invariant: noted before the request is sent, because an attempt may be dropped at any time.

use async_trait::async_trait;
use http::StatusCode;
use std::sync::{Mutex, PoisonError};
use tradewind_engine::hosts::Recipient;
use tradewind_engine::ports::{Http, HttpError, HttpRequest, HttpResponse, Mail, MailEnd};

/// What came of the last request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Observation {
    /// No request was sent.
    Nothing,
    /// It is on its way.
    Pending,
    /// It was answered with this status.
    Answered(StatusCode),
    /// Nobody could be reached.
    Unreachable,
    /// It was sent, and no answer came.
    Lost,
}

/// The way to the services, which observes how it is taken.
pub(crate) struct Observed<'a> {
    http: &'a dyn Http,
    last: Mutex<Observation>,
}

impl<'a> Observed<'a> {
    /// Nobody was called so far.
    pub(crate) fn new(http: &'a dyn Http) -> Self {
        Self { http, last: Mutex::new(Observation::Nothing) }
    }

    /// What came of the last request.
    pub(crate) fn last(&self) -> Observation {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a request was sent, or at least tried.
    pub(crate) fn has_called(&self) -> bool {
        self.last() != Observation::Nothing
    }

    fn set_last(&self, seen: Observation) -> Observation {
        std::mem::replace(&mut *self.last.lock().unwrap_or_else(PoisonError::into_inner), seen)
    }
}

#[async_trait]
impl Http for Observed<'_> {
    async fn send(
        &self,
        recipient: &Recipient,
        request: HttpRequest,
    ) -> Result<HttpResponse, HttpError> {
        let before = self.set_last(Observation::Pending);
        let answer = self.http.send(recipient, request).await;
        self.set_last(match &answer {
            Ok(response) => Observation::Answered(response.status),
            Err(HttpError::Oversize(status)) => Observation::Answered(*status),
            Err(HttpError::NotSent(_)) => Observation::Unreachable,
            Err(HttpError::Lost(_)) => Observation::Lost,
            // It was refused on this side.
            Err(HttpError::Blocked(_)) => before,
        });
        answer
    }

    async fn hand_over(&self, recipient: &Recipient, mail: Mail) -> Result<MailEnd, HttpError> {
        let before = self.set_last(Observation::Pending);
        let end = self.http.hand_over(recipient, mail).await;
        self.set_last(match &end {
            Ok(MailEnd::Taken(_) | MailEnd::Lacks(_)) => Observation::Answered(StatusCode::OK),
            // What it says of the mail and of who hands it over is no failure of its own.
            Ok(MailEnd::Refused { code: 421, .. }) => {
                Observation::Answered(StatusCode::SERVICE_UNAVAILABLE)
            }
            Ok(MailEnd::Refused { .. }) => Observation::Answered(StatusCode::UNPROCESSABLE_ENTITY),
            Err(HttpError::NotSent(_)) => Observation::Unreachable,
            Err(HttpError::Lost(_) | HttpError::Oversize(_)) => Observation::Lost,
            Err(HttpError::Blocked(_)) => before,
        });
        end
    }
}
