//! What is deployed to AWS: the template against the catalog and against what no linter knows.
//!
//! `UPDATE=1 cargo test --locked -p tradewind --test it stack` rewrites what is generated.

mod alarms;
mod costs;
mod document;
mod gateway;
mod generated;
mod kept;
mod limits;
mod policies;
mod programs;
mod queues;
mod resolved;
mod rights;
mod slim;
mod times;
