//! What may name a workflow: a file below `workflows/`, on every system, that is what it looks like.
//!
//! Invariant: files of a folder and ids that come through the API follow this one rule. What was stored
//! under another one stays as it is.

use super::NAME_CHARACTERS_MAX;
use crate::ids::WorkflowId;

/// What Windows takes for devices, whatever follows a dot, and so cannot check out as files.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];
/// The same with a digit behind it.
const PORTS: [&str; 2] = ["com", "lpt"];

/// Why a text names no workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameFault {
    /// What is wrong.
    pub message: &'static str,
    /// What to do about it.
    pub help: &'static str,
}

/// What is wrong with it as the id of a workflow, which is its path below `workflows/` without `.yaml`.
pub fn name_fault(id: &WorkflowId) -> Option<NameFault> {
    let id = id.as_str();
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/');
    if !id.chars().all(fits) || id.split('/').any(str::is_empty) {
        return Some(NameFault {
            message: "this cannot name a workflow's file",
            help: "small and capital letters, digits, `-` and `_`, and `/` between folders, as in \
                   sales/daily",
        });
    }
    if id.len() > NAME_CHARACTERS_MAX {
        return Some(NameFault {
            message: "the name of a workflow is longer than 200 characters",
            help: "give it a shorter one; what it is about can stand in its `name`",
        });
    }
    id.split('/').any(is_device).then_some(NameFault {
        message: "this names a device on Windows, where no file can have that name",
        help: "give it another name, such as one with another word in it",
    })
}

/// Whether both are one file on systems that do not tell capital letters from small ones.
pub fn are_one_file(one: &WorkflowId, other: &WorkflowId) -> bool {
    one != other && one.as_str().eq_ignore_ascii_case(other.as_str())
}

fn is_device(part: &str) -> bool {
    let part = part.to_ascii_lowercase();
    DEVICES.contains(&part.as_str())
        || PORTS.iter().any(|port| {
            part.strip_prefix(port).is_some_and(|digit| matches!(digit.as_bytes(), [b'0'..=b'9']))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_file_on_every_system() {
        for good in ["a", "A-b_9", "sales/daily/first", "console", "com", "com10", "lptx", "nul1"] {
            assert_eq!(name_fault(&good.into()), None, "{good}");
        }
        let long = "a".repeat(NAME_CHARACTERS_MAX + 1);
        for bad in [
            "",
            "/",
            "a/",
            "/a",
            "a//b",
            ".",
            "..",
            "a/../b",
            "a.b",
            "a b",
            "a\\b",
            "é",
            "a\u{202e}",
            "<b>",
            "a\n",
            "CON",
            "a/Nul",
            "com1",
            "x/LPT9/y",
            &long,
        ] {
            assert!(name_fault(&bad.into()).is_some(), "{bad:?}");
        }
    }

    #[test]
    fn capital_letters_make_no_other_file() {
        let check = |one: &str, other: &str| are_one_file(&one.into(), &other.into());
        assert!(check("Sales/a", "sales/A"));
        assert!(!check("a", "a") && !check("a", "b"));
    }
}
