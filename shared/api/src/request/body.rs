//! The body of a request.

use crate::errors::ApiError;
use axum::extract::{FromRequest, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tradewind_connectors::deliveries::Refusal;
use tradewind_connectors::deliveries::json::read_strict;
use tradewind_engine::problems::nearest;
use utoipa::PartialSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

/// A JSON body in which no key comes twice and no field is unknown. No body is the same as `{}`.
pub(crate) struct Strict<T>(pub(crate) T);

impl<T: DeserializeOwned + PartialSchema, S: Sync> FromRequest<S> for Strict<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _state: &S) -> Result<Self, ApiError> {
        check_encoding(request.headers())?;
        let (parts, body) = read_body(request).await?;
        if body.is_empty() {
            return typed(Value::Object(serde_json::Map::new())).map(Self);
        }
        check_content_type(&parts.headers)?;
        typed(read_strict(&body).map_err(ApiError::Body)?).map(Self)
    }
}

/// The whole body, which is not longer than its path allows.
pub(crate) async fn read_body(request: Request) -> Result<(Parts, Bytes), ApiError> {
    let (parts, body) = request.into_parts();
    let request = Request::from_parts(parts.clone(), body);
    let body =
        Bytes::from_request(request, &()).await.map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => ApiError::BodyTooLarge,
            _ => ApiError::BodyBroken,
        })?;
    Ok((parts, body))
}

// Nothing is unpacked, so that a small body cannot become a big one.
fn check_encoding(headers: &HeaderMap) -> Result<(), ApiError> {
    let mut encodings = headers.get_all(header::CONTENT_ENCODING).iter();
    if encodings.all(|encoding| encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        Ok(())
    } else {
        Err(ApiError::Body(Refusal::EncodingUnsupported.into()))
    }
}

fn check_content_type(headers: &HeaderMap) -> Result<(), ApiError> {
    let label = headers.get(header::CONTENT_TYPE).and_then(|label| label.to_str().ok());
    let label = label.and_then(|label| label.split(';').next()).unwrap_or_default().trim();
    if label.eq_ignore_ascii_case("application/json") {
        Ok(())
    } else {
        Err(ApiError::Body(Refusal::ContentTypeUnsupported.into()))
    }
}

fn typed<T: DeserializeOwned + PartialSchema>(value: Value) -> Result<T, ApiError> {
    let Value::Object(members) = &value else {
        return Err(ApiError::FieldInvalid("the body must be an object".to_owned()));
    };
    let known = fields::<T>();
    if let Some(unknown) = members.keys().find(|key| !known.contains(key)) {
        let nearest = nearest(unknown, known.iter().map(String::as_str));
        let help = nearest.map(|one| format!(", did you mean `{one}`?")).unwrap_or_default();
        return Err(ApiError::UnknownField(format!("unknown field `{unknown}`{help}")));
    }
    serde_json::from_value(value).map_err(|error| ApiError::FieldInvalid(error.to_string()))
}

/// The fields that the OpenAPI document promises.
fn fields<T: PartialSchema>() -> Vec<String> {
    match T::schema() {
        RefOr::T(Schema::Object(object)) => object.properties.keys().cloned().collect(),
        _ => Vec::new(),
    }
}
