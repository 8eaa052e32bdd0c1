//! What a letter is known by: the same for the item and for every copy of it.

use ring::digest::{SHA256, digest};
use tradewind_engine::digests::hex;
use tradewind_engine::protocol::WakeUp;

/// How many bytes of a digest tell two messages of a queue apart.
const DIGEST_BYTES: usize = 8;

/// For a wake-up its step and fence; for anything else the queue and a digest of it.
pub(super) fn identity(queue: &str, body: &str) -> String {
    match wake_up(body) {
        Some(wake) => {
            let fence = wake.fence.map_or_else(|| "-".to_owned(), |fence| fence.to_string());
            format!("{}:{}:{fence}", wake.run, wake.path)
        }
        None => {
            let digest = digest(&SHA256, body.as_bytes());
            format!("{queue}:{}", hex(&digest.as_ref()[..DIGEST_BYTES]))
        }
    }
}

/// The wake-up that the message is, if it is one that names something.
pub(super) fn wake_up(body: &str) -> Option<WakeUp> {
    let wake: WakeUp = serde_json::from_str(body).ok()?;
    let is_name = |name: &str| !name.is_empty() && !name.contains(':') && name.len() <= 256;
    (is_name(wake.run.as_str()) && is_name(wake.path.as_str())).then_some(wake)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn a_letter_is_known_by_its_step_and_fence_or_by_its_body() {
        let bodies = [
            r#"{"v":1,"run":"run_1","path":"log","kind":"failed","fence":3}"#,
            r#"{"fence":3,"kind":"parked","path":"log","run":"run_1","v":1}"#,
            r#"{"v":1,"run":"run_1","path":"each[0].label"}"#,
            r#"{"v":1,"run":"","path":"log"}"#,
            r#"{"v":1,"run":"a:b","path":"log"}"#,
            r#"{"v":1,"run":"run_1","path":"log","more":1}"#,
            "",
            "\u{FEFF}",
        ];
        let ids = bodies.map(|body| identity("email.send", body));
        expect![[r#"
            run_1:log:3
            run_1:log:3
            run_1:each[0].label:-
            email.send:0b20de2cb89c71dc
            email.send:ded5c440f40aec04
            email.send:960fae0b833e9a8d
            email.send:e3b0c44298fc1c14
            email.send:f1945cd6c19e56b3"#]]
        .assert_eq(&ids.join("\n"));
    }
}
