//! Refusals of the API: the one place where their statuses and codes are chosen.
//!
//! Invariant: what a store or provider said is logged here and never shown.

use crate::access::TokenName;
use crate::types::{ErrorBody, ErrorDetail, Problem, Scope};
use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tradewind_connectors::deliveries::Refusal;
use tradewind_connectors::deliveries::json::NotStrict;
use tradewind_engine::ports::Unavailable;
use tradewind_engine::protocol::Objection;
use tradewind_engine::texts::visible;
use tradewind_platform::apply::NotApplied;
use tradewind_platform::people::NotDone;
use tradewind_platform::people::again::NotStarted;
use tradewind_platform::people::dismiss::NotDismissed;
use tradewind_platform::people::redrive::NotRedriven;

/// How long a caller should wait when a store did not answer.
const RETRY_AFTER_S: &str = "2";

/// Why a request is refused.
#[derive(Debug)]
pub(crate) enum ApiError {
    /// No token, or another one.
    Unauthorized,
    /// There may be such a token, but their store does not answer.
    TokensUnread,
    /// A page of another site asks for a change.
    OriginRefused,
    /// It is asked under a name that is not its own.
    HostRefused,
    /// The token may do less.
    ScopeTooSmall {
        /// The token.
        name: TokenName,
        /// What it may do.
        has: Scope,
        /// What it would have to be allowed.
        needed: Scope,
    },
    /// There is no such thing.
    NotFound(String),
    /// The path does not take the method.
    MethodNotAllowed,
    /// The body is longer than it may be.
    BodyTooLarge,
    /// The body did not arrive as a whole.
    BodyBroken,
    /// The body is not what it may be.
    Body(NotStrict),
    /// The body has a field that nobody knows.
    UnknownField(String),
    /// A field is missing, or of another type.
    FieldInvalid(String),
    /// The query cannot be used.
    QueryInvalid(String),
    /// The `Idempotency-Key` cannot be used.
    KeyInvalid,
    /// The `Idempotency-Key` was used for another request.
    KeyMismatch,
    /// The first request with this `Idempotency-Key` is still being answered.
    KeyInUse,
    /// It cannot be done as things stand.
    Objection(Objection),
    /// It was done too often.
    TooOften(String),
    /// Somebody else changed it at the same moment.
    Changed,
    /// Something else holds than the caller has seen.
    VersionConflict,
    /// The project or workflow has problems.
    ProjectInvalid(Vec<Problem>),
    /// The request is well formed, and still makes no sense: a code, and why.
    Senseless(&'static str, String),
    /// A store did not answer.
    Unavailable(Unavailable),
}

/// On an answer that must not be given to a repeated request: the next try may end otherwise.
#[derive(Clone, Copy)]
pub(crate) struct Transient;

impl ApiError {
    fn status(&self) -> StatusCode {
        match self {
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::OriginRefused | Self::ScopeTooSmall { .. } => StatusCode::FORBIDDEN,
            Self::HostRefused => StatusCode::MISDIRECTED_REQUEST,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Body(NotStrict::Refused(
                Refusal::EncodingUnsupported
                | Refusal::ContentTypeUnsupported
                | Refusal::ContentTypeMismatch,
            )) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::BodyBroken
            | Self::Body(_)
            | Self::UnknownField(_)
            | Self::FieldInvalid(_)
            | Self::QueryInvalid(_)
            | Self::KeyInvalid => StatusCode::BAD_REQUEST,
            Self::KeyInUse | Self::Objection(_) | Self::TooOften(_) | Self::Changed => {
                StatusCode::CONFLICT
            }
            Self::VersionConflict => StatusCode::PRECONDITION_FAILED,
            Self::KeyMismatch | Self::ProjectInvalid(_) | Self::Senseless(..) => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Self::TokensUnread | Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Unauthorized => "unauthorized",
            Self::OriginRefused => "origin_refused",
            Self::HostRefused => "host_refused",
            Self::ScopeTooSmall { .. } => "scope_too_small",
            Self::NotFound(_) => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::BodyTooLarge => "body_too_large",
            Self::BodyBroken => "body_broken",
            Self::Body(NotStrict::DuplicateKey(_)) => "duplicate_key",
            Self::Body(NotStrict::Refused(refusal)) => refusal.code(),
            Self::UnknownField(_) => "unknown_field",
            Self::FieldInvalid(_) => "field_invalid",
            Self::QueryInvalid(_) => "query_invalid",
            Self::KeyInvalid => "idempotency_key_invalid",
            Self::KeyMismatch => "idempotency_mismatch",
            Self::KeyInUse => "in_progress",
            Self::Objection(objection) => objection_code(objection),
            Self::TooOften(_) => "too_often",
            Self::Changed => "changed",
            Self::VersionConflict => "version_conflict",
            Self::ProjectInvalid(_) => "project_invalid",
            Self::Senseless(code, _) => code,
            Self::Unavailable(unavailable) if unavailable.is_newer() => "newer_version",
            Self::TokensUnread | Self::Unavailable(_) => "unavailable",
        }
    }

    fn message(&self) -> String {
        match self {
            Self::Unauthorized => "send the header `Authorization: Bearer <token>`".to_owned(),
            Self::TokensUnread => "tokens cannot be read now, please try again".to_owned(),
            Self::OriginRefused => "another site cannot change anything here".to_owned(),
            Self::HostRefused => {
                "the API does not answer under this host name: ask for localhost, a loopback address \
                 or the host of `public_url`, or serve it with `tradewind up --api-host NAME`"
                    .to_owned()
            }
            Self::ScopeTooSmall { name, has, needed } => format!(
                "this needs a token with the scope `{}`, and the token {name} has `{}`",
                needed.as_str(),
                has.as_str()
            ),
            Self::NotFound(what) => format!("there is no {what}"),
            Self::MethodNotAllowed => "this path does not take the method".to_owned(),
            Self::BodyTooLarge => "the body is too long".to_owned(),
            Self::BodyBroken => "the body did not arrive as a whole".to_owned(),
            Self::Body(NotStrict::DuplicateKey(key)) => {
                format!("duplicate_key \"{key}\": a key comes only once")
            }
            Self::Body(NotStrict::Refused(refusal)) => refusal.to_string(),
            Self::UnknownField(message)
            | Self::FieldInvalid(message)
            | Self::QueryInvalid(message)
            | Self::TooOften(message)
            | Self::Senseless(_, message) => message.clone(),
            Self::KeyInvalid => {
                "an Idempotency-Key is 1 to 200 visible ASCII characters".to_owned()
            }
            Self::KeyMismatch => {
                "this Idempotency-Key was sent with another request before".to_owned()
            }
            Self::KeyInUse => {
                "the first request with this Idempotency-Key is still being answered".to_owned()
            }
            Self::Objection(objection) => objection.to_string(),
            Self::Changed => NotDone::Changed.to_string(),
            Self::VersionConflict => {
                "something else was applied meanwhile: look again, then send it again".to_owned()
            }
            Self::ProjectInvalid(problems) => match problems.len() {
                1 => "1 problem: nothing was applied".to_owned(),
                count => format!("{count} problems: nothing was applied"),
            },
            Self::Unavailable(unavailable) if unavailable.is_newer() => unavailable.to_string(),
            Self::Unavailable(unavailable) => {
                format!("{} does not answer now, please try again", unavailable.service)
            }
        }
    }

    fn is_transient(&self) -> bool {
        matches!(self, Self::Changed | Self::KeyInUse | Self::KeyMismatch | Self::Unavailable(_))
    }
}

fn objection_code(objection: &Objection) -> &'static str {
    match objection {
        Objection::Succeeded => "run_succeeded",
        Objection::StillRunning => "run_active",
        Objection::Stopped => "run_stopped",
        Objection::Cancelled => "run_cancelled",
        Objection::NeedsResolving(_) => "needs_resolving",
        Objection::OtherProvider(..) => "other_provider",
        Objection::KeyWindowPassed(_) => "idempotency_window_passed",
        Objection::Redacted => "payload_redacted",
        Objection::NotParked | Objection::OnlySkipped(_) => "run_not_parked",
        Objection::OtherStep(_) => "other_step",
        Objection::NotAsked(_) => "not_asked",
        Objection::Decided(..) => "already_decided",
        Objection::TooLate(_) => "deadline_passed",
        Objection::OfItems(objections) => {
            objections.first().map_or("run_stopped", |first| objection_code(first))
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        if let Self::Unavailable(unavailable) = &self
            && !unavailable.is_newer()
        {
            tracing::error!(error = %unavailable.logged(), "a request to the API could not be served");
        }
        let (status, transient) = (self.status(), self.is_transient());
        let extra: Option<(HeaderName, &'static str)> = match &self {
            Self::Unauthorized => Some((header::WWW_AUTHENTICATE, "Bearer")),
            Self::TokensUnread | Self::Unavailable(_) => Some((header::RETRY_AFTER, RETRY_AFTER_S)),
            _ => None,
        };
        let (code, message) = (self.code().to_owned(), visible(&self.message()));
        let problems = match self {
            Self::ProjectInvalid(problems) => problems,
            _ => Vec::new(),
        };
        let body = ErrorBody { error: ErrorDetail { code, message, problems } };
        let mut response = (status, Json(body)).into_response();
        if let Some((name, value)) = extra {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        if transient {
            response.extensions_mut().insert(Transient);
        }
        response
    }
}

impl From<Unavailable> for ApiError {
    fn from(unavailable: Unavailable) -> Self {
        Self::Unavailable(unavailable)
    }
}

impl From<NotDone> for ApiError {
    fn from(not_done: NotDone) -> Self {
        match not_done {
            NotDone::NotFound(what) => Self::NotFound(what),
            NotDone::Objection(objection) => Self::Objection(objection),
            NotDone::Changed => Self::Changed,
            NotDone::Invalid(message) => Self::Senseless("request_invalid", message),
            NotDone::Unavailable(unavailable) => Self::Unavailable(unavailable),
        }
    }
}

impl From<NotApplied> for ApiError {
    fn from(not_applied: NotApplied) -> Self {
        match not_applied {
            NotApplied::Problems(problems) => {
                Self::ProjectInvalid(problems.into_iter().map(Problem::from).collect())
            }
            NotApplied::Conflict(_) => Self::VersionConflict,
            NotApplied::Unavailable(unavailable) => Self::Unavailable(unavailable),
        }
    }
}

impl From<NotRedriven> for ApiError {
    fn from(not_redriven: NotRedriven) -> Self {
        match not_redriven {
            NotRedriven::NotFound(id) => Self::NotFound(format!("dead letter {id}")),
            NotRedriven::Redacted => Self::Objection(Objection::Redacted),
            NotRedriven::Over(objection) => Self::Objection(objection),
            NotRedriven::Unreadable(_) => {
                Self::Senseless("payload_invalid", not_redriven.to_string())
            }
            NotRedriven::Unavailable(unavailable) => Self::Unavailable(unavailable),
        }
    }
}

impl From<NotDismissed> for ApiError {
    fn from(not_dismissed: NotDismissed) -> Self {
        match not_dismissed {
            NotDismissed::NotFound(id) => Self::NotFound(format!("dead letter {id}")),
            NotDismissed::Unavailable(unavailable) => Self::Unavailable(unavailable),
        }
    }
}

impl From<NotStarted> for ApiError {
    fn from(not_started: NotStarted) -> Self {
        match not_started {
            NotStarted::StillRunning(_) => Self::Objection(Objection::StillRunning),
            NotStarted::TooOften => Self::TooOften(NotStarted::TooOften.to_string()),
            NotStarted::Invalid(reason) => Self::Senseless("event_unfit", reason),
            NotStarted::Unavailable(unavailable) => Self::Unavailable(unavailable),
        }
    }
}
