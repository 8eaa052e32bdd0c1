//! What every request goes through: the token, the origin, and what every answer says.
//!
//! Invariant: nothing of a request is read before its token was found to fit.

use crate::api::Api;
use crate::errors::ApiError;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use ring::hmac;
use secrecy::ExposeSecret;
use std::sync::Arc;

/// Lets only those in who have the token, and changes nothing for pages of other sites.
pub(crate) async fn admit(State(api): State<Arc<Api>>, request: Request, next: Next) -> Response {
    if !has_token(request.headers(), api.token.expose_secret()) {
        return ApiError::Unauthorized.into_response();
    }
    let is_change = !matches!(*request.method(), Method::GET | Method::HEAD);
    if is_change && !is_own_origin(request.headers(), request.uri()) {
        return ApiError::OriginRefused.into_response();
    }
    next.run(request).await
}

/// Nothing that is answered may be kept, guessed at or framed.
pub(crate) async fn seal(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    );
    response
}

fn has_token(headers: &HeaderMap, token: &str) -> bool {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (all.next(), all.next()) else { return false };
    let Some((scheme, given)) = value.to_str().ok().and_then(|value| value.split_once(' ')) else {
        return false;
    };
    !token.is_empty() && scheme.eq_ignore_ascii_case("bearer") && is_same(given.trim(), token)
}

/// In constant time: `ring` compares digests only while it checks one.
fn is_same(given: &str, token: &str) -> bool {
    const MESSAGE: &[u8] = b"tradewind";
    let key = |text: &str| hmac::Key::new(hmac::HMAC_SHA256, text.as_bytes());
    hmac::verify(&key(token), MESSAGE, hmac::sign(&key(given), MESSAGE).as_ref()).is_ok()
}

/// Programs send no origin. A page's origin must be the host that it asks.
fn is_own_origin(headers: &HeaderMap, uri: &Uri) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.or_else(|| uri.authority().map(|authority| authority.as_str()));
    let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
    match (origin, host) {
        (Some(("http" | "https", origin)), Some(host)) => origin.eq_ignore_ascii_case(host),
        _ => false,
    }
}
