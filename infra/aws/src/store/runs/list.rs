//! The list of runs, the newest first: the days from today back, or the runs of one event.
//!
//! The list goes back for as long as history is kept, and a month more, because a run is kept from
//! its end and listed by its start. An older run is found by its event, or by its id.

use crate::store::Store;
use crate::store::daily_lists::{ALL, ALL_WAITING};
use crate::store::keys::{
    self, BY_EVENT, EVENT_ATTRIBUTE, LIST_SK, PK, RUN, RUN_STATE, WORKFLOW, list_place,
};
use crate::store::unread::id_of;
use crate::store::values::{Item, get_text, text};
use std::collections::BTreeMap;
use tradewind_engine::ids::{EventId, RunId};
use tradewind_engine::ports::{Page, RunFilter, Unavailable};
use tradewind_engine::runs::Run;

pub(super) async fn list(
    store: &Store,
    filter: &RunFilter,
) -> Result<Page<Run, RunId>, Unavailable> {
    let place = match &filter.before {
        None => None,
        Some(run) => match store.item(keys::run(run)).await? {
            Some(item) => get_text(&item, LIST_SK).map(str::to_owned),
            // Its time was over: so is that of all that started before it.
            None => return Ok(Page::of(Vec::new())),
        },
    };
    let (keys, is_paged) = match &filter.event {
        Some(event) => (store.runs_of_event(event).await?, false),
        None => {
            let query = |query| filtered(query, filter);
            let index = if filter.is_waiting { ALL_WAITING } else { ALL };
            (store.listed((index, RUN), place.as_deref(), filter.limit, query).await?, true)
        }
    };
    // What cannot be read, or fits no more, is behind us all the same.
    let last = keys.last().filter(|_| is_paged && keys.len() == filter.limit);
    let mut next = last.and_then(|key| Some(RunId::from(id_of(get_text(key, PK)?))));
    let (mut runs, hidden) = store.runs(keys, &BTreeMap::new()).await?;
    // The index follows the runs at a distance.
    runs.retain(|run| fits(run, filter));
    runs.retain(|run| place.as_ref().is_none_or(|place| place_of(run) < *place));
    runs.sort_by_cached_key(|run| std::cmp::Reverse(place_of(run)));
    if runs.len() > filter.limit {
        runs.truncate(filter.limit);
        next = runs.last().map(|run| run.id.clone());
    }
    Ok(Page { records: runs, hidden, next })
}

fn place_of(run: &Run) -> String {
    list_place(run.created_at, run.id.as_str())
}

fn fits(run: &Run, filter: &RunFilter) -> bool {
    filter.workflow.as_ref().is_none_or(|workflow| run.workflow == *workflow)
        && filter.state.is_none_or(|state| run.state == state)
        && (!filter.is_waiting || run.may_wait())
        && filter.event.as_ref().is_none_or(|event| run.event == *event)
}

type Query = aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;

fn filtered(query: Query, filter: &RunFilter) -> Query {
    let mut conditions = Vec::new();
    let mut query = query;
    if let Some(workflow) = &filter.workflow {
        conditions.push("#workflow = :workflow");
        query = query
            .expression_attribute_names("#workflow", WORKFLOW)
            .expression_attribute_values(":workflow", text(workflow.as_str()));
    }
    // What waits is in the one state or the other, and its index holds neither.
    if let Some(state) = filter.state.filter(|_| !filter.is_waiting) {
        conditions.push("#run_state = :run_state");
        query = query
            .expression_attribute_names("#run_state", RUN_STATE)
            .expression_attribute_values(":run_state", text(state.as_str()));
    }
    let condition = (!conditions.is_empty()).then(|| conditions.join(" AND "));
    query.set_filter_expression(condition)
}

impl Store {
    /// The keys of the branches of a run's loops, which the same index has below the run.
    pub(super) async fn branches_of(&self, run: &RunId) -> Result<Vec<Item>, Unavailable> {
        let rows = self.runs_of_event(&EventId(run.0.clone())).await?;
        Ok(rows.iter().filter_map(keys::key_of).collect())
    }

    /// The keys of the runs of an event.
    pub(in crate::store) async fn runs_of_event(
        &self,
        event: &EventId,
    ) -> Result<Vec<Item>, Unavailable> {
        let query = self
            .query()
            .index_name(BY_EVENT)
            .key_condition_expression("#event = :event")
            .expression_attribute_names("#event", EVENT_ATTRIBUTE)
            .expression_attribute_values(":event", text(event.as_str()));
        self.rows(query, usize::MAX).await
    }
}
