//! The Python tools that the tests need, below `target/tools`: the emulator, and what packs, deploys
//! and checks a template. Every package is pinned by version and hash; they are installed once for
//! each list.

use crate::folders::target;
use ring::digest::{SHA256, digest};
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Ends what it runs when this process ends.
const KEEPER: &str = include_str!("tools/keeper.py");
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

    /// The emulator, on which nothing is set yet.
    pub(crate) fn emulator(&self, home: &Path) -> Command {
        quiet(&self.emulator, "ministack", home)
    }

    /// A Python with the AWS SDK.
    pub(crate) fn python(&self, home: &Path) -> Command {
        quiet(&self.emulator, "python", home)
    }

    /// `sam`.
    pub(crate) fn sam(&self, home: &Path) -> Command {
        let mut command = quiet(&self.sam, "sam", home);
        command.env("SAM_CLI_TELEMETRY", "0");
        command
    }

    /// `cfn-lint`.
    pub(crate) fn cfn_lint(&self, home: &Path) -> Command {
        quiet(&self.sam, "cfn-lint", home)
    }
}

/// A program that is kept, and that sees nothing of this machine's settings: no profile, no proxy, no
/// credentials.
fn quiet(tools: &Path, program: &str, home: &Path) -> Command {
    let programs = tools.join("bin");
    let mut command = kept(&programs.join("python"), &programs.join(program));
    let path = std::env::var_os("PATH").unwrap_or_default();
    command.env_clear().env("PATH", path).env("HOME", home).env("TMPDIR", home);
    command.env("LANG", "C.UTF-8").env("PYTHONDONTWRITEBYTECODE", "1");
    command.env("AWS_EC2_METADATA_DISABLED", "true").env("AWS_DEFAULT_REGION", "us-east-1");
    command.current_dir(home);
    command
}

/// A program that ends when its standard input closes, and at the latest with this process.
fn kept(python: &Path, program: &Path) -> Command {
    let mut command = Command::new(python);
    // Out of reach of Ctrl-C: the keeper ends it in order.
    command.args(["-c", KEEPER]).arg(program).stdin(Stdio::piped()).process_group(0);
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
    let python = Path::new(python()?);
    run(kept(python, python).args(["-m", "venv"]).arg(&folder))?;
    let list = folder.join("requirements.txt");
    fs::write(&list, requirements).map_err(|error| error.to_string())?;
    // The lists are whole, so nothing is looked up, and nothing is built.
    let python = folder.join("bin/python");
    run(kept(&python, &python)
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

/// Runs a kept program to its end; what it said where it failed.
pub(crate) fn run(command: &mut Command) -> Result<String, String> {
    let named = command.get_args().filter_map(OsStr::to_str).filter(|text| !text.contains('\n'));
    let named = named.collect::<Vec<_>>().join(" ");
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.map_err(|error| format!("{named}: {error}"))?;
    let line = child.stdin.take();
    let output = child.wait_with_output().map_err(|error| format!("{named}: {error}"))?;
    drop(line);
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(stdout);
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    Err(format!("{named}: {}\n{stdout}\n{stderr}", output.status))
}

fn short_digest(text: &str) -> String {
    digest(&SHA256, text.as_bytes()).as_ref().iter().take(6).fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
