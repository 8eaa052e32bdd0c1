//! Where the programs of the functions are.

/// Where `cargo lambda build` leaves each program, below the root of the repository.
const BUILT: &str = "target/lambda";

/// The template with programs that lie below another folder: `<folder>/<bin>` holds the `bootstrap` of each
/// function.
pub fn with_code_in(template: &str, folder: &str) -> String {
    template.replace(&format!(" CodeUri: {BUILT}/"), &format!(" CodeUri: {folder}/"))
}
