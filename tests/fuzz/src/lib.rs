//! What parsers that face the internet, or people, must hold for any bytes. `tests/it/fuzz.rs` runs the same over
//! the corpus, so that the targets stay true.

pub mod csv;
pub mod expressions;
pub mod json;
pub mod signatures;
pub mod yaml;
