//! Commands that do something to runs, workflows and events of a running process or stage.

mod ask;

pub(super) mod approve;
pub(super) mod cancel;
pub(super) mod dismiss;
pub(super) mod pause;
pub(super) mod replay;
pub(super) mod resolve;
pub(super) mod trigger;
