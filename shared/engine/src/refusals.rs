//! Refused deliveries, for people to see: the sender was told, but nobody here was.

use crate::time::Timestamp;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::hash::Hash;

/// How much of the path of a delivery there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
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
    pub names: Reached,
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

/// The provider of an entry that tells of those who were not let in to the API.
pub const API_ENDPOINT: &str = "api";

/// So many are kept of each endpoint, as many of each provider's paths without a connection, and as many of
/// all other paths together.
pub const REFUSALS_OF_ENDPOINT: usize = 20;

impl RefusedDelivery {
    /// Whether somebody meant one of our providers: whoever makes up paths, or tries tokens, delivers
    /// nothing.
    pub fn is_delivery(&self) -> bool {
        self.names != Reached::Nothing && self.provider != API_ENDPOINT
    }

    /// What it takes its place among: its endpoint, its provider without a connection, or all other paths.
    pub fn place(&self) -> Option<(&str, &str)> {
        match self.names {
            Reached::Endpoint => Some((&self.provider, &self.connection)),
            Reached::Provider => Some((&self.provider, "")),
            Reached::Nothing => None,
        }
    }

    /// Whether the other one says nothing new but its time. An endpoint has many spellings.
    pub fn is_like(&self, other: &Self) -> bool {
        let is_same =
            self.place() == other.place() && self.code == other.code && self.reason == other.reason;
        is_same && (self.names == Reached::Endpoint || self.path == other.path)
    }
}

/// At most `limit` of them, the newest first, taken from all places in turn, and of each place from all its
/// codes in turn: where one has very many, the others are seen all the same.
pub fn fair_choice(mut refusals: Vec<RefusedDelivery>, limit: usize) -> Vec<RefusedDelivery> {
    refusals.sort_by_key(|refused| Reverse(refused.at));
    let refusals = in_turn(refusals, |refused| (place(refused), refused.code.clone()));
    let mut placed = in_turn(refusals.into_iter().map(|(_, refused)| refused).collect(), place);
    placed.retain(|(turn, _)| *turn <= REFUSALS_OF_ENDPOINT);
    placed.truncate(limit);
    placed.sort_by_key(|(_, refused)| Reverse(refused.at));
    placed.into_iter().map(|(_, refused)| refused).collect()
}

fn place(refused: &RefusedDelivery) -> Option<(String, String)> {
    refused.place().map(|(one, other)| (one.to_owned(), other.to_owned()))
}

/// The first of each group, then the second of each, and so on, with the number of its turn.
fn in_turn<Group: Eq + Hash>(
    refusals: Vec<RefusedDelivery>,
    group: impl Fn(&RefusedDelivery) -> Group,
) -> Vec<(usize, RefusedDelivery)> {
    let mut turns: HashMap<Group, usize> = HashMap::new();
    let numbered = refusals.into_iter().map(|refused| {
        let turn = turns.entry(group(&refused)).or_default();
        *turn += 1;
        (*turn, refused)
    });
    let mut numbered: Vec<_> = numbered.collect();
    numbered.sort_by_key(|(turn, _)| *turn);
    numbered
}
