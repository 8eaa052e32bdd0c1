//! The one expression language: minijinja's expressions with our own strict filters and tests.
//!
//! Invariant: nothing missing or shapeless ever becomes text. Null, undefined, a list or a map
//! within a text is an error, and so is a bare expression that comes to nothing.

mod bare;
mod comparisons;
mod compile;
mod error;
mod filters;
mod language;
mod lexer;
mod missing;
mod output;
mod reading;
mod refusal;
mod rules;
mod scope;
mod template;

pub(crate) use bare::bare_expression;
pub use compile::Expression;
pub use error::{ExpressionCode, ExpressionError};
pub(crate) use missing::Missing;
pub(crate) use output::Budget;
pub use output::escape_html;
pub use scope::Scope;
pub use template::Piece;
pub use template::Template;
pub(crate) use template::{Content, TemplateNode, compile_text};

/// What one evaluation may cost; a byte made or read is 1/64, an instruction 1.
pub const FUEL_MAX: u64 = 50_000;
/// The most that one expression or one rendered `with` may come to.
pub const OUTPUT_BYTES_MAX: usize = 256 * 1024;
/// The most HTML that filters make in one expression or one rendered `with`, which does not count
/// towards [`OUTPUT_BYTES_MAX`]: the table of an order of 1,000 lines has about 430 KB.
pub const HTML_BYTES_MAX: usize = 1024 * 1024;
/// How deep the values that come out may nest.
pub const DEPTH_MAX: usize = 64;
/// How deep brackets may nest: each level costs the parser's stack.
pub const BRACKETS_MAX: usize = 32;
/// The most items a filter reads.
pub const ITEMS_MAX: usize = 50_000;
/// The longest expression.
pub const SOURCE_BYTES_MAX: usize = 16 * 1024;
/// The most operators, members and filters in one expression: they nest in its syntax tree.
pub const OPERATIONS_MAX: usize = 250;

#[cfg(test)]
mod tests;
