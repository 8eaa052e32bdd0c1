//! The stage that was deployed.

use crate::site::Site;
use http::{HeaderMap, Method, StatusCode};

/// The gateway reaches the functions, and what is nowhere or not allowed gets our own answers.
pub(super) async fn the_stack_deploys(site: &Site) {
    let stack = &site.stack;
    let ask = async |method: Method, path: &str| {
        stack.request(method, path, HeaderMap::new(), Vec::new()).await
    };
    assert_eq!(ask(Method::GET, "/health").await.status, StatusCode::OK);
    assert_eq!(ask(Method::GET, "/api/runs").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(ask(Method::GET, "/nowhere").await.verdict(), "404 not_found");
    let nobody = ask(Method::POST, "/hooks/commercelayer/nobody").await;
    assert_eq!(nobody.verdict(), "404 not_found");
    assert!(stack.get("/api/runs").await["runs"].is_array());
}
