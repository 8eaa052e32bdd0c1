//! A process that dies leaves no copy of its memory, which holds the secrets of all connections; nor may
//! another process of the same user look into it while it lives.

use rustix::process::{Resource, Rlimit, setrlimit};
use std::io;

/// From now on, until the process ends.
pub fn keep_memory_unread() -> io::Result<()> {
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    // A handler that the system pipes dumps to is not bound by the limit, but by this.
    #[cfg(target_os = "linux")]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?;
    Ok(())
}
