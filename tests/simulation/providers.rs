//! The catalog of a world: one event source, and one provider for each class of effect.

use super::calls::{ask, perform};
use super::fresh::order_get;
use super::ledger::KEY_WINDOW;
use super::site::Site;
use super::world::CANARY_SECRET;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tradewind_connectors::action::{Action, Implementation};
use tradewind_connectors::catalog::Catalog;
use tradewind_connectors::deliveries::{
    Delivery, Happening, Reading, Refusal, Topic, TriggerEndpoint,
};
use tradewind_connectors::events::{EventKind, OWN_EVENTS, all};
use tradewind_connectors::provider::{BuiltIn, Provider};
use tradewind_connectors::settings::GivenSettings;
use tradewind_engine::effects::{EffectClass, OnUnknown};
use tradewind_engine::schedules::SCHEDULE_FIRED;
use tradewind_engine::time::Timestamp;

/// Within so long the asked provider's search shows every effect.
pub(crate) const SEARCH_LAG: Duration = Duration::from_secs(60);
/// The events that the shop sends.
pub(crate) const EVENTS: [&str; 2] = ["thing.made", "thing.sold"];
/// The actions; what becomes of an unknown outcome differs.
pub(crate) const ACTIONS: [(&str, OnUnknown); 3] = [
    ("thing.tell", OnUnknown::Hold),
    ("thing.note", OnUnknown::Retry),
    ("thing.pay", OnUnknown::Hold),
];

pub(crate) static SHOP: BuiltIn =
    BuiltIn::new(|| Arc::new(Provider { trigger: Some(Arc::new(ENDPOINT)), ..provider("shop") }));
pub(crate) static KEYED: BuiltIn = BuiltIn::new(|| Arc::new(provider("keyed")));
pub(crate) static NATURAL: BuiltIn =
    BuiltIn::new(|| Arc::new(Provider { concurrency: Some(2), ..provider("natural") }));
pub(crate) static ASKED: BuiltIn = BuiltIn::new(|| Arc::new(provider("asked")));
pub(crate) static SEARCHED: BuiltIn = BuiltIn::new(|| Arc::new(provider("searched")));
pub(crate) static NEITHER: BuiltIn = BuiltIn::new(|| Arc::new(provider("neither")));
/// Those that carry something out; of the kind that can be asked there are two.
pub(crate) const SERVING: [&str; 5] = ["keyed", "natural", "neither", "asked", "searched"];
/// Those that cannot be asked.
pub(crate) const SERVING_UNASKED: [&str; 3] = ["keyed", "natural", "neither"];

fn provider(id: &str) -> Provider {
    Provider {
        settings: Arc::new(settings),
        secrets: vec!["token".to_owned()],
        ..Provider::plain(id, id, "")
    }
}

fn settings() -> Value {
    json!({ "type": "object", "properties": { "token": { "type": "string" } } })
}

static ENDPOINT: TriggerEndpoint = TriggerEndpoint {
    topics: &[
        Topic { name: "made", event: EVENTS[0], include: &[] },
        Topic { name: "sold", event: EVENTS[1], include: &[] },
    ],
    verify,
    headers: &[],
    topic: |_| None,
    read,
    ..TriggerEndpoint::PLAIN
};

fn verify(_: &GivenSettings, delivery: &Delivery, _: Timestamp) -> Result<(), Refusal> {
    match delivery.header("x-token") {
        Some(CANARY_SECRET) => Ok(()),
        _ => Err(Refusal::SignatureInvalid),
    }
}

fn read(delivery: &Delivery) -> Result<Reading, Refusal> {
    let body: Value = serde_json::from_slice(&delivery.body).map_err(|_| Refusal::NotStored)?;
    let event = EVENTS[usize::from(body["topic"] == "sold")];
    let data = json!({ "thing": body["thing"], "order": { "id": body["thing"]["id"] } });
    Ok(Reading {
        topic: body["topic"].as_str().unwrap_or_default().to_owned(),
        delivery_id: body["delivery"].as_str().map(str::to_owned),
        happenings: vec![Happening::new(event, &data)],
        ..Reading::default()
    })
}

/// What a step asks for.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Request {
    /// Which workflow, edit and step made it.
    pub(crate) marker: String,
    pub(crate) email: String,
    #[serde(default)]
    pub(crate) before: Option<u64>,
}

/// What a step gives: the effect, and the call that told of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Answer {
    pub(crate) effect: u64,
    #[serde(default)]
    pub(crate) call: Option<u64>,
}

/// Everything there is, as one process calls it.
pub(crate) fn catalog(site: &Arc<Site>) -> Catalog {
    Catalog {
        actions: actions(site),
        events: EVENTS
            .map(event)
            .into_iter()
            .chain(["run.succeeded", "run.failed"].map(of_run))
            .chain(
                all().into_iter().filter(|kind| [SCHEDULE_FIRED, OWN_EVENTS].contains(&kind.name)),
            )
            .map(Arc::new)
            .collect(),
        providers: [&SHOP, &KEYED, &NATURAL, &ASKED, &SEARCHED, &NEITHER]
            .map(|provider| Arc::clone(provider))
            .to_vec(),
    }
}

pub(crate) fn actions(site: &Arc<Site>) -> Vec<Action> {
    let action = |(id, on_unknown): (&str, OnUnknown)| {
        let input = json!({ "type": "object", "properties": {
            "marker": { "type": "string" },
            "email": { "type": "string" },
            "before": { "type": "integer" },
        }, "required": ["marker", "email"] });
        let output = json!({ "type": "object", "properties": {
            "effect": { "type": "integer" },
            "call": { "type": "integer" },
        }, "required": ["effect"] });
        Action::of_schemas(id, "", input, output, on_unknown)
            .by(implementation(site, &KEYED, EffectClass::Keyed).key_window(KEY_WINDOW))
            .by(implementation(site, &NATURAL, EffectClass::Natural))
            .by(implementation(site, &SHOP, EffectClass::Natural))
            .by(asked(site, &ASKED))
            .by(asked(site, &SEARCHED))
            .by(implementation(site, &NEITHER, EffectClass::Neither))
    };
    ACTIONS.map(action).into_iter().chain([order_get(site)]).collect()
}

fn implementation(
    site: &Arc<Site>,
    provider: &Arc<Provider>,
    class: EffectClass,
) -> Implementation {
    let site = site.clone();
    Implementation::new(provider, class, move |cx, request: Request| {
        let site = site.clone();
        let provider = &cx.connection.provider.id;
        Box::pin(async move { perform(&site, provider, class, cx, request).await })
    })
}

fn asked(site: &Arc<Site>, provider: &Arc<Provider>) -> Implementation {
    let asking = site.clone();
    implementation(site, provider, EffectClass::Queryable).ask(SEARCH_LAG, move |cx, _: Request| {
        let site = asking.clone();
        Box::pin(async move { ask(&site, &cx.connection.provider.id, cx).await })
    })
}

fn event(name: &'static str) -> EventKind {
    let schema = || {
        let thing = json!({
            "type": "object",
            "properties": {
                "id": { "type": "string" },
                "email": { "type": "string" },
                "vip": { "type": "boolean" },
            },
            "required": ["id", "email", "vip"],
        });
        let id = json!({ "type": "object", "properties": { "id": { "type": "string" } } });
        json!({
            "type": "object",
            "properties": { "thing": thing, "order": id, "event": id },
            "required": ["thing", "order", "event"],
        })
    };
    EventKind { name, summary: "", schema: LazyLock::new(schema) }
}

fn of_run(name: &'static str) -> EventKind {
    let schema = || json!({ "type": "object", "properties": { "run": { "type": "object" } } });
    EventKind { name, summary: "", schema: LazyLock::new(schema) }
}
