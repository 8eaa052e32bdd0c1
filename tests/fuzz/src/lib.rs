//! What must hold for any bytes of the parsers that face the internet, and of those that read what people write. `tests/it/fuzz.rs` runs the same over
//! the corpus, so that the targets stay true.

pub mod cron;
pub mod csv;
pub mod expressions;
pub mod json;
pub mod signatures;
pub mod yaml;
