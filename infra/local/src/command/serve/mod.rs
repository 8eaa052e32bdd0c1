//! Commands of the machine that serves: the process itself, a show of it, and a copy of its data.

pub(super) mod backup;
pub(super) mod demo;
pub(super) mod up;
