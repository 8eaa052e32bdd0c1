//! A contract: what can be done, whoever does it, with the types of its input and its output.
//!
//! Invariant: a contract does not know who fulfils it.

use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use tradewind_engine::effects::{ActionError, OnUnknown};
use tradewind_engine::time::Timestamp;

/// Something that can be done.
pub trait Contract: 'static {
    /// `object.verb`, such as `email.send`.
    const ID: &'static str;
    /// One line for the catalog.
    const SUMMARY: &'static str;
    /// What becomes of an unknown outcome where the step does not say.
    const ON_UNKNOWN: OnUnknown;
    /// Input fields that hold HTML: values that are mixed into them are escaped.
    const HTML_FIELDS: &'static [&'static str] = &[];
    /// How far back the sandbox looks for what it did before, where a sample depends on that.
    const SAMPLES_SEARCHED_MAX: usize = 0;

    /// `with`.
    type Input: Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static;
    /// `steps.<id>`.
    type Output: Serialize + DeserializeOwned + JsonSchema + Send + 'static;

    /// The input as every provider may act on it, or why no provider would.
    fn checked(input: Self::Input) -> Result<Self::Input, ActionError>;

    /// What a provider might answer, for trying a workflow without an account.
    fn sample(input: &Self::Input, tried: &Tried<'_, Self>) -> Self::Output;
}

/// What a sample may depend on besides the input.
pub struct Tried<'a, C: Contract + ?Sized> {
    /// An id of something new, the same for the same step.
    pub new_id: &'a str,
    /// The time.
    pub now: Timestamp,
    /// What the connection was asked before and what it answered, as far as the contract looks back.
    pub earlier: &'a [(C::Input, C::Output)],
}
