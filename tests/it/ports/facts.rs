//! The facts by name, for whoever holds them against a set of adapters.

/// Hands all facts, by the module that they stand in, to the macro of that name.
macro_rules! facts {
    ($with:ident) => {
        $with! {
            journal:
                one_of_many_starts_wins
                one_of_many_claims_wins_and_only_its_fence_completes
                a_claim_that_is_made_again_is_the_same_claim
                a_refused_write_stops_the_list
                a_refusal_shows_the_run_as_it_stands
                writes_of_one_list_see_each_other
                the_first_record_of_an_event_stays
                a_record_with_an_error_makes_way_for_the_next
                a_list_without_a_message_acknowledges_nothing;
            random:
                any_sequence_of_writes_leaves_the_run_that_apply_gives;
            queues:
                a_message_is_hidden_while_it_is_worked_on_and_gone_once_acknowledged
                a_message_that_nobody_acknowledges_shows_again
                a_delayed_message_shows_at_its_time
                messages_come_in_the_order_in_which_they_became_visible
                a_held_message_shows_after_its_time
                a_stale_receipt_does_nothing
                a_receipt_from_elsewhere_does_nothing
                concurrent_receivers_never_share_a_message
                queues_do_not_mix
                a_message_that_is_never_finished_becomes_a_dead_letter
                every_published_event_waits_for_dispatch
                published_events_wait_for_dispatch_in_their_order;
            backlog:
                what_lies_in_a_queue_is_counted_by_what_it_waits_for;
            letters:
                a_redriven_letter_is_back_in_its_queue
                a_letter_is_found_by_its_id_and_dismissed_once
                the_newest_letters_come_first
                settling_a_letter_leaves_newer_ones_and_those_of_others;
            records:
                runs_are_listed_newest_first_and_by_page
                runs_are_found_by_workflow_state_and_event
                due_runs_come_oldest_first
                a_check_that_moves_comes_neither_early_nor_late
                ended_runs_are_unredacted_until_they_are_redacted
                a_redacted_run_holds_no_word_of_its_data
                events_are_listed_newest_first_and_by_page
                a_redacted_event_keeps_all_but_its_data
                events_are_unredacted_until_they_and_their_runs_are
                purge_removes_what_is_old_and_has_ended
                purge_removes_letters_lines_and_replies_that_had_their_time
                purge_removes_no_more_than_asked
                what_is_large_comes_back_as_it_was
                a_delivery_that_could_not_be_read_makes_way_until_it_is
                every_character_and_digit_survives;
            jobs:
                the_first_job_of_an_id_stays
                a_job_is_saved_once_from_where_it_was_read
                of_many_who_save_a_job_one_does
                open_jobs_come_oldest_first_and_all_newest_first
                purge_removes_jobs_that_are_not_open;
            newer:
                a_run_of_a_newer_version_waits_untouched
                an_ended_run_of_a_newer_version_keeps_its_data
                an_event_of_a_newer_version_is_left_alone
                a_job_of_a_newer_version_is_left_to_others
                definitions_of_a_newer_version_are_neither_used_nor_written_over
                what_a_newer_version_noted_hides_no_other;
            hidden:
                runs_that_cannot_be_read_are_passed_by_and_hide_no_other
                a_run_that_cannot_be_read_is_purged_when_its_time_is_over;
            settings:
                definitions_are_changed_from_the_newest_revision_only
                a_version_never_changes
                of_many_changes_one_is_made
                the_outbox_keeps_the_first_entry_of_a_key
                the_outbox_lists_newest_first_and_forgets_by_run
                one_of_many_takes_the_lease_of_a_token
                a_lease_ends_with_its_time_or_with_a_token
                the_audit_log_lists_newest_first
                the_first_reply_stays
                a_long_reply_is_given_again_whole_and_goes_whole
                of_many_requests_with_a_key_one_is_new
                a_key_is_held_until_it_is_answered_released_or_too_old;
        }
    };
}

pub(super) use facts;
