//! What has to happen, and what must not, on the deployed stack. One file for each subject.

mod bodies;
mod burst;
mod changed;
mod deployed;
mod failing;
mod hosts;
mod killed;
mod later;
mod newer;
mod order;
mod permitted;
mod poison;
mod ten_times;
mod tokens;

use crate::emulator::Permissions;
use crate::site::Site;
use crate::world::{Failure, World};
use futures::future::LocalBoxFuture;
use libtest_mimic::Trial;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OnceCell;

/// A trial waits for messages to show again, which takes half a minute a time.
const TRIAL_MAX: Duration = Duration::from_secs(300);

/// A scenario on the shared stage.
type Scenario = for<'a> fn(&'a Site) -> LocalBoxFuture<'a, ()>;

macro_rules! scenarios {
    ($($subject:ident::$name:ident,)*) => {
        [$((
            concat!(stringify!($subject), "::", stringify!($name)),
            (|site| Box::pin($subject::$name(site))) as Scenario,
        ),)*]
    };
}

/// What scenarios share.
struct Shared {
    world: Arc<World>,
    stage: &'static str,
    site: OnceCell<Result<Site, Failure>>,
}

impl Shared {
    fn new(world: &Arc<World>, stage: &'static str) -> Arc<Self> {
        Arc::new(Self { world: Arc::clone(world), stage, site: OnceCell::new() })
    }

    /// Scenarios as trials on this stage, beside each other.
    fn trials<const N: usize>(self: &Arc<Self>, scenarios: [(&str, Scenario); N]) -> Vec<Trial> {
        let trials = scenarios.into_iter().map(|(name, scenario)| {
            let shared = Arc::clone(self);
            Trial::test(name, move || {
                let trial = async {
                    let _beside_others = shared.world.machine().read().await;
                    within(scenario(shared.site().await?)).await
                };
                Ok(shared.world.runtime().block_on(trial)?)
            })
        });
        trials.collect()
    }

    /// A scenario that needs the whole machine: functions have seconds for what they do.
    fn alone(self: &Arc<Self>, [(name, scenario)]: [(&str, Scenario); 1]) -> Trial {
        let shared = Arc::clone(self);
        Trial::test(name, move || {
            let trial = async {
                let _alone = shared.world.machine().write().await;
                within(scenario(shared.site().await?)).await
            };
            Ok(shared.world.runtime().block_on(trial)?)
        })
    }

    /// The stage, which the first that asks for it deploys.
    async fn site(&self) -> Result<&Site, Failure> {
        let open = async || -> Result<Site, Failure> {
            let emulator = self.world.emulator(self.stage, Permissions::Ignored).await?;
            let stack = self.world.stack(&emulator, self.stage, |template| template).await?;
            Ok(Site::of(stack).await)
        };
        self.site.get_or_init(open).await.as_ref().map_err(Failure::clone)
    }
}

/// A trial that ends in its time.
async fn within(trial: impl Future<Output = ()>) -> Result<(), Failure> {
    let ended = tokio::time::timeout(TRIAL_MAX, trial).await;
    ended.map_err(|_| format!("it takes longer than {TRIAL_MAX:?}"))
}

pub(crate) fn trials(world: &Arc<World>) -> Vec<Trial> {
    // A process that is killed takes with it what it has in hand for others.
    let killed = scenarios![
        killed::a_row_of_a_function_that_was_killed_is_found_and_not_repeated,
        killed::a_mail_of_a_function_that_was_killed_waits_for_a_person,
    ];
    let burst = scenarios![burst::two_hundred_orders_at_once_are_all_done_and_none_twice,];
    // Those that take longest come first.
    let shared = scenarios![
        later::a_retry_that_is_due_later_than_queues_delay_goes_through_a_schedule,
        later::a_wait_that_is_longer_than_queues_delay_goes_through_a_schedule,
        newer::what_a_newer_version_wrote_waits_for_it_beside_what_goes_on,
        tokens::a_named_token_opens_what_it_may_until_it_is_removed,
        tokens::wrong_tokens_are_seen,
        changed::a_run_ends_with_the_version_that_it_began_with,
        changed::a_secret_that_is_rotated_in_mid_run_is_read_anew,
        failing::what_always_fails_is_completed_by_the_api_after_the_cure,
        failing::a_message_moved_back_replays_its_step_and_an_old_copy_does_nothing,
        poison::a_poison_message_among_good_ones_is_put_aside,
        ten_times::the_same_delivery_ten_times_at_once_is_one_run,
        bodies::an_order_that_is_too_large_for_a_message_goes_through_the_bucket,
        bodies::an_order_as_large_as_the_limit_allows_is_run_and_shown,
        bodies::a_signed_delivery_that_cannot_be_read_is_kept_and_listed,
        bodies::a_character_that_queues_refuse_survives_every_hop,
        hosts::a_host_that_the_stack_does_not_allow_gets_nothing,
        deployed::the_stack_deploys,
    ];
    let own = Arc::clone(world);
    let permitted = Trial::test("permitted::roles_allow_what_is_needed_and_no_more", move || {
        let trial = async {
            let _beside_others = own.machine().read().await;
            permitted::roles_allow_what_is_needed_and_no_more(&own).await
        };
        Ok(own.runtime().block_on(trial)?)
    });
    let own = Arc::clone(world);
    let order = Trial::test("order::a_signed_order_becomes_a_mail_and_a_row", move || {
        let trial = async {
            let _beside_others = own.machine().read().await;
            order::a_signed_order_becomes_a_mail_and_a_row(&own).await
        };
        Ok(own.runtime().block_on(Box::pin(trial))?)
    });
    let killed = Shared::new(world, "killed").trials(killed);
    let stage = Shared::new(world, "shared");
    let first = [stage.alone(burst), permitted, order];
    first.into_iter().chain(killed).chain(stage.trials(shared)).collect()
}

/// One mail for each order; what is tried again is tried soon.
fn one_mail() -> &'static str {
    "
trigger: { event: order.placed, from: NAME_shop, once_per: trigger.order.id }
steps:
  - id: thank
    uses: email.send
    via: NAME_mail
    retry: { attempts: 3, over: 1s }
    with:
      to: ${{ trigger.order.customer.email }}
      subject: Order ${{ trigger.order.number }}
      text: Thank you.
"
}
