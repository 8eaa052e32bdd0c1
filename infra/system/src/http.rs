//! Calls to other services: the one way out of the process, for both runtimes. It has two doors.
//! [`GuardedHttp`] is the Http port: what a run calls, judged for each request. [`OperatorHttp`] is for
//! whoever sits at the command line and says himself whom to talk to.
//!
//! Invariant: no other place in the workspace makes an HTTP client, but for the AWS SDK.

mod lookup;
mod mail;
mod operator;
mod wire;

pub use lookup::{Lookup, SystemLookup};
pub use operator::OperatorHttp;

use async_trait::async_trait;
use lookup::CheckedLookup;
use std::sync::Arc;
use tradewind_engine::hosts::{AllowedHosts, Recipient, judge};
use tradewind_engine::ports::{
    BODY_BYTES_MAX, Http, HttpError, HttpRequest, HttpResponse, Mail, MailEnd,
};
use wire::Wire;

/// The way to the services. What it calls is one of the recipient's hosts or was allowed by the operator,
/// and what it connects to is the address that was checked.
pub struct GuardedHttp {
    wire: Wire,
    /// For those who speak no HTTP.
    lookup: CheckedLookup,
    allowed: Arc<AllowedHosts>,
}

impl GuardedHttp {
    /// With the hosts that the operator allowed besides those of the providers.
    pub fn new(allowed: AllowedHosts) -> Result<Self, reqwest::Error> {
        Self::with_lookup(allowed, Arc::new(SystemLookup))
    }

    /// The same, where names are looked up in another way.
    pub fn with_lookup(
        allowed: AllowedHosts,
        lookup: Arc<dyn Lookup>,
    ) -> Result<Self, reqwest::Error> {
        let allowed = Arc::new(allowed);
        let checked = CheckedLookup::new(Arc::clone(&lookup), Arc::clone(&allowed));
        let wire = Wire::new(BODY_BYTES_MAX, |builder| builder.dns_resolver(Arc::new(checked)))?;
        let lookup = CheckedLookup::new(lookup, Arc::clone(&allowed));
        Ok(Self { wire, lookup, allowed })
    }
}

#[async_trait]
impl Http for GuardedHttp {
    async fn send(
        &self,
        recipient: &Recipient,
        request: HttpRequest,
    ) -> Result<HttpResponse, HttpError> {
        let verdict = judge(&request.url, recipient, &self.allowed)?;
        self.wire.send(verdict.url, request).await
    }

    async fn hand_over(&self, recipient: &Recipient, mail: Mail) -> Result<MailEnd, HttpError> {
        mail::hand_over(&self.lookup, &self.allowed, recipient, &mail).await
    }
}
