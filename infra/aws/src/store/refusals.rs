//! Refused deliveries: a number for the alarm, and some of them for people to see.
//!
//! Invariant: anybody can have deliveries refused, so this costs at most one write per endpoint, process
//! and [`PAUSE`], and DynamoDB removes what was written.

use super::Store;
use super::keys::{TTL, key, put_ttl};
use super::rare_lists::put_into;
use super::values::{Item, get_number, get_text, get_time, text, time};
use crate::metrics;
use async_trait::async_trait;
use std::time::Duration;
use tradewind_engine::ports::{Refusals, RefusedDelivery, Unavailable};
use tradewind_engine::time::{Timestamp, after};
use tradewind_stack::kinds::Kind;

const REFUSED: &str = Kind::Refused.word();
/// Of the deliveries that one endpoint refuses in a process within this time, the first is kept.
const PAUSE: Duration = Duration::from_secs(10);
const KEPT: Duration = Duration::from_secs(7 * 86_400);
/// What the endpoint of a path is called that names none.
const NO_ENDPOINT: &str = "none";

#[async_trait]
impl Refusals for Store {
    async fn note(&self, refused: RefusedDelivery) -> Result<(), Unavailable> {
        let provider = refused.provider.as_str();
        let endpoint = if provider.is_empty() { NO_ENDPOINT } else { provider };
        metrics::refused(endpoint);
        if !self.is_kept(endpoint, refused.at) {
            return Ok(());
        }
        let id = self.numbered(endpoint);
        let mut item =
            key(Kind::Refused.key(format_args!("{}#{id}", refused.at.as_nanosecond())), REFUSED);
        put_into(&mut item, REFUSED, refused.at, &id);
        put_ttl(&mut item, refused.at, KEPT);
        item.insert("at".to_owned(), time(refused.at));
        for (name, value) in [
            ("provider", refused.provider),
            ("connection", refused.connection),
            ("code", refused.code),
            ("reason", refused.reason),
            ("path", refused.path),
            ("cure", refused.cure),
        ] {
            item.insert(name.to_owned(), text(value));
        }
        if let Some(warning) = refused.warning {
            item.insert("warning".to_owned(), text(warning));
        }
        self.keep_item(item).await
    }

    async fn list(&self, limit: usize) -> Result<Vec<RefusedDelivery>, Unavailable> {
        let now = self.clock.now();
        // DynamoDB takes its time to remove what has had its time.
        let lasts =
            |item: &&Item| get_number(item, TTL).is_none_or(|ttl: i64| ttl > now.as_second());
        let items = self.newest(REFUSED, limit).await?;
        Ok(items.iter().filter(lasts).filter_map(refused).collect())
    }
}

impl Store {
    /// Whether this one is kept of all that the endpoint refuses.
    fn is_kept(&self, endpoint: &str, at: Timestamp) -> bool {
        let mut last = self.process.refused();
        // A last one of the future was noted under a clock that ran ahead.
        let is_new = last.get(endpoint).is_none_or(|last| *last > at || after(*last, PAUSE) <= at);
        if is_new {
            last.insert(endpoint.to_owned(), at);
        }
        is_new
    }
}

fn refused(item: &Item) -> Option<RefusedDelivery> {
    let member = |name| get_text(item, name).map(str::to_owned);
    Some(RefusedDelivery {
        at: get_time(item, "at")?,
        provider: member("provider")?,
        connection: member("connection")?,
        code: member("code")?,
        reason: member("reason")?,
        path: member("path").unwrap_or_default(),
        cure: member("cure").unwrap_or_default(),
        warning: member("warning"),
    })
}
