//! What is printed: lines, tables, and how things are said to people.

pub(super) mod hosts;
pub(super) mod output;
pub(super) mod problems;
pub(super) mod table;
pub(super) mod words;
pub(super) mod wrap;
