//! How a command can end, and the exit code that says so to programs.

use super::data_folder;
use crate::{secrets, store, tokens};
use std::error::Error as StdError;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

/// What the exit code says. Stable: scripts branch on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// It failed, or it was refused.
    Failed = 1,
    /// The command was used wrongly.
    Usage = 2,
    /// The project has problems.
    Problems = 3,
    /// There is no running process, or it cannot be reached.
    NoProcess = 4,
    /// There is no such thing.
    NotFound = 5,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// What stands below `tradewind --help`.
pub(super) const EXIT_HELP: &str = "\
Exit codes:
  0  done
  1  failed, or refused
  2  wrong usage
  3  the project has problems (check, apply)
  4  no running Tradewind was found, or it cannot be reached
  5  there is no such run, event, workflow …";

/// Why a command was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The arguments do not fit together.
    #[error("{0}")]
    Usage(String),
    /// The project has that many problems; they have been shown.
    #[error("{}", count_problems(*.0))]
    Problems(usize),
    /// No process serves this folder.
    #[error("no running Tradewind found for {}: start one with `tradewind up`, or name another with --url", .0.display())]
    NoProcess(PathBuf),
    /// One serves it that does not say who it is.
    #[error(
        "an older tradewind serves {}: start it again with `tradewind up`, so that it can be told from \
         others; or name it with --url and --token",
        .0.display()
    )]
    OlderProcess(PathBuf),
    /// The process cannot be reached.
    #[error("{url} cannot be reached: {reason}")]
    Unreachable {
        /// Where it should be.
        url: String,
        /// What the network says.
        reason: String,
    },
    /// The process was reached and gave no whole answer.
    #[error("{url} gave no answer: {reason}")]
    NoAnswer {
        /// Who was asked.
        url: String,
        /// What the network says.
        reason: String,
    },
    /// The token is not the one that the process knows.
    #[error(
        "{0} refused the token: with --url, give the right one with --token or TRADEWIND_TOKEN"
    )]
    Unauthorized(String),
    /// The admin API refused.
    #[error("{message}")]
    Refused {
        /// The API's word for it.
        code: String,
        /// For people.
        message: String,
    },
    /// That many runs could not be taken up again; what is known of them has been shown.
    #[error("{}", count_refused(*.0))]
    RunsRefused(u64),
    /// There is no such thing.
    #[error("{0}")]
    NotFound(String),
    /// What answered is not Tradewind's admin API, or another version of it.
    #[error("{url} gave an answer that this tradewind cannot read: {detail}")]
    Unexpected {
        /// Who answered.
        url: String,
        /// What is wrong.
        detail: String,
    },
    /// A file cannot be read or written.
    #[error("{} cannot be used", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// There is no data directory to work with.
    #[error(transparent)]
    DataFolder(#[from] data_folder::Error),
    /// A secret cannot be read or kept.
    #[error(transparent)]
    Secrets(#[from] secrets::Error),
    /// Tokens cannot be read or kept.
    #[error(transparent)]
    Tokens(#[from] tokens::Error),
    /// The backup was not made.
    #[error(transparent)]
    Backup(#[from] store::BackupError),
    /// The process could not be started, or ended with an error.
    #[error(transparent)]
    Process(Box<dyn StdError + Send + Sync>),
    /// A part of the process ended that has to go on; the log has said it already.
    #[error("{0}")]
    Ended(String),
}

impl Error {
    pub(super) fn file(path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self::File { path: path.into(), source }
    }

    /// What the exit code says about it.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) => Exit::Usage,
            Self::Problems(_) => Exit::Problems,
            Self::NoProcess(_)
            | Self::OlderProcess(_)
            | Self::Unreachable { .. }
            | Self::NoAnswer { .. } => Exit::NoProcess,
            Self::NotFound(_) => Exit::NotFound,
            Self::Unauthorized(_)
            | Self::Refused { .. }
            | Self::RunsRefused(_)
            | Self::Unexpected { .. }
            | Self::File { .. }
            | Self::DataFolder(_)
            | Self::Secrets(_)
            | Self::Tokens(_)
            | Self::Backup(_)
            | Self::Process(_)
            | Self::Ended(_) => Exit::Failed,
        }
    }

    /// The word for it in `--json`.
    pub(super) fn code(&self) -> &str {
        match self {
            Self::Usage(_) => "usage",
            Self::Problems(_) => "project_has_problems",
            Self::NoProcess(_) | Self::OlderProcess(_) => "no_process",
            Self::Unreachable { .. } => "unreachable",
            Self::NoAnswer { .. } => "no_answer",
            Self::Unauthorized(_) => "unauthorized",
            Self::Refused { code, .. } => code,
            Self::RunsRefused(_) => "runs_refused",
            Self::NotFound(_) => "not_found",
            Self::Unexpected { .. } => "unexpected_answer",
            Self::File { .. } => "file",
            Self::DataFolder(_) => "data_directory",
            Self::Secrets(_) => "secrets",
            Self::Tokens(_) => "tokens",
            Self::Backup(_) => "backup",
            Self::Process(_) => "process",
            Self::Ended(_) => "ended",
        }
    }
}

fn count_problems(count: usize) -> String {
    match count {
        1 => "1 problem".to_owned(),
        count => format!("{count} problems"),
    }
}

fn count_refused(count: u64) -> String {
    match count {
        1 => "1 run could not be taken up again".to_owned(),
        count => format!("{count} runs could not be taken up again"),
    }
}
