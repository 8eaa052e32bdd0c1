//! Texts that a terminal acts upon, or that a reader cannot see.

/// Rings, colours, moves, renames the window, turns the direction, and hides.
pub(super) const HOSTILE: &str = "a\u{1b}]0;owned\u{7}b\u{9b}31mc\rd\u{202e}e\u{200b}f\u{2066}g\
    \u{feff}h\u{85}i\u{7f}j\u{61c}k\u{e0041}l\u{2028}m\u{8}n";

/// Whether a terminal or a reader would be deceived by it.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(
            u32::from(character),
            0xad | 0x61c | 0x180e | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0xfeff
                | 0xe0000..=0xe0fff
        )
}

/// Nothing but what is seen, and line breaks.
pub(crate) fn check_plain(what: &str, text: &str) {
    let found = text.char_indices().find(|(_, one)| *one != '\n' && is_hidden(*one));
    if let Some((at, character)) = found {
        let around: String = text[..at].chars().rev().take(60).collect::<String>();
        let around: String = around.chars().rev().collect();
        panic!("{what} prints {character:?} after {around:?}");
    }
}
