//! From a description and what expressions see to a request.

use super::auth::{authorized, filled, header_name};
use super::key;
use crate::action::Cx;
use crate::providers::requests::{ENCODED, form_pair};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use percent_encoding::utf8_percent_encode;
use serde_json::Value;
use std::time::Duration;
use tradewind_engine::descriptions::{
    Body, Description, Find, FormMember, KeyPlace, ListStyle, Method, Nulls,
    PATH_AND_QUERY_BYTES_MAX, Path, TextPiece, Way,
};
use tradewind_engine::effects::ActionError;
use tradewind_engine::expressions::Scope;
use tradewind_engine::ports::HttpRequest;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");

/// What the requests of one attempt are made of.
pub(super) struct Requests<'a> {
    pub(super) cx: &'a Cx<'a>,
    pub(super) description: &'a Description,
    pub(super) scope: &'a Scope,
    pub(super) timeout: Duration,
}

impl Requests<'_> {
    /// The one request with an effect.
    pub(super) fn of_way(&self, way: &Way) -> Result<HttpRequest, ActionError> {
        let (mut body, content_type) = self.body(&way.body)?;
        let mut query = self.members(&way.query)?;
        let mut headers = self.headers(&way.headers)?;
        if let Some(key) = &way.key {
            let sent = key::sent(key, self.cx.idempotency_key);
            match &key.sent {
                Some(KeyPlace::Header(name)) => {
                    put_header(&mut headers, header_name(name)?, &sent)?;
                }
                Some(KeyPlace::Query(name)) => query.push((name.clone(), sent)),
                Some(KeyPlace::Body(name)) => put_member(&mut body, name, sent)?,
                None => {}
            }
        }
        let body = match (&way.body, body) {
            (Body::Form { lists, .. }, body) => Bytes::from(form(&body, *lists)?),
            (Body::Json(_), body) => Bytes::from(body.to_string()),
            (Body::None, _) => Bytes::new(),
        };
        headers.entry(header::ACCEPT).or_insert(JSON);
        if let Some(content_type) = content_type {
            headers.entry(header::CONTENT_TYPE).or_insert(content_type);
        }
        let method = match way.method {
            Method::Get => http::Method::GET,
            Method::Post => http::Method::POST,
            Method::Put => http::Method::PUT,
            Method::Patch => http::Method::PATCH,
            Method::Delete => http::Method::DELETE,
        };
        let (url, timeout) = (self.url(&way.path, &query)?, self.timeout);
        authorized(self.cx, self.description, HttpRequest { method, url, headers, body, timeout })
    }

    /// The question whether it happened.
    pub(super) fn of_find(&self, find: &Find) -> Result<HttpRequest, ActionError> {
        let (body, content_type) = self.body(&find.body)?;
        let mut headers = self.headers(&[])?;
        headers.entry(header::ACCEPT).or_insert(JSON);
        if let Some(content_type) = content_type {
            headers.entry(header::CONTENT_TYPE).or_insert(content_type);
        }
        let body = match &find.body {
            Body::Json(_) => Bytes::from(body.to_string()),
            Body::None | Body::Form { .. } => Bytes::new(),
        };
        let is_post = find.method == Method::Post;
        let method = if is_post { http::Method::POST } else { http::Method::GET };
        let (url, timeout) = (self.url(&find.path, &self.members(&find.query)?)?, self.timeout);
        authorized(self.cx, self.description, HttpRequest { method, url, headers, body, timeout })
    }

    fn body(&self, body: &Body) -> Result<(Value, Option<HeaderValue>), ActionError> {
        let (form, content_type) = match body {
            Body::None => return Ok((Value::Null, None)),
            Body::Json(form) => (form, JSON),
            Body::Form { fields, .. } => (fields, FORM),
        };
        let rendered = form.render(self.scope, &self.description.parts, Nulls::LeftOut);
        Ok((rendered.map_err(|error| refused(&error))?, Some(content_type)))
    }

    fn headers(&self, own: &[FormMember]) -> Result<HeaderMap, ActionError> {
        let mut headers = HeaderMap::new();
        let members =
            self.members(&self.description.headers)?.into_iter().chain(self.members(own)?);
        for (name, value) in members {
            put_header(&mut headers, header_name(&name)?, &value)?;
        }
        Ok(headers)
    }

    /// The members that come to anything, as texts.
    fn members(&self, members: &[FormMember]) -> Result<Vec<(String, String)>, ActionError> {
        let mut found = Vec::new();
        for member in members {
            let rendered = member.value.render(self.scope, &self.description.parts, Nulls::LeftOut);
            match rendered.map_err(|error| refused(&error))? {
                Value::Null => {}
                Value::Array(several) => {
                    found.extend(
                        several.iter().filter_map(text_of).map(|one| (member.name.clone(), one)),
                    );
                }
                value => found.extend(text_of(&value).map(|one| (member.name.clone(), one))),
            }
        }
        Ok(found)
    }

    fn url(&self, path: &Path, query: &[(String, String)]) -> Result<String, ActionError> {
        let base = &self.description.base_url;
        let address = filled(self.cx, self.description, base)?;
        // An address that is one setting is called as it is given.
        let mut url = match base.whole_setting() {
            Some(_) => address,
            None => self.cx.connection.base_url(&address),
        };
        let start = url.len();
        for piece in &path.pieces {
            match piece {
                TextPiece::Text(text) => url.push_str(text),
                TextPiece::Expression(one) => {
                    let text = one.text(self.scope).map_err(|error| refused(&error))?;
                    if matches!(text.as_str(), "" | "." | "..") {
                        return Err(ActionError::refused(format!(
                            "path_invalid: {}",
                            one.source()
                        )));
                    }
                    url.extend(utf8_percent_encode(&text, ENCODED));
                }
            }
        }
        for (place, (name, value)) in query.iter().enumerate() {
            url.push(if place == 0 { '?' } else { '&' });
            url.push_str(&form_pair(name, value));
        }
        if url.len() - start > PATH_AND_QUERY_BYTES_MAX {
            return Err(ActionError::refused("text_too_long: the path and the query"));
        }
        Ok(url)
    }
}

fn put_header(headers: &mut HeaderMap, name: HeaderName, value: &str) -> Result<(), ActionError> {
    let value = HeaderValue::from_str(value)
        .map_err(|_| ActionError::bad_data("header_injection", name.as_str()))?;
    headers.insert(name, value);
    Ok(())
}

/// Without its key a call must not go out.
fn put_member(body: &mut Value, name: &str, value: String) -> Result<(), ActionError> {
    let Value::Object(members) = body else {
        return Err(ActionError::refused("key_invalid: the body has no place for the key"));
    };
    members.insert(name.to_owned(), Value::String(value));
    Ok(())
}

/// A value as a text; nothing of a list or a map.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn form(body: &Value, lists: ListStyle) -> Result<String, ActionError> {
    let mut pairs = Vec::new();
    let Value::Object(members) = body else {
        return Err(ActionError::refused("body_invalid: a form is a map"));
    };
    for (name, value) in members {
        put_pairs(name, value, lists, &mut pairs);
    }
    Ok(pairs.join("&"))
}

fn put_pairs(name: &str, value: &Value, lists: ListStyle, pairs: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (member, value) in members {
                put_pairs(&format!("{name}[{member}]"), value, lists, pairs);
            }
        }
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                let name = match lists {
                    ListStyle::Index => format!("{name}[{place}]"),
                    ListStyle::Repeat => name.to_owned(),
                    ListStyle::Empty => format!("{name}[]"),
                };
                put_pairs(&name, item, lists, pairs);
            }
        }
        value => pairs.extend(text_of(value).map(|text| form_pair(name, &text))),
    }
}

/// What the data of the step cannot be made into is the step's error.
fn refused(error: &impl std::fmt::Display) -> ActionError {
    ActionError::refused(format!("input_invalid: {error}"))
}
