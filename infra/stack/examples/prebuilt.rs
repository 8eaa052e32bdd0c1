//! Prints template.yaml for binaries that `cargo lambda build` has built:
//!
//! ```text
//! cargo lambda build --locked --release -p tradewind-functions
//! cargo run --locked -p tradewind-stack --example prebuilt > prebuilt.yaml
//! sam deploy --template prebuilt.yaml
//! ```

#![expect(clippy::print_stdout, reason = "printing is what it is for")]

use tradewind_stack::template;

/// Where `cargo lambda build` leaves them.
const FOLDER: &str = "target/lambda";

fn main() -> std::io::Result<()> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let source = std::fs::read_to_string(format!("{root}/template.yaml"))?;
    print!("{}", template::prebuilt(&source, FOLDER));
    Ok(())
}
