//! What a failed call of an AWS service means to the engine.

use crate::metrics;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use tradewind_engine::ports::Unavailable;

/// A failed call, whichever the service.
pub(crate) trait Failed {
    /// The service's own word for it, such as `ThrottlingException`.
    fn word(&self) -> Option<&str>;
    /// A sentence without anything that was sent.
    fn sentence(&self) -> String;
}

impl<E: ProvideErrorMetadata, R> Failed for SdkError<E, R> {
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
pub(crate) fn unavailable(service: &'static str, failed: &impl Failed) -> Unavailable {
    if failed.word().is_some_and(|word| THROTTLED.contains(&word)) {
        metrics::throttled();
    }
    Unavailable { service, reason: failed.sentence() }
}
