//! What a refusal looks like.

use serde::{Deserialize, Serialize};
use tradewind_engine::problems;
use utoipa::ToSchema;

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorBody {
    /// What is wrong.
    pub error: ErrorDetail,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorDetail {
    /// Stable, for programs, such as `run_active`.
    pub code: String,
    /// For people.
    pub message: String,
    /// Every problem of a project or workflow, each with its place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Problem>,
}

/// One thing that is wrong in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// The file, relative to the project folder.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1, in characters.
    pub column: u32,
    /// Stable, for programs, such as `unknown_key`.
    pub code: String,
    /// What is wrong, for people.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl From<problems::Problem> for Problem {
    fn from(problem: problems::Problem) -> Self {
        Self {
            file: problem.file,
            line: problem.place.line,
            column: problem.place.column,
            code: problem.code,
            message: problem.message,
            help: problem.help,
        }
    }
}
