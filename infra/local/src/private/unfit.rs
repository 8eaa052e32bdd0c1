//! Why a file or a folder cannot be trusted with anything private.

use std::io;
use std::path::PathBuf;

/// What is wrong with it, and what a person can do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unfit {
    #[error("{} is a link, which is not followed: remove it", .0.display())]
    Link(PathBuf),
    #[error("{} is not a plain file", .0.display())]
    NotPlain(PathBuf),
    #[error(
        "{} has another name as well (a hard link): remove it, or put a copy in its place",
        .0.display()
    )]
    OtherName(PathBuf),
    #[error(
        "{} belongs to another user (id {owner}): run the command as that user, `chown` it, or use a \
         folder of your own",
        .path.display()
    )]
    Foreign { path: PathBuf, owner: u32 },
    #[error(
        "others may write to {path}, so that nobody knows who made what is in it: where all of it is \
         yours, `chmod 700 {path}`",
        path = .0.display()
    )]
    Writable(PathBuf),
    #[error("{} stays open to others, whose rights cannot be taken away there", .0.display())]
    Open(PathBuf),
    #[error(
        "{file} in {0} is kept in the version control of {repository}: `git rm --cached` it, \
         remove the token and set every secret anew, for its history has them",
        .folder.display(), repository = .repository.display()
    )]
    Versioned { folder: PathBuf, file: String, repository: PathBuf },
    #[error("{} is longer than {bytes_max} bytes", .path.display())]
    TooLong { path: PathBuf, bytes_max: u64 },
}

impl From<Unfit> for io::Error {
    fn from(unfit: Unfit) -> Self {
        Self::other(unfit)
    }
}
