//! Facts about the adapters alone, on an emulator of their own where no function takes the messages
//! away.

use crate::emulator::{Emulator, Permissions};
use crate::messages;
use crate::runs;
use crate::world::{Failure, World};
use libtest_mimic::Trial;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OnceCell;
use tokio::time::timeout;

/// A schedule may be a minute late.
const FACT_MAX: Duration = Duration::from_secs(180);

/// What the facts share.
struct Shared {
    world: Arc<World>,
    emulator: OnceCell<Result<Arc<Emulator>, Failure>>,
}

impl Shared {
    /// The fact is given the address of the emulator.
    async fn hold(&self, fact: impl AsyncFnOnce(String)) -> Result<(), Failure> {
        let start = async || self.world.emulator("adapters", Permissions::Ignored).await;
        let emulator = self.emulator.get_or_init(start).await.clone()?;
        let held = timeout(FACT_MAX, fact(format!("127.0.0.1:{}", emulator.port()))).await;
        held.map_err(|_| format!("it takes longer than {FACT_MAX:?}"))
    }
}

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    let shared = Arc::new(Shared { world: Arc::clone(world), emulator: OnceCell::new() });
    let messages = messages::facts().into_iter().map(|(name, fact)| {
        trial(&shared, name, async move |emulator: String| {
            let stand = Box::pin(messages::Stand::new(&emulator)).await;
            fact(&stand).await;
        })
    });
    let runs = runs::facts().into_iter().map(|(name, fact)| {
        trial(&shared, name, async move |emulator: String| {
            let stand = Box::pin(runs::Stand::new(&emulator)).await;
            fact(&stand).await;
        })
    });
    messages.chain(runs).collect()
}

fn trial(
    shared: &Arc<Shared>,
    name: &str,
    fact: impl AsyncFnOnce(String) + Send + 'static,
) -> Trial {
    let shared = Arc::clone(shared);
    Trial::test(name, move || Ok(shared.world.runtime().block_on(shared.hold(fact))?))
}
