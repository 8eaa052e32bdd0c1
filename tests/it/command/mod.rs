//! The command as people and scripts use it: the real binary, its output and its exit codes.

mod answers;
mod backup;
mod catalog;
mod check;
mod folder;
mod plan;
mod process;
mod replay;
mod secrets;
mod trying;
mod usage;
mod waiting;
