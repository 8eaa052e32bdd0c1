//! A listener that nobody may call.

use crate::app::Given;
use crate::fakes::{Answer, FakeServer};

/// The operator's word that the tests give to the processes they start.
pub(super) const ALLOW: &str = "TRADEWIND_ALLOW_HOSTS";

/// A host of somebody else, which would take whatever comes.
pub(super) struct Trap(FakeServer);

impl Trap {
    pub(super) async fn set() -> Self {
        Self(FakeServer::deciding(|_| Answer::text(200, "ok")).await)
    }

    /// Its address, such as `http://127.0.0.1:40001`.
    pub(super) fn url(&self) -> &str {
        &self.0.url
    }

    /// Its address without the scheme.
    pub(super) fn authority(&self) -> &str {
        self.0.url.trim_start_matches("http://")
    }

    /// Nobody has called.
    pub(super) fn check_empty(&self) {
        assert_eq!(self.0.transcript(), "", "a secret is out");
    }
}

/// A shop whose orders are told in a chat, through that connection.
pub(super) fn chat(connections: &str) -> Given {
    let project = format!(
        "connections:\n  shop: {{ provider: commercelayer, webhook_secret: \"${{{{ secret.hook }}}}\" }}\n{connections}"
    );
    Given::project(&project)
        .secret("hook", "hush")
        .variable(ALLOW, "")
        .workflow("tell", &step("chat.post", "{ text: Hello }"))
}

/// A workflow of one step through the connection `target`.
pub(super) fn step(action: &str, with: &str) -> String {
    format!(
        "trigger: {{ event: order.placed, from: shop, once_per: trigger.order.id }}\n\
         steps:\n  - {{ id: act, uses: {action}, via: target, with: {with} }}\n"
    )
}
