//! How a call says who makes it.

use super::Pattern;
use crate::problems::Place;
use std::time::Duration;

/// How a call says who makes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Auth {
    /// Headers with credentials in them.
    Headers(Vec<(String, Place, Pattern)>),
    /// `Authorization: Bearer`, with the value of a setting.
    Bearer(Pattern),
    /// `Authorization: Basic`.
    Basic {
        /// The user.
        user: Pattern,
        /// The password.
        password: Pattern,
    },
    /// A token that is fetched, shared and renewed.
    OAuth(Box<OAuth>),
    /// One that is written in Rust, by its name.
    Named {
        /// Its name.
        name: String,
        /// Where its name stands.
        place: Place,
        /// What it is told.
        arguments: Vec<(String, Place, Pattern)>,
    },
}

/// A token by client credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OAuth {
    /// The address of the token endpoint.
    pub at: Pattern,
    /// The setting with the client's id.
    pub id: Pattern,
    /// The setting with the client's secret.
    pub secret: Pattern,
    /// How these two are sent.
    pub credentials: Credentials,
    /// What the token is for.
    pub scope: Option<Pattern>,
    /// How long a token lasts where the answer does not say.
    pub lasts: Option<Duration>,
    /// What stands before the token in `Authorization`: `Bearer`, or another word.
    pub scheme: String,
}

/// How a client says who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// In `Authorization: Basic`.
    Basic,
    /// In the form.
    Form,
}

/// A way to say who makes a call that is written in Rust, because it works on the whole request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Authenticator {
    /// Its name in `auth`.
    pub name: &'static str,
    /// What it is told.
    pub arguments: &'static [Argument],
}

/// Something that an authenticator is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Argument {
    /// Its name.
    pub name: &'static str,
    /// Whether the file has to name it, and the connection to give it.
    pub required: bool,
    /// Whether it is a secret.
    pub secret: bool,
}

impl Auth {
    /// Everything in it that names settings.
    pub fn patterns(&self) -> Vec<&Pattern> {
        match self {
            Self::Headers(list) | Self::Named { arguments: list, .. } => {
                list.iter().map(|(_, _, pattern)| pattern).collect()
            }
            Self::Bearer(token) => vec![token],
            Self::Basic { user, password } => vec![user, password],
            Self::OAuth(oauth) => {
                let named = [&oauth.at, &oauth.id, &oauth.secret];
                named.into_iter().chain(&oauth.scope).collect()
            }
        }
    }
}
