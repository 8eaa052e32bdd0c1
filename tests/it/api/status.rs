//! How the whole stands, and addresses that lead nowhere.

use super::given::Stand;
use super::world::SOURCE;
use super::world::{World, project};
use axum::body::Body;
use http::Request;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceExt as _;
use tradewind_api::hooks::{Nowhere, Pace, nowhere};
use tradewind_connectors::catalog::catalog;
use tradewind_engine::limits::{Allowance, CallEnd, Caller};
use tradewind_engine::ports::{Clock as _, Limits as _, Refusals as _};
use tradewind_engine::refusals::{API_ENDPOINT, Reached, RefusedDelivery};
use tradewind_engine::time::{Timestamp, before};
use tradewind_memory::{MemoryLimits, MemoryRefusals};
use tradewind_platform::deployed::{CURRENT_FOR, Deployed};

fn refused(at: Timestamp, names: Reached, provider: &str, connection: &str) -> RefusedDelivery {
    RefusedDelivery {
        at,
        since: at,
        count: 2,
        names,
        provider: provider.to_owned(),
        connection: connection.to_owned(),
        code: "signature_invalid".to_owned(),
        reason: "the signature does not fit".to_owned(),
        path: String::new(),
        cure: String::new(),
        warning: None,
    }
}

#[tokio::test]
async fn the_status_says_which_queue_connection_and_endpoint_it_is() {
    let (limits, refusals) = (Arc::new(MemoryLimits::default()), Arc::<MemoryRefusals>::default());
    let world = World::with(|api| {
        api.limits = limits.clone();
        api.refusals = refusals.clone();
    });
    let applied = world.call("PUT", "/api/project", project(SOURCE)).await;
    assert_eq!(applied.status, 200, "{}", applied.text);
    let run = world.run(Stand::Failed).await;
    world.dead_letter(&run).await;
    let now = world.clock.now();
    // Nobody can be reached for longer than a moment.
    for second in 0..30 {
        let (caller, now) =
            (Caller { step: second, fence: 1 }, before(now, Duration::from_secs(30 - second)));
        limits.admit(&"mail".into(), Allowance::default(), caller, now).await.unwrap();
        limits.report(&"mail".into(), caller, CallEnd::Unreachable, now).await.unwrap();
    }
    let hour_ago = before(now, Duration::from_secs(3_601));
    for one in [
        refused(hour_ago, Reached::Endpoint, "commercelayer", "other_shop"),
        refused(now, Reached::Endpoint, "commercelayer", "shop"),
        refused(now, Reached::Nothing, "made", "up"),
        refused(now, Reached::Endpoint, API_ENDPOINT, ""),
    ] {
        refusals.record_refusal(one).await.unwrap();
    }
    let status = world.call("GET", "/api/status", Value::Null).await.json();
    assert_eq!(status["functions"], Value::Null, "all of them are served");
    let queues = status["queues"].as_array().unwrap();
    let mail = queues.iter().find(|one| one["queue"] == "email.send").unwrap();
    assert!(mail["letters"].as_u64() >= Some(1) && mail["oldest_letter"].is_string(), "{mail}");
    assert_eq!(
        status["connections"],
        json!([
            { "connection": "mail", "provider": "sandbox", "held_back": true },
            { "connection": "other_shop", "provider": "commercelayer", "held_back": false },
            { "connection": "shop", "provider": "commercelayer", "held_back": false },
        ])
    );
    let places = status["refusals"].as_array().unwrap().iter();
    let places: Vec<String> = places
        .map(|one| format!("{}/{} {}", one["provider"], one["connection"], one["count"]))
        .collect();
    assert_eq!(places, [r#"""/"" 2"#, r#""api"/"" 2"#, r#""commercelayer"/"shop" 2"#]);
}

#[tokio::test]
async fn an_address_that_no_endpoint_takes_is_refused_and_shown_with_the_nearest_one() {
    let world = World::applied().await;
    let refusals = Arc::<MemoryRefusals>::default();
    let clock = Arc::new(world.clock.clone());
    let takes = |one: &Arc<tradewind_connectors::provider::Provider>| one.trigger.is_some();
    let router = nowhere(Arc::new(Nowhere {
        deployed: Arc::new(Deployed::new(world.memory.clone(), clock.clone(), CURRENT_FOR)),
        providers: catalog().providers.into_iter().filter(takes).collect(),
        refusals: refusals.clone(),
        pace: Pace::default(),
        clock,
    }));
    for (method, path, names) in [
        ("POST", "/hooks/commercelayr/shop", Reached::Nothing),
        ("POST", "/hooks/commercelayer", Reached::Provider),
        ("PUT", "/hooks/commercelayer/shop", Reached::Provider),
        ("GET", "/hooks", Reached::Nothing),
    ] {
        let request = Request::builder().method(method).uri(path).body(Body::from("{}")).unwrap();
        let answer = router.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), 404, "{path}");
        let newest = refusals.list(1).await.unwrap().remove(0);
        assert_eq!((newest.path.as_str(), newest.names), (path, names));
        assert_eq!(newest.code, "not_found");
        assert_eq!(newest.is_delivery(), names == Reached::Provider, "{path}");
        if path.contains("shop") {
            assert!(newest.cure.contains("/hooks/commercelayer/shop"), "{}", newest.cure);
        }
        world.pass(Duration::from_secs(1));
    }
}
