//! What the feature tests see of a platform, for this runtime: the files of the local tests.

#[path = "../../it/app/answer.rs"]
mod answer;
#[path = "../../it/app/given.rs"]
mod given;
#[path = "../../it/app/hook.rs"]
mod hook;
#[path = "../../it/app/platform.rs"]
mod platform;
#[path = "../../it/app/waiting.rs"]
mod waiting;

pub(crate) use answer::Answered;
pub(crate) use given::Given;
pub(crate) use hook::{Hook, ORDER, order};
pub(crate) use platform::{Patience, Platform};
