//! The stage that was deployed.

use crate::site::Site;
use crate::stack::Stack;
use http::{HeaderMap, Method, StatusCode};
use serde_json::json;

/// The gateway reaches the functions, and answers what is nowhere by itself.
pub(super) async fn the_stack_deploys(site: &Site) {
    let stack = &site.stack;
    let ask = async |method: Method, path: &str| {
        stack.request(method, path, HeaderMap::new(), Vec::new()).await
    };
    assert_eq!(ask(Method::GET, "/health").await.status, StatusCode::OK);
    assert_eq!(ask(Method::GET, "/api/runs").await.status, StatusCode::UNAUTHORIZED);
    for nowhere in ["/nowhere", "/api", "/hooks"] {
        let answered = ask(Method::POST, nowhere).await;
        assert_eq!(answered.status, StatusCode::NOT_FOUND, "{nowhere}");
        assert!(
            !answered.text.contains("not_found"),
            "a function answered {nowhere}: {answered:?}"
        );
    }
    // An address below `/hooks` that leads nowhere reaches a function that lists it.
    for near in [
        "/hooks/nobody/shop",
        "/hooks/webhook/parcels",
        "/hooks/commercelayer",
        "/hooks/commercelayer/nobody",
        "/hooks/commercelayer/nobody/",
        "/hooks/commercelayer/nobody/more",
    ] {
        assert_eq!(ask(Method::POST, near).await.verdict(), "404 not_found", "{near}");
    }
    assert!(stack.get("/api/runs").await["runs"].is_array());
    strays_are_seen(stack).await;
    what_has_no_function_is_not_applied(stack).await;
    the_stage_says_how_it_stands(stack).await;
}

/// People find them where they find what endpoints refuse.
async fn strays_are_seen(stack: &Stack) {
    let listed = stack.get("/api/refusals?limit=200").await["refusals"].clone();
    let listed = listed.as_array().unwrap();
    let of = |provider: &str| listed.iter().find(|one| one["provider"] == provider);
    let nobody = of("nobody").unwrap_or_else(|| panic!("{listed:?}"));
    assert_eq!(
        (&nobody["path"], &nobody["code"]),
        (&"/hooks/nobody/shop".into(), &"not_found".into())
    );
    let near =
        listed.iter().any(|one| one["provider"] == "commercelayer" && one["code"] == "not_found");
    assert!(near && nobody["cure"].as_str().is_some_and(|cure| !cure.is_empty()), "{listed:?}");
}

/// The stage was deployed with the functions of the tests' project alone.
async fn what_has_no_function_is_not_applied(stack: &Stack) {
    let project = "connections:\n  money: { provider: stripe, webhook_secret: '${{ secret.a }}' }\n  box: { provider: sandbox }\n";
    let workflow = "trigger: { event: payment.captured, from: money }\nsteps:\n  - { id: tell, uses: chat.post, via: box, with: { text: Hi } }\n";
    let body = json!({ "project": project, "workflows": { "paid": workflow } });
    let answered = stack.call("PUT", "/api/project", Some(body)).await;
    assert_eq!(answered.verdict(), "422 project_invalid", "{answered:?}");
    let problem = &answered.json()["error"]["problems"][0];
    assert_eq!(problem["code"], "not_deployed", "{problem}");
    assert_eq!(problem["message"], "this stage has no function for the webhooks of stripe");
    assert!(problem["help"].to_string().contains("plan --template"), "{problem}");
}

async fn the_stage_says_how_it_stands(stack: &Stack) {
    let status = stack.get("/api/status").await;
    assert_eq!(status["functions"]["triggers"], json!(["commercelayer", "webhook"]), "{status}");
    let actions = status["functions"]["actions"].as_array().unwrap();
    assert!(actions.contains(&json!("email.send")), "{status}");
    assert!(status["queues"].is_array() && status["refusals"].is_array(), "{status}");
}
