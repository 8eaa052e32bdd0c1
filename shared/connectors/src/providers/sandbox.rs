//! Stands in for any contract: does nothing outside, and keeps what it was asked in the outbox.
//!
//! Invariant: the same idempotency key is kept once, whatever it is asked with. What a real provider
//! would refuse is refused here too.
//!
//! Page: <https://www.rfc-editor.org/rfc/rfc2606>, the names that belong to nobody.

use crate::action::{Cx, Fulfilment, Implementation, put_off};
use crate::contract::{Contract, Tried};
use crate::provider::{BuiltIn, Provider};
use ring::digest::{SHA256, digest};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tradewind_engine::digests::hex;
use tradewind_engine::effects::{ActionError, EffectClass};
use tradewind_engine::ids::ActionId;
use tradewind_engine::outbox::OutboxEntry;
use tradewind_engine::schemas::misfit;

/// The sandbox.
pub static PROVIDER: BuiltIn = BuiltIn::new(|| {
    let provider = Provider::plain("sandbox", "Sandbox", "https://www.rfc-editor.org/rfc/rfc2606");
    Arc::new(Provider {
        settings: Arc::new(|| schemars::schema_for!(Settings).to_value()),
        ..provider
    })
});

/// Nothing by name: the catalog gives it every contract.
pub const ACTIONS: &[Fulfilment] = &[];

/// As long as the outbox is kept.
const KEY_WINDOW: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// Nothing has to be set.
#[derive(Deserialize, JsonSchema)]
struct Settings {}

/// Answers that contract's sample.
pub(crate) fn implementation<C: Contract>() -> Implementation {
    Implementation::new(&PROVIDER, EffectClass::Keyed, |cx, input| {
        Box::pin(answer_sample::<C>(cx, input))
    })
    .key_window(KEY_WINDOW)
}

/// Answers what an output of that schema might be.
pub(crate) fn stand_in(action: &ActionId, output: &Value) -> Implementation {
    let (action, output) = (action.clone(), output.clone());
    Implementation::new(&PROVIDER, EffectClass::Keyed, move |cx: &Cx<'_>, input: Value| {
        let (action, sample) = (action.clone(), made_up(&output, &input, cx));
        Box::pin(async move { keep(cx, action, input, sample).await })
    })
    .key_window(KEY_WINDOW)
}

async fn answer_sample<C: Contract>(
    cx: &Cx<'_>,
    input: C::Input,
) -> Result<C::Output, ActionError> {
    let input = C::checked(input)?;
    let earlier = earlier::<C>(cx).await?;
    let (new_id, now) = (new_id(cx), cx.clock.now());
    let output = C::sample(&input, &Tried { new_id: &new_id, now, earlier: &earlier });
    let (input, output) = (serde_json::to_value(input), serde_json::to_value(output));
    let (input, output) = (input.map_err(unfit)?, output.map_err(unfit)?);
    let output = keep(cx, ActionId::from(C::ID), input, output).await?;
    serde_json::from_value(output).map_err(unfit)
}

/// Puts it into the outbox. The answer is the one that was given first under this key.
async fn keep(
    cx: &Cx<'_>,
    action: ActionId,
    input: Value,
    output: Value,
) -> Result<Value, ActionError> {
    let entry = OutboxEntry {
        key: cx.idempotency_key.to_owned(),
        run: cx.run.clone(),
        step: cx.step.clone(),
        connection: cx.connection.name.clone(),
        action,
        input,
        output,
        at: cx.clock.now(),
    };
    let stored = cx.outbox.store_entry(entry).await.map_err(|unavailable| put_off(&unavailable))?;
    Ok(stored.output)
}

/// The same for the same step.
fn new_id(cx: &Cx<'_>) -> String {
    let digest = digest(&SHA256, cx.idempotency_key.as_bytes());
    format!("sandbox-{}", hex(&digest.as_ref()[..8]))
}

/// A map with every field of the schema: what the step gave under the same name, where it fits, or a value of its type.
fn made_up(output: &Value, input: &Value, cx: &Cx<'_>) -> Value {
    let fields = output["properties"].as_object().into_iter().flatten();
    let field = |(name, schema): (&String, &Value)| {
        let given = input.get(name).filter(|given| misfit(given, name, schema).is_none());
        (name.clone(), given.cloned().unwrap_or_else(|| made_up_field(schema, cx)))
    };
    fields.map(field).collect()
}

fn made_up_field(schema: &Value, cx: &Cx<'_>) -> Value {
    let first = &schema["anyOf"][0];
    let word = if schema["type"].is_array() { &schema["type"][0] } else { &schema["type"] };
    match (word.as_str(), schema["format"].as_str()) {
        (None, _) if first.is_object() => made_up_field(first, cx),
        (Some("string"), Some("date-time")) => cx.clock.now().to_string().into(),
        (Some("string"), Some("email")) => format!("{}@example.com", new_id(cx)).into(),
        (Some("string"), _) => match schema["enum"].get(0) {
            Some(word) => word.clone(),
            None => new_id(cx).into(),
        },
        (Some("integer" | "number"), _) => 1.into(),
        (Some("boolean"), _) => true.into(),
        (Some("array"), _) => Value::Array(Vec::new()),
        // Money is the only map with fields.
        (Some("object"), _) if schema["properties"].is_object() => {
            json!({ "amount": 100, "currency": "EUR" })
        }
        (Some("object"), _) => json!({}),
        _ => Value::Null,
    }
}

/// What this connection was asked before, as far as the contract's sample depends on it.
async fn earlier<C: Contract>(cx: &Cx<'_>) -> Result<Vec<(C::Input, C::Output)>, ActionError> {
    if C::SAMPLES_SEARCHED_MAX == 0 {
        return Ok(Vec::new());
    }
    let entries = cx
        .outbox
        .list(None, C::SAMPLES_SEARCHED_MAX)
        .await
        .map_err(|unavailable| put_off(&unavailable))?;
    let is_same = |entry: &OutboxEntry| {
        entry.connection == cx.connection.name && entry.action.as_str() == C::ID
    };
    // An entry of an earlier form of the contract is none that the sample could go by.
    let typed = |entry: OutboxEntry| {
        let input = serde_json::from_value(entry.input).ok()?;
        Some((input, serde_json::from_value(entry.output).ok()?))
    };
    Ok(entries.into_iter().filter(is_same).filter_map(typed).collect())
}

fn unfit(error: serde_json::Error) -> ActionError {
    ActionError::refused(format!("outbox_unfit: {error}"))
}
