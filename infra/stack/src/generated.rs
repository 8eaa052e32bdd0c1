//! The files that are generated, in whole or between two marks, and what stands in them.
//!
//! Invariant: what people wrote outside of the marks is never touched.

use crate::function::functions;
use crate::{bins, template};
use tradewind_connectors::catalog::Catalog;

/// The first line of a generated part ends like this.
pub const BEGIN: &str = "--- generated from the catalog ---";
/// Its last line ends like this.
pub const END: &str = "--- end of what is generated ---";

/// A file of the repository.
pub struct Generated {
    /// Its path from the root.
    pub path: String,
    /// What is generated of it.
    pub extent: Extent,
    /// The text.
    pub text: String,
}

/// How much of a file is generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All of it.
    Whole,
    /// What stands between the lines that end with [`BEGIN`] and [`END`].
    Part,
}

/// A file lacks its marks, so nobody knows where the generated part goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoMarks;

/// All generated files.
pub fn generated(catalog: &Catalog) -> Vec<Generated> {
    let functions = functions(catalog);
    let part = |path: &str, text: String| {
        let path = path.to_owned();
        Generated { path, extent: Extent::Part, text }
    };
    let mut all = vec![
        part("template.yaml", template::resources(&functions)),
        part("functions/Cargo.toml", bins::manifest(&functions)),
    ];
    all.extend(functions.iter().map(|function| Generated {
        path: format!("functions/{}", function.source),
        extent: Extent::Whole,
        text: bins::source(function),
    }));
    all
}

impl Generated {
    /// The file as it should be, out of the one there is.
    pub fn applied_to(&self, found: &str) -> Result<String, NoMarks> {
        if self.extent == Extent::Whole {
            return Ok(self.text.clone());
        }
        let begin = found.find(BEGIN).ok_or(NoMarks)? + BEGIN.len();
        let end = found[begin..].find(END).ok_or(NoMarks)? + begin;
        let last_line = found[..end].rfind('\n').ok_or(NoMarks)? + 1;
        Ok(format!("{}\n{}{}", &found[..begin], self.text, &found[last_line..]))
    }
}
