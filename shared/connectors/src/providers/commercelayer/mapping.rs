//! Commerce Layer.
