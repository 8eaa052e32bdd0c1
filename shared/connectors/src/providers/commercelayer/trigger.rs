//! Commerce Layer's webhooks.
use crate::deliveries::{Refusal, TriggerEndpoint};
use http::Method;

/// How Commerce Layer's webhooks are received.
pub static TRIGGER: TriggerEndpoint = TriggerEndpoint {
    methods: &[Method::POST],
    empty_body: false,
    topics: &[],
    verify: |_, _, _| Err(Refusal::NotReady),
    read: |_| Err(Refusal::NotReady),
};
