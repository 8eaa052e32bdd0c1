//! What a runtime is told to do, in order.

use super::wake::WakeUp;
use super::write::Write;
use crate::events::Event;
use crate::events::EventRecord;
use crate::ids::ConnectionName;
use crate::marks::Mark;
use crate::queues::Queue;
use crate::runs::Run;
use crate::time::Timestamp;
use std::time::Duration;

/// One thing to do. A list is carried out from its start; it ends at a write that is refused.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Change a run, on a condition.
    Write(Write),
    /// Keep an event with what was decided about it, or what [`EventRecord::replaced_by`] makes of both.
    Record(EventRecord),
    /// Leave a mark; one that is there already is the same.
    Mark(Mark),
    /// Remove a mark that is of no use any more; none need be there.
    Unmark(Mark),
    /// Send a wake-up to a queue.
    Send {
        /// Which.
        to: Queue,
        /// The message.
        wake: WakeUp,
        /// Not visible before then.
        not_before: Option<Timestamp>,
        /// The connection that it waits for, where that is known: it travels beside the message, so
        /// that a queue can leave those of a closed connection alone.
        via: Option<ConnectionName>,
    },
    /// Put an event on the bus.
    Publish(Event),
    /// Send a wake-up to the dead letters of a queue: an alarm fires.
    DeadLetter {
        /// Of which queue.
        of: Queue,
        /// The message: sent back to the queue it asks for a replay.
        wake: WakeUp,
    },
    /// The message that led here is done with.
    Ack,
    /// The message that led here shows again after this time.
    ShowAgain(Duration),
}

/// What became of a list of commands.
#[derive(Clone, Debug, PartialEq)]
pub enum Committed {
    /// All of it was done; the run after the last write.
    Applied(Option<Box<Run>>),
    /// A write was refused; it and all after it were not done. Of what stood before it, a runtime
    /// has done all or nothing.
    Refused {
        /// The run as it stands; `None`: there is none.
        current: Option<Box<Run>>,
    },
}
