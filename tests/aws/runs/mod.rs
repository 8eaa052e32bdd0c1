//! Runs in DynamoDB: what the contract of the ports cannot see of them.

mod claims;
mod events;
mod lossy;
mod lost_answers;
mod parts;
mod requests;
mod stand;

pub(crate) use stand::Stand;

use futures::future::BoxFuture;

/// A fact about the adapters.
pub(crate) type Fact = for<'a> fn(&'a Stand) -> BoxFuture<'a, ()>;

macro_rules! facts {
    ($($subject:ident::$name:ident,)*) => {
        vec![$((
            concat!("runs::", stringify!($subject), "::", stringify!($name)),
            (|stand| Box::pin($subject::$name(stand))) as Fact,
        ),)*]
    };
}

/// All of them, by name. Each wants a [`Stand`] of its own.
pub(crate) fn facts() -> Vec<(&'static str, Fact)> {
    facts![
        claims::dynamodb_judges_and_does_what_the_engine_says,
        claims::a_claim_depends_on_where_the_run_stands,
        claims::of_many_claims_in_many_processes_one_wins,
        claims::changes_in_many_processes_are_all_made,
        parts::what_is_long_stands_beside_the_run_and_comes_back,
        parts::a_redacted_run_leaves_no_part_behind,
        parts::a_redaction_that_was_cut_off_is_finished_by_the_next,
        parts::a_run_whose_part_is_gone_is_unavailable_and_hides_no_other,
        parts::purging_a_run_removes_all_that_stands_with_it,
        lost_answers::a_write_knows_itself_when_its_answer_was_lost,
        events::an_enormous_event_comes_back_and_goes,
        events::a_long_delivery_that_could_not_be_read_is_listed_with_its_reason,
        events::an_enormous_entry_of_the_outbox_comes_back_and_goes,
        requests::a_step_takes_two_requests,
        requests::a_process_that_has_just_started_reads_once,
        requests::the_newest_runs_are_found_within_days,
    ]
}
