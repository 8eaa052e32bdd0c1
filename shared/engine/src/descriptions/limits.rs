//! How large a description may be.

/// The largest file.
pub const FILE_BYTES_MAX: usize = 128 * 1024;
/// The most actions of a provider.
pub const ACTIONS_MAX: usize = 20;
/// The most topics that a trigger tells apart.
pub const TOPICS_MAX: usize = 60;
/// The most expressions in a file.
pub const EXPRESSIONS_MAX: usize = 400;
/// How deep lists and maps of a file may nest.
pub const FORM_DEPTH_MAX: usize = 32;
/// The most rules under `judge`.
pub const RULES_MAX: usize = 20;
/// The most texts under `reason`.
pub const REASONS_MAX: usize = 5;
/// The most ways under `either`.
pub const WAYS_MAX: usize = 3;
/// The most items that `$each` makes of a list.
pub const EACH_MAX: usize = 1_000;
/// The longest path with its query, once rendered.
pub const PATH_AND_QUERY_BYTES_MAX: usize = 64 * 1024;
/// The largest body, once rendered.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;
/// The longest text of an answer that expressions see as `answer.text`.
pub const TEXT_BYTES_MAX: usize = 64 * 1024;
