//! Signatures over raw bytes.
