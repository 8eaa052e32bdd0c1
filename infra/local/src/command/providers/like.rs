//! The first draft of a provider's file as a copy of one that is there.
//!
//! Invariant: what the copied vendor documents is not taken to hold for another one: its address, its pages and what a
//! second call would do there stand as `TODO`.

/// Keys whose values are the copied vendor's own, wherever they stand.
const OWN_KEYS: [&str; 7] =
    ["provider", "title", "documentation", "base_url", "hosts", "class", "proof"];

/// The file of a provider of that id, like that one.
pub(super) fn draft(id: &str, source: &str) -> String {
    let mut file = String::new();
    for line in source.lines() {
        let line = match line.strip_prefix("provider: ") {
            Some(_) => format!("provider: {id}"),
            None => OWN_KEYS.iter().fold(line.to_owned(), |line, key| asked(&line, key)),
        };
        file.push_str(&line);
        file.push('\n');
    }
    file
}

/// The line with `TODO` for each value of that key.
fn asked(line: &str, key: &str) -> String {
    let mut asked = String::new();
    let mut rest = line;
    let key = format!("{key}: ");
    while let Some(at) = rest.find(&key) {
        let (before, value) = rest.split_at(at + key.len());
        // A key stands behind a blank or a brace; a comment or a text may hold the same letters.
        let stands = before[..at].chars().last().is_none_or(|c| matches!(c, ' ' | '{'));
        let is_told = line[..line.len() - rest.len() + at].contains(['#', '`']);
        asked.push_str(before);
        rest = value;
        if stands && !is_told {
            asked.push_str("TODO");
            rest = behind(value);
        }
    }
    asked + rest
}

/// What follows a value: a text in quotes, a list, or all up to the next comma, brace or comment.
fn behind(value: &str) -> &str {
    if value.starts_with('[') {
        return &value[value.find(']').map_or(value.len(), |end| end + 1)..];
    }
    if let Some(quote @ ('"' | '\'')) = value.chars().next() {
        let end = value[1..].find(quote).map_or(value.len(), |end| end + 2);
        return &value[end..];
    }
    let in_line = value.find([',', '}']).filter(|end| !value[..*end].contains(" #"));
    let comment = value.find(" #");
    let end = [in_line, comment].into_iter().flatten().min().unwrap_or(value.len());
    &value[value[..end].trim_end().len()..]
}

#[cfg(test)]
mod tests {
    use super::draft;

    #[test]
    fn what_is_the_vendors_own_is_asked_and_the_rest_is_copied() {
        let source = "format: 1\nprovider: postmark\ntitle: Postmark\nbase_url: https://api.postmarkapp.com  # EU\nhosts: [a.example, b.example]\n\
                      # The class: of mail.\nactions:\n  email.send:\n    class: natural\n    proof: \
                      \"https://a.example/b, c\"\n    judge: [{ status: [409], then: not_now, proof: https://a.example/d }]\n";
        assert_eq!(
            draft("acme", source),
            "format: 1\nprovider: acme\ntitle: TODO\nbase_url: TODO  # EU\nhosts: TODO\n# The class: of mail.\nactions:\n  \
             email.send:\n    class: TODO\n    proof: TODO\n    judge: [{ status: [409], then: not_now, proof: TODO }]\n"
        );
    }
}
