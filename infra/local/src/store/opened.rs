//! Messages of the dispatch queue whose event is too long for a message.

use super::handle::Store;
use super::parts;
use tradewind_engine::events::Event;
use tradewind_engine::ports::Unavailable;
use tradewind_engine::stored::read_stored;

/// What a message of the dispatch queue holds.
#[derive(Debug)]
pub enum Opened {
    /// All of it stands in the message.
    Message,
    /// The event, of which something stood beside the message.
    Event(Box<Event>),
    /// An event whose data was removed.
    Gone,
}

impl Store {
    /// Whether the message is one whose event stands beside it, at least in part.
    pub fn is_split(body: &str) -> bool {
        body.contains("$part") && parse_split(body).is_some()
    }

    /// The event of the message with all that stands beside it.
    pub async fn open_message(&self, body: &str) -> Result<Opened, Unavailable> {
        let Some(mut event) = parse_split(body) else { return Ok(Opened::Message) };
        self.look(move |connection| {
            Ok(match parts::restore_event(connection, &mut event)? {
                true => Opened::Event(Box::new(event)),
                false => Opened::Gone,
            })
        })
        .await
    }
}

fn parse_split(body: &str) -> Option<Event> {
    read_stored(body.as_bytes()).ok().filter(parts::is_split_event)
}
