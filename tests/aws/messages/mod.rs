//! Messages on their way through bus, queues and schedules: the adapters alone, on resources of their
//! own that no function listens to.

mod events;
mod front;
mod letters;
mod stand;
mod wake_ups;

pub(crate) use stand::Stand;

use futures::future::BoxFuture;

/// A fact about the adapters.
pub(crate) type Fact = for<'a> fn(&'a Stand) -> BoxFuture<'a, ()>;

macro_rules! facts {
    ($($subject:ident::$name:ident,)*) => {
        vec![$((
            concat!("messages::", stringify!($subject), "::", stringify!($name)),
            (|stand| Box::pin($subject::$name(stand))) as Fact,
        ),)*]
    };
}

/// All of them, by name. Each wants a [`Stand`] of its own.
pub(crate) fn facts() -> Vec<(&'static str, Fact)> {
    facts![
        events::every_character_comes_through_bus_rule_and_queue,
        events::every_character_comes_round_the_bus,
        events::an_entry_that_the_bus_refuses_is_sent_again_alone,
        events::a_long_body_is_fetched_from_where_it_is,
        events::a_body_that_is_gone_or_changed_is_given_up_on,
        wake_ups::a_delayed_message_shows_at_its_time,
        wake_ups::a_message_for_much_later_comes_once_by_its_schedule,
        wake_ups::a_held_message_shows_after_its_time,
        wake_ups::messages_of_a_workflow_go_as_a_group,
        letters::a_poison_message_is_listed_and_in_the_dead_letters,
        letters::a_redriven_letter_is_in_its_queue_and_nowhere_else,
        letters::an_enormous_letter_comes_back_whole,
        letters::what_sqs_gives_up_on_is_listed_by_the_sweep,
        letters::what_sqs_gives_up_on_names_the_action_of_the_project,
        letters::what_the_bus_could_not_deliver_is_listed_and_can_be_sent_to_dispatch,
        letters::the_copy_of_a_settled_letter_is_cleared_away,
        letters::a_letter_that_the_console_sent_back_is_settled_by_its_replay,
        letters::a_dismissed_letter_stays_away_although_its_copy_was_not_met,
        letters::an_old_copy_of_a_letter_does_nothing,
        letters::settling_removes_what_is_listed_and_leaves_the_copies_to_the_sweep,
    ]
}
