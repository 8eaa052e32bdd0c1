//! Mail addresses with the names of those they belong to.

use super::super::error::Fault;
use super::{Bounded, Filtered, text_of};
use crate::texts::is_mail_address;
use minijinja::Value;

/// A name and its address as one text, `"Ada Example" <ada@example.com>`. The name is a quoted string (RFC 5322,
/// section 3.2.4), so that nothing in it can become a second address.
pub(in super::super) fn mailbox(value: &Value, address: &Value) -> Filtered {
    let (name, address) = (text_of(value, "mailbox")?, text_of(address, "mailbox")?);
    if name.chars().any(char::is_control) {
        return Err(
            Fault::kind("`mailbox`: the name has a line break or a control character").into()
        );
    }
    if !is_mail_address(address) {
        return Err(Fault::kind("`mailbox`: the address is not one mail address").into());
    }
    let mut mailbox = Bounded::default();
    mailbox.push("\"")?;
    for character in name.chars() {
        if matches!(character, '"' | '\\') {
            mailbox.push("\\")?;
        }
        mailbox.push(character.encode_utf8(&mut [0; 4]))?;
    }
    mailbox.push("\" <")?;
    mailbox.push(address)?;
    mailbox.push(">")?;
    Ok(mailbox.text.into())
}
