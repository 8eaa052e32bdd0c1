//! What every request goes through: the host, the token, its scope, the origin, and what every answer
//! says.
//!
//! Invariant: nothing of a request is read before its token was found to fit.

use crate::access::{NoGrant, Stranger, TokenDigest, is_own_origin};
use crate::api::Api;
use crate::by::By;
use crate::errors::ApiError;
use crate::types::Scope;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// Answers only where it is called by a name of its own.
pub(crate) async fn at_own_host(
    State(api): State<Arc<Api>>,
    request: Request,
    next: Next,
) -> Response {
    if let Some(hosts) = api.hosts.as_ref().filter(|hosts| !hosts.are_asked(&request, None)) {
        let current = match api.acting.deployed.current().await {
            Ok(current) => current,
            Err(unavailable) => return ApiError::Unavailable(unavailable).into_response(),
        };
        let project = current.project.as_ref();
        let public_url = project.and_then(|project| project.public_url.as_deref());
        if !hosts.are_asked(&request, public_url) {
            return refuse(&api, Stranger::Host, peer(&request), ApiError::HostRefused).await;
        }
    }
    next.run(request).await
}

/// Lets only those in who have a token, and changes nothing for pages of other sites.
pub(crate) async fn admit(
    State(api): State<Arc<Api>>,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(given) = token(request.headers()).map(TokenDigest::of) else {
        return refuse(&api, Stranger::Missing, peer(&request), ApiError::Unauthorized).await;
    };
    let known = api.grants.known().await;
    let (stranger, error) = match known.find(&given, api.acting.clock.now()) {
        Ok(grant) => {
            request.extensions_mut().insert(By(Arc::new(grant.clone())));
            return go_on(&api, request, next).await;
        }
        Err(NoGrant::Unread) => (Stranger::Unread, ApiError::TokensUnread),
        Err(NoGrant::Wrong) => (Stranger::Wrong, ApiError::Unauthorized),
        Err(NoGrant::Expired(name)) => (Stranger::Expired(name), ApiError::Unauthorized),
    };
    refuse(&api, stranger, peer(&request), error).await
}

async fn go_on(api: &Api, request: Request, next: Next) -> Response {
    let is_change = !matches!(*request.method(), Method::GET | Method::HEAD);
    if is_change && !is_own_origin(request.headers(), request.uri()) {
        return ApiError::OriginRefused.into_response();
    }
    api.tell_strangers().await;
    next.run(request).await
}

/// Lets only those through whose token may do that.
pub(crate) async fn require(needed: Scope, request: Request, next: Next) -> Response {
    let By(grant) = match request.extensions().get::<By>() {
        Some(by) => by.clone(),
        None => return ApiError::Unauthorized.into_response(),
    };
    if grant.scope < needed {
        let (name, has) = (grant.name.clone(), grant.scope);
        return ApiError::ScopeTooSmall { name, has, needed }.into_response();
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

async fn refuse(api: &Api, stranger: Stranger, from: Option<IpAddr>, error: ApiError) -> Response {
    api.strangers.count(stranger, from);
    api.tell_strangers().await;
    error.into_response()
}

/// Who is at the other end of the connection. What a request says of that itself, as in
/// `X-Forwarded-For`, anybody can write.
fn peer(request: &Request) -> Option<IpAddr> {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    peer.map(|ConnectInfo(address)| address.ip().to_canonical())
}

/// The token that came along: exactly one.
fn token(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (all.next(), all.next()) else { return None };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}
