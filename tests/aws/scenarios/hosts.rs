//! A host that neither the catalog nor the stack's parameter names.

use crate::app::order;
use crate::site::Site;
use serde_json::json;

const TELL: &str = "
trigger: { event: order.placed, from: NAME_shop, once_per: trigger.order.id }
steps:
  - { id: tell, uses: chat.post, via: elsewhere, with: { text: Hello } }
";

/// In the project it is refused by the API, and in a secret by the function that would call it.
pub(super) async fn a_host_that_the_stack_does_not_allow_gets_nothing(site: &Site) {
    let stack = &site.stack;
    let evil = "connections:\n  mail: { provider: sendgrid, api_key: \"${{ secret.evil }}\", from: a@example.com, base_url: \"https://evil.example\" }\n";
    let files =
        json!({ "project": evil, "workflows": {}, "env": { "ALLOWED_HOSTS": "evil.example" } });
    let answered = stack.call("PUT", "/api/project", Some(files)).await;
    assert_eq!(answered.status, 422, "{answered:?}");
    assert_eq!(answered.json()["error"]["problems"][0]["code"], "url_blocked", "{answered:?}");
    stack.set_secret("slack", "elsewhere", "https://evil.example/services/s3cret").await;
    let slack = "  elsewhere: { provider: slack, url: \"${{ secret.elsewhere }}\" }\n";
    site.add("elsewhere", slack, &[]).await;
    let shop = site.open("hosts", "http://127.0.0.1:1", TELL).await;
    let parked = shop.run_in(&shop.begun(&order(1)).await, "parked").await;
    let reason = parked["steps"][0]["reason"].as_str().unwrap_or_default();
    assert!(reason.starts_with("url_blocked: host_not_allowed: evil.example "), "{parked:#}");
}
