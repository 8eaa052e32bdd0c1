//! Where the programs of the functions are.

use serde_json::Value;

/// Where `cargo lambda build` leaves each program, below the root of the repository.
const BUILT: &str = "target/lambda";

/// The template with programs that lie below another folder: `<folder>/<bin>` holds the `bootstrap` of each
/// function.
pub fn with_code_in(template: &str, folder: &str) -> String {
    let lines =
        template.lines().map(|line| match line.split_once(&format!(" CodeUri: {BUILT}/")) {
            // In quotes: a folder may have any name.
            Some((before, bin)) => {
                format!("{before} CodeUri: {}", Value::from(format!("{folder}/{bin}")))
            }
            None => line.to_owned(),
        });
    lines.map(|line| line + "\n").collect()
}
