//! Clients whose answers a test makes up.

use super::{Clients, Requests};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::RetryConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use serde_json::Value;
use std::sync::{Arc, Mutex, PoisonError};

/// What was asked: the operation, such as `AWSEvents.PutEvents` or `PUT /bucket/key`, and its body.
pub(crate) type Asked = (String, Value);

type Answer = dyn Fn(&str, &Value) -> (u16, Value) + Send + Sync;

/// Answers every request, and remembers it.
#[derive(Clone)]
pub(crate) struct Canned {
    answer: Arc<Answer>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Canned {
    /// With the status and the body that `answer` gives.
    pub(crate) fn new(
        answer: impl Fn(&str, &Value) -> (u16, Value) + Send + Sync + 'static,
    ) -> Self {
        Self { answer: Arc::new(answer), asked: Arc::default() }
    }

    /// Clients that ask here, once for each call.
    pub(crate) fn clients(&self) -> Clients {
        let connector = SharedHttpConnector::new(self.clone());
        let credentials = Credentials::new("key", "secret", None, None, "a test");
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(http_client_fn(move |_, _| connector.clone()))
            .retry_config(RetryConfig::disabled());
        Clients { config: config.build(), requests: Requests::default(), made: Arc::default() }
    }

    /// What was asked so far, in its order.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl std::fmt::Debug for Canned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Canned")
    }
}

impl HttpConnector for Canned {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").map(str::to_owned);
        let path = request.uri().split("amazonaws.com").last().unwrap_or_default();
        let operation = target.unwrap_or_else(|| format!("{} {path}", request.method()));
        let body = request.body().bytes().and_then(|bytes| serde_json::from_slice(bytes).ok());
        let body = body.unwrap_or_default();
        let (status, answer) = (self.answer)(&operation, &body);
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push((operation, body));
        let status = StatusCode::try_from(status).expect("a test names a real status");
        let mut response = HttpResponse::new(status, SdkBody::from(answer.to_string()));
        response.headers_mut().insert("content-type", "application/x-amz-json-1.1");
        // Where Lambda has its word for an error.
        if let Some(word) = answer["__type"].as_str() {
            response.headers_mut().insert("x-amzn-errortype", word.to_owned());
        }
        HttpConnectorFuture::ready(Ok(response))
    }
}
