//! Reading JSON with limits.
