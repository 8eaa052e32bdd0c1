//! What every set of adapters owes the engine, held against those of AWS: the facts are the files of
//! `tests/it/ports`. Each has tables, queues and a bus of its own.

#[path = "../../it/ports/backlog.rs"]
mod backlog;
mod cloud;
#[path = "../../it/ports/facts.rs"]
mod facts;
#[path = "../../it/ports/given.rs"]
pub(crate) mod given;
mod grants;
#[path = "../../it/ports/hidden.rs"]
mod hidden;
#[path = "../../it/ports/holds.rs"]
mod holds;
#[path = "../../it/ports/jobs.rs"]
mod jobs;
#[path = "../../it/ports/journal.rs"]
mod journal;
#[path = "../../it/ports/letters.rs"]
mod letters;
mod limits;
#[path = "../../it/ports/marks.rs"]
mod marks;
#[path = "../../it/ports/newer.rs"]
mod newer;
#[path = "../../it/ports/queues.rs"]
mod queues;
#[path = "../../it/ports/random.rs"]
mod random;
#[path = "../../it/ports/records.rs"]
mod records;
#[path = "../../it/ports/schedules.rs"]
mod schedules;
mod secrets;
#[path = "../../it/ports/settings.rs"]
mod settings;
#[path = "../../it/ports/slots.rs"]
mod slots;
mod store;
mod tampered;
#[expect(dead_code, reason = "the local stores use more of it")]
#[path = "../../it/ports/tampering.rs"]
mod tampering;
#[path = "../../it/ports/world.rs"]
mod world;

use crate::emulator::{Emulator, Permissions};
use crate::world::{Failure, World as Shared};
use futures::future::BoxFuture;
use libtest_mimic::Trial;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OnceCell;
use world::World;

/// What SQS does not promise, and why.
const NOT_ON_AWS: [(&str, &str); 2] = [
    (
        "queues::messages_come_in_the_order_in_which_they_became_visible",
        "a standard queue of SQS keeps no order",
    ),
    (
        "queues::published_events_wait_for_dispatch_in_their_order",
        "neither the bus nor a standard queue keeps an order; that they all come is a fact of its own",
    ),
];

/// A fact that takes longer has come to a stop.
const FACT_MAX: Duration = Duration::from_secs(240);

type Fact = for<'a> fn(&'a World) -> BoxFuture<'a, ()>;
type OwnFact = fn(Arc<Emulator>, String) -> BoxFuture<'static, ()>;

macro_rules! shared_facts {
    ($($part:ident: $($fact:ident)*;)*) => {
        vec![$($((
            concat!(stringify!($part), "::", stringify!($fact)),
            (|world| Box::pin($part::$fact(world))) as Fact,
        ),)*)*]
    };
}

macro_rules! own_facts {
    ($($part:ident: $($fact:ident)*;)*) => {
        vec![$($((
            concat!(stringify!($part), "::", stringify!($fact)),
            (|emulator, name| Box::pin(async move { $part::$fact(&emulator, &name).await })) as OwnFact,
        ),)*)*]
    };
}

pub(crate) fn trials(shared: &Arc<Shared>) -> Vec<Trial> {
    let emulator = Arc::new(OnceCell::new());
    let facts: Vec<(&str, Fact)> = facts::facts!(shared_facts);
    for (name, _) in NOT_ON_AWS {
        assert!(facts.iter().any(|(fact, _)| *fact == name), "{name} is no fact");
    }
    let facts = facts.into_iter().filter(|(fact, _)| NOT_ON_AWS.iter().all(|(not, _)| not != fact));
    let numbered = facts.enumerate().map(|(number, (name, fact))| {
        trial(shared, &emulator, name, move |emulator| async move {
            fact(&World::on_aws(&emulator, &format!("fact-{number}")).await).await;
        })
    });
    let own: Vec<(&str, OwnFact)> = own_facts! {
        store: a_version_of_a_change_that_was_not_made_does_not_count
            what_no_item_can_hold_is_said_so
            a_letter_with_a_long_body_is_kept_whole_and_goes_whole
            one_refused_delivery_in_ten_seconds_is_kept_for_each_endpoint_and_code
            made_up_paths_take_twenty_places_and_push_nothing_out
            junk_at_an_endpoint_pushes_no_other_refusal_of_it_out
            a_provider_has_a_place_for_addresses_without_a_connection
            a_token_that_lasts_is_asked_for_once
            a_token_that_was_refused_is_looked_for_in_the_store;
        limits: two_functions_share_a_rate
            a_function_asks_once_a_window_while_calls_flow
            a_provider_that_is_down_is_left_alone_by_all
            one_probe_is_made_by_all
            quiet_holds_for_all
            what_waits_for_a_connection_that_is_down_is_left_alone
            one_place_is_one_place_for_all
            a_place_of_a_function_that_died_frees_itself
            limits_without_a_store_let_calls_through;
        secrets: a_secret_is_taken_from_memory_for_a_minute
            a_fresh_secret_is_read_past_the_memory
            a_secret_that_nobody_has_set_is_none;
        grants: a_token_that_leaked_opens_nothing_a_minute_after_it_was_replaced
            a_named_token_holds_until_a_minute_after_it_was_removed
            without_their_store_tokens_are_not_said_to_be_wrong;
    };
    let own = own.into_iter().enumerate().map(|(number, (name, fact))| {
        trial(shared, &emulator, name, move |emulator| fact(emulator, format!("own-{number}")))
    });
    numbered.chain(own).collect()
}

/// A trial on the emulator that all of them share.
fn trial<F>(
    shared: &Arc<Shared>,
    emulator: &Arc<OnceCell<Result<Arc<Emulator>, Failure>>>,
    name: &str,
    fact: impl FnOnce(Arc<Emulator>) -> F + Send + 'static,
) -> Trial
where
    F: Future<Output = ()>,
{
    let (shared, emulator) = (Arc::clone(shared), Arc::clone(emulator));
    Trial::test(format!("ports::{name}"), move || {
        let trial = async {
            let start = async || {
                let started = shared.emulator("ports", Permissions::Ignored).await?;
                cloud::make_bucket(&started).await;
                Ok(started)
            };
            let emulator = emulator.get_or_init(start).await.clone()?;
            let ended = tokio::time::timeout(FACT_MAX, fact(emulator)).await;
            ended.map_err(|_| format!("it takes longer than {FACT_MAX:?}"))
        };
        Ok(shared.runtime().block_on(trial)?)
    })
}
