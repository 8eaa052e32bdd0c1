//! Why a delivery is refused. Nothing of it is kept.

/// The reasons, each with the code that the sender reads.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No such endpoint, or one that has no secret: outside they look the same.
    #[error("there is no such endpoint")]
    NotFound,
    /// The endpoint exists, but its secret is missing or none; outside it looks like
    /// [`Refusal::NotFound`], and what is missing is for people inside.
    #[error("there is no such endpoint")]
    NotReady(String),
    /// A method that the endpoint does not take; the ones it takes, as in `Allow`.
    #[error("use {0}")]
    MethodNotAllowed(String),
    /// The signature header is missing.
    #[error("the signature header is missing")]
    SignatureMissing,
    /// The signature does not fit the body.
    #[error("the signature does not fit")]
    SignatureInvalid,
    /// The signature header cannot be read.
    #[error("the signature header cannot be read")]
    SignatureMalformed,
    /// The signed time is more than five minutes away.
    #[error("the signed time is more than 5 minutes away")]
    TimestampOutOfRange,
    /// There is no body.
    #[error("the body is empty")]
    BodyEmpty,
    /// The body broke off, or took too long.
    #[error("the body broke off, stood still, or came too slowly")]
    BodyIncomplete,
    /// The body is longer than the runtime takes; how long it may be, in bytes.
    #[error("the body is longer than {0} bytes")]
    BodyTooLarge(usize),
    /// A content encoding other than gzip.
    #[error("send the body without content encoding, or by gzip")]
    EncodingUnsupported,
    /// The body is packed, but broken.
    #[error("the body cannot be unpacked")]
    EncodingInvalid,
    /// A content type that the endpoint does not take.
    #[error("this content type is not taken here")]
    ContentTypeUnsupported,
    /// The body is not what its content type says.
    #[error("the body is not what the content type says")]
    ContentTypeMismatch,
    /// The body is not UTF-8.
    #[error("the body is not UTF-8 at byte {0}")]
    NotUtf8(usize),
    /// The body is not JSON.
    #[error("{reason} at {line}:{column}")]
    JsonInvalid {
        /// What is wrong.
        reason: String,
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// Deeper than 64.
    #[error("the JSON is nested deeper than 64")]
    JsonTooDeep,
    /// A number that no float can hold.
    #[error("the number at {0} is out of range")]
    NumberOutOfRange(String),
    /// The payload lacks what its topic promises.
    #[error("the payload cannot be used: {0}")]
    PayloadInvalid(String),
    /// The payload says itself that its topic, which is not signed, is another one. Sent again it would
    /// say the same, so the sender is told that it is done.
    #[error("the payload contradicts its topic: {0}")]
    TopicContradictsPayload(String),
    /// The event could not be stored; the sender should try again.
    #[error("the event could not be stored, please send it again")]
    NotStored,
}

impl Refusal {
    /// The stable code, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound | Self::NotReady(_) => "not_found",
            Self::MethodNotAllowed(_) => "method_not_allowed",
            Self::SignatureMissing => "signature_missing",
            Self::SignatureInvalid => "signature_invalid",
            Self::SignatureMalformed => "signature_malformed",
            Self::TimestampOutOfRange => "timestamp_out_of_range",
            Self::BodyEmpty => "body_empty",
            Self::BodyIncomplete => "body_incomplete",
            Self::BodyTooLarge(_) => "body_too_large",
            Self::EncodingUnsupported => "encoding_unsupported",
            Self::EncodingInvalid => "encoding_invalid",
            Self::ContentTypeUnsupported => "content_type_unsupported",
            Self::ContentTypeMismatch => "content_type_mismatch",
            Self::NotUtf8(_) => "not_utf8",
            Self::JsonInvalid { .. } => "json_invalid",
            Self::JsonTooDeep => "json_too_deep",
            Self::NumberOutOfRange(_) => "number_out_of_range",
            Self::PayloadInvalid(_) => "payload_invalid",
            Self::TopicContradictsPayload(_) => "topic_contradicts_payload",
            Self::NotStored => "not_stored",
        }
    }
}
