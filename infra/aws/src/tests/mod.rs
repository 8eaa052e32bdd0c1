//! What holds for all adapters together.

mod adapters;
mod rights;
