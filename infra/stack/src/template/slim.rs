//! The template of some functions: what people wrote of `template.yaml`, and between its marks the resources
//! of these functions alone.

use super::{resources, with_code_in};
use crate::function::Function;
use crate::generated::{Extent, Generated};

/// The template of everything, as it stands in the repository.
pub const WHOLE: &str = include_str!("../../../../template.yaml");
/// The first line of a slim template.
const HEAD: &str = "# Written by `tradewind plan --template` for one project: what changes it is another \
    `tradewind plan --template`.";

/// The template of these functions, of which there is an action at least; their programs are below `code`,
/// as `cargo lambda build` leaves them in `target/lambda`.
pub fn slim(functions: &[Function], code: &str) -> String {
    let path = "template.yaml".to_owned();
    let part = Generated { path, extent: Extent::Part, text: resources(functions) };
    let text = part.applied_to(WHOLE).expect("what is compiled in was tested to have its marks");
    format!("{HEAD}\n{}", with_code_in(&text, code))
}

/// Whether this is such a template, which another one may take the place of.
pub fn is_slim(text: &str) -> bool {
    text.starts_with(HEAD)
}
