//! What a connection is given, as a description declares it.

use crate::problems::Place;
use serde_json::Value;

/// One setting of a provider.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// Its name.
    pub name: String,
    /// Where the name stands.
    pub place: Place,
    /// Whether it is given by the name of a secret, and is no value of any expression.
    pub secret: bool,
    /// What it is.
    pub kind: SettingKind,
    /// Whether it may be left out, without a default.
    pub optional: bool,
    /// Whether there may be more than one of it: secrets that sign deliveries, of which any may fit.
    pub several: bool,
    /// What it is where it is left out.
    pub default: Option<Value>,
    /// For an address: the hosts that it may name.
    pub hosts: Vec<String>,
    /// What it is, for people.
    pub help: String,
}

impl Setting {
    /// Whether a connection cannot do without it.
    pub fn is_required(&self) -> bool {
        !self.optional && self.default.is_none()
    }
}

/// What a setting may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingKind {
    /// Any text.
    Text,
    /// A whole number.
    Integer,
    /// True or false.
    Boolean,
    /// A mail address.
    Address,
    /// A web address, whose host is one of [`Setting::hosts`] where it is called.
    Url,
    /// A host without a port, a user or an address in numbers.
    Host,
    /// One label of a host, such as a region.
    Label,
    /// One segment of a path.
    Segment,
    /// Names and what each stands for: texts or whole numbers.
    Map,
}

impl SettingKind {
    /// All of them, by the word that stands in a file.
    pub const ALL: [(&'static str, SettingKind); 9] = [
        ("text", Self::Text),
        ("integer", Self::Integer),
        ("boolean", Self::Boolean),
        ("address", Self::Address),
        ("url", Self::Url),
        ("host", Self::Host),
        ("label", Self::Label),
        ("segment", Self::Segment),
        ("map", Self::Map),
    ];
}
