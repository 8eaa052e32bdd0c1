//! Lists that people page through, the newest first, a partition for each day.

use super::Store;
use super::keys::{LIST_PK, LIST_SK, LISTS, WAITING, WAITING_PK, key_of, list_day, parts_of_place};
use super::values::{Item, text};
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use futures::future::try_join_all;
use std::time::Duration;
use tradewind_engine::ports::Unavailable;
use tradewind_engine::time::{Timestamp, after, before};

const DAY: Duration = Duration::from_secs(86_400);
/// Other clocks may be ahead of ours.
const AHEAD: Duration = Duration::from_secs(300);
/// How much longer than history the days go back.
const SLACK: Duration = Duration::from_secs(31 * 86_400);
/// How many days are asked for at the same time, when the newest had too little.
const AT_ONCE: usize = 8;

/// An index with a partition for each day.
#[derive(Clone, Copy)]
pub(super) struct DailyIndex {
    name: &'static str,
    partition: &'static str,
}

/// All that people page through.
pub(super) const ALL: DailyIndex = DailyIndex { name: LISTS, partition: LIST_PK };
/// The runs that wait.
pub(super) const ALL_WAITING: DailyIndex = DailyIndex { name: WAITING, partition: WAITING_PK };

impl Store {
    /// The keys of the newest items of the list below `place`, at most `limit`; `narrow` may add a
    /// filter to each query.
    pub(super) async fn listed(
        &self,
        (index, list): (DailyIndex, &str),
        place: Option<&str>,
        limit: usize,
        narrow: impl Fn(QueryFluentBuilder) -> QueryFluentBuilder,
    ) -> Result<Vec<Item>, Unavailable> {
        let now = self.clock.now();
        let oldest = before(now, self.history_length() + SLACK);
        let newest = place
            .and_then(|place| Some(parts_of_place(place)?.0))
            .unwrap_or_else(|| after(now, AHEAD));
        let mut days = days(list, newest, oldest);
        let mut rows = Vec::new();
        let mut width = 1;
        while rows.len() < limit && !days.is_empty() {
            let left = days.split_off(width.min(days.len()));
            let left_to_find = limit - rows.len();
            let asked = days.into_iter().map(|day| {
                let query = narrow(self.day(index, day, place));
                self.rows(query, left_to_find)
            });
            rows.extend(try_join_all(asked).await?.into_iter().flatten());
            (days, width) = (left, AT_ONCE);
        }
        rows.truncate(limit);
        Ok(rows.iter().filter_map(key_of).collect())
    }

    fn day(&self, index: DailyIndex, day: String, place: Option<&str>) -> QueryFluentBuilder {
        let partition = index.partition;
        let query = self
            .query()
            .index_name(index.name)
            .scan_index_forward(false)
            .expression_attribute_values(":day", text(day));
        match place {
            None => query.key_condition_expression(format!("{partition} = :day")),
            Some(place) => query
                .key_condition_expression(format!("{partition} = :day AND {LIST_SK} < :place"))
                .expression_attribute_values(":place", text(place)),
        }
    }
}

fn days(list: &str, newest: Timestamp, oldest: Timestamp) -> Vec<String> {
    let mut days = Vec::new();
    let mut moment = newest;
    while moment >= oldest {
        days.push(list_day(list, moment));
        moment = before(moment, DAY);
    }
    // The day of the oldest moment, where the time of day has jumped over it.
    let last = list_day(list, oldest);
    if days.last() != Some(&last) && oldest <= newest {
        days.push(last);
    }
    days
}
