//! A folder of its own for the binary to work in, without anything of the environment.

use std::fs::{self, File, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// A project folder that is gone with this value.
pub(super) struct Folder {
    folder: TempDir,
    // Of the process that is said to serve it.
    _lock: Option<File>,
}

/// What the binary printed, and how it ended.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) out: String,
    pub(super) err: String,
    pub(super) code: i32,
}

impl Folder {
    pub(super) fn empty() -> Self {
        Self { folder: TempDir::new().unwrap(), _lock: None }
    }

    /// With a tradewind.yaml that has no problem.
    pub(super) fn project() -> Self {
        Self::empty().with(
            "tradewind.yaml",
            "connections:\n  shop: { provider: commercelayer, webhook_secret: \"${{ secret.shop }}\" }\n  \
             mail: { provider: sandbox }\n",
        )
    }

    pub(super) fn with(self, file: &str, text: &str) -> Self {
        let path = self.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    /// As if the process of this folder listened there.
    pub(super) fn with_process(self, url: &str) -> Self {
        let folder = self
            .with(".tradewind/api.json", &format!(r#"{{"url":"{url}","start":"first"}}"#))
            .with(".tradewind/token", "tw_1\n")
            .with(".tradewind/tradewind.lock", "first");
        for path in ["token", "api.json", "tradewind.lock", ""] {
            let bits = if path.is_empty() { 0o700 } else { 0o600 };
            let path = folder.data_dir().join(path);
            fs::set_permissions(path, Permissions::from_mode(bits)).unwrap();
        }
        let lock = File::open(folder.data_dir().join("tradewind.lock")).unwrap();
        lock.lock().unwrap();
        Self { _lock: Some(lock), ..folder }
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn data_dir(&self) -> std::path::PathBuf {
        self.path().join(".tradewind")
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Said {
        self.run_in(arguments, &[], "")
    }

    pub(super) fn run_in(
        &self,
        arguments: &[&str],
        environment: &[(&str, &str)],
        input: &str,
    ) -> Said {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tradewind"))
            .args(arguments)
            .current_dir(self.path())
            .env_clear()
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // One that does not read may be gone already.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        Said::from(child.wait_with_output().unwrap(), self.path())
    }
}

impl Said {
    fn from(output: Output, folder: &Path) -> Self {
        let folder = folder.canonicalize().unwrap();
        let text = |bytes: Vec<u8>| {
            String::from_utf8(bytes).unwrap().replace(folder.to_str().unwrap(), "FOLDER")
        };
        Self {
            out: text(output.stdout),
            err: text(output.stderr),
            code: output.status.code().unwrap(),
        }
    }

    /// All of it as one text.
    pub(super) fn text(&self) -> String {
        format!("{}{}exit {}\n", self.out, self.err, self.code)
    }
}
