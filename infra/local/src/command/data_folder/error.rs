//! Why there is no data directory to work with.

use std::io;
use std::path::PathBuf;

/// What is wrong, and the way out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It may have come with the folder.
    #[error(
        "{} is a link, and may lead to the data of another project: remove it, and name the folder \
         that is meant with --data-dir",
        .0.display()
    )]
    Link(PathBuf),
    /// Both hold data, and only a person knows which is meant.
    #[error(
        "there are two data directories of this project, {} and {}: move away the one that is not \
         yours, or name one with --data-dir",
        .first.display(), .second.display()
    )]
    Two {
        /// The one that is nearer.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
    /// To begin without it would leave work behind, and do again what was done.
    #[error(
        "{} holds the data of {}, which this folder was before it had another name, or seems to be. If it \
         is another shop, begin without any data: --new-data. If it is that one, {ways_on}",
        .old.display(), .project.display()
    )]
    Renamed {
        /// The data directory.
        old: PathBuf,
        /// The project folder that it belonged to.
        project: PathBuf,
        /// What to do.
        ways_on: String,
    },
    /// It was made for another folder.
    #[error(
        "the data directory {} belongs to {}, which is still there: name another with --data-dir",
        .path.display(), .project.display()
    )]
    OfAnother {
        /// The data directory.
        path: PathBuf,
        /// The project folder that it belongs to.
        project: PathBuf,
    },
    /// Nothing is made in the home of another user.
    #[error(
        "{} belongs to another user, so no data is kept there: set HOME to your own (`sudo -H`), or \
         name a folder with --data-dir",
        .0.display()
    )]
    HomeOfAnother(PathBuf),
    /// It cannot be made, read or written, or others could have.
    #[error("the data directory {} cannot be used; choose another with --data-dir", .path.display())]
    Unusable {
        /// The data directory.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: io::Error,
    },
}
