//! Carrying out what the protocol decided: a list of commands is one savepoint, so all of it is done
//! or nothing.

use super::batch::{Cx, Done};
use super::errors::Fault;
use super::events::EventRow;
use super::handle::Store;
use super::letters::Letter;
use super::marks::MarkRow;
use super::messages::{Delivery, send_message};
use super::parts::{self, Part};
use super::runs;
use async_trait::async_trait;
use std::collections::HashMap;
use std::time::Duration;
use tradewind_engine::events::Event;
use tradewind_engine::ids::RunId;
use tradewind_engine::ports::{Bus, Interrupted, Journal, Receipt, Unavailable};
use tradewind_engine::protocol::{Command, Committed, Write};
use tradewind_engine::queues::DISPATCH_QUEUE;
use tradewind_engine::runs::Run;
use tradewind_engine::time::Timestamp;

/// A command with its texts made: that is done by the many callers, not by the one writer.
enum Order {
    Write(Box<Write>),
    Record(Box<EventRow>),
    Mark(MarkRow),
    Unmark(MarkRow),
    Publish { body: String, parts: Vec<Part> },
    Send { queue: String, body: String, not_before: Option<Timestamp>, connection: String },
    Bury(Letter),
    Ack,
    ShowAgain(Duration),
}

impl Order {
    fn of(command: &Command) -> Result<Self, Fault> {
        Ok(match command {
            Command::Write(write) => Self::Write(Box::new(write.clone())),
            Command::Record(record) => Self::Record(Box::new(EventRow::of(record)?)),
            Command::Mark(mark) => Self::Mark(MarkRow::of(mark)?),
            Command::Unmark(mark) => Self::Unmark(MarkRow::of(mark)?),
            Command::Send { to, wake, not_before, via } => Self::Send {
                queue: to.as_str().to_owned(),
                body: serde_json::to_string(wake)?,
                not_before: *not_before,
                connection: via.as_ref().map_or_else(String::new, |via| via.0.clone()),
            },
            Command::Publish(event) => {
                let (body, parts) = message_of(event)?;
                Self::Publish { body, parts }
            }
            Command::DeadLetter { of, wake } => {
                let body = serde_json::to_string(wake)?;
                Self::Bury(Letter::of(of.as_str().to_owned(), body, "the run stopped at this step"))
            }
            Command::Ack => Self::Ack,
            Command::ShowAgain(wait) => Self::ShowAgain(*wait),
        })
    }
}

#[async_trait]
impl Journal for Store {
    async fn commit(
        &self,
        receipt: Option<&Receipt>,
        commands: &[Command],
    ) -> Result<Committed, Interrupted> {
        let delivery = receipt.and_then(Delivery::of);
        let orders: Result<Vec<Order>, Fault> = commands.iter().map(Order::of).collect();
        let orders = orders.map_err(Unavailable::from)?;
        let mut committed = self.write_if(move |cx| carry_out(cx, delivery, &orders)).await?;
        let (Committed::Applied(run) | Committed::Refused { current: run }) = &mut committed;
        if let Some(split) = run.take_if(|run| parts::is_split_run(run)) {
            *run = Some(Box::new(self.restore(*split).await?));
        }
        Ok(committed)
    }
}

#[async_trait]
impl Bus for Store {
    async fn publish(&self, events: &[Event]) -> Result<(), Unavailable> {
        let messages = events.iter().map(message_of).collect::<Result<Vec<_>, Fault>>()?;
        self.write(move |cx| messages.iter().try_for_each(|(body, parts)| publish(cx, body, parts)))
            .await
    }
}

/// The message of an event, and what is too long for it.
fn message_of(event: &Event) -> Result<(String, Vec<Part>), Fault> {
    match parts::split_event(event)? {
        None => Ok((serde_json::to_string(event)?, Vec::new())),
        Some((event, parts)) => Ok((serde_json::to_string(&event)?, parts)),
    }
}

fn publish(cx: &mut Cx<'_>, body: &str, parts: &[Part]) -> Result<(), Fault> {
    parts.iter().try_for_each(|part| part.insert(cx))?;
    send_message(cx, DISPATCH_QUEUE, body, None, "")
}

impl Store {
    /// The run with what stands beside its row. Read beside the writer, which has others to serve.
    async fn restore(&self, mut run: Run) -> Result<Run, Unavailable> {
        self.look(move |connection| {
            match parts::restore_run(connection, &mut run) {
                // Its data was removed since: so it is in what is read now.
                Err(Fault::PartMissing(_)) => {
                    let newer = runs::find(connection, &run.id)?;
                    let mut newer = newer.ok_or(Fault::PartMissing(run.id.0))?;
                    parts::restore_run(connection, &mut newer).map(|()| newer)
                }
                restored => restored.map(|()| run),
            }
        })
        .await
    }
}

fn carry_out(
    cx: &mut Cx<'_>,
    delivery: Option<Delivery>,
    orders: &[Order],
) -> Result<Done<Committed>, Fault> {
    let mut written = Written::default();
    for order in orders {
        match order {
            Order::Write(write) => {
                if !written.write(cx, write)? {
                    let current = written.found.remove(&write.run).flatten().map(Box::new);
                    return Ok(Done::Undo(Committed::Refused { current }));
                }
            }
            Order::Record(row) => row.insert_or_replace(cx)?,
            Order::Mark(row) => row.insert(cx)?,
            Order::Unmark(row) => row.remove(cx)?,
            Order::Publish { body, parts } => publish(cx, body, parts)?,
            Order::Send { queue, body, not_before, connection } => {
                send_message(cx, queue, body, *not_before, connection)?;
            }
            Order::Bury(letter) => letter.insert(cx)?,
            Order::Ack => {
                if let Some(delivery) = delivery {
                    delivery.ack(cx.connection)?;
                }
            }
            Order::ShowAgain(wait) => {
                if let Some(delivery) = delivery {
                    delivery.show_again(cx, *wait)?;
                }
            }
        }
    }
    Ok(Done::Keep(Committed::Applied(written.last.map(Box::new))))
}

/// The runs that a list of commands has changed.
#[derive(Default)]
struct Written {
    /// As they stood before the list: so they stand again when it is taken back.
    found: HashMap<RunId, Option<Run>>,
    /// The run after the last write.
    last: Option<Run>,
}

impl Written {
    /// Makes the change; false when its condition does not hold.
    fn write(&mut self, cx: &Cx<'_>, write: &Write) -> Result<bool, Fault> {
        let current = match self.last.take() {
            Some(run) if run.id == write.run => Some(run),
            _ => runs::find(cx.connection, &write.run)?,
        };
        let changed = write.apply(current.as_ref());
        let is_new = current.is_none();
        self.found.entry(write.run.clone()).or_insert(current);
        let Ok(mut changed) = changed else { return Ok(false) };
        parts::split_run(cx, &mut changed)?;
        if is_new {
            runs::insert(cx.connection, &changed)?;
        } else {
            runs::update(cx.connection, &changed)?;
        }
        self.last = Some(changed);
        Ok(true)
    }
}
