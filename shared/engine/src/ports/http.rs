//! Calls to other services.

use super::{Mail, MailEnd};
use crate::hosts::{Blocked, Recipient};
use ::http::{HeaderMap, Method, StatusCode};
use async_trait::async_trait;
use bytes::Bytes;
use std::time::Duration;

/// The longest answer that is read; a longer one is [`HttpError::Oversize`].
pub const BODY_BYTES_MAX: usize = 5 * 1024 * 1024;

/// One request to another service.
#[derive(Clone)]
pub struct HttpRequest {
    /// The method.
    pub method: Method,
    /// The absolute URL.
    pub url: String,
    /// All headers that are sent besides `host` and `content-length`.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// From connecting to the last byte of the answer.
    pub timeout: Duration,
}

/// The whole answer, whatever its status. Redirects are answers: they are never followed.
#[derive(Clone)]
pub struct HttpResponse {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, at most [`BODY_BYTES_MAX`].
    pub body: Bytes,
}

/// Why there is no whole answer. The variants differ in what may have happened on the other side.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// Name resolution, connecting or TLS failed: the request was never sent.
    #[error("could not connect: {0}")]
    NotSent(String),
    /// The request was sent at least in part, and no whole answer came.
    #[error("no answer: {0}")]
    Lost(String),
    /// The answer has this status, but its body is longer than [`BODY_BYTES_MAX`].
    #[error("the answer is longer than 5 MB (status {0})")]
    Oversize(StatusCode),
    /// The URL is not one that may be called.
    #[error("url_blocked: {0}")]
    Blocked(#[from] Blocked),
}

/// The one client for all calls to other services. Nothing is sent without saying for whom it is: an
/// address that is none of the recipient's, nor allowed by the operator, is [`HttpError::Blocked`].
#[async_trait]
pub trait Http: Send + Sync {
    /// Sends the request and reads the whole answer.
    async fn send(
        &self,
        recipient: &Recipient,
        request: HttpRequest,
    ) -> Result<HttpResponse, HttpError>;

    /// Hands a message over to a mail server, where there is a way to any. [`HttpError::Lost`] is said once the message
    /// itself was begun: before, nothing was taken.
    async fn hand_over(&self, _: &Recipient, _: Mail) -> Result<MailEnd, HttpError> {
        Err(HttpError::NotSent("no mail server can be reached from here".to_owned()))
    }
}
