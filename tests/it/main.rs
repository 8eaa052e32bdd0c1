//! Tests over the parts put together. One target, so that there is one binary to link.

mod conformance;
mod fakes;
