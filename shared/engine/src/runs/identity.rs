//! What makes a run, and an effect of it, the same one again.

use crate::digests::hex;
use crate::ids::{ConnectionName, RunId, StepPath, WorkflowId};
use ring::digest::{Context, SHA256, digest};

/// The run's id: the same workflow, connection and business key always give the same run, until
/// somebody asks for another `generation`.
pub fn run_id(
    workflow: &WorkflowId,
    connection: Option<&ConnectionName>,
    key: &str,
    generation: u32,
) -> RunId {
    let mut digest = Context::new(&SHA256);
    for part in [workflow.as_str(), connection.map_or("", ConnectionName::as_str), key] {
        // The length first, so that no two different triples run together.
        digest.update(&(part.len() as u64).to_be_bytes());
        digest.update(part.as_bytes());
    }
    digest.update(&generation.to_be_bytes());
    RunId(format!("run_{}", hex(&digest.finish().as_ref()[..12])))
}

/// The longest business key that a run is kept with.
pub const KEY_BYTES_MAX: usize = 512;

/// The business key as a run is kept with it. Its id follows from the whole key, so that the digest of a
/// longer one starts no second run.
pub(crate) fn kept_key(key: String) -> String {
    if key.len() > KEY_BYTES_MAX { key_digest(&key) } else { key }
}

/// What stays of a business key once the run is redacted: it may be somebody's address.
pub(crate) fn key_digest(key: &str) -> String {
    format!("sha256:{}", hex(digest(&SHA256, key.as_bytes()).as_ref()))
}

/// The key under which the other side may recognise a repeated effect: the same in every attempt and
/// replay. Steps after a failure carry the run's `resumed`, because a second failure must alert again.
pub fn idempotency_key(run: &RunId, path: &StepPath, resumed: u32) -> String {
    if path.is_on_failure() { format!("{run}:{path}:{resumed}") } else { format!("{run}:{path}") }
}

impl StepPath {
    /// Whether a step that stands so in the file goes by that path in a run. Within a loop, `each[].label` does
    /// by `each[17].label`.
    pub fn is_pattern_of(&self, path: &Self) -> bool {
        if !self.0.contains("[]") {
            return self == path;
        }
        let mut rest = path.as_str();
        let mut parts = self.0.split("[]");
        let first = parts.next().unwrap_or_default();
        let Some(behind) = rest.strip_prefix(first) else { return false };
        rest = behind;
        for part in parts {
            let number = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'));
            let Some((number, behind)) = number else { return false };
            let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
            let Some(behind) = behind.strip_prefix(part).filter(|_| is_number) else {
                return false;
            };
            rest = behind;
        }
        rest.is_empty()
    }

    /// Whether it says which item of a loop is meant, and no step of it.
    pub fn is_item(&self) -> bool {
        let last = self.0.strip_suffix(']').and_then(|rest| rest.rsplit_once('['));
        let is_number = |number: &str| number.bytes().all(|byte| byte.is_ascii_digit());
        last.is_some_and(|(_, number)| is_number(number)) && !self.is_on_failure()
    }

    /// Whether the step belongs to `on_failure`.
    pub fn is_on_failure(&self) -> bool {
        self.0.starts_with("on_failure.") || self.0.starts_with("on_failure[")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_at_the_end_is_an_item_and_a_name_is_somebody_who_is_asked() {
        for (path, is_item) in [
            ("each[3]", true),
            ("each[3].inner[42]", true),
            ("each[3].ask", false),
            ("each[3].ask[ops]", false),
            ("ask[ops]", false),
            ("on_failure[0]", false),
        ] {
            assert_eq!(StepPath::from(path).is_item(), is_item, "{path}");
        }
    }

    #[track_caller]
    fn check(pattern: &str, path: &str, is_pattern: bool) {
        assert_eq!(
            StepPath::from(pattern).is_pattern_of(&path.into()),
            is_pattern,
            "{pattern} {path}"
        );
    }

    #[test]
    fn a_step_within_a_loop_has_a_path_for_each_item() {
        check("log", "log", true);
        check("log", "log2", false);
        check("route[1].mail", "route[1].mail", true);
        check("route[1].mail", "route[0].mail", false);
        check("each[].label", "each[0].label", true);
        check("each[].label", "each[317].label", true);
        check("each[].label", "each[317].label2", false);
        check("each[].label", "each[].label", false);
        check("each[].label", "each[x].label", false);
        check("each[].route[1].mail", "each[3].route[1].mail", true);
        check("each[].inner[].do", "each[3].inner[42].do", true);
        check("each[].inner[].do", "each[3].inner", false);
        check("on_failure[0]", "on_failure[0]", true);
    }
}
