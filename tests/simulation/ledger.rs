//! The other side: what providers were asked, what really happened there, and what they remember.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;
use tradewind_engine::effects::EffectClass;
use tradewind_engine::ids::{RunId, StepPath};
use tradewind_engine::time::{Timestamp, after};

/// How long the keyed provider remembers a key: shorter than steps are tried.
pub(crate) const KEY_WINDOW: Duration = Duration::from_secs(2 * 3_600);

/// A request as it left a worker.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) number: u64,
    pub(crate) at: Timestamp,
    /// The process that made it, and the fence it held.
    pub(crate) site: String,
    pub(crate) fence: u32,
    pub(crate) run: RunId,
    pub(crate) path: StepPath,
    pub(crate) key: String,
    pub(crate) provider: String,
    pub(crate) class: EffectClass,
    /// Which workflow, edit and step made the text.
    pub(crate) marker: String,
}

/// Something that really happened.
#[derive(Clone, Debug)]
pub(crate) struct Effect {
    pub(crate) number: u64,
    pub(crate) at: Timestamp,
    pub(crate) key: String,
    pub(crate) provider: String,
    pub(crate) call: u64,
}

#[derive(Default)]
pub(crate) struct Ledger {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    calls: Vec<Call>,
    effects: Vec<Effect>,
    // By provider and key: when it was first seen, and the effect.
    remembered: BTreeMap<(String, String), (Timestamp, u64)>,
}

impl Ledger {
    /// Notes a request; returns its number.
    pub(crate) fn called(&self, mut call: Call) -> Call {
        let mut state = self.state();
        call.number = state.calls.len() as u64;
        state.calls.push(call.clone());
        call
    }

    /// The request has arrived and is carried out; returns the effect that it led to, now or before.
    pub(crate) fn carry_out(&self, call: &Call, now: Timestamp, window: Duration) -> u64 {
        let mut state = self.state();
        let slot = (call.provider.clone(), call.key.clone());
        if let Some((first_at, effect)) = state.remembered.get(&slot) {
            let recognised = match call.class {
                EffectClass::Keyed => now < after(*first_at, window),
                EffectClass::Natural => true,
                EffectClass::Queryable | EffectClass::Neither => false,
            };
            if recognised {
                return *effect;
            }
        }
        let number = state.effects.len() as u64;
        let (key, provider) = (call.key.clone(), call.provider.clone());
        state.effects.push(Effect { number, at: now, key, provider, call: call.number });
        state.remembered.insert(slot, (now, number));
        number
    }

    /// The effect of the key that a search shows which runs `lag` behind.
    pub(crate) fn search(
        &self,
        provider: &str,
        key: &str,
        lag: Duration,
        now: Timestamp,
    ) -> Option<u64> {
        let state = self.state();
        let mut effects = state.effects.iter();
        let shown = |effect: &&Effect| {
            effect.provider == provider && effect.key == key && after(effect.at, lag) <= now
        };
        effects.find(shown).map(|effect| effect.number)
    }

    /// What really happened under a key.
    pub(crate) fn effects_of(&self, key: &str) -> Vec<Effect> {
        self.state().effects.iter().filter(|effect| effect.key == key).cloned().collect()
    }

    /// Whether a step has called anybody.
    pub(crate) fn has_called(&self, run: &RunId, path: &StepPath) -> bool {
        self.state().calls.iter().any(|call| call.run == *run && call.path == *path)
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.state().calls.clone()
    }

    pub(crate) fn call(&self, number: u64) -> Option<Call> {
        self.state().calls.get(usize::try_from(number).ok()?).cloned()
    }

    pub(crate) fn effects(&self) -> Vec<Effect> {
        self.state().effects.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}
