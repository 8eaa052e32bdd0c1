//! What every set of adapters owes the engine: one contract suite. Here it is held against SQLite and
//! memory; `tests/aws/ports` holds the same files against AWS.
//!
//! Invariant: a fact in here speaks of the ports alone. What only SQLite owes stands in `sqlite`.

mod backlog;
mod facts;
mod given;
mod hidden;
mod holds;
mod jobs;
mod journal;
mod letters;
mod local;
mod marks;
mod newer;
mod queues;
mod random;
mod records;
mod schedules;
mod settings;
mod slots;
mod sqlite;
mod sweeping;
mod tampering;
mod world;

use world::World;

/// Holds every fact against every world.
macro_rules! contract {
    ($($part:ident: $($fact:ident)*;)*) => {
        contract!(@world on_sqlite sqlite $($part: $($fact)*;)*);
        contract!(@world in_memory memory $($part: $($fact)*;)*);
        contract!(@world in_memory_bit_by_bit memory_bit_by_bit $($part: $($fact)*;)*);
    };
    (@world $name:ident $world:ident $($part:ident: $($fact:ident)*;)*) => {
        mod $name {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $fact() {
                    super::$part::$fact(&super::World::$world()).await;
                }
            )*)*
        }
    };
}

facts::facts!(contract);
