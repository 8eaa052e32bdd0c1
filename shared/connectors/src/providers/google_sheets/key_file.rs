//! The key file of a service account as people store it: through variables, files and forms that write
//! its line breaks as two characters, leave them out, or put quotes around it.
//!
//! Invariant: what is wrong with a key is said without any of it.

use ring::signature::RsaKeyPair;
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::{Error as PemError, PemObject as _};
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::Value;

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";

/// What of the key file is needed.
#[derive(Deserialize)]
pub(super) struct ServiceAccount {
    pub(super) client_email: String,
    pub(super) private_key: SecretString,
    pub(super) token_uri: Option<String>,
}

/// The key file as one text or as a map. The error repeats nothing of it.
pub(super) fn text_or_map<'de, D: Deserializer<'de>>(from: D) -> Result<ServiceAccount, D::Error> {
    let unfit = || D::Error::custom("service_account is not the JSON key of a service account");
    let value = Value::deserialize(from).map_err(|_| unfit())?;
    match value {
        Value::String(text) => read_text(&text).ok_or_else(unfit),
        map => serde_json::from_value(map).map_err(|_| unfit()),
    }
}

/// The key file in a text.
fn read_text(text: &str) -> Option<ServiceAccount> {
    let text = text.trim();
    let bare = unquoted(text);
    let candidates = [text, bare].into_iter().flat_map(|text| [text.to_owned(), one_line(text)]);
    candidates.into_iter().find_map(|text| match serde_json::from_str(&text).ok()? {
        // It was quoted as a JSON text.
        Value::String(inner) => serde_json::from_str(&inner).ok(),
        value => serde_json::from_value(value).ok(),
    })
}

/// The key, or what is wrong with it, as in "private_key …".
pub(super) fn key_pair(pem: &str) -> Result<RsaKeyPair, &'static str> {
    let (label, body) = section(pem).ok_or(
        "is no PEM text: it begins with `-----BEGIN PRIVATE KEY-----` and ends with its END line",
    )?;
    let is_encrypted = label == "ENCRYPTED PRIVATE KEY";
    let pem = format!("{BEGIN}{label}{DASHES}\n{}\n{END}{label}{DASHES}\n", letters(body));
    let key = match PrivateKeyDer::from_pem_slice(pem.as_bytes()) {
        Ok(PrivateKeyDer::Pkcs8(key)) => RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()),
        Ok(PrivateKeyDer::Pkcs1(key)) => RsaKeyPair::from_der(key.secret_pkcs1_der()),
        Err(PemError::Base64Decode(_)) => return Err("is damaged: it is not base64"),
        _ if is_encrypted => return Err("is encrypted: take the key file as Google gives it"),
        _ => return Err("is no private key of RSA, but another PEM text"),
    };
    key.map_err(|_| "is damaged or cut off: it is not an RSA key")
}

/// The label and the body of the first section of a PEM text.
fn section(pem: &str) -> Option<(&str, &str)> {
    let (_, after) = pem.split_once(BEGIN)?;
    let (label, after) = after.split_once(DASHES)?;
    let (body, _) = after.split_once(END)?;
    Some((label, body))
}

/// The body without its line breaks, be they real ones or written as `\n`, once or several times
/// escaped. Base64 has no backslash, so whatever letter follows one belongs to it.
fn letters(body: &str) -> String {
    let mut letters = String::with_capacity(body.len());
    let mut is_escape = false;
    for one in body.chars().filter(|one| !one.is_whitespace()) {
        match (one, is_escape) {
            ('\\', _) => is_escape = true,
            (_, true) => is_escape = false,
            (one, false) => letters.push(one),
        }
    }
    letters
}

/// The text without one pair of quotes around it.
fn unquoted(text: &str) -> &str {
    let within = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    within('"').or_else(|| within('\'')).unwrap_or(text)
}

/// The JSON with line breaks that stand within its texts written as JSON writes them.
fn one_line(json: &str) -> String {
    let mut written = String::with_capacity(json.len());
    let (mut in_text, mut is_escaped) = (false, false);
    for one in json.chars() {
        in_text ^= one == '"' && !is_escaped;
        is_escaped = one == '\\' && !is_escaped;
        match one {
            '\n' if in_text => written.push_str("\\n"),
            '\r' if in_text => {}
            one => written.push(one),
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret as _;

    /// Made for these tests; it opens nothing.
    const FILE: &str =
        include_str!("../../../../../tests/it/conformance/google_sheets/service_account.json");

    fn pem() -> String {
        let file: Value = serde_json::from_str(FILE).unwrap();
        file["private_key"].as_str().unwrap().to_owned()
    }

    #[test]
    fn a_key_is_read_however_its_line_breaks_are_written() {
        let pem = pem();
        let spaced = pem.replace('\n', " ");
        for written in [
            pem.clone(),
            pem.replace('\n', "\\n"),
            pem.replace('\n', "\\\\n"),
            pem.replace('\n', "\r\n"),
            pem.replace('\n', "\\r\\n"),
            pem.replace('\n', ""),
            spaced.clone(),
            format!("\"{spaced}\""),
            format!("  {pem}\n\n"),
            format!("Key:\n{pem}"),
        ] {
            assert!(key_pair(&written).is_ok(), "{written}");
        }
    }

    fn check_unfit(written: &str, expected: &str) {
        let why = key_pair(written).err().unwrap();
        assert!(why.contains(expected), "{why}");
    }

    #[test]
    fn what_is_wrong_with_a_key_is_said_without_it() {
        let pem = pem();
        check_unfit("", "no PEM");
        check_unfit("hush", "no PEM");
        check_unfit(&pem[..pem.len() / 2], "no PEM");
        check_unfit(&pem.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"), "encrypted");
        check_unfit(&pem.replace("PRIVATE KEY", "CERTIFICATE"), "no private key");
        check_unfit(&pem.replace("PRIVATE KEY", "EC PRIVATE KEY"), "no private key");
        check_unfit("-----BEGIN PRIVATE KEY-----\n?\n-----END PRIVATE KEY-----", "base64");
        check_unfit("-----BEGIN PRIVATE KEY-----\naGk=\n-----END PRIVATE KEY-----", "cut off");
    }

    #[test]
    fn a_key_file_is_read_through_quotes_and_real_line_breaks() {
        let file = FILE.trim();
        let broken = file.replace("\\n", "\n");
        let json_text = Value::from(file).to_string();
        for written in [
            file.to_owned(),
            format!("\u{20}\n{file}\r\n"),
            format!("'{file}'"),
            format!("\"{file}\""),
            json_text,
            broken.clone(),
            broken.replace('\n', "\r\n"),
            format!("'{broken}'"),
            file.replace("\\n", "\\\\n"),
        ] {
            let account = read_text(&written).unwrap_or_else(|| panic!("{written}"));
            assert!(account.client_email.contains('@'));
            assert!(key_pair(account.private_key.expose_secret()).is_ok(), "{written}");
        }
        assert!(
            read_text("hush").is_none() && read_text("{}").is_none() && read_text("").is_none()
        );
    }
}
