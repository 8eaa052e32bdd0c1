//! Commands for whoever writes a project: whether its folder is right, what it needs, and making it hold.

pub(super) mod apply;
pub(super) mod catalog;
pub(super) mod check;
pub(super) mod plan;
