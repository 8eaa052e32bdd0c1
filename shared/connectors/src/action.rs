//! An action: a contract, and the providers that fulfil it.
//!
//! Invariant: inside, input and output are typed; outside they are JSON with the schema of the types.

use crate::connection::Connection;
use crate::contract::Contract;
use crate::described::{Described, NotDescribed, Taken};
use crate::provider::Provider;
use crate::settings::GivenSettings;
use futures::future::BoxFuture;
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tradewind_engine::descriptions::{Description, not_carried};
use tradewind_engine::effects::{ActionError, Asked, EffectClass, EffectIdentity, OnUnknown};
use tradewind_engine::ids::{ActionId, RunId, StepPath};
use tradewind_engine::ports::{Clock, Files, Http, Ids, Outbox, Tokens, Unavailable};
use tradewind_engine::schemas::misfit;

/// What an implementation works with during one attempt.
pub struct Cx<'a> {
    /// The account to act on.
    pub connection: &'a Connection,
    /// The run that asks.
    pub run: &'a RunId,
    /// The step that asks.
    pub step: &'a StepPath,
    /// The same in every attempt and replay of this step.
    pub idempotency_key: &'a str,
    /// The longest that the whole attempt may take.
    pub timeout: Duration,
    /// Calls to other services.
    pub http: &'a dyn Http,
    /// Shared OAuth tokens.
    pub tokens: &'a dyn Tokens,
    /// What sandbox connections keep.
    pub outbox: &'a dyn Outbox,
    /// Files of the project folder.
    pub files: &'a dyn Files,
    /// Time.
    pub clock: &'a dyn Clock,
    /// Chance.
    pub ids: &'a dyn Ids,
}

/// A service of our own did not answer before the call was made: the step waits for it. What the step says
/// names no causes, so they are logged here.
pub fn put_off(unavailable: &Unavailable) -> ActionError {
    tracing::warn!(error = %unavailable.logged(), "a call is put off");
    ActionError::not_now(unavailable.to_string(), None)
}

/// A contract in use, with everybody who can fulfil it.
#[derive(Clone)]
pub struct Action {
    /// `object.verb`, such as `email.send`.
    pub id: ActionId,
    /// One line for the catalog.
    pub summary: String,
    /// JSON Schema of `with`.
    pub input: Value,
    /// JSON Schema of `steps.<id>`.
    pub output: Value,
    /// Input fields that hold HTML: values that are mixed into them are escaped.
    pub html_fields: &'static [&'static str],
    /// What becomes of an unknown outcome where the step does not say.
    pub on_unknown: OnUnknown,
    checked: Checked,
    output_type: OutputType,
    offers: Vec<Arc<Offer>>,
}

/// Somebody who can do it, and how: made when it is asked for first, because a function that serves many
/// providers needs those alone that its connections are at.
struct Offer {
    provider: String,
    made: LazyLock<Implementation, Box<dyn FnOnce() -> Implementation + Send>>,
}

/// Gives a value as what the action gives, or says why it is not.
pub type OutputType = Arc<dyn Fn(Value) -> Result<Value, String> + Send + Sync>;

/// The input as every provider may act on it, or why no provider would.
type Checked = Arc<dyn Fn(Value) -> Result<Value, ActionError> + Send + Sync>;

/// The id of an action, and how a provider that is written in Rust fulfils it.
pub type Fulfilment = (&'static str, fn() -> Implementation);

type Perform = Arc<
    dyn for<'a> Fn(&'a Cx<'a>, Value) -> BoxFuture<'a, Result<Value, ActionError>> + Send + Sync,
>;
type Ask = Arc<
    dyn for<'a> Fn(&'a Cx<'a>, Value) -> BoxFuture<'a, Result<Asked, ActionError>> + Send + Sync,
>;

/// What is known of a step before it is done.
pub struct Planned<'a> {
    /// What stands in a field of its `with`; nothing where an expression does.
    pub with: &'a dyn Fn(&str) -> Option<Value>,
    /// The settings of its connection; what stands in the place of a secret is no text.
    pub settings: &'a GivenSettings,
}

/// What a second call of a step would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effect {
    /// The class.
    pub class: EffectClass,
    /// For [`EffectClass::Keyed`]: how long the provider remembers a key.
    pub key_window: Option<Duration>,
}

/// How one provider fulfils one contract.
#[derive(Clone)]
pub struct Implementation {
    /// Who does it.
    pub provider: Arc<Provider>,
    /// What a second call would do. Where that depends on the step, the weakest that it may be: ask the one that is
    /// [planned](Implementation::planned).
    pub class: EffectClass,
    /// For [`EffectClass::Keyed`]: how long the provider remembers a key.
    pub key_window: Option<Duration>,
    effect_of: Option<fn(&Planned<'_>) -> Effect>,
    /// How long after a lost answer the provider's own search shows what happened.
    pub search_lag: Duration,
    /// How many calls an attempt makes at most, besides those for a token.
    pub calls: NonZeroU32,
    /// What its file says, where it is done by one.
    description: Option<Arc<Description>>,
    identity: Option<EffectIdentity>,
    checked: Checked,
    perform: Perform,
    ask: Option<Ask>,
}

impl Action {
    /// That contract, fulfilled by nobody yet.
    pub fn of<C: Contract>() -> Self {
        let action = Self::new::<C::Input, C::Output>(C::ID, C::SUMMARY, C::ON_UNKNOWN);
        let checked = |input| {
            let input = C::checked(typed(input)?)?;
            serde_json::to_value(input)
                .map_err(|error| ActionError::refused(format!("input_invalid: {error}")))
        };
        let output = |output| {
            let output: C::Output = serde_json::from_value(output).map_err(|e| e.to_string())?;
            serde_json::to_value(output).map_err(|error| error.to_string())
        };
        Self {
            html_fields: C::HTML_FIELDS,
            checked: Arc::new(checked),
            output_type: Arc::new(output),
            ..action
        }
    }

    /// A contract that takes an `Input`, gives an `Output` and is fulfilled by nobody yet.
    pub fn new<Input: JsonSchema, Output: JsonSchema>(
        id: &str,
        summary: &str,
        on_unknown: OnUnknown,
    ) -> Self {
        let input = schemars::schema_for!(Input).to_value();
        Self::of_schemas(id, summary, input, schemars::schema_for!(Output).to_value(), on_unknown)
    }

    /// A contract with these JSON Schemas of its input and of its output, fulfilled by nobody yet.
    pub fn of_schemas(
        id: &str,
        summary: &str,
        input: Value,
        output: Value,
        on_unknown: OnUnknown,
    ) -> Self {
        Self {
            id: id.into(),
            summary: summary.to_owned(),
            input,
            output,
            html_fields: &[],
            on_unknown,
            checked: Arc::new(Ok),
            output_type: Arc::new(Ok),
            offers: Vec::new(),
        }
    }

    /// The same, where nothing is known of its types but the schemas: what does not fit them is taken by nobody, and
    /// given by nobody.
    #[must_use]
    pub fn held_to_schemas(self) -> Self {
        let (input, output) = (self.input.clone(), self.output.clone());
        let checked = move |value: Value| match misfit(&value, "with", &input) {
            Some(wrong) => Err(ActionError::bad_data("input_invalid", &wrong)),
            // A field that is null was left out, as it is where there are types.
            None => Ok(without_nulls(value)),
        };
        let output_type = move |value: Value| match misfit(&value, "output", &output) {
            Some(wrong) => Err(wrong),
            None => Ok(value),
        };
        Self { checked: Arc::new(checked), output_type: Arc::new(output_type), ..self }
    }

    /// Adds somebody who can do it.
    #[must_use]
    pub fn by(self, implementation: Implementation) -> Self {
        let provider = implementation.provider.id.clone();
        self.by_whom(&provider, || implementation)
    }

    /// Adds the provider of that id, who can do it as `made` says when it is asked for first.
    #[must_use]
    pub fn by_whom(
        mut self,
        provider: &str,
        made: impl FnOnce() -> Implementation + Send + 'static,
    ) -> Self {
        let checked = self.checked.clone();
        let made = LazyLock::new(Box::new(|| Implementation { checked, ..made() }) as Box<_>);
        self.offers.push(Arc::new(Offer { provider: provider.to_owned(), made }));
        self
    }

    /// Who can do it.
    pub fn providers(&self) -> impl Iterator<Item = &str> {
        self.offers.iter().map(|offer| offer.provider.as_str())
    }

    /// How each of them does it.
    pub fn implementations(&self) -> impl Iterator<Item = &Implementation> {
        self.offers.iter().map(|offer| &*offer.made)
    }

    /// The names of all fields that its output may have, at whichever depth.
    pub fn output_fields(&self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        put_fields(&self.output, &mut names);
        names
    }

    /// What it gives.
    pub fn output_type(&self) -> OutputType {
        self.output_type.clone()
    }

    /// How the provider of a file that is not in the catalog does it, if the file says so.
    pub fn described(&self, by: &Described) -> Option<Implementation> {
        self.described_marking(by, None).ok()
    }

    /// The same, or why not; what it takes of the file's ways and rules is kept in `taken`.
    pub(crate) fn described_marking(
        &self,
        by: &Described,
        taken: Option<Arc<Taken>>,
    ) -> Result<Implementation, NotDescribed> {
        let (provider, description) = (by.provider(), by.description());
        let (id, output_type) = (self.id.as_str(), self.output_type());
        let made =
            Implementation::described_marking(provider, description, id, output_type, taken)?;
        Ok(made.taking(self))
    }

    /// The fields of its input that the provider of an implementation is not told, which a file shows.
    pub fn not_carried(&self, by: &Implementation) -> Vec<String> {
        let description = by.description.as_ref();
        let action = description.and_then(|one| Some((one, one.action(self.id.as_str())?)));
        action.map_or_else(Vec::new, |(one, action)| not_carried(action, &one.parts, &self.input))
    }

    /// How that provider does it.
    pub fn implementation(&self, provider: &str) -> Option<&Implementation> {
        let offer = self.offers.iter().find(|offer| offer.provider == provider);
        offer.map(|offer| &*offer.made)
    }
}

fn put_fields(schema: &Value, names: &mut BTreeSet<String>) {
    match schema {
        Value::Object(members) => {
            if let Some(Value::Object(fields)) = members.get("properties") {
                names.extend(fields.keys().cloned());
            }
            members.values().for_each(|member| put_fields(member, names));
        }
        Value::Array(several) => several.iter().for_each(|one| put_fields(one, names)),
        _ => {}
    }
}

impl Implementation {
    /// `provider` fulfils the contract with `perform`, and a second call would do what `class` says.
    pub fn new<Input, Output>(
        provider: &Arc<Provider>,
        class: EffectClass,
        perform: impl for<'a> Fn(&'a Cx<'a>, Input) -> BoxFuture<'a, Result<Output, ActionError>>
        + Send
        + Sync
        + 'static,
    ) -> Self
    where
        Input: DeserializeOwned + Send + 'static,
        Output: Serialize + 'static,
    {
        let perform = Arc::new(perform);
        Self {
            provider: provider.clone(),
            class,
            key_window: None,
            effect_of: None,
            search_lag: Duration::ZERO,
            calls: NonZeroU32::MIN,
            description: None,
            identity: None,
            checked: Arc::new(Ok),
            perform: Arc::new(move |cx, input| {
                let perform = perform.clone();
                Box::pin(async move {
                    let input = typed::<Input>(input)?;
                    let output = perform(cx, input).await?;
                    serde_json::to_value(output)
                        .map_err(|error| ActionError::refused(format!("output_invalid: {error}")))
                })
            }),
            ask: None,
        }
    }

    /// The same, where that contract takes the input.
    pub(crate) fn taking(self, action: &Action) -> Self {
        Self { checked: action.checked.clone(), ..self }
    }

    /// A file says how that action is done.
    #[must_use]
    pub(crate) fn by_file(mut self, description: &Arc<Description>, action: &str) -> Self {
        // The question whether it happened comes before every attempt.
        if description.action(action).is_some_and(|action| action.find.is_some()) {
            self.calls = self.calls.saturating_add(1);
        }
        self.identity = description.effect_identity(action);
        self.description = Some(description.clone());
        self
    }

    /// What must stay the same while a try may have arrived, where a file says how it is done.
    pub fn effect_identity(&self) -> Option<&EffectIdentity> {
        self.identity.as_ref()
    }

    /// The provider remembers an idempotency key for `window`.
    #[must_use]
    pub fn key_window(mut self, window: Duration) -> Self {
        self.key_window = Some(window);
        self
    }

    /// What a second call would do depends on what the step says and on its connection.
    #[must_use]
    pub fn effect_of(mut self, effect_of: fn(&Planned<'_>) -> Effect) -> Self {
        self.effect_of = Some(effect_of);
        self
    }

    /// The same, as it is for that step.
    #[must_use]
    pub fn planned(&self, step: &Planned<'_>) -> Self {
        match self.effect_of {
            None => self.clone(),
            Some(effect_of) => {
                let Effect { class, key_window } = effect_of(step);
                Self { class, key_window, ..self.clone() }
            }
        }
    }

    /// Whether what a second call would do depends on the step.
    pub fn depends_on_step(&self) -> bool {
        self.effect_of.is_some()
    }

    /// The provider can be asked whether it happened, `search_lag` after the answer was lost.
    #[must_use]
    pub fn ask<Input>(
        mut self,
        search_lag: Duration,
        ask: impl for<'a> Fn(&'a Cx<'a>, Input) -> BoxFuture<'a, Result<Asked, ActionError>>
        + Send
        + Sync
        + 'static,
    ) -> Self
    where
        Input: DeserializeOwned + Send + 'static,
    {
        let ask = Arc::new(ask);
        self.search_lag = search_lag;
        self.ask = Some(Arc::new(move |cx, input| {
            let ask = ask.clone();
            Box::pin(async move { ask(cx, typed::<Input>(input)?).await })
        }));
        self
    }

    /// Does it, once, where the contract takes the input.
    pub async fn perform(&self, cx: &Cx<'_>, input: Value) -> Result<Value, ActionError> {
        (self.perform)(cx, (self.checked)(input)?).await
    }

    /// Whether the provider can be asked.
    pub fn can_be_asked(&self) -> bool {
        self.ask.is_some()
    }

    /// Asks whether it happened.
    pub async fn asked(&self, cx: &Cx<'_>, input: Value) -> Result<Asked, ActionError> {
        match &self.ask {
            Some(ask) => ask(cx, (self.checked)(input)?).await,
            None => Ok(Asked::CannotTell("this provider cannot be asked".to_owned())),
        }
    }
}

fn without_nulls(mut value: Value) -> Value {
    if let Value::Object(members) = &mut value {
        members.retain(|_, member| !member.is_null());
    }
    value
}

fn typed<Input: DeserializeOwned>(input: Value) -> Result<Input, ActionError> {
    serde_json::from_value(input)
        .map_err(|error| ActionError::refused(format!("input_invalid: {error}")))
}
