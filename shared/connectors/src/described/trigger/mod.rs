//! A trigger endpoint that a provider's file describes.
//!
//! Invariant: nothing of a delivery is read before it was found to be the vendor's, but for the fields that a try
//! of the address is known by. Invariant: no expression sees a secret by which a delivery proves itself.

mod faults;
mod handshake;
mod hmac;
mod reading;
mod seen;
mod verify;

pub(crate) use faults::faults;
pub(crate) use hmac::{algorithm, key_of};

use crate::deliveries::{Answer, Delivery, Endpoint, GivesUp, Reading, Refusal, Topic};
use crate::events::{Canonical, canonical};
use crate::settings::GivenSettings;
use http::Method;
use seen::{Names, keeps_header, kept_query};
use std::sync::Arc;
use tradewind_engine::descriptions::{Description, Trigger};
use tradewind_engine::time::Timestamp;

/// The topic of deliveries of which the file does not say what they are about, and the name of a topic that stands
/// for all.
pub(crate) const ANY_TOPIC: &str = "*";

/// The endpoint of one description.
pub(crate) struct DescribedEndpoint {
    description: Arc<Description>,
    trigger: Trigger,
    methods: Vec<Method>,
    /// What its expressions look at of headers and query.
    names: Names,
    /// The events of its entries, each at its entry's place; nothing where there is no such event.
    events: Vec<Option<Canonical>>,
}

impl DescribedEndpoint {
    /// The endpoint of that description, where it has one.
    pub(crate) fn of(description: &Arc<Description>) -> Option<Self> {
        let trigger = description.trigger.clone()?;
        let events = trigger.events.iter().map(|mapping| canonical(&mapping.event)).collect();
        let (methods, names) = (handshake::methods(&trigger), Names::of(&trigger));
        Some(Self { description: description.clone(), trigger, methods, names, events })
    }
}

impl Endpoint for DescribedEndpoint {
    fn methods(&self) -> &[Method] {
        &self.methods
    }

    fn empty_body(&self) -> bool {
        false
    }

    fn forms(&self) -> bool {
        true
    }

    fn topics(&self) -> Vec<Topic<'_>> {
        let of = |name, event| Topic { name, event, include: &[] };
        let entries = self.trigger.events.iter();
        let topics = entries.flat_map(|mapping| {
            let named = mapping.topics.iter().map(|(name, _)| of(name, &mapping.event));
            let any = mapping.topics.is_empty().then(|| of(ANY_TOPIC, &mapping.event));
            named.chain(any)
        });
        topics.collect()
    }

    fn settings(&self) -> Vec<&str> {
        let key = verify::key(&self.trigger.verify);
        let settings = self.description.settings.iter();
        let visible = settings.filter(|setting| !setting.secret);
        key.into_iter().chain(visible.map(|setting| setting.name.as_str())).collect()
    }

    fn verify(
        &self,
        given: &GivenSettings,
        delivery: &Delivery,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        verify::verify(&self.description, &self.trigger, given, delivery, now)
    }

    fn keeps_header(&self, name: &str) -> bool {
        keeps_header(&self.trigger, name)
    }

    fn kept_query(&self, delivery: &Delivery) -> String {
        kept_query(&self.trigger, delivery)
    }

    fn topic(&self, given: &GivenSettings, delivery: &Delivery) -> Option<String> {
        self.told_topic(given, delivery)
    }

    fn read(
        &self,
        given: &GivenSettings,
        delivery: &Delivery,
        accepted_at: Timestamp,
    ) -> Result<Reading, Refusal> {
        self.reading(given, delivery, accepted_at)
    }

    fn handshake(&self, delivery: &Delivery) -> Option<Answer> {
        handshake::answer(&self.trigger, delivery)
    }

    fn is_tried_by_form(&self, head: &Delivery) -> bool {
        handshake::may_be_tried_by_form(&self.trigger, head)
    }

    fn secret_fault(&self, text: &str) -> Option<&'static str> {
        verify::secret_fault(&self.trigger.verify, text)
    }

    fn gives_up(&self) -> Option<GivesUp> {
        None
    }

    fn described(&self) -> Option<&Description> {
        Some(&self.description)
    }
}

#[cfg(test)]
mod tests;
