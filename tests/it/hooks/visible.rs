//! What people can see of endpoints and of refused deliveries.

use super::shop::given;
use serde_json::json;

#[tokio::test]
async fn an_endpoint_that_is_not_ready_says_inside_what_is_missing() {
    let app = given().start().await;
    let endpoints = app.get("/api/endpoints").await;
    let shown = |name: &str| {
        let all = endpoints["endpoints"].as_array().unwrap();
        all.iter().find(|one| one["connection"] == name).unwrap().clone()
    };
    let shop = shown("shop");
    assert_eq!((&shop["ready"], &shop["reason"]), (&json!(true), &json!(null)));
    assert_eq!(shop["url"], "https://automation.example.com/hooks/commercelayer/shop");
    for name in ["bare", "unset"] {
        let endpoint = shown(name);
        assert_eq!(endpoint["ready"], json!(false), "{endpoint}");
        let reason = endpoint["reason"].as_str().unwrap();
        assert!(reason.starts_with("endpoint_not_ready: "), "{reason}");
    }
    assert!(shown("unset")["reason"].as_str().unwrap().contains("nobody_set_it"));
    app.stop().await;
}
