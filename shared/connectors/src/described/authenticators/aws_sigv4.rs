//! Signature version 4 of AWS, by the library that AWS's own SDK signs with.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html>
//!
//! The body, the path and every header that is there are signed, so this is the last that is done with a request.

use super::{Signing, Told};
use crate::action::Cx;
use crate::providers::requests::with_credential;
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use http::{HeaderName, HeaderValue};
use std::fmt::Display;
use std::time::SystemTime;
use tradewind_engine::descriptions::{Argument, Authenticator};
use tradewind_engine::effects::ActionError;
use tradewind_engine::ports::HttpRequest;
use tradewind_engine::time::Timestamp;

/// It signs for a `service` in a `region` with a key of the account.
pub(super) const AWS_SIGV4: Signing = Signing {
    authenticator: Authenticator {
        name: "aws_sigv4",
        arguments: &[
            Argument { name: "region", required: true, secret: false },
            Argument { name: "service", required: true, secret: false },
            Argument { name: "access_key_id", required: true, secret: false },
            Argument { name: "secret_access_key", required: true, secret: true },
            Argument { name: "session_token", required: false, secret: true },
        ],
    },
    sign: signed,
};

fn signed(cx: &Cx<'_>, told: &Told, mut request: HttpRequest) -> Result<HttpRequest, ActionError> {
    let identity = Credentials::new(
        told.required("access_key_id")?,
        told.required("secret_access_key")?,
        told.get("session_token").map(str::to_owned),
        None,
        "the connection",
    )
    .into();
    let since = cx.clock.now().duration_since(Timestamp::UNIX_EPOCH).unsigned_abs();
    let now = SystemTime::UNIX_EPOCH + since;
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(told.required("region")?)
        .name(told.required("service")?)
        .time(now)
        .settings(SigningSettings::default())
        .build()
        .map_err(|error| unsigned(&error))?
        .into();
    let headers = request.headers.iter();
    let headers = headers.map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    let Some(headers) = headers.collect::<Option<Vec<_>>>() else {
        return Err(ActionError::bad_data("header_injection", "a header is not ASCII"));
    };
    let body = SignableBody::Bytes(&request.body);
    let signable =
        SignableRequest::new(request.method.as_str(), &request.url, headers.into_iter(), body);
    let signable = signable.map_err(|error| unsigned(&error))?;
    let (instructions, _) =
        sign(signable, &parameters).map_err(|error| unsigned(&error))?.into_parts();
    for (name, value) in instructions.headers() {
        let name = HeaderName::try_from(name).map_err(|error| unsigned(&error))?;
        // The time is no credential; the rest proves who calls.
        if name == "x-amz-date" {
            let value = HeaderValue::try_from(value).map_err(|error| unsigned(&error))?;
            request.headers.insert(name, value);
        } else {
            request = with_credential(request, name, value, "secret_access_key")?;
        }
    }
    Ok(request)
}

/// What cannot be signed is not sent. The error names parts of the request and no value of a secret.
fn unsigned(error: &impl Display) -> ActionError {
    ActionError::needs_repair(format!("auth_invalid: the request cannot be signed: {error}"))
}
