//! The template for those who build by themselves instead of with `sam build`.

/// The same template with binaries that were built before: `<folder>/<bin>` holds the `bootstrap` of
/// each function, as `cargo lambda build` leaves it in `target/lambda`.
pub fn prebuilt(template: &str, folder: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut bin = "";
    for line in template.lines() {
        let text = line.trim_start();
        if let Some(rest) = text.strip_prefix("BuildProperties: { Binary: ") {
            bin = rest.trim_end_matches([' ', '}']);
        } else if let Some(indent) = line.strip_suffix("CodeUri: functions/") {
            lines.push(format!("{indent}CodeUri: {folder}/{bin}"));
        } else if text != "Metadata:" && !text.starts_with("BuildMethod:") {
            lines.push(line.to_owned());
        }
    }
    lines.push(String::new());
    lines.join("\n")
}
