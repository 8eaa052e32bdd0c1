//! Reading requests strictly: what is not understood is refused, never passed over.

mod body;
mod parts;

pub(crate) use body::{Strict, read_body};
pub(crate) use parts::{ExpectedRevision, Id, Params, limit};

/// The longest body.
pub(crate) const BODY_BYTES_MAX: usize = 1_048_576;
/// The longest body of a whole project.
pub(crate) const PROJECT_BYTES_MAX: usize = 4 * 1_048_576;
