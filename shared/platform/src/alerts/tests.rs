use super::*;
use crate::given::{PROVIDER, clock, executing, memory};
use futures::FutureExt;
use tradewind_connectors::action::Implementation;
use tradewind_engine::definitions::{
    DEFINITIONS_VERSION, DefinitionsChange, StoredConnection, StoredProject,
};
use tradewind_engine::effects::{EffectClass, OnUnknown};
use tradewind_engine::ports::Definitions;

/// A project whose alerts go through `ops`.
fn project() -> StoredProject {
    let (provider, settings) = (PROVIDER.id.as_str().into(), serde_json::Map::new());
    let ops = StoredConnection { provider, settings, former: None };
    StoredProject {
        v: DEFINITIONS_VERSION,
        providers: Default::default(),
        connections: [("ops".into(), ops)].into(),
        alerts: Some(StoredAlerts { via: "ops".into(), to: None }),
        public_url: None,
        timezone: None,
        keep_days: 90,
        redact_after_days: 30,
        allowed_hosts: None,
    }
}

async fn panic(_: Value) -> Result<Value, ActionError> {
    std::panic::resume_unwind(Box::new("a bug in an action"))
}

#[test]
fn a_panic_of_the_provider_is_an_alert_that_may_not_have_arrived() {
    let panics =
        Implementation::new(&PROVIDER, EffectClass::Natural, |_, input| Box::pin(panic(input)));
    let action = Action::new::<String, String>("chat.post", "Posts.", OnUnknown::Retry).by(panics);
    let clock = clock();
    let memory = memory(&clock);
    let change = DefinitionsChange { project: Some(project()), ..DefinitionsChange::default() };
    memory.change(&change).now_or_never().unwrap().unwrap();
    let ports = executing(&clock, &memory, vec![action]);
    let told = alert(&ports, "key", "Help").now_or_never().expect("nothing waits in here");
    assert_eq!(told, Err(ActionError::unknown("the action panicked: this is a bug")));
}
