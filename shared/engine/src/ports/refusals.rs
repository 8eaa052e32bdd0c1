//! Refused deliveries, for people to see: the sender was told, but nobody here was.

use super::Unavailable;
use crate::time::Timestamp;
use async_trait::async_trait;
use std::cmp::Reverse;
use std::collections::HashMap;

/// How much of the path of a delivery there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// An endpoint.
    Endpoint,
    /// A provider whose webhooks are taken, and no connection of it.
    Provider,
    /// Nothing.
    Nothing,
}

/// A delivery that was refused, or several of the same kind: of their content, only what is wrong with
/// it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedDelivery {
    /// When; of several, the newest.
    pub at: Timestamp,
    /// When the first of them was.
    pub since: Timestamp,
    /// How many they are.
    pub count: u64,
    /// How much of its path there is. Strangers make up as many others as they like.
    pub names: Named,
    /// The provider in the path; empty where the path names no endpoint.
    pub provider: String,
    /// The connection in the path.
    pub connection: String,
    /// Why, as a stable word.
    pub code: String,
    /// Why, in a sentence.
    pub reason: String,
    /// The path as it was asked for, without its query; empty in records of before there was one.
    pub path: String,
    /// What a person should do about it; empty in records of before there was one.
    pub cure: String,
    /// That the sender will soon stop sending, or has, where many were refused in a row.
    pub warning: Option<String>,
}

/// So many are kept of each endpoint, and as many of all paths together that are none.
pub const REFUSALS_OF_ENDPOINT: usize = 20;

impl RefusedDelivery {
    /// What it takes its place among: its endpoint, or all paths that are none.
    pub fn place(&self) -> Option<(&str, &str)> {
        let is_endpoint = self.names == Named::Endpoint;
        is_endpoint.then_some((&self.provider, &self.connection))
    }

    /// Whether the other one says nothing new but its time. An endpoint has many spellings.
    pub fn is_like(&self, other: &Self) -> bool {
        let is_same =
            self.place() == other.place() && self.code == other.code && self.reason == other.reason;
        is_same && (self.names == Named::Endpoint || self.path == other.path)
    }
}

/// At most `limit` of them, the newest first, taken from all places in turn: where one has very many, the
/// others are seen all the same.
pub fn fair_choice(mut refusals: Vec<RefusedDelivery>, limit: usize) -> Vec<RefusedDelivery> {
    refusals.sort_by_key(|refused| Reverse(refused.at));
    let mut turns: HashMap<Option<(String, String)>, usize> = HashMap::new();
    let mut placed: Vec<(usize, RefusedDelivery)> = refusals
        .into_iter()
        .filter_map(|refused| {
            let place = refused.place().map(|(one, other)| (one.to_owned(), other.to_owned()));
            let turn = turns.entry(place).or_default();
            *turn += 1;
            (*turn <= REFUSALS_OF_ENDPOINT).then_some((*turn, refused))
        })
        .collect();
    placed.sort_by_key(|(turn, _)| *turn);
    placed.truncate(limit);
    placed.sort_by_key(|(_, refused)| Reverse(refused.at));
    placed.into_iter().map(|(_, refused)| refused).collect()
}

/// The newest refused deliveries. Anybody can have deliveries refused, so only some are kept.
#[async_trait]
pub trait Refusals: Send + Sync {
    /// Keeps one.
    async fn note(&self, refused: RefusedDelivery) -> Result<(), Unavailable>;
    /// The newest first, at most `limit`.
    async fn list(&self, limit: usize) -> Result<Vec<RefusedDelivery>, Unavailable>;
}
