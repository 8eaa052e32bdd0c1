//! Who gets into a served project, and under which name: tokens, hosts, and what is seen of those who
//! stayed outside. Over real HTTP.

mod host;
mod strangers;
mod tokens;

use crate::app::{Answered, Given, Platform};
use http::{HeaderMap, HeaderValue, Method};

const PROJECT: &str = "
connections:
  shop: { provider: commercelayer, webhook_secret: \"${{ secret.cl_webhook }}\" }
  mail: { provider: sandbox }
public_url: https://automation.example.com
";

const THANKS: &str = "
trigger: { event: order.placed, from: shop, once_per: trigger.order.id }
steps:
  - { id: thank, uses: chat.post, via: mail, with: { text: Thank you } }
";

/// A project that needs no account.
fn given() -> Given {
    Given::project(PROJECT).workflow("thanks", THANKS).secret("cl_webhook", "hush")
}

/// A request with that token.
async fn with_token(platform: &Platform, token: &str, method: Method, path: &str) -> Answered {
    let mut headers = HeaderMap::new();
    let bearer = HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
    headers.insert("authorization", bearer);
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    platform.request(method, path, headers, Vec::new()).await
}
