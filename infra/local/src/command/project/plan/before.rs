//! What was applied before, as far as a process can be asked.
//!
//! Invariant: a plan needs no process. Where none is found or none answers, nothing is compared, and that
//! is said.

use crate::command::client::Client;
use crate::command::client::process::find;
use crate::command::cx::Cx;
use crate::command::error::Error;
use tradewind_platform::apply::{SecretHost, compared};

/// The hosts that receive secrets now.
pub(super) enum Before {
    /// Of the project that the process at that address serves.
    Known(String, Vec<SecretHost>),
    /// Nobody could tell, for that reason.
    Unknown(String),
}

/// Asks the process of the folder, or the one that the command line names.
pub(super) async fn hosts(cx: &Cx) -> Before {
    let asked = async {
        let found = find(&cx.target, &cx.dir, &cx.data_dir()?)?;
        let url = found.url.clone();
        let answer = Client::new(found)?.get(&["project"]).await;
        let hosts = match answer {
            // Nothing is applied yet: all of it is new.
            Err(Error::NotFound(_)) => Vec::new(),
            answer => serde_json::from_value(answer?.body["hosts"].clone()).map_err(|error| {
                Error::Unexpected { url: url.clone(), detail: error.to_string() }
            })?,
        };
        Ok::<_, Error>((url, hosts))
    };
    match asked.await {
        Ok((url, hosts)) => Before::Known(url, hosts),
        Err(error) => Before::Unknown(error.to_string()),
    }
}

impl Before {
    /// The hosts after, each with what is different.
    pub(super) fn compared(&self, after: Vec<SecretHost>) -> Vec<SecretHost> {
        match self {
            Self::Known(_, before) => compared(before, after),
            Self::Unknown(_) => after,
        }
    }

    /// Whose hosts those before are.
    pub(super) fn source(&self) -> Option<String> {
        match self {
            Self::Known(url, _) => Some(url.clone()),
            Self::Unknown(_) => None,
        }
    }

    /// Says that nothing was compared, and how it would be.
    pub(super) fn tell(&self, cx: &Cx) {
        if let (Self::Unknown(reason), false) = (self, cx.output.json) {
            cx.output.note("");
            cx.output.note(format!("What changes at these hosts is not known: {reason}"));
        }
    }
}
