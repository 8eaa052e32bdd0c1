//! Calls to the admin API of a running process.

pub(super) mod process;

use super::error::Error;
use super::printing::output::Output;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use process::Found;
use secrecy::ExposeSecret;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Duration;
use tradewind_engine::ports::{HttpError, HttpRequest};
use tradewind_system::OperatorHttp;
use url::Url;

/// The longest that one call may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The longest answer: runs and events are shown with all that they hold.
const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;

/// One process and the right to talk to it.
pub(super) struct Client {
    http: OperatorHttp,
    url: Url,
    headers: HeaderMap,
    /// The project folder, where the process was found through it.
    dir: Option<PathBuf>,
}

/// What the API answered.
pub(super) struct Answer {
    /// The status.
    pub(super) status: StatusCode,
    /// The body; null where there is none.
    pub(super) body: Value,
    url: String,
}

impl Client {
    pub(super) fn new(found: Found) -> Result<Self, Error> {
        let parsed = Url::parse(&found.url).ok();
        let parsed = parsed.filter(|url| matches!(url.scheme(), "http" | "https"));
        let url = parsed
            .ok_or_else(|| Error::Usage(format!("`{}` is not an http address", found.url)))?;
        // What the folder says was looked at before. Anybody on the way reads what goes over plain http.
        if found.dir.is_none() && url.scheme() == "http" && !process::is_strictly_loopback(&url) {
            let message = format!(
                "the token is not sent to {url} over plain http: use https, or a tunnel to this machine \
                 such as `ssh -L 8080:127.0.0.1:8080 HOST` and http://127.0.0.1:8080"
            );
            return Err(Error::Usage(message));
        }
        let bearer = HeaderValue::try_from(format!("Bearer {}", found.token.expose_secret()));
        let mut bearer = bearer.map_err(|_| Error::Usage("the token is not a text".to_owned()))?;
        bearer.set_sensitive(true);
        let json = HeaderValue::from_static("application/json");
        let headers = [
            (header::AUTHORIZATION, bearer),
            (header::CONTENT_TYPE, json.clone()),
            (header::ACCEPT, json),
        ];
        let http = OperatorHttp::with_bodies_up_to(ANSWER_BYTES_MAX);
        let http = http.map_err(|error| Error::Process(error.into()))?;
        Ok(Self { http, url, headers: headers.into_iter().collect(), dir: found.dir })
    }

    /// Asks for something.
    pub(super) async fn get(&self, path: &[&str]) -> Result<Answer, Error> {
        self.call(Method::GET, path, &[], None).await?.accepted()
    }

    /// Asks for something, where the query narrows it down.
    pub(super) async fn query(
        &self,
        path: &[&str],
        query: &[(&str, Option<String>)],
    ) -> Result<Answer, Error> {
        self.call(Method::GET, path, query, None).await?.accepted()
    }

    /// Has something done.
    pub(super) async fn post(&self, path: &[&str], body: &impl Serialize) -> Result<Answer, Error> {
        self.call(Method::POST, path, &[], Some(document(body))).await?.accepted()
    }

    /// Puts a document in place. What the API makes of its content is left to the caller.
    pub(super) async fn put(&self, path: &[&str], body: &impl Serialize) -> Result<Answer, Error> {
        self.call(Method::PUT, path, &[], Some(document(body))).await
    }

    async fn call(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, Option<String>)],
        body: Option<Value>,
    ) -> Result<Answer, Error> {
        let is_change = method != Method::GET;
        let request = HttpRequest {
            method,
            url: self.address(path, query)?,
            headers: self.headers.clone(),
            body: body.map_or_else(Bytes::new, |body| Bytes::from(body.to_string())),
            timeout: TIMEOUT,
        };
        let sent = self.http.send(request).await;
        let response = sent.map_err(|error| self.failure(&error, is_change))?;
        let body = match response.body.is_empty() {
            true => Ok(Value::Null),
            false => serde_json::from_slice(&response.body),
        };
        let url = self.shown();
        match (response.status, body) {
            (StatusCode::UNAUTHORIZED, _) => Err(Error::Unauthorized(url)),
            (status, Ok(body)) => Ok(Answer { status, body, url }),
            (status, Err(_)) => {
                let detail = match status.is_redirection() {
                    true => format!("status {}; redirects are not followed", status.as_u16()),
                    false => format!("status {}, and no JSON", status.as_u16()),
                };
                Err(Error::Unexpected { url, detail })
            }
        }
    }

    // An id such as `orders/confirm` is one segment.
    fn address(&self, path: &[&str], query: &[(&str, Option<String>)]) -> Result<String, Error> {
        let mut url = self.url.clone();
        url.path_segments_mut()
            .map_err(|()| Error::Usage(format!("`{}` is not an http address", self.url)))?
            .pop_if_empty()
            .push("api")
            .extend(path);
        for (name, value) in query {
            if let Some(value) = value {
                url.query_pairs_mut().append_pair(name, value);
            }
        }
        Ok(url.into())
    }

    fn failure(&self, error: &HttpError, is_change: bool) -> Error {
        let url = self.shown();
        match error {
            HttpError::NotSent(reason) => match &self.dir {
                // It ended without taking its announcement back.
                Some(dir) => Error::NoProcess(dir.clone()),
                None => Error::Unreachable { url, reason: reason.clone() },
            },
            HttpError::Lost(reason) if is_change => {
                let reason = format!("{reason}; what was asked for may have been done");
                Error::NoAnswer { url, reason }
            }
            HttpError::Lost(reason) => Error::NoAnswer { url, reason: reason.clone() },
            HttpError::Blocked(blocked) => Error::Usage(format!("{url} is not called: {blocked}")),
            HttpError::Oversize(_) => Error::Unexpected { url, detail: error.to_string() },
        }
    }

    fn shown(&self) -> String {
        self.url.as_str().trim_end_matches('/').to_owned()
    }
}

fn document(body: &impl Serialize) -> Value {
    serde_json::to_value(body).expect("documents have texts as keys")
}

impl Answer {
    /// The body as the type that the API gives.
    pub(super) fn typed<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_value(self.body.clone())
            .map_err(|error| Error::Unexpected { url: self.url.clone(), detail: error.to_string() })
    }

    /// Prints the answer as it is where JSON was asked for; returns whether it was.
    pub(super) fn print_json(&self, output: Output) -> bool {
        if output.json {
            match &self.body {
                Value::Null => output.document(&json!({})),
                body => output.document(body),
            }
        }
        output.json
    }

    /// The answer, or what was said against it.
    pub(super) fn accepted(self) -> Result<Self, Error> {
        if self.status.is_success() {
            return Ok(self);
        }
        let error = &self.body["error"];
        let (Some(code), Some(message)) = (error["code"].as_str(), error["message"].as_str())
        else {
            let detail = format!("status {}", self.status.as_u16());
            return Err(Error::Unexpected { url: self.url, detail });
        };
        Err(match self.status {
            StatusCode::NOT_FOUND => Error::NotFound(message.to_owned()),
            _ => Error::Refused { code: code.to_owned(), message: message.to_owned() },
        })
    }
}
