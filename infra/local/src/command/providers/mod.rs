//! What people do to write a provider of their own: begin its file, look at what it sends, and try it.

mod like;
pub(super) mod new;
mod skeleton;
pub(super) mod test;
pub(super) mod try_provider;

use tradewind_connectors::fixtures::Ports;
use tradewind_memory::{MemoryFiles, MemoryOutbox, MemoryTokens};
use tradewind_system::SystemIds;

/// What an attempt works with that calls nobody.
fn new_ports() -> Ports {
    Ports {
        tokens: Box::new(MemoryTokens::default()),
        outbox: Box::new(MemoryOutbox::default()),
        files: Box::new(MemoryFiles::default()),
        ids: Box::new(SystemIds),
    }
}
