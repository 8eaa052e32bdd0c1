//! What a failed call of an AWS service means to the engine.

use crate::metrics;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use std::error::Error;
use std::fmt;
use tradewind_engine::ports::Unavailable;

/// A failed call, whichever the service.
pub(crate) trait Failed {
    /// The service's own word for it, such as `ThrottlingException`.
    fn word(&self) -> Option<&str>;
    /// A sentence without anything that was sent.
    fn sentence(&self) -> String;
    /// What lies below it, where there was no answer.
    fn cause(&self) -> Option<&(dyn Error + 'static)> {
        None
    }
}

impl<E: ProvideErrorMetadata + Error + 'static, R: fmt::Debug> Failed for SdkError<E, R> {
    fn word(&self) -> Option<&str> {
        self.code()
    }

    fn sentence(&self) -> String {
        match self {
            SdkError::TimeoutError(_) => "it did not answer in time".to_owned(),
            SdkError::DispatchFailure(_) => "it could not be reached".to_owned(),
            SdkError::ConstructionFailure(_) => "the request could not be built".to_owned(),
            SdkError::ResponseError(_) => "its answer could not be read".to_owned(),
            other => match (other.code(), other.message()) {
                (Some(code), Some(message)) => format!("{code}: {message}"),
                (Some(code), None) => code.to_owned(),
                _ => "it failed".to_owned(),
            },
        }
    }

    fn cause(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            // What the service itself said is in the sentence.
            SdkError::ServiceError(_) => None,
            other => other.source(),
        }
    }
}

/// The words of the services for "too much at once".
const THROTTLED: [&str; 8] = [
    "ThrottlingException",
    "Throttling",
    "ThrottledException",
    "RequestThrottled",
    "TooManyRequestsException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "SlowDown",
];

/// The call failed after all its tries; a throttled one is counted.
#[track_caller]
pub(crate) fn unavailable(service: &'static str, failed: &impl Failed) -> Unavailable {
    if failed.word().is_some_and(|word| THROTTLED.contains(&word)) {
        metrics::throttled();
    }
    let unavailable = Unavailable::new(service, failed.sentence());
    match failed.cause() {
        Some(cause) => unavailable.caused_by(cause),
        None => unavailable,
    }
}
