//! Descriptions: a provider as one file. What is here reads such a file, with the place of every mistake,
//! checks it against the contracts, and renders what it says of requests and answers.
//!
//! Invariant: nothing here names a vendor or makes a call. Invariant: a secret is no value: no root of an
//! expression leads to one; `auth`, `base_url` and `verify` name it.

mod actions;
mod auth;
mod check;
mod identity;
mod limits;
mod own;
mod pattern;
mod reader;
mod settings;
mod template;
mod trigger;

pub use crate::expressions::Piece as TextPiece;
pub use actions::{
    Action, Body, Find, Key, KeyForm, KeyPlace, ListStyle, Method, Needs, Path, Reason, Rule,
    Success, Verdict, Wait, WaitUnit, WaitValue, Way,
};
pub use auth::{Argument, Auth, Authenticator, Credentials, OAuth};
pub use check::{Contracts, check, not_carried};
pub use limits::{
    ACTIONS_MAX, BODY_BYTES_MAX, EACH_MAX, EXPRESSIONS_MAX, FILE_BYTES_MAX, FORM_DEPTH_MAX,
    PATH_AND_QUERY_BYTES_MAX, REASONS_MAX, RULES_MAX, TEXT_BYTES_MAX, TOPICS_MAX, WAYS_MAX,
};
pub use own::OwnContract;
pub use pattern::{Pattern, PatternPiece};
pub use settings::{Setting, SettingKind};
pub use template::{
    Each, Form, FormContent, FormMap, FormMember, Nulls, Part, Parts, TextForm, Using,
};
pub use trigger::{
    Decoding, Digest, Encoding, Enrich, Handshake, Hmac, Mapping, SecretIn, Signed, Since, Trigger,
    Verify,
};

use crate::ids::ProviderId;
use crate::problems::{Place, Problem};
use crate::stored::Unreadable;
use std::collections::BTreeMap;
use std::time::Duration;

/// What expressions of such files can begin with, each where it is there.
pub const ROOTS: [&str; 10] =
    ["input", "settings", "key", "find", "answer", "delivery", "item", "read", "it", "maps"];

/// The newest form of such a file that is known here.
pub const FORMAT: u32 = 1;
/// What people call such a file.
const KIND: &str = "provider file";

/// A provider as its file describes it.
#[derive(Clone, Debug)]
pub struct Description {
    /// Its id.
    pub provider: ProviderId,
    /// Where the id stands.
    pub place: Place,
    /// What people call it.
    pub title: String,
    /// The vendor's page.
    pub documentation: String,
    /// What a connection to it is given, in the order of the file.
    pub settings: Vec<Setting>,
    /// The address that every path is put behind.
    pub base_url: Pattern,
    /// Further hosts of the vendor that the `base_url` of a connection may name.
    pub hosts: Vec<String>,
    /// How a call says who makes it.
    pub auth: Option<Auth>,
    /// Headers of every request.
    pub headers: Vec<FormMember>,
    /// How many calls it takes in how long.
    pub limit: Option<(u32, Duration)>,
    /// How many calls it takes at once.
    pub concurrency: Option<u32>,
    /// What it does.
    pub actions: Vec<Action>,
    /// What it tells of.
    pub trigger: Option<Trigger>,
    /// Named forms, for `$use`.
    pub parts: Parts,
    /// Tables of words, which expressions see as `maps`.
    pub maps: serde_json::Value,
    /// Where each of them stands.
    pub map_places: BTreeMap<String, Place>,
}

impl Description {
    /// Reads a file, or says everything that is wrong with it.
    pub fn parse(source: &str) -> Result<Self, Vec<Problem>> {
        reader::read(source)
    }

    /// Reads a file that was stored. One that a newer version of this program has stored is left alone.
    pub fn of_stored(source: &str) -> Result<Self, Unreadable> {
        reader::read(source).map_err(|problems| match newer(&problems, source) {
            Some(found) => Unreadable::Newer { kind: KIND, found, known: FORMAT },
            None => {
                let place = problems.first().map_or(Place::START, |problem| problem.place);
                let detail = format!("line {}, column {}", place.line, place.column);
                Unreadable::Damaged { kind: KIND, detail }
            }
        })
    }

    /// The action of that id.
    pub fn action(&self, id: &str) -> Option<&Action> {
        self.actions.iter().find(|action| action.id.as_str() == id)
    }

    /// The setting of that name.
    pub fn setting(&self, name: &str) -> Option<&Setting> {
        self.settings.iter().find(|setting| setting.name == name)
    }
}

/// The format, where that is what keeps the file from being read.
fn newer(problems: &[Problem], source: &str) -> Option<u32> {
    problems.iter().any(|problem| problem.code == reader::FORMAT_NEWER).then_some(())?;
    reader::format_of(source)
}

#[cfg(test)]
mod tests;
