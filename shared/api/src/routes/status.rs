//! How the whole stands: what lies in the queues, which connections are kept away from, what is refused.
//! It says which one it is when an alarm says that something is.

use super::{ReadRefusals, Shared};
use crate::api::Api;
use crate::errors::ApiError;
use crate::types::{
    ConnectionStatus, EndpointRefusals, QueueStatus, ScheduleStatus, ServedFunctions, Status,
    WorkflowCounts,
};
use axum::Json;
use axum::extract::State;
use futures::future::join_all;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Duration;
use tradewind_engine::definitions::Current;
use tradewind_engine::refusals::RefusedDelivery;
use tradewind_engine::schedules::SCHEDULE_FIRED;
use tradewind_engine::time::{Timestamp, before};
use tradewind_platform::apply::{Functions, Served};

/// Which refusals are counted.
const REFUSED_WITHIN: Duration = Duration::from_secs(3_600);
/// More than are kept.
const REFUSALS_MAX: usize = 1_000;

/// How the whole stands.
#[utoipa::path(
    get, path = "/api/status", tag = "project", operation_id = "show_status",
    responses((status = 200, description = "How it stands.", body = Status), ReadRefusals)
)]
pub(crate) async fn show_status(State(api): Shared) -> Result<Json<Status>, ApiError> {
    let now = api.acting.clock.now();
    let current = api.acting.definitions.current().await?;
    let queues = api.backlog.standing(now).await?;
    let refused = api.refusals.list(REFUSALS_MAX).await?;
    Ok(Json(Status {
        at: now,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        revision: current.revision,
        applied: current.project.is_some(),
        workflows: workflows(&current),
        functions: functions(&api.applying.served),
        queues: queues.into_iter().map(QueueStatus::from).collect(),
        connections: connections(&api, &current, now).await,
        schedules: schedules(&current, now),
        refusals: refusals(&refused, before(now, REFUSED_WITHIN)),
    }))
}

fn workflows(current: &Current) -> WorkflowCounts {
    let mut workflows = WorkflowCounts::default();
    for head in current.workflows.iter().filter(|head| !head.deleted) {
        workflows.total += 1;
        workflows.enabled += usize::from(head.enabled);
        workflows.paused += usize::from(head.paused);
    }
    workflows
}

fn schedules(current: &Current, now: Timestamp) -> Vec<ScheduleStatus> {
    let heads = current.workflows.iter();
    let scheduled = heads.filter(|head| !head.deleted && head.event == SCHEDULE_FIRED);
    let mut schedules: Vec<ScheduleStatus> = scheduled
        .map(|head| ScheduleStatus { workflow: head.id.0.clone(), next_at: head.next_at(now) })
        .collect();
    schedules.sort_by_key(|one| (one.next_at.is_none(), one.next_at));
    schedules
}

fn functions(served: &Served) -> Option<ServedFunctions> {
    match served {
        Served::Everything => None,
        Served::Only(Functions { actions, triggers, .. }) => Some(ServedFunctions {
            actions: actions.iter().map(ToString::to_string).collect(),
            triggers: triggers.iter().map(ToString::to_string).collect(),
        }),
    }
}

async fn connections(api: &Api, current: &Current, now: Timestamp) -> Vec<ConnectionStatus> {
    let all = current.project.iter().flat_map(|project| &project.connections);
    let asked = all.map(async |(name, stored)| ConnectionStatus {
        connection: name.to_string(),
        provider: stored.provider.to_string(),
        held_back: api.limits.is_closed(name, now).await.ok(),
    });
    join_all(asked).await
}

fn refusals(refused: &[RefusedDelivery], since: Timestamp) -> Vec<EndpointRefusals> {
    let mut places: BTreeMap<Option<(&str, &str)>, EndpointRefusals> = BTreeMap::new();
    for one in refused.iter().filter(|one| one.at >= since) {
        let (provider, connection) = one.place().unwrap_or_default();
        let place = places.entry(one.place()).or_insert_with(|| EndpointRefusals {
            provider: provider.to_owned(),
            connection: connection.to_owned(),
            count: 0,
            last: one.at,
            code: one.code.clone(),
        });
        place.count += one.count;
        if one.at > place.last {
            (place.last, place.code) = (one.at, one.code.clone());
        }
    }
    let mut refusals: Vec<_> = places.into_values().collect();
    refusals.sort_by_key(|one| Reverse(one.count));
    refusals
}
