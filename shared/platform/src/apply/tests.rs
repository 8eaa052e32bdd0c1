//! What is recorded of a step whose effect depends on what it says.

use super::*;
use serde_json::{Map, Value, json};
use tradewind_connectors::catalog::catalog;
use tradewind_engine::definitions::StoredConnection;
use tradewind_engine::effects::EffectClass;

#[track_caller]
fn check_class(method: &str, settings: Value, expected: EffectClass) {
    let source = format!(
        "trigger: {{ event: order.placed, from: shop }}\nsteps:\n  - id: a\n    uses: http.request\n    \
         via: erp\n    with: {{ method: {method}, path: /orders }}\n"
    );
    let workflow = Workflow::parse(&"export".into(), &source).unwrap();
    let settings: Map<String, Value> = serde_json::from_value(settings).unwrap();
    let erp = StoredConnection { provider: "http".into(), settings, former: None };
    let project = StoredProject {
        v: 1,
        connections: [("erp".into(), erp)].into(),
        alerts: None,
        public_url: None,
        timezone: None,
        keep_days: 90,
        redact_after_days: 30,
        allowed_hosts: None,
        providers: Default::default(),
    };
    let [plan] = &plans(&workflow, &project, &catalog())[..] else { panic!("one step") };
    assert_eq!(plan.work.class(), expected, "{method}");
}

#[test]
fn the_class_of_a_call_is_that_of_its_method_at_its_connection() {
    use EffectClass::{Keyed, Natural, Neither};
    let plain = json!({ "base_url": "https://erp.example" });
    let keyed = json!({ "base_url": "https://erp.example", "idempotency": "key",
        "auth": { "bearer": { "$secret": "erp_token" } } });
    check_class("GET", plain.clone(), Natural);
    check_class("PUT", keyed.clone(), Natural);
    check_class("POST", plain.clone(), Neither);
    check_class("POST", keyed.clone(), Keyed);
    check_class("'${{ trigger.method }}'", plain, Neither);
    check_class("'${{ trigger.method }}'", keyed, Keyed);
}
