//! Tokens by name.

use super::{given, with_token};
use http::Method;

#[tokio::test]
async fn the_audit_log_says_by_which_token() {
    let app = given().start().await;
    app.post("/api/workflows/thanks/pause", serde_json::json!({})).await;
    assert_eq!(app.get("/api/audit").await["audit"][0]["actor"], "local");
}

#[tokio::test]
async fn a_token_that_was_replaced_opens_nothing_any_more() {
    let app = given().start().await;
    std::fs::write(app.data_dir().join("token"), "tw_new").unwrap();
    let answered = with_token(&app, &app.token, Method::GET, "/api/runs").await;
    assert_eq!(answered.verdict(), "401 unauthorized");
    let answered = with_token(&app, "tw_new", Method::GET, "/api/runs").await;
    assert_eq!(answered.status, 200);
}
