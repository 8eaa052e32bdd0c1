//! The model check of the write protocol: one run, two workers, a dispatcher and a sweeper around
//! the real code of the engine, with all interleavings of every single step and a budget of faults.
//!
//! The protocol doubles nothing and never sticks; each of its rules, broken once by a worker around
//! the code, is found broken. The table is printed with `--nocapture`.
//!
//! Invariant: the engine is called as a runtime calls it. What is broken is broken out here.

mod branches;
mod calls;
mod carry;
mod explore;
mod faults;
mod harms;
mod holds;
mod line;
mod misdeeds;
mod model;
mod one_loop;
mod one_turn;
mod one_wait;
mod placed;
mod print;
mod rows;
mod slot_work;
mod slots;
mod table;
mod times;
mod variants;
mod waits;
mod work;
mod world;

use table::{ROWS, check, shown};

/// Fewer would mean that the faults no longer reach the code.
const STATES_MIN: usize = 1_500_000;

#[test]
fn the_protocol_doubles_nothing_and_never_sticks() {
    rows::KEPT.iter().for_each(|variant| check(variant.name));
}

#[test]
fn all_interleavings_are_more_than_a_million_and_a_half_states() {
    println!("{}", shown());
    let states: usize = ROWS.iter().map(|row| row.findings.states).sum();
    println!("{states:>9}  in all");
    assert!(states > STATES_MIN, "only {states} states");
}

#[test]
fn a_lost_message_sticks_without_the_sweeper() {
    check("1 message lost, no sweeper");
}

#[test]
fn acknowledging_a_busy_duplicate_sticks() {
    check("ack a busy duplicate");
}

#[test]
fn acknowledging_before_sending_sticks() {
    check("ack before send");
}

#[test]
fn acknowledging_a_done_step_without_sending_the_next_sticks() {
    check("DONE: ack without sending next");
}

#[test]
fn taking_a_run_that_exists_for_one_that_was_woken_sticks() {
    check("dispatcher: run exists, so ack");
}

#[test]
fn a_lease_without_end_sticks() {
    check("lease without end");
}

#[test]
fn calling_without_a_claim_doubles() {
    check("no claim, class X");
}

#[test]
fn repeating_what_must_not_be_repeated_once_its_lease_has_ended_doubles() {
    check("class X re-run when its lease has ended");
}

#[test]
fn calling_after_the_lease_doubles_what_was_asked_about_meanwhile() {
    check("class Q, may send after its lease");
}

#[test]
fn completing_without_the_fence_overwrites_but_doubles_nothing() {
    check("completion without fence, class K");
}

#[test]
fn calling_with_a_key_that_was_forgotten_doubles() {
    check("call with a forgotten key");
}

#[test]
fn sending_the_next_before_writing_sticks_without_the_sweeper() {
    check("send next before write");
}

#[test]
fn a_late_retry_that_was_not_sent_needs_the_sweeper() {
    check("a retry in ten minutes, no sweeper");
}

#[test]
fn claiming_again_as_somebody_else_parks_what_nobody_called() {
    check("class X hold, answer to a claim lost, claimed as somebody else");
}

#[test]
fn repeating_a_whole_list_that_the_journal_stopped_in_sticks_without_the_sweeper() {
    check("the journal stops, and its whole list is repeated");
}

#[test]
fn noting_a_dead_letter_before_sending_it_loses_it() {
    check("note the dead letter before sending it");
}

#[test]
fn replaying_for_a_letter_about_an_earlier_failure_replays_twice() {
    check("replay for any letter");
}
