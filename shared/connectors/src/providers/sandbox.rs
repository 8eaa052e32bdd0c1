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
use std::sync::Arc;
use std::time::Duration;
use tradewind_engine::digests::hex;
use tradewind_engine::effects::{ActionError, EffectClass};
use tradewind_engine::ids::ActionId;
use tradewind_engine::outbox::OutboxEntry;

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

// The answer is the one that was given first under this key.
async fn answer_sample<C: Contract>(
    cx: &Cx<'_>,
    input: C::Input,
) -> Result<C::Output, ActionError> {
    let input = C::checked(input)?;
    let earlier = earlier::<C>(cx).await?;
    let digest = digest(&SHA256, cx.idempotency_key.as_bytes());
    let new_id = format!("sandbox-{}", hex(&digest.as_ref()[..8]));
    let now = cx.clock.now();
    let output = C::sample(&input, &Tried { new_id: &new_id, now, earlier: &earlier });
    let entry = OutboxEntry {
        key: cx.idempotency_key.to_owned(),
        run: cx.run.clone(),
        step: cx.step.clone(),
        connection: cx.connection.name.clone(),
        action: ActionId::from(C::ID),
        input: serde_json::to_value(input).map_err(unfit)?,
        output: serde_json::to_value(output).map_err(unfit)?,
        at: now,
    };
    let stored = cx.outbox.store_entry(entry).await.map_err(|unavailable| put_off(&unavailable))?;
    serde_json::from_value(stored.output).map_err(unfit)
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
