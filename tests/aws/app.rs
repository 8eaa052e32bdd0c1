//! What the local tests see of a platform, for this runtime: the same files.

#[path = "../it/app/answer.rs"]
mod answer;
#[path = "../it/app/given.rs"]
mod given;
#[path = "../it/app/hook.rs"]
mod hook;
#[path = "../it/app/large.rs"]
mod large;
#[path = "../it/app/platform.rs"]
mod platform;
#[path = "../it/app/waiting.rs"]
mod waiting;

pub(crate) use answer::Answered;
pub(crate) use given::Given;
pub(crate) use hook::{Hook, order};
pub(crate) use large::large_order;
pub(crate) use platform::{Patience, Platform};
