//! What was applied before, as far as a process can be asked.
//!
//! Invariant: a plan needs no process. Where none is found or none answers, nothing is compared, and that
//! is said.

use crate::command::client::Client;
use crate::command::client::process::find;
use crate::command::cx::Cx;
use crate::command::error::Error;
use tradewind_api::types::{ServedFunctions, Status};
use tradewind_platform::apply::{SecretHost, compared};
use tradewind_stack::function::Function;

/// What holds now.
pub(super) enum Before {
    /// Of the process at that address: the hosts that receive secrets of its project, and what it has
    /// functions for, where that is not everything.
    Known(String, Vec<SecretHost>, Option<ServedFunctions>),
    /// Nobody could tell, for that reason.
    Unknown(String),
}

/// Asks the process of the folder, or the one that the command line names.
pub(super) async fn hosts(cx: &Cx) -> Before {
    let asked = async {
        let found = find(&cx.target, &cx.dir, &cx.data_dir()?)?;
        let url = found.url.clone();
        let client = Client::new(found)?;
        let answer = client.get(&["project"]).await;
        let hosts = match answer {
            // Nothing is applied yet: all of it is new.
            Err(Error::NotFound(_)) => Vec::new(),
            answer => serde_json::from_value(answer?.body["hosts"].clone()).map_err(|error| {
                Error::Unexpected { url: url.clone(), detail: error.to_string() }
            })?,
        };
        // An older one does not say.
        let status = client.get(&["status"]).await.and_then(|answer| answer.typed::<Status>());
        Ok::<_, Error>((url, hosts, status.ok().and_then(|status| status.functions)))
    };
    match asked.await {
        Ok((url, hosts, functions)) => Before::Known(url, hosts, functions),
        Err(error) => Before::Unknown(error.to_string()),
    }
}

impl Before {
    /// The hosts after, each with what is different.
    pub(super) fn compared(&self, after: Vec<SecretHost>) -> Vec<SecretHost> {
        match self {
            Self::Known(_, before, _) => compared(before, after),
            Self::Unknown(_) => after,
        }
    }

    /// Whose hosts those before are.
    pub(super) fn source(&self) -> Option<String> {
        match self {
            Self::Known(url, ..) => Some(url.clone()),
            Self::Unknown(_) => None,
        }
    }

    /// Says which actions of the stage the project does not use: a template of just its functions takes
    /// their queues away, with whatever a run that began with an earlier version still has in them.
    pub(super) fn warn_of_gone(&self, cx: &Cx, used: &[Function]) {
        let Self::Known(_, _, Some(functions)) = self else { return };
        let is_used = |action: &String| used.iter().any(|one| one.action() == Some(action));
        let gone = functions.actions.iter().filter(|action| !is_used(action)).cloned();
        let gone: Vec<String> = gone.collect();
        if !gone.is_empty() {
            cx.output.note("");
            cx.output.note(format!(
                "warning: the stage has functions for {} and this project needs none: before a template \
                 without them is deployed, let the runs that need them end (`tradewind runs --state active`)",
                gone.join(", ")
            ));
        }
    }

    /// Says that nothing was compared, and how it would be.
    pub(super) fn print_unknown(&self, cx: &Cx) {
        if let (Self::Unknown(reason), false) = (self, cx.output.json) {
            cx.output.note("");
            cx.output.note(format!("What changes at these hosts is not known: {reason}"));
        }
    }
}
