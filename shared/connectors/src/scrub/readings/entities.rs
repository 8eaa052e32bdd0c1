//! The names that HTML has for characters that may stand in a secret.
//!
//! Page: <https://html.spec.whatwg.org/multipage/named-characters.html>

const NAMES: [(&str, char); 45] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", '\u{a0}'),
    ("sol", '/'),
    ("plus", '+'),
    ("equals", '='),
    ("colon", ':'),
    ("semi", ';'),
    ("comma", ','),
    ("period", '.'),
    ("excl", '!'),
    ("quest", '?'),
    ("num", '#'),
    ("dollar", '$'),
    ("percnt", '%'),
    ("lpar", '('),
    ("rpar", ')'),
    ("ast", '*'),
    ("midast", '*'),
    ("commat", '@'),
    ("lsqb", '['),
    ("lbrack", '['),
    ("rsqb", ']'),
    ("rbrack", ']'),
    ("lcub", '{'),
    ("lbrace", '{'),
    ("rcub", '}'),
    ("rbrace", '}'),
    ("bsol", '\\'),
    ("hat", '^'),
    ("lowbar", '_'),
    ("underbar", '_'),
    ("grave", '`'),
    ("diacriticalgrave", '`'),
    ("verbar", '|'),
    ("vert", '|'),
    ("verticalline", '|'),
    ("tilde", '\u{2dc}'),
    ("tab", '\t'),
    ("newline", '\n'),
    ("hyphen", '\u{2010}'),
    ("minus", '\u{2212}'),
];

/// The character that the text behind an `&` names, and the length of its name with the `;`.
pub(super) fn named(text: &[u8]) -> Option<(char, usize)> {
    NAMES.iter().find_map(|(name, one)| {
        let (found, rest) = text.split_at_checked(name.len())?;
        let is_it = found.eq_ignore_ascii_case(name.as_bytes()) && rest.first() == Some(&b';');
        is_it.then_some((*one, name.len() + 1))
    })
}
