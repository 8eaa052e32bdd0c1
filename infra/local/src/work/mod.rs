//! What goes on for as long as the process does, and how it is seen to go on: workers take messages from
//! the queues, the sweeper looks after runs, schedules become due, and the alarm tells people.

pub(crate) mod alarm;
pub(crate) mod clock_steps;
pub(crate) mod health;
pub(crate) mod in_flight;
mod moment;
mod newcomers;
pub(crate) mod progress;
pub(crate) mod schedules;
mod supervise;
pub(crate) mod sweeper;
pub(crate) mod workers;
