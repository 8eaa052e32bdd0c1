//! Calls of the command to the process that its user names.
//!
//! Invariant: nothing that a project, a payload or a provider says is called through here.

use super::wire::Wire;
use tradewind_engine::hosts::web_address;
use tradewind_engine::ports::{BODY_BYTES_MAX, HttpError, HttpRequest, HttpResponse};

/// The way to the operator's own process or stage: any host, this machine first of all. It is not the Http
/// port, so that no provider can be given it.
pub struct OperatorHttp(Wire);

impl OperatorHttp {
    /// For answers of the usual length.
    pub fn new() -> Result<Self, reqwest::Error> {
        Self::with_bodies_up_to(BODY_BYTES_MAX)
    }

    /// For answers of a side that is trusted to know how long they are.
    pub fn with_bodies_up_to(body_bytes_max: usize) -> Result<Self, reqwest::Error> {
        Wire::new(body_bytes_max, |builder| builder).map(Self)
    }

    /// Sends the request and reads the whole answer.
    pub async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        self.0.send(web_address(&request.url)?, request).await
    }
}
