//! The quiet that a provider asked for.

use crate::time::{Timestamp, after};
use std::time::Duration;

/// The longest quiet that a provider may ask for.
const QUIET_MAX: Duration = Duration::from_secs(24 * 3_600);

/// Until when nobody is called.
#[derive(Debug, Default)]
pub struct Quiet(Option<Timestamp>);

impl Quiet {
    /// When calls may go again; `None`: now.
    pub fn until(&self, now: Timestamp) -> Option<Timestamp> {
        // Further ahead, it was set under a clock that ran ahead.
        self.0.map(|until| until.min(after(now, QUIET_MAX))).filter(|until| *until > now)
    }

    /// The provider asked for quiet until then; until when, where that is news.
    pub fn asked(&mut self, until: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let until = until.min(after(now, QUIET_MAX));
        let is_news = until > now && self.0.is_none_or(|known| known < until);
        if is_news {
            self.0 = Some(until);
        }
        is_news.then_some(until)
    }

    /// Takes over what others have heard.
    pub fn adopt(&mut self, until: Option<Timestamp>) {
        self.0 = self.0.max(until);
    }
}
