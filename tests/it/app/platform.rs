//! A running platform from outside: its address, its token and HTTP. Which runtime serves it does
//! not show.

use super::answer::Answered;
use http::{HeaderMap, HeaderValue, Method};
use serde_json::Value;
use std::time::Duration;
use tradewind_engine::ports::{HttpError, HttpRequest};
use tradewind_system::OperatorHttp;

pub(super) const TIMEOUT: Duration = Duration::from_secs(30);

/// Where a platform is reached.
pub(crate) struct Platform {
    /// Such as `http://127.0.0.1:40001`.
    pub(crate) url: String,
    /// The token of the admin API.
    pub(crate) token: String,
    /// How it is waited for.
    pub(crate) patience: Patience,
    http: OperatorHttp,
}

/// How long to wait for what has to come, and how often to look.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// Far more than anything takes on a slow machine.
    pub(crate) most: Duration,
    /// Between two looks.
    pub(crate) every: Duration,
}

/// Everything is in this process.
const LOCAL: Patience =
    Patience { most: Duration::from_secs(30), every: Duration::from_millis(10) };

impl Platform {
    /// The platform at that address.
    pub(crate) fn at(url: &str, token: &str) -> Self {
        let http = OperatorHttp::new().unwrap();
        Self { url: url.to_owned(), token: token.to_owned(), patience: LOCAL, http }
    }

    /// Any request; an error where no whole answer comes.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        headers: HeaderMap,
        body: Vec<u8>,
    ) -> Result<Answered, HttpError> {
        let url = format!("{}{path}", self.url);
        let request = HttpRequest { method, url, headers, body: body.into(), timeout: TIMEOUT };
        let answer = self.http.send(request).await?;
        let text = String::from_utf8(answer.body.to_vec()).unwrap();
        Ok(Answered { status: answer.status, headers: answer.headers, text })
    }

    /// Any request that is answered.
    pub(crate) async fn request(
        &self,
        method: Method,
        path: &str,
        headers: HeaderMap,
        body: Vec<u8>,
    ) -> Answered {
        self.ask(method, path, headers, body).await.unwrap()
    }

    /// A request to the admin API, with its token.
    pub(crate) async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Answered {
        let mut headers = HeaderMap::new();
        let token = format!("Bearer {}", self.token);
        headers.insert("authorization", HeaderValue::from_str(&token).unwrap());
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        self.request(method, path, headers, body.into_bytes()).await
    }

    /// What the admin API shows there.
    pub(crate) async fn get(&self, path: &str) -> Value {
        let answered = self.call("GET", path, None).await;
        assert!(answered.status.is_success(), "GET {path}: {answered:?}");
        answered.json()
    }

    /// What the admin API made of it; it has to be a success.
    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        let answered = self.call("POST", path, Some(body)).await;
        assert!(answered.status.is_success(), "POST {path}: {answered:?}");
        answered.json()
    }
}
