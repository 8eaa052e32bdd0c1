//! The Python tools that the tests need, below `target/tools`: the emulator, and what packs, deploys
//! and checks a template. Every package is pinned by version and hash; they are installed once for
//! each list.

use crate::folders::{repository, target};
use ring::digest::{SHA256, digest};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const EMULATOR: &str = include_str!("tools/requirements-emulator.txt");
const SAM: &str = include_str!("tools/requirements-sam.txt");
/// Where Python 3.11 is found, the likeliest first.
const PYTHONS: [&str; 4] = ["python3.11", "/usr/bin/python3.11", "python3", "python"];
const IS_USABLE: &str = "import ensurepip, sys, venv; sys.exit(sys.version_info[:2] != (3, 11))";

/// What was installed.
pub(crate) struct Tools {
    emulator: PathBuf,
    sam: PathBuf,
}

impl Tools {
    /// Installs what is not there yet: both at once, for each waits for the network.
    pub(crate) fn install() -> Result<Self, String> {
        std::thread::scope(|scope| {
            let emulator = scope.spawn(|| install("emulator", EMULATOR));
            let sam = install("sam", SAM)?;
            let emulator = emulator.join().map_err(|_| "installing panicked".to_owned())??;
            Ok(Self { emulator, sam })
        })
    }

    /// The Python that has the emulator.
    pub(crate) fn python(&self) -> PathBuf {
        self.emulator.join("bin/python")
    }

    /// The emulator's program.
    pub(crate) fn emulator(&self) -> PathBuf {
        self.emulator.join("bin/ministack")
    }

    /// `sam`, in a quiet environment.
    pub(crate) fn sam(&self, home: &Path) -> Command {
        let mut command = quiet(&self.sam.join("bin/sam"), home);
        command.env("SAM_CLI_TELEMETRY", "0").current_dir(repository());
        command
    }

    /// `cfn-lint`, likewise.
    pub(crate) fn cfn_lint(&self, home: &Path) -> Command {
        let mut command = quiet(&self.sam.join("bin/cfn-lint"), home);
        command.current_dir(repository());
        command
    }
}

/// A program that sees nothing of this machine's settings: no profile, no proxy, no credentials.
pub(crate) fn quiet(program: &Path, home: &Path) -> Command {
    let mut command = Command::new(program);
    let path = std::env::var_os("PATH").unwrap_or_default();
    command.env_clear().env("PATH", path).env("HOME", home).env("TMPDIR", home);
    command.env("LANG", "C.UTF-8").env("PYTHONDONTWRITEBYTECODE", "1");
    command.env("AWS_EC2_METADATA_DISABLED", "true").env("AWS_DEFAULT_REGION", "us-east-1");
    command.stdin(Stdio::null());
    command
}

/// The folder of the environment with these packages.
fn install(name: &str, requirements: &str) -> Result<PathBuf, String> {
    let tools = target().join("tools");
    fs::create_dir_all(&tools).map_err(|error| error.to_string())?;
    // Two test processes at once: one installs, the other waits.
    let lock = File::create(tools.join(format!("{name}.lock")));
    let lock = lock.map_err(|error| error.to_string())?;
    lock.lock().map_err(|error| error.to_string())?;

    let folder = tools.join(format!("{name}-{}", short_digest(requirements)));
    let complete = folder.join("complete");
    if complete.exists() {
        return Ok(folder);
    }
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|error| error.to_string())?;
    }
    run(Command::new(python()?).args(["-m", "venv"]).arg(&folder))?;
    let list = folder.join("requirements.txt");
    fs::write(&list, requirements).map_err(|error| error.to_string())?;
    // The lists are whole, so nothing is looked up, and nothing is built.
    run(Command::new(folder.join("bin/python"))
        .args(["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"])
        .args(["--no-deps", "--require-hashes", "--only-binary", ":all:", "--requirement"])
        .arg(&list))?;
    fs::write(complete, "").map_err(|error| error.to_string())?;
    Ok(folder)
}

fn python() -> Result<&'static str, String> {
    let is_usable = |python: &&str| {
        let mut command = Command::new(python);
        command.args(["-c", IS_USABLE]).stdin(Stdio::null());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    let found = PYTHONS.into_iter().find(is_usable);
    found.ok_or_else(|| "there is no Python 3.11 with venv, which the emulator needs".to_owned())
}

/// Runs a command to its end; what it said where it failed.
pub(crate) fn run(command: &mut Command) -> Result<String, String> {
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("{command:?}: {error}"))?;
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(stdout);
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    Err(format!("{command:?}: {}\n{stdout}\n{stderr}", output.status))
}

fn short_digest(text: &str) -> String {
    digest(&SHA256, text.as_bytes()).as_ref().iter().take(6).fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
