//! Rate limits, concurrency and breakers of a single process: [`ConnectionLimits`] of each connection.

use async_trait::async_trait;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tradewind_engine::ids::ConnectionName;
use tradewind_engine::limits::{
    Admission, Allowance, CallEnd, Caller, Capacity, ConnectionLimits, Standing,
};
use tradewind_engine::ports::{Limits, Unavailable};
use tradewind_engine::time::Timestamp;

/// What each connection may do now.
#[derive(Default)]
pub struct MemoryLimits {
    connections: Mutex<BTreeMap<ConnectionName, ConnectionLimits>>,
}

impl MemoryLimits {
    /// The connections that do not take any number of calls now, and how many they do take besides
    /// those that are `in_flight`: what waits for them is better left alone.
    pub fn capacities(
        &self,
        in_flight: &BTreeMap<ConnectionName, usize>,
        now: Timestamp,
    ) -> BTreeMap<ConnectionName, Capacity> {
        let mut connections = self.connections();
        let capacities = connections.iter_mut().filter_map(|(name, limit)| {
            let capacity = limit.capacity(in_flight.get(name).copied().unwrap_or_default(), now)?;
            Some((name.clone(), capacity))
        });
        capacities.collect()
    }

    fn connections(&self) -> MutexGuard<'_, BTreeMap<ConnectionName, ConnectionLimits>> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Limits for MemoryLimits {
    async fn admit(
        &self,
        connection: &ConnectionName,
        allowance: Allowance,
        caller: Caller,
        now: Timestamp,
    ) -> Result<Admission, Unavailable> {
        let mut connections = self.connections();
        let limit = connections.entry(connection.clone()).or_default();
        Ok(limit.admit(allowance, caller, now).map_or(Admission::Go, Admission::NotBefore))
    }

    async fn report(
        &self,
        connection: &ConnectionName,
        caller: Caller,
        end: CallEnd,
        now: Timestamp,
    ) -> Result<Standing, Unavailable> {
        let mut connections = self.connections();
        let limit = connections.get_mut(connection);
        Ok(limit.map_or(Standing::Up, |limit| limit.report(caller, end, now)))
    }

    async fn is_closed(
        &self,
        connection: &ConnectionName,
        now: Timestamp,
    ) -> Result<bool, Unavailable> {
        let connections = self.connections();
        Ok(connections.get(connection).is_some_and(|limit| limit.is_closed(now)))
    }
}
