//! The stage that was deployed.

use crate::site::Site;
use http::{HeaderMap, Method, StatusCode};

/// The gateway reaches the functions, and answers what is nowhere by itself.
pub(super) async fn the_stack_deploys(site: &Site) {
    let stack = &site.stack;
    let ask = async |method: Method, path: &str| {
        stack.request(method, path, HeaderMap::new(), Vec::new()).await
    };
    assert_eq!(ask(Method::GET, "/health").await.status, StatusCode::OK);
    assert_eq!(ask(Method::GET, "/api/runs").await.status, StatusCode::UNAUTHORIZED);
    for nowhere in ["/nowhere", "/api", "/hooks/nobody/shop", "/hooks"] {
        let answered = ask(Method::POST, nowhere).await;
        assert_eq!(answered.status, StatusCode::NOT_FOUND, "{nowhere}");
        assert!(
            !answered.text.contains("not_found"),
            "a function answered {nowhere}: {answered:?}"
        );
    }
    // An address of a provider that leads nowhere reaches the function that lists it.
    for near in [
        "/hooks/commercelayer",
        "/hooks/commercelayer/nobody",
        "/hooks/commercelayer/nobody/",
        "/hooks/commercelayer/nobody/more",
    ] {
        assert_eq!(ask(Method::POST, near).await.verdict(), "404 not_found", "{near}");
    }
    assert!(stack.get("/api/runs").await["runs"].is_array());
}
