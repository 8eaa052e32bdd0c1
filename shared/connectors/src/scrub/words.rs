//! What services say by themselves, whatever the secrets are.

/// A longer word is not one that a service would say by itself.
const WORD_CHARACTERS_MAX: usize = 15;

/// Whether it reads like a word or an ordinary path, such as `orders-hook`: a service may say so by itself.
pub(super) fn is_word(text: &[u8]) -> bool {
    let is_in_words =
        |byte: &u8| byte.is_ascii_lowercase() || matches!(byte, b'-' | b'_' | b'.' | b'/');
    text.len() <= WORD_CHARACTERS_MAX && text.iter().all(is_in_words)
}
