//! Somebody tries tokens: it is seen.

use super::{given, with_token};
use http::Method;

#[tokio::test]
async fn wrong_tokens_are_seen_with_their_number_and_where_they_came_from() {
    let app = given().start().await;
    for number in 0..500 {
        let answered = with_token(&app, &format!("tw_{number}"), Method::GET, "/api/runs").await;
        assert_eq!(answered.verdict(), "401 unauthorized");
    }
    let refusals = app.get("/api/refusals").await;
    assert_ne!(refusals["refusals"], serde_json::json!([]));
}
