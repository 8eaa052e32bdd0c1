//! A webhook comes in: checked, turned into events, made durable, then acknowledged.
//!
//! Invariant: a 2xx is given only after every event of the delivery is durable. A delivery that its
//! provider signed and whose payload cannot be mapped here is an event as well. Nothing else is on this
//! path: what holds now and the secrets come from caches.

use crate::connections::{Unusable, connect_to_receive, stored};
use crate::deployed::Deployed;
use crate::endpoints::unset_secret;
use crate::scrub::scrubbed_reading;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tradewind_connectors::connection::Connection;
use tradewind_connectors::deliveries::{
    self, Answer, Delivery, Endpoint, Happening, KnownBy, Reading, Refusal, kept_headers,
};
use tradewind_connectors::provider::Provider;
use tradewind_engine::definitions::{Current, StoredConnection};
use tradewind_engine::digests::hex;
use tradewind_engine::events::{EVENT_VERSION_PLAIN, Event};
use tradewind_engine::ids::{ConnectionName, EventId};
use tradewind_engine::ports::{Bus, Clock, Secrets, Unavailable};
use tradewind_engine::texts::is_hidden;
use tradewind_engine::time::{Timestamp, before, until};
use tradewind_engine::unmapped::{UNMAPPED, Unmapped};

/// After a failed signature the secrets are read again, at most so often for each connection.
const FRESH_SECRETS_EVERY: Duration = Duration::from_secs(60);

/// An endpoint that is not known is looked for again in what was applied, at most so often.
const READ_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// The longest topic that is kept.
const TOPIC_CHARS_MAX: usize = 200;

/// A longer body is a large one.
const LARGE_BYTES: usize = 256 * 1024;

/// The events of one delivery keep its body as often as this allows.
const RAW_BYTES_MAX: usize = 1024 * 1024;

/// What receiving needs.
pub struct Receiving {
    /// What was applied.
    pub deployed: Arc<Deployed>,
    /// The secrets.
    pub secrets: Arc<dyn Secrets>,
    /// Where events go.
    pub bus: Arc<dyn Bus>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// The longest body that this runtime takes, in bytes.
    pub body_bytes_max: usize,
    /// Large bodies are read one at a time: read, JSON takes about ten times its length.
    pub one_large: futures::lock::Mutex<()>,
    /// When each connection's secrets were last read past the cache.
    pub refreshed: Mutex<HashMap<ConnectionName, Timestamp>>,
    /// Which secrets of which connection are passed over because they are not set: said once.
    pub unset: Mutex<BTreeSet<(ConnectionName, String)>>,
}

/// When a delivery was accepted.
#[derive(Clone, Copy)]
pub(crate) struct Accepted {
    pub(crate) at: Timestamp,
    /// The revision of what was applied that was known then.
    pub(crate) revision: Option<u64>,
}

/// An endpoint that is there, as it was found.
pub struct OpenEndpoint {
    provider: Arc<Provider>,
    endpoint: Arc<dyn Endpoint>,
    name: ConnectionName,
    connection: Connection,
    current: Arc<Current>,
}

/// The endpoint of `provider` for the connection of that name.
pub async fn open(
    ports: &Receiving,
    provider: &Arc<Provider>,
    name: &ConnectionName,
) -> Result<OpenEndpoint, Refusal> {
    let mut current = ports.deployed.current().await.map_err(not_stored)?;
    if endpoint_in(&current, provider, name).is_none() {
        // It may just have been applied. Anybody can ask for what does not exist, so not every time.
        let since = before(ports.clock.now(), READ_AGAIN_AFTER);
        current = ports.deployed.current_since(since).await.map_err(not_stored)?;
    }
    let stored = endpoint_in(&current, provider, name).ok_or(Refusal::NotFound)?;
    let provider = &ports.as_it_is(provider, &current).await?;
    let endpoint = provider.trigger.clone().ok_or(Refusal::NotFound)?;
    let connection = ports.connection(name, stored, provider, false).await?;
    Ok(OpenEndpoint {
        provider: provider.clone(),
        endpoint,
        name: name.clone(),
        connection,
        current,
    })
}

/// Refuses a delivery by its head alone; `length`: of the body, where it is said.
pub fn look_at_head(
    ports: &Receiving,
    open: &OpenEndpoint,
    head: &Delivery,
    length: Option<u64>,
) -> Result<(), Refusal> {
    let (now, bytes_max) = (ports.clock.now(), ports.body_bytes_max);
    deliveries::check_head(&*open.endpoint, &open.connection, head, length, now, bytes_max)
}

/// Takes one delivery at the endpoint of `provider` for the connection of that name; returns the ids
/// of its events, which are durable then.
pub async fn receive(
    ports: &Receiving,
    provider: &Arc<Provider>,
    name: &ConnectionName,
    delivery: &Delivery,
) -> Result<Vec<EventId>, Refusal> {
    let open = open(ports, provider, name).await?;
    receive_at(ports, open, delivery).await
}

/// The same at an endpoint that was found before the body had come.
pub async fn receive_at(
    ports: &Receiving,
    mut opened: OpenEndpoint,
    delivery: &Delivery,
) -> Result<Vec<EventId>, Refusal> {
    let now = ports.clock.now();
    // A body takes its time: what was applied meanwhile listens to this event.
    let current = ports.deployed.current().await.map_err(not_stored)?;
    if current.revision != opened.current.revision {
        opened = open(ports, &opened.provider, &opened.name).await?;
    }
    let OpenEndpoint { provider, endpoint, name, connection, current } = &opened;
    let is_large = delivery.body.len() > LARGE_BYTES;
    let _alone = if is_large { Some(ports.one_large.lock().await) } else { None };
    let bytes_max = ports.body_bytes_max;
    let read = |connection: &Connection| {
        let reading =
            deliveries::verify_and_read(&**endpoint, connection, delivery, now, bytes_max);
        scrubbed_reading(reading, connection)
    };
    let mut reading = read(connection);
    if reading == Err(Refusal::SignatureInvalid) && ports.may_refresh(name, now) {
        let stored = endpoint_in(current, provider, name).ok_or(Refusal::NotFound)?;
        let connection = ports.connection(name, stored, provider, true).await?;
        reading = read(&connection);
    }
    let accepted = Accepted { at: now, revision: Some(current.revision) };
    let events = match reading {
        Ok(reading) => {
            if reading.happenings.is_empty() {
                let topic = shown_topic(&reading.topic).0;
                tracing::info!(connection.id = %name, topic,
                    "a delivery was taken whose topic means nothing here");
            }
            events_of(reading, provider, name, &delivery.body, accepted)
        }
        // Its sender can do nothing about it, and gives up on endpoints that refuse.
        Err(Refusal::PayloadInvalid(reason)) => {
            tracing::warn!(connection.id = %name, reason,
                "a delivery was taken that cannot be read; it is kept as an event");
            vec![unread(&opened, delivery, reason, accepted)]
        }
        Err(refusal) => return Err(refusal),
    };
    if !events.is_empty() {
        ports.bus.publish(&events).await.map_err(|unavailable| {
            tracing::error!(connection.id = %name, error = %unavailable.logged(), "an event could not be stored");
            Refusal::NotStored
        })?;
    }
    Ok(events.into_iter().map(|event| event.id).collect())
}

/// The answer to a request by which a service tries the address of an endpoint that is there and ready.
/// Nothing comes of it.
pub async fn answer_handshake(
    ports: &Receiving,
    provider: &Arc<Provider>,
    name: &ConnectionName,
    delivery: &Delivery,
) -> Option<Answer> {
    let answer = provider.trigger.as_ref()?.handshake(delivery)?;
    let current = ports.deployed.current().await.ok()?;
    let stored = endpoint_in(&current, provider, name)?;
    let connection = ports.connection(name, stored, provider, false).await.ok()?;
    let endpoint = provider.trigger.as_deref()?;
    deliveries::not_ready(endpoint, &connection).is_none().then_some(answer)
}

/// The providers of the project's own, as far as they can be read.
pub async fn own_providers(ports: &Receiving) -> Vec<Arc<Provider>> {
    let Ok(current) = ports.deployed.current().await else { return Vec::new() };
    let own = ports.deployed.own_providers(&current).await;
    own.map_or_else(|_| Vec::new(), |own| own.providers().cloned().collect())
}

/// The provider of the project's own that has that id, in whichever letters.
pub async fn own_provider(ports: &Receiving, id: &str) -> Option<Arc<Provider>> {
    let current = ports.deployed.current().await.ok()?;
    if let Some(provider) = ports.own_in(&current, id).await {
        return Some(provider);
    }
    // As for an endpoint that was just applied.
    let since = before(ports.clock.now(), READ_AGAIN_AFTER);
    let current = ports.deployed.current_since(since).await.ok()?;
    ports.own_in(&current, id).await
}

fn endpoint_in<'a>(
    current: &'a Current,
    provider: &Provider,
    name: &ConnectionName,
) -> Option<&'a StoredConnection> {
    stored(current, name).ok().filter(|stored| stored.provider.as_str() == provider.id)
}

impl Receiving {
    async fn own_in(&self, current: &Current, id: &str) -> Option<Arc<Provider>> {
        let own = self.deployed.own_providers(current).await;
        let own = own.inspect_err(|unavailable| {
            tracing::error!(error = %unavailable.logged(), "the project's own providers cannot be read");
        });
        own.ok()?.provider(id).cloned()
    }

    /// The provider as what holds now describes it: the file of one of the project's own may have been repaired.
    async fn as_it_is(
        &self,
        provider: &Arc<Provider>,
        current: &Current,
    ) -> Result<Arc<Provider>, Refusal> {
        if !provider.is_own {
            return Ok(provider.clone());
        }
        let own = self.deployed.own_providers(current).await.map_err(not_stored)?;
        own.provider(&provider.id).cloned().ok_or(Refusal::NotFound)
    }

    /// Whether the project has that connection at that provider, as far as is known.
    pub async fn knows(&self, provider: &Provider, name: &ConnectionName) -> bool {
        let current = self.deployed.current().await;
        current.is_ok_and(|current| endpoint_in(&current, provider, name).is_some())
    }

    async fn connection(
        &self,
        name: &ConnectionName,
        stored: &StoredConnection,
        provider: &Arc<Provider>,
        fresh: bool,
    ) -> Result<Connection, Refusal> {
        let connection = connect_to_receive(name, stored, provider, &*self.secrets, fresh).await;
        let connection = connection.map_err(|unusable| match unusable {
            Unusable::Unavailable(unavailable) => not_stored(unavailable),
            Unusable::NoSuchSecret(_) | Unusable::NoSuchConnection(_) => {
                Refusal::NotReady(unusable.to_string())
            }
        })?;
        self.say_unset(name, connection.unset());
        Ok(connection)
    }

    /// Which secrets of the connection were passed over at its last delivery.
    pub fn unset_of(&self, name: &ConnectionName) -> Vec<String> {
        let unset = self.unset.lock().unwrap_or_else(PoisonError::into_inner);
        let of_it = unset.iter().filter(|(connection, _)| connection == name);
        of_it.map(|(_, secret)| secret.clone()).collect()
    }

    /// Logs what is new of it: this is asked for every delivery.
    fn say_unset(&self, name: &ConnectionName, secrets: &[String]) {
        let mut unset = self.unset.lock().unwrap_or_else(PoisonError::into_inner);
        unset.retain(|(connection, secret)| connection != name || secrets.contains(secret));
        for secret in secrets {
            if unset.insert((name.clone(), secret.clone())) {
                tracing::warn!(connection.id = %name, "{}", unset_secret(secret));
            }
        }
    }

    fn may_refresh(&self, name: &ConnectionName, now: Timestamp) -> bool {
        let mut refreshed = self.refreshed.lock().unwrap_or_else(PoisonError::into_inner);
        // A time ahead of the clock was noted before the clock stepped back.
        let is_recent = |at: &Timestamp| *at <= now && until(*at, now) < FRESH_SECRETS_EVERY;
        let recent = refreshed.get(name).is_some_and(is_recent);
        if !recent {
            refreshed.insert(name.clone(), now);
        }
        !recent
    }
}

/// The events that a delivery was read as.
pub(crate) fn events_of(
    reading: Reading,
    provider: &Provider,
    name: &ConnectionName,
    body: &[u8],
    accepted: Accepted,
) -> Vec<Event> {
    let Reading { topic, delivery_id, test, happenings, mut notes, unpacked } = reading;
    let (shown, is_whole) = shown_topic(&topic);
    if !is_whole {
        notes.push(format!(
            "the topic is kept up to {TOPIC_CHARS_MAX} characters that can be seen; the body has all of it"
        ));
    }
    let body = unpacked.as_deref().unwrap_or(body);
    // Nobody needs the text of a body that became no event.
    let mut raw = if happenings.is_empty() { None } else { Some(STANDARD.encode(body)) };
    // Of many items it would be kept many times.
    let is_kept_once = happenings.len() * body.len() > RAW_BYTES_MAX && happenings.len() > 1;
    if is_kept_once {
        notes.push("the body is kept with the first of the delivery's events alone".to_owned());
    }
    let delivery = delivery_id.as_ref().map_or(body, |id| id.as_bytes());
    let event = |happening: Happening| Event {
        v: EVENT_VERSION_PLAIN,
        id: match &happening.known_by {
            KnownBy::Delivery => event_id(name, [&topic, happening.event], delivery),
            KnownBy::Item(item) => event_id(name, [&topic, happening.event], item.as_bytes()),
            KnownBy::Once(of) => event_id(name, ["", happening.event, "once"], of.as_bytes()),
        },
        name: happening.event.to_owned(),
        connection: Some(name.clone()),
        provider: Some(provider.id.as_str().into()),
        topic: Some(shown.clone()),
        accepted_at: accepted.at,
        revision: accepted.revision,
        test: happening.test.unwrap_or(test),
        data: happening.data,
        raw: if is_kept_once { raw.take() } else { raw.clone() },
        run: None,
        emitted: None,
        notes: notes.clone(),
    };
    happenings.into_iter().map(event).collect()
}

/// The event that keeps a delivery which cannot be read.
fn unread(opened: &OpenEndpoint, delivery: &Delivery, reason: String, accepted: Accepted) -> Event {
    let OpenEndpoint { provider, endpoint, name, connection, .. } = opened;
    let topic = endpoint.topic(connection.given(), delivery);
    let unmapped = Unmapped {
        reason,
        method: delivery.method.to_string(),
        headers: kept_headers(&**endpoint, delivery),
        query: endpoint.kept_query(delivery),
        read_as: None,
    };
    // What a file says may make two events of one body that came with other headers.
    let mut known_by = delivery.body.to_vec();
    if endpoint.described().is_some() {
        known_by.extend(json!([unmapped.headers, unmapped.query]).to_string().bytes());
    }
    Event {
        v: EVENT_VERSION_PLAIN,
        id: event_id(name, [topic.as_deref().unwrap_or_default(), UNMAPPED], &known_by),
        name: UNMAPPED.to_owned(),
        connection: Some(name.clone()),
        provider: Some(provider.id.as_str().into()),
        topic: topic.map(|topic| shown_topic(&topic).0),
        accepted_at: accepted.at,
        notes: Vec::new(),
        revision: accepted.revision,
        test: false,
        data: unmapped.to_data(),
        raw: Some(STANDARD.encode(&delivery.body)),
        run: None,
        emitted: None,
    }
}

/// The topic as it stands in lists, and whether that is all of it. Which event it is follows from all of it.
fn shown_topic(topic: &str) -> (String, bool) {
    let visible = |one: char| if is_hidden(one) { char::REPLACEMENT_CHARACTER } else { one };
    let shown: String = topic.chars().take(TOPIC_CHARS_MAX).map(visible).collect();
    let is_whole = shown == topic;
    (shown, is_whole)
}

/// `words` are topic and event; `delivery` is the provider's id of the delivery where it gives one, else the body.
fn event_id<const N: usize>(name: &ConnectionName, words: [&str; N], delivery: &[u8]) -> EventId {
    use ring::digest::{Context, SHA256};
    let mut digest = Context::new(&SHA256);
    let words = words.iter().map(|word| word.as_bytes());
    for part in [name.as_str().as_bytes()].into_iter().chain(words).chain([delivery]) {
        digest.update(&(part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    let digest = digest.finish();
    EventId(format!("evt_{}", hex(&digest.as_ref()[..12])))
}

/// The sender is told to come again; why is for the log alone.
fn not_stored(unavailable: Unavailable) -> Refusal {
    tracing::error!(error = %unavailable.logged(), "a delivery could not be taken");
    Refusal::NotStored
}
