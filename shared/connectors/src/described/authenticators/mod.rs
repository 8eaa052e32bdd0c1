//! Ways to say who makes a call that a file names and Rust carries out, because they work on the whole request. A
//! file's own means ([`auth`](super::auth)) come first: what is here is what several vendors want and none of those can
//! say.

mod aws_sigv4;

use crate::action::Cx;
use tradewind_engine::descriptions::Authenticator;
use tradewind_engine::effects::ActionError;
use tradewind_engine::ports::HttpRequest;

/// All of them.
const ALL: [Signing; 1] = [aws_sigv4::AWS_SIGV4];

/// One of them: what files know of it, and what it does.
struct Signing {
    authenticator: Authenticator,
    sign: fn(&Cx<'_>, &Told, HttpRequest) -> Result<HttpRequest, ActionError>,
}

/// What an authenticator was told, with the settings of the connection in it.
pub(super) struct Told {
    arguments: Vec<(String, String)>,
}

impl Told {
    /// Arguments by their names.
    pub(super) fn of(arguments: impl IntoIterator<Item = (String, String)>) -> Self {
        Self { arguments: arguments.into_iter().collect() }
    }

    /// One that may be missing.
    fn get(&self, name: &str) -> Option<&str> {
        self.arguments.iter().find(|(one, _)| one == name).map(|(_, value)| value.as_str())
    }

    /// One that the file's check asks for.
    fn required(&self, name: &str) -> Result<&str, ActionError> {
        self.get(name).ok_or_else(|| {
            ActionError::needs_repair(format!("auth_invalid: the provider's file lacks `{name}`"))
        })
    }
}

/// What files know of them.
pub(crate) fn known() -> Vec<Authenticator> {
    ALL.iter().map(|one| one.authenticator).collect()
}

/// Whether the file may leave that argument out, and the connection its setting.
pub(super) fn is_optional(name: &str, argument: &str) -> bool {
    let arguments = find(name).map_or(&[][..], |one| one.authenticator.arguments);
    arguments.iter().any(|one| one.name == argument && !one.required)
}

/// The request as the authenticator of that name makes it.
pub(super) fn signed(
    cx: &Cx<'_>,
    name: &str,
    told: &Told,
    request: HttpRequest,
) -> Result<HttpRequest, ActionError> {
    let Some(signing) = find(name) else {
        return Err(ActionError::needs_repair(
            "auth_unknown: the provider's file proves who calls in a way that is not known here",
        ));
    };
    (signing.sign)(cx, told, request)
}

fn find(name: &str) -> Option<&'static Signing> {
    const { &ALL }.iter().find(|one| one.authenticator.name == name)
}
