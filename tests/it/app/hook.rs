//! Webhooks as their senders send them.

use super::answer::Answered;
use super::platform::Platform;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use ring::hmac;
use serde_json::{Value, json};
use tradewind_engine::ports::HttpError;
use tradewind_engine::time::Timestamp;

/// An order as Commerce Layer sends it with `orders.place`.
pub(crate) const ORDER: &str = include_str!("../../../infra/local/src/demo/project/order.json");

/// The same with another id and number.
pub(crate) fn order(number: u32) -> Value {
    let mut order: Value = serde_json::from_str(ORDER).unwrap();
    order["data"]["id"] = json!(format!("order{number}"));
    order["data"]["attributes"]["number"] = json!(number);
    order
}

/// One delivery; signed last, over the body that it has then.
#[derive(Clone, Debug)]
pub(crate) struct Hook {
    /// The method.
    pub(crate) method: Method,
    /// The path.
    pub(crate) path: String,
    /// The headers.
    pub(crate) headers: HeaderMap,
    /// The body.
    pub(crate) body: Vec<u8>,
}

impl Hook {
    /// A delivery without headers.
    pub(crate) fn new(path: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            method: Method::POST,
            path: path.to_owned(),
            headers: HeaderMap::new(),
            body: body.into(),
        }
    }

    /// Commerce Layer's, signed by `secret`.
    pub(crate) fn commercelayer(
        connection: &str,
        topic: &str,
        body: impl Into<Vec<u8>>,
        secret: &str,
    ) -> Self {
        let hook = Self::new(&format!("/hooks/commercelayer/{connection}"), body);
        let signature = sign(secret.as_bytes(), &[&hook.body]);
        hook.header("content-type", "application/vnd.api+json")
            .header("x-commercelayer-topic", topic)
            .header("x-commercelayer-signature", &signature)
    }

    /// One of a provider of the project's own, signed by `secret` as its file says: over the body, in base64.
    pub(crate) fn own(path: &str, topic: &str, body: impl Into<Vec<u8>>, secret: &str) -> Self {
        let hook = Self::new(path, body);
        let signature = sign(secret.as_bytes(), &[&hook.body]);
        hook.header("content-type", "application/json")
            .header("x-acme-topic", topic)
            .header("x-acme-signature", &signature)
    }

    /// One by Standard Webhooks, signed at `at` by `secret` (`whsec_…`).
    pub(crate) fn standard(
        connection: &str,
        id: &str,
        body: impl Into<Vec<u8>>,
        secret: &str,
        at: Timestamp,
    ) -> Self {
        let hook = Self::new(&format!("/hooks/webhook/{connection}"), body);
        let timestamp = at.as_second().to_string();
        let key = STANDARD.decode(secret.trim_start_matches("whsec_")).unwrap();
        let parts = [id.as_bytes(), b".", timestamp.as_bytes(), b".", &hook.body];
        let signature = format!("v1,{}", sign(&key, &parts));
        hook.header("content-type", "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", &timestamp)
            .header("webhook-signature", &signature)
    }

    /// With a header, in place of one of that name.
    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        self
    }

    /// Without the header of that name.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.remove(name);
        self
    }

    /// By another method.
    pub(crate) fn method(mut self, method: Method) -> Self {
        self.method = method;
        self
    }

    /// With another body, under the signature of the one before.
    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Sends it.
    pub(crate) async fn send(&self, platform: &Platform) -> Answered {
        self.try_send(platform).await.unwrap()
    }

    /// Sends it to a platform that may be gone.
    pub(crate) async fn try_send(&self, platform: &Platform) -> Result<Answered, HttpError> {
        let (method, headers) = (self.method.clone(), self.headers.clone());
        platform.ask(method, &self.path, headers, self.body.clone()).await
    }
}

/// HMAC-SHA256 in base64.
fn sign(key: &[u8], parts: &[&[u8]]) -> String {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
    parts.iter().for_each(|part| context.update(part));
    STANDARD.encode(context.sign())
}
