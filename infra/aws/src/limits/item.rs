//! The item of a connection's limits, and the requests to it.

use crate::clients::unavailable;
use crate::store::keys::{TTL, key};
use crate::store::values::{Item, get_number, get_text, get_time, number, text, time};
use crate::store::writes::{Updated, update_if};
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::ReturnValue;
use std::time::Duration;
use tradewind_engine::ids::ConnectionName;
use tradewind_engine::limits::OpenBreaker;
use tradewind_engine::ports::Unavailable;
use tradewind_engine::time::{Timestamp, after};
use tradewind_stack::kinds::Kind;

pub(super) const SERVICE: &str = "DynamoDB";
/// How long the item of a connection that nobody uses any more is kept.
const KEPT: Duration = Duration::from_secs(2 * 86_400);

/// Where the open breaker stands. Functions of earlier builds keep theirs, of another form, under
/// `breaker`: while both are at work, each kind keeps to its own.
const OUTAGE: &str = "outage";

/// The item of one connection.
pub(super) struct LimitItem<'a> {
    dynamodb: &'a aws_sdk_dynamodb::Client,
    table: &'a str,
    key: Item,
}

/// The breaker as the item has it, open or closed.
#[derive(Clone, Debug, Default)]
pub(super) struct SharedBreaker {
    pub(super) open: Option<OpenBreaker>,
    // As it is written, with a mark of whoever wrote it: two that are alike are not the same.
    written: Option<String>,
}

/// What the item says.
#[derive(Debug, Default)]
pub(super) struct Shared {
    pub(super) breaker: SharedBreaker,
    pub(super) quiet_until: Option<Timestamp>,
    pub(super) window_until: Option<Timestamp>,
    pub(super) taken: u32,
    /// All of it, for what has no name of its own.
    pub(super) attributes: Item,
}

/// What became of an update on a condition.
pub(super) enum Update {
    /// It was made, and the item is this.
    Made(Shared),
    /// The condition did not hold for this one.
    Not(Shared),
}

impl<'a> LimitItem<'a> {
    pub(super) fn new(
        dynamodb: &'a aws_sdk_dynamodb::Client,
        table: &'a str,
        connection: &ConnectionName,
    ) -> Self {
        let pk = Kind::Limit.key(connection);
        Self { dynamodb, table, key: key(pk, Kind::Limit.word()) }
    }

    /// What it says now, or said a moment ago.
    pub(super) async fn read(&self) -> Result<Shared, Unavailable> {
        let get = self.dynamodb.get_item().table_name(self.table).set_key(Some(self.key.clone()));
        match get.send().await {
            Ok(got) => Ok(Shared::of(got.item.unwrap_or_default())),
            Err(failed) => Err(unavailable(SERVICE, &failed)),
        }
    }

    /// An update to be completed. It keeps the item for a while.
    pub(super) fn update(&self, changes: &str, now: Timestamp) -> UpdateItemFluentBuilder {
        self.bare_update(&format!("SET #ttl = :ttl{changes}"))
            .expression_attribute_names("#ttl", TTL)
            .expression_attribute_values(":ttl", number(after(now, KEPT).as_second()))
    }

    /// An update to be completed.
    pub(super) fn bare_update(&self, changes: &str) -> UpdateItemFluentBuilder {
        let update = self.dynamodb.update_item().table_name(self.table);
        update.set_key(Some(self.key.clone())).update_expression(changes)
    }

    /// Sends the update; what holds after it, made or not.
    pub(super) async fn send_update(
        update: UpdateItemFluentBuilder,
    ) -> Result<Update, Unavailable> {
        Ok(match update_if(update.return_values(ReturnValue::AllNew)).await? {
            Updated::Made(item) => Update::Made(Shared::of(item)),
            Updated::Was(item) => Update::Not(Shared::of(item)),
        })
    }

    /// Changes the breaker from what was seen, under a mark of its own: whether that was made, and
    /// what holds now.
    pub(super) async fn change_breaker(
        &self,
        seen: &SharedBreaker,
        open: Option<OpenBreaker>,
        mark: &str,
        now: Timestamp,
    ) -> Result<(bool, Shared), Unavailable> {
        let changes = if open.is_some() { ", outage = :open" } else { " REMOVE outage" };
        let written = open.map(|open| format!("{} {mark}", word(open)));
        let mut update = self.update(changes, now);
        if let Some(written) = &written {
            update = update.expression_attribute_values(":open", text(written));
        }
        update = match &seen.written {
            None => update.condition_expression("attribute_not_exists(outage)"),
            Some(seen) => update
                .condition_expression("outage = :seen")
                .expression_attribute_values(":seen", text(seen)),
        };
        Ok(match Self::send_update(update).await? {
            Update::Made(shared) => (true, shared),
            // Ours, where the answer to a first try was lost.
            Update::Not(shared) => (shared.breaker.written == written, shared),
        })
    }

    /// Tells everybody of the quiet that the provider asked for.
    pub(super) async fn be_quiet(
        &self,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), Unavailable> {
        let update = self
            .update(", quiet_until = :until", now)
            .condition_expression("attribute_not_exists(quiet_until) OR quiet_until < :until")
            .expression_attribute_values(":until", time(until));
        Self::send_update(update).await.map(|_| ())
    }
}

impl PartialEq for SharedBreaker {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

impl Shared {
    fn of(attributes: Item) -> Self {
        Self {
            breaker: SharedBreaker {
                open: get_text(&attributes, OUTAGE).and_then(of_word),
                written: get_text(&attributes, OUTAGE).map(str::to_owned),
            },
            quiet_until: get_time(&attributes, "quiet_until"),
            window_until: get_time(&attributes, "window_until"),
            taken: get_number(&attributes, "taken").unwrap_or_default(),
            attributes,
        }
    }
}

/// An open breaker as one text, so that a condition can compare all of it.
fn word(open: OpenBreaker) -> String {
    format!("{} {}", open.since.as_nanosecond(), open.probe_at.as_nanosecond())
}

fn of_word(word: &str) -> Option<OpenBreaker> {
    let mut parts = word.split(' ');
    let mut time = || Timestamp::from_nanosecond(parts.next()?.parse().ok()?).ok();
    Some(OpenBreaker { since: time()?, probe_at: time()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_breaker_is_read_as_it_was_written() {
        let since = "2026-11-23T12:00:00.000000001Z".parse().unwrap();
        let open = OpenBreaker { since, probe_at: after(since, Duration::from_millis(50)) };
        assert_eq!(of_word(&word(open)), Some(open));
        assert_eq!(of_word(&format!("{} mark", word(open))), Some(open));
        assert_eq!(of_word("soon"), None);
    }
}
