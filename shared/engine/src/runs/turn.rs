//! Where a run stands in its slot: its turn to work among the runs of its key.

use crate::slots::SlotKey;
use serde::{Deserialize, Serialize};

/// Where a run stands in its slot.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Turn {
    /// The slot.
    pub slot: SlotKey,
    /// Where in it.
    pub stands: Stands,
}

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stands {
    /// It waits in line.
    InLine,
    /// It works.
    AtWork,
    /// It has ended or stopped, and those behind it know. What a person takes up again asks for no other turn.
    Gone,
}
