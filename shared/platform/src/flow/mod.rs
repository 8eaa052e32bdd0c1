//! Where a run goes: the tree of a workflow's steps, and the flow steps, which need no provider.

mod decisions;
mod emit;
mod step;
mod tree;

pub(crate) use decisions::holds;
pub use step::work_flow_step;
pub(crate) use tree::CONDITION_FALSE;
