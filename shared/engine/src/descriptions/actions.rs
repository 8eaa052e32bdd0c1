//! What a provider does: requests, and what each answer proves.

use super::{Form, FormMember, OwnContract, TextForm};
use crate::effects::EffectClass;
use crate::expressions::Expression;
use crate::ids::ActionId;
use crate::problems::Place;
use std::time::Duration;

/// How one contract is fulfilled.
#[derive(Clone, Debug)]
pub struct Action {
    /// The contract.
    pub id: ActionId,
    /// Where its id stands.
    pub place: Place,
    /// The contract itself, of an action of the project's own.
    pub own: Option<OwnContract>,
    /// What a second call does, whichever way is taken.
    pub class: EffectClass,
    /// Where that stands.
    pub class_place: Place,
    /// What the input must be for anything to be sent.
    pub needs: Option<Needs>,
    /// The question before every attempt, of class queryable.
    pub find: Option<Find>,
    /// The request; more than one under `either`. The first whose condition holds is taken.
    pub ways: Vec<Way>,
    /// What answers mean that are no success: the first that fits.
    pub judge: Vec<Rule>,
    /// What is told of such answers: the first whose values are all there.
    pub reason: Vec<Reason>,
    /// How long an answer asks to wait: the first that says so. Without any: `Retry-After`.
    pub wait: Vec<Wait>,
}

/// What the input must be for anything to be sent.
#[derive(Clone, Debug)]
pub struct Needs {
    /// What must hold.
    pub condition: Expression,
    /// The code of the refusal where it does not.
    pub otherwise: String,
}

/// The one request with an effect, and when it is a success.
#[derive(Clone, Debug)]
pub struct Way {
    /// Where it begins.
    pub place: Place,
    /// When it is taken.
    pub condition: Option<Expression>,
    /// What a second call does.
    pub class: EffectClass,
    /// The vendor's page that says so.
    pub proof: Option<String>,
    /// How the idempotency key is sent and kept, of class keyed.
    pub key: Option<Key>,
    /// The method.
    pub method: Method,
    /// What stands behind the base address.
    pub path: Path,
    /// The query, in the order of the file; what comes to null is left out.
    pub query: Vec<FormMember>,
    /// Headers of this request alone; what comes to null is left out.
    pub headers: Vec<FormMember>,
    /// The body.
    pub body: Body,
    /// When the answer is a success.
    pub success: Success,
    /// What the step gives after a success.
    pub output: Form,
}

/// A method of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `GET`: changes nothing where its class is natural.
    Get,
    /// `POST`.
    Post,
    /// `PUT`.
    Put,
    /// `PATCH`.
    Patch,
    /// `DELETE`.
    Delete,
}

impl Method {
    /// All of them, by the key that stands in a file.
    pub const ALL: [(&'static str, Method); 5] = [
        ("get", Self::Get),
        ("post", Self::Post),
        ("put", Self::Put),
        ("patch", Self::Patch),
        ("delete", Self::Delete),
    ];
}

/// A path: each expression in it is one segment or a part of one, and is percent-encoded.
pub type Path = TextForm;

/// A body.
#[derive(Clone, Debug)]
pub enum Body {
    /// None.
    None,
    /// JSON.
    Json(Form),
    /// A form: `a[b]=c`.
    Form {
        /// The fields.
        fields: Form,
        /// How lists are written.
        lists: ListStyle,
    },
}

/// How a list stands in a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListStyle {
    /// `a[0]=x&a[1]=y`.
    Index,
    /// `a=x&a=y`.
    Repeat,
    /// `a[]=x&a[]=y`.
    Empty,
}

/// How an idempotency key is sent, and for how long it counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Where it begins.
    pub place: Place,
    /// Where the key goes; nowhere of its own where the request holds `${{ key }}`.
    pub sent: Option<KeyPlace>,
    /// The form that the vendor wants.
    pub form: KeyForm,
    /// The longest that the vendor takes.
    pub max: Option<usize>,
    /// How long the vendor remembers a key; for good where nothing is said.
    pub window: Option<Duration>,
}

/// Where a key goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyPlace {
    /// A header.
    Header(String),
    /// A parameter of the query.
    Query(String),
    /// A member at the top of the body.
    Body(String),
}

/// The form of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyForm {
    /// As it is.
    Text,
    /// A UUID.
    Uuid,
    /// Hexadecimal digits.
    Hex,
}

/// When an answer is a success.
#[derive(Clone, Debug, Default)]
pub struct Success {
    /// The statuses; any 2xx where none is named.
    pub statuses: Vec<u16>,
    /// What must hold besides.
    pub condition: Option<Expression>,
}

impl Success {
    /// Whether a status is one of a success.
    pub fn has_status(&self, status: u16) -> bool {
        match self.statuses.is_empty() {
            true => (200..=299).contains(&status),
            false => self.statuses.contains(&status),
        }
    }
}

/// The question whether it happened already.
#[derive(Clone, Debug)]
pub struct Find {
    /// Where it begins.
    pub place: Place,
    /// `GET`, or `POST` where the vendor takes its searches so.
    pub method: Method,
    /// What is read, behind the base address.
    pub path: Path,
    /// The query.
    pub query: Vec<FormMember>,
    /// What a search by `POST` says.
    pub body: Body,
    /// When the answer tells anything.
    pub success: Success,
    /// Whether it happened.
    pub happened: Expression,
    /// What the step gives where it did.
    pub output: Form,
    /// How long after a lost answer the vendor's own search shows what happened.
    pub lag: Duration,
}

/// What an answer that is no success means.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Where it begins.
    pub place: Place,
    /// The statuses that it is for; any where none is named.
    pub statuses: Vec<u16>,
    /// What must hold besides.
    pub condition: Option<Expression>,
    /// What it means.
    pub verdict: Verdict,
    /// Where that stands.
    pub verdict_place: Place,
    /// The vendor's page that says so.
    pub proof: Option<String>,
}

/// What an answer means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Certainly nothing was done, and it may be done later.
    NotNow,
    /// A person has to repair something.
    NeedsRepair,
    /// Refused for good.
    Refused,
}

impl Verdict {
    /// All of them, by the word that stands in a file.
    pub const ALL: [(&'static str, Verdict); 3] = [
        ("not_now", Self::NotNow),
        ("needs_repair", Self::NeedsRepair),
        ("refused", Self::Refused),
    ];
}

/// What is told of an answer.
pub type Reason = TextForm;

/// One way in which an answer asks to wait.
#[derive(Clone, Debug)]
pub struct Wait {
    /// Where it begins.
    pub place: Place,
    /// The statuses that it is for; any where none is named.
    pub statuses: Vec<u16>,
    /// Where the wait is found.
    pub value: WaitValue,
}

/// Where a wait is found.
#[derive(Clone, Debug)]
pub enum WaitValue {
    /// In the header `Retry-After`, in both of its forms.
    RetryAfter,
    /// In another header.
    Header(String, WaitUnit),
    /// In the body.
    Body(Expression, WaitUnit),
    /// It is always the same.
    Const(Duration),
}

/// What the number of a wait counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitUnit {
    /// Seconds from now.
    Seconds,
    /// A time, in seconds since 1970.
    UnixSeconds,
}
