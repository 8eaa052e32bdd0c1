//! A program of ours, run as Lambda runs it: told where its Runtime API is, and killed in the end.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A running program; it ends with this value.
pub(crate) struct Process(Child);

impl Process {
    /// Starts it with these variables and no others. What it logs goes nowhere.
    pub(crate) fn start<'a>(
        program: &Path,
        runtime_api: &str,
        variables: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> io::Result<Self> {
        let own = [
            ("AWS_LAMBDA_RUNTIME_API", runtime_api),
            ("AWS_LAMBDA_FUNCTION_NAME", "figures"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "figures"),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "figures"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
        ];
        let mut command = Command::new(program);
        command.env_clear().envs(own).envs(variables);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().map(Self)
    }

    /// The memory that it has now, in kilobytes.
    pub(crate) fn resident_kb(&self) -> io::Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id()))?;
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let resident = resident.and_then(|line| line.trim().split(' ').next()?.parse().ok());
        resident.ok_or_else(|| io::Error::other("the process has ended"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
