//! A call, what may be made of it, and what its end says about its connection.

use crate::ids::{RunId, StepPath};
use crate::time::Timestamp;
use std::time::Duration;

/// No call takes longer; one whose end was not reported by then is over.
pub const CALL_MAX: Duration = Duration::from_secs(60);

/// What a connection may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allowance {
    /// So many calls within so long; `None`: no limit is known.
    pub rate: Option<(u32, Duration)>,
    /// So many calls at the same time; `None`: any.
    pub concurrency: Option<u32>,
    /// Whoever asks waits on the spot, and is told when the next call may go: no later time of its own is set
    /// aside for it.
    pub waits: bool,
}

/// Who makes a call: each call is accounted for by itself, and what fails at several steps says
/// something about the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Caller {
    /// A number for the run and its step.
    pub step: u64,
    /// The claim under which the call is made.
    pub fence: u32,
}

impl Caller {
    /// The caller for this claim of a step. The number is the same in every process.
    pub fn new(run: &RunId, path: &StepPath, fence: u32) -> Self {
        // FNV-1a: no secret hangs on it, and processes of different builds have to agree.
        let bytes = run.as_str().bytes().chain([0]).chain(path.as_str().bytes());
        let step = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |digest, byte| {
            (digest ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        Self { step, fence }
    }
}

/// Whether a call may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It may; its end must be reported.
    Go,
    /// Not before then.
    NotBefore(Timestamp),
}

/// How an admitted call ended, as far as it says something about the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallEnd {
    /// The provider answered, whatever it said.
    Answered,
    /// The provider answered, and asked for quiet until then.
    Limited(Timestamp),
    /// Nobody could be reached, so no request was sent.
    Unreachable,
    /// A request was sent, and no answer came or a server error.
    Failed {
        /// The provider asked for quiet until then.
        quiet: Option<Timestamp>,
    },
    /// A request was sent and no answer came, and what became of it waits for a person: a probe that
    /// ends so has its price.
    Doubtful,
    /// Nobody was called after all, or not for long enough: it says nothing about the provider.
    NotMade,
}

/// How a connection stands after a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It answers, as far as is known.
    Up,
    /// It answers again, since this call.
    CameBack,
    /// It does not answer, since this call.
    WentDown,
    /// It does not answer.
    Down,
}

impl Standing {
    /// Whether it does not answer.
    pub fn is_down(self) -> bool {
        matches!(self, Self::Down | Self::WentDown)
    }
}
