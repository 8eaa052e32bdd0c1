//! The files of a data directory.

/// Holds the address of the running process.
pub const API_FILE: &str = "api.json";
/// Holds the token of the admin API that the process makes by itself.
pub const TOKEN_FILE: &str = "token";
/// Says whose the data directory is.
pub(crate) const PROJECT_FILE: &str = "project.json";
/// Holds the digests of the tokens that people named.
pub(crate) const TOKENS_FILE: &str = "tokens.json";
pub(crate) const TOKENS_LOCK: &str = "tokens.lock";
pub(crate) const SECRETS_FILE: &str = "secrets.json";
/// What they are encrypted with.
pub(crate) const SECRETS_KEY: &str = "secrets.key";
/// Whoever changes them holds it.
pub(crate) const SECRETS_LOCK: &str = "secrets.lock";
/// The database.
pub(crate) const DATABASE: &str = "tradewind.db";
/// What links that are given to people are sealed with.
pub(crate) const LINKS_KEY: &str = "links.key";
/// What is committed and not yet copied into the database.
pub(crate) const DATABASE_LOG: &str = "tradewind.db-wal";
/// Held by the process that writes to the directory.
pub(crate) const LOCK: &str = "tradewind.lock";
/// Stands in a directory whose database was written.
pub(crate) const USED: &str = "tradewind.used";

/// What Tradewind keeps in a data directory. Who opens one later finds it as it was found here: nobody
/// else may write to the folder.
pub(super) const DATA_FILES: [&str; 12] = [
    API_FILE,
    PROJECT_FILE,
    SECRETS_FILE,
    SECRETS_LOCK,
    TOKENS_FILE,
    TOKENS_LOCK,
    DATABASE,
    "tradewind.db-journal",
    "tradewind.db-shm",
    DATABASE_LOG,
    LOCK,
    USED,
];
/// Taking them back from others does not help: see [`super::read_secret`].
pub(super) const SECRET_FILES: [&str; 3] = [SECRETS_KEY, TOKEN_FILE, LINKS_KEY];

/// Keeps all of it out of version control.
pub(super) const IGNORE: &str = ".gitignore";
/// How the name of a file begins that has not got its own yet.
pub(super) const UNFINISHED: &str = ".new-";

/// Whether the file is one of those of a data directory.
pub(super) fn is_data_file(name: &str) -> bool {
    DATA_FILES.contains(&name) || SECRET_FILES.contains(&name)
}

/// Whether it is one of them, or was.
pub(super) fn is_ours(name: &str) -> bool {
    let begins = ["secrets.", "tokens.", "tradewind."].iter().any(|kind| name.starts_with(kind));
    begins && name != "tradewind.yaml" || is_data_file(name)
}
