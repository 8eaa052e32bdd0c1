//! Where a run goes: the tree of a workflow's steps, and the flow steps, which need no provider.

mod approval;
mod branch;
mod decisions;
mod emit;
mod event_wait;
mod ground;
mod leaving;
mod one_by_one;
mod slot;
mod step;
mod tree;

pub(crate) use approval::question_of;
pub(crate) use decisions::holds;
pub(crate) use ground::{accepted_at, trigger_of};
pub use one_by_one::OneByOne;
pub use step::{Flowing, work_flow_step};
pub(crate) use tree::CONDITION_FALSE;

#[cfg(test)]
mod tests;
