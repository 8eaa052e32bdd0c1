//! The feature tests of the local runtime on the deployed stack: the same files. The emulator ends
//! with this process, which closes the line to its keeper.

#![expect(clippy::unwrap_used, reason = "a helper that finds no answer fails its test")]

#[expect(dead_code, reason = "other tests use more of it")]
#[path = "features/app.rs"]
mod app;
#[expect(dead_code, reason = "tests/aws/main.rs uses more of it")]
mod emulator;
#[expect(dead_code, unused_imports, reason = "other tests use more of it")]
mod fakes;
#[path = "../it/features/mod.rs"]
mod features;
mod folders;
mod patience;
#[path = "features/served.rs"]
mod served;
#[expect(dead_code, unused_imports, reason = "tests/aws/main.rs uses more of it")]
mod stack;
#[expect(dead_code, reason = "tests/aws/main.rs uses more of it")]
mod tools;
#[expect(dead_code, reason = "tests/aws/main.rs uses more of it")]
mod world;
