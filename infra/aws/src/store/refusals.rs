//! Refused deliveries: a number for the alarm, and some of them for people to see.
//!
//! Invariant: anybody can have deliveries refused, so this costs at most one write per endpoint, code,
//! process and [`PAUSE`]; each code of an endpoint has so many places and no more, and so have the addresses
//! of a provider without a connection and all other paths together; and DynamoDB removes what was written.
//! Nothing takes the place of another code, nor of something newer.

use super::Store;
use super::keys::{TTL, key, put_ttl};
use super::rare_lists::put_into;
use super::values::{Item, get_number, get_text, get_time, number, text, time};
use super::writes::{Put, put_if};
use crate::metrics;
use async_trait::async_trait;
use aws_sdk_dynamodb::types::AttributeValue;
use std::time::Duration;
use tradewind_engine::ports::{Refusals, Unavailable};
use tradewind_engine::refusals::{REFUSALS_OF_ENDPOINT, Reached, RefusedDelivery, fair_choice};
use tradewind_engine::time::{Timestamp, after};
use tradewind_stack::kinds::Kind;

const REFUSED: &str = Kind::Refused.word();
/// Of the deliveries that one endpoint refuses for the same reason in a process within this time, the first
/// is kept, and the next one that is kept says how many there were.
const PAUSE: Duration = Duration::from_secs(10);
const KEPT: Duration = Duration::from_secs(7 * 86_400);
/// So many are kept of each code of an endpoint.
const PLACES_OF_CODE: u64 = 3;
/// What is of later than so far ahead was noted under a clock that was wrong.
const AHEAD_MAX: Duration = Duration::from_secs(3_600);
/// What the endpoint of a path is called that names none.
const NO_ENDPOINT: &str = "none";
/// More than are there at any time, but for those of before each endpoint had its places.
const READ_MAX: usize = 1_000;

#[async_trait]
impl Refusals for Store {
    async fn record_refusal(&self, refused: RefusedDelivery) -> Result<(), Unavailable> {
        // A wrong address at a provider of ours is an alarm all the same, and paths that strangers make up
        // are none.
        if refused.is_delivery() {
            metrics::refused(refused.count);
        }
        let endpoint = refused.place().map_or_else(
            || NO_ENDPOINT.to_owned(),
            |(provider, connection)| format!("{provider}/{connection}"),
        );
        let Some(kept) = self.stored_as(&endpoint, &refused) else { return Ok(()) };
        let id = self.numbered(&endpoint);
        let last = (endpoint.clone(), refused.code.clone());
        let place = Kind::Refused.key(format_args!("{endpoint}#{}", kept.place));
        let mut item = key(place, REFUSED);
        put_into(&mut item, REFUSED, refused.at, &id);
        put_ttl(&mut item, refused.at, KEPT);
        item.insert("at".to_owned(), time(refused.at));
        item.insert("since".to_owned(), time(kept.since));
        item.insert("count".to_owned(), number(kept.count));
        // Earlier versions read this one.
        let is_endpoint = AttributeValue::Bool(refused.names == Reached::Endpoint);
        item.insert("is_endpoint".to_owned(), is_endpoint);
        for (name, value) in [
            ("names", word(refused.names).to_owned()),
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
        if !self.is_newest(item, refused.at).await? {
            // The one that is there does not tell of these.
            let mut all = self.process.refused();
            let last = all.entry(last).or_default();
            last.count += kept.count;
            last.since = Some(kept.since);
        }
        Ok(())
    }

    async fn list(&self, limit: usize) -> Result<Vec<RefusedDelivery>, Unavailable> {
        let now = self.clock.now();
        // DynamoDB takes its time to remove what has had its time.
        let lasts =
            |item: &&Item| get_number(item, TTL).is_none_or(|ttl: i64| ttl > now.as_second());
        let items = self.newest(REFUSED, READ_MAX).await?;
        Ok(fair_choice(items.iter().filter(lasts).filter_map(refused).collect(), limit))
    }
}

/// What is written of a refusal that is kept.
struct StoredRefusal {
    count: u64,
    since: Timestamp,
    place: String,
}

impl Store {
    /// How this one is kept, where it is, of all that the endpoint refuses for that reason.
    fn stored_as(&self, endpoint: &str, refused: &RefusedDelivery) -> Option<StoredRefusal> {
        let at = refused.at;
        let mut all = self.process.refused();
        let last = all.entry((endpoint.to_owned(), refused.code.clone())).or_default();
        last.count += refused.count;
        let since = *last.since.get_or_insert(refused.since);
        // A last one of the future was noted under a clock that ran ahead.
        if last.kept_at.is_some_and(|kept_at| kept_at <= at && after(kept_at, PAUSE) > at) {
            return None;
        }
        let count = std::mem::take(&mut last.count);
        (last.kept_at, last.since) = (Some(at), None);
        drop(all);
        // The places are used in turn, so that the newest stay. Codes are ours, and few; paths are made up.
        let tick = u64::try_from(at.as_second()).unwrap_or_default() / PAUSE.as_secs();
        let place = match refused.names {
            Reached::Endpoint => format!("{}#{}", refused.code, tick % PLACES_OF_CODE),
            Reached::Provider | Reached::Nothing => {
                ((tick + self.process.number()) % REFUSALS_OF_ENDPOINT as u64).to_string()
            }
        };
        Some(StoredRefusal { count, since, place })
    }

    /// Writes the item, unless another process has put something newer in its place.
    async fn is_newest(&self, item: Item, at: Timestamp) -> Result<bool, Unavailable> {
        let put = self.dynamodb.put_item().table_name(&self.runs).set_item(Some(item));
        let put = put
            .condition_expression("attribute_not_exists(pk) OR #at <= :at OR #at > :ahead")
            .expression_attribute_names("#at", "at")
            .expression_attribute_values(":at", time(at))
            .expression_attribute_values(":ahead", time(after(at, AHEAD_MAX)));
        Ok(matches!(put_if(put).await?, Put::Written))
    }
}

fn word(names: Reached) -> &'static str {
    match names {
        Reached::Endpoint => "endpoint",
        Reached::Provider => "provider",
        Reached::Nothing => "nothing",
    }
}

fn refused(item: &Item) -> Option<RefusedDelivery> {
    let member = |name| get_text(item, name).map(str::to_owned);
    let (at, code) = (get_time(item, "at")?, member("code")?);
    // Before it was written down, what was not found was no endpoint.
    let is_endpoint = item.get("is_endpoint").and_then(|is| is.as_bool().ok().copied());
    let names = match get_text(item, "names") {
        Some("provider") => Reached::Provider,
        _ if is_endpoint.unwrap_or(code != "not_found") => Reached::Endpoint,
        _ => Reached::Nothing,
    };
    Some(RefusedDelivery {
        at,
        since: get_time(item, "since").unwrap_or(at),
        count: get_number(item, "count").unwrap_or(1),
        names,
        provider: member("provider")?,
        connection: member("connection")?,
        code,
        reason: member("reason")?,
        path: member("path").unwrap_or_default(),
        cure: member("cure").unwrap_or_default(),
        warning: member("warning"),
    })
}
