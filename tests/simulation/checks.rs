//! The invariants, each in a function of its own. What they find names the run, the step and what
//! happened.

use super::clock::i21_each_due_time_is_one_run;
use super::decisions::i16_a_decision_stands;
use super::events::i17_no_event_is_missed_that_a_step_waits_for;
use super::fresh::i18_nothing_happens_that_is_not_wanted_any_more;
use super::life::Ended;
use super::listeners::{i22_what_cancels_a_run_ends_it, i23_what_is_emitted_is_heard};
use super::outages::i11_nothing_waits_longer_than_its_curve;
use super::slots::i19_whoever_is_over_has_left_his_slot;
use super::together::i20_every_held_event_is_in_one_run;
use super::truth;
use super::world::{CANARY_EMAIL, CANARY_SECRET, World};
use std::collections::BTreeMap;
use tradewind_engine::effects::EffectClass;
use tradewind_engine::events::{Decision, EventRecord};
use tradewind_engine::ids::{RunId, StepPath, WorkflowId};
use tradewind_engine::letters::DeadLetter;
use tradewind_engine::protocol::{HOPS_MAX, WakeUp, end_event, stopped_branches};
use tradewind_engine::queues::DISPATCH_QUEUE;
use tradewind_engine::runs::{Branch, Run, RunState, StepState, idempotency_key};
use tradewind_engine::slots::Slot;

/// Everything that is kept at the end of a world.
pub(crate) struct Kept {
    pub(crate) runs: Vec<Run>,
    pub(crate) events: Vec<EventRecord>,
    pub(crate) letters: Vec<DeadLetter>,
    pub(crate) messages: Vec<(String, String)>,
    pub(crate) slots: Vec<Slot>,
    /// The texts of all versions.
    pub(crate) sources: BTreeMap<(WorkflowId, u32), String>,
}

type Check = fn(&World, &Ended, &Kept) -> Vec<String>;

const CHECKS: [Check; 23] = [
    i1_every_accepted_event_is_accounted_for,
    i2_no_effect_happens_twice,
    i3_every_run_ends_and_stops_are_seen,
    i3_a_run_with_nothing_to_do_is_announced,
    i4_what_is_taken_up_again_succeeds,
    i4_done_steps_never_run_again,
    i5_steps_are_those_of_the_pinned_version,
    i8_canaries_stay_where_they_belong,
    i9_everything_is_bounded,
    i10_outcomes_stay,
    i11_nothing_waits_longer_than_its_curve,
    i12_no_wait_ends_early,
    i13_a_loop_ends_with_all_its_items,
    i14_no_letter_of_a_branch_outlives_its_run,
    i15_each_item_emits_one_event,
    |world, _, kept| i16_a_decision_stands(world, &kept.runs),
    i17_no_event_is_missed_that_a_step_waits_for,
    i18_nothing_happens_that_is_not_wanted_any_more,
    i19_whoever_is_over_has_left_his_slot,
    i20_every_held_event_is_in_one_run,
    i21_each_due_time_is_one_run,
    i22_what_cancels_a_run_ends_it,
    i23_what_is_emitted_is_heard,
];

/// What is broken.
pub(crate) fn check_all(world: &World, ended: &Ended, kept: &Kept) -> Vec<String> {
    // Whoever died as soon as it had written a run told nobody of it.
    kept.runs.iter().filter(|run| run.branch.is_none()).for_each(|run| world.watch.started(run));
    let mut broken = world.watch.all_broken();
    broken.extend(CHECKS.iter().flat_map(|check| check(world, ended, kept)));
    broken
}

fn i1_every_accepted_event_is_accounted_for(
    world: &World,
    ended: &Ended,
    kept: &Kept,
) -> Vec<String> {
    let facts = world.facts.lock().unwrap();
    let mut broken = Vec::new();
    for (id, accepted) in &facts.accepted {
        let in_letters = |letter: &DeadLetter| {
            letter.queue == DISPATCH_QUEUE && letter.body.contains(id.as_str())
        };
        let Some(record) = kept.events.iter().find(|record| record.event.id == *id) else {
            if !kept.letters.iter().any(in_letters) {
                broken.push(format!("I1: {id}, accepted at {}, left no trace", accepted.at));
            }
            continue;
        };
        for verdict in &record.verdicts {
            if let Decision::Run(run) = &verdict.decision
                && !kept.runs.iter().any(|kept| kept.id == *run)
                && !kept.letters.iter().any(in_letters)
            {
                broken.push(format!("I1: {id} says {run} works on it, and there is no such run"));
            }
        }
        let steady = ended.project.drafts.iter().filter(|draft| !draft.touched);
        for draft in steady.filter(|draft| draft.event == accepted.name) {
            let verdict = record.verdicts.iter().find(|v| v.workflow.as_str() == draft.name);
            let expected = accepted.vip || !draft.picky;
            // What is still held is looked at by itself.
            let is_taken = verdict.is_some_and(|verdict| verdict.decision.has_begun());
            if verdict.is_none() || is_taken != expected {
                broken.push(format!("I1: {id}, workflow {}: {verdict:?}", draft.name));
            }
        }
    }
    broken
}

fn i2_no_effect_happens_twice(world: &World, _: &Ended, _: &Kept) -> Vec<String> {
    let calls = world.ledger.calls();
    let mut by_key: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for effect in world.ledger.effects() {
        by_key.entry(effect.key).or_default().push(effect.call);
    }
    let mut broken = Vec::new();
    for (key, effects) in by_key.iter().filter(|(_, effects)| effects.len() > 1) {
        let first = &calls[usize::try_from(effects[0]).unwrap()];
        // Whoever chose to repeat an unknown outcome gets what was chosen.
        let repeats = world.watch.repeats(&first.run, &first.path)
            && effects
                .iter()
                .any(|call| calls[usize::try_from(*call).unwrap()].class == EffectClass::Neither);
        let claims = world.watch.claims(&first.run, &first.path) as usize;
        if !repeats || effects.len() > claims {
            let made: Vec<_> =
                effects.iter().map(|c| &calls[usize::try_from(*c).unwrap()]).collect();
            broken.push(format!("I2: {key} happened {} times: {made:#?}", effects.len()));
        }
    }
    broken
}

fn i3_every_run_ends_and_stops_are_seen(world: &World, _: &Ended, kept: &Kept) -> Vec<String> {
    let mut broken = Vec::new();
    for run in &kept.runs {
        let id = &run.id;
        if world.weather.unswept && needs_a_sweeper(world, run, kept) {
            continue;
        }
        if !run.state.is_terminal() {
            let open = run.steps.iter().filter(|(_, step)| step.state.is_open());
            let open: Vec<_> = open.map(|(path, step)| (path, step.state, step.next_at)).collect();
            broken.push(format!("I3: {id} is still {:?} at {}: {open:?}", run.state, world.now()));
        } else if run.check_at.is_some() {
            broken.push(format!("I3: {id} is {:?} and nobody has seen to it", run.state));
        }
        let expected = run
            .failure
            .as_ref()
            .and_then(|failure| Some((&failure.step, run.steps.get(&failure.step)?.fence)));
        let is_of_run = |letter: &DeadLetter| {
            serde_json::from_str(&letter.body).is_ok_and(|wake: WakeUp| {
                wake.run == *id
                    && wake.kind.is_some()
                    && expected == Some((&wake.path, wake.fence.unwrap_or_default()))
            })
        };
        // Where a branch stopped it, the branch raises the alarm.
        let alarms = run.state.needs_a_person()
            && run.redacted_at.is_none()
            && (expected.is_some() || run.failure.is_none());
        if alarms && !kept.letters.iter().any(is_of_run) {
            broken.push(format!(
                "I3: {id} is {:?} and raises no alarm: {:?}",
                run.state, run.failure
            ));
        }
    }
    broken
}

fn i3_a_run_with_nothing_to_do_is_announced(
    world: &World,
    ended: &Ended,
    kept: &Kept,
) -> Vec<String> {
    if !ended.project.has_listener {
        return Vec::new();
    }
    let facts = world.facts.lock().unwrap();
    let had_nothing_to_do = |run: &&Run| run.state == RunState::Succeeded && run.hops == 0;
    let is_given_up = |run: &Run| {
        let mut letters = kept.letters.iter().filter(|letter| letter.queue == DISPATCH_QUEUE);
        letters.any(|letter| letter.body.contains(run.event.as_str()))
    };
    let idle = kept.runs.iter().filter(had_nothing_to_do);
    let idle = idle.filter(|run| !run.quiet && run.branch.is_none());
    let unheard = idle.filter(|run| {
        end_event(run).is_some_and(|event| !facts.announced.contains(&event.id))
            && !is_given_up(run)
    });
    let unheard =
        unheard.map(|run| format!("I3: {} had nothing to do, and its end is not told", run.id));
    let of_branches = facts.announced.iter().filter(|event| event.as_str().contains('/'));
    unheard.chain(of_branches.map(|event| format!("I3: a branch announced {event}"))).collect()
}

/// By design: its wake-up, or its event, killed ten processes, or a process died between recording when
/// the next try is due and sending its wake-up, and the message that came again before then was
/// acknowledged. Where no process dies, a journal that stops in a list is no reason.
fn needs_a_sweeper(world: &World, run: &Run, kept: &Kept) -> bool {
    let given_up = |letter: &DeadLetter| {
        serde_json::from_str(&letter.body)
            .is_ok_and(|wake: WakeUp| wake.run.root() == *run.root() && wake.kind.is_none())
            || letter.queue == DISPATCH_QUEUE && letter.body.contains(run.event.as_str())
    };
    let waits = |state| {
        matches!(
            state,
            StepState::Retry | StepState::Waiting | StepState::Unknown | StepState::Looping
        )
    };
    let waiting =
        || !world.weather.spares_processes() && run.steps.values().any(|step| waits(step.state));
    kept.letters.iter().any(given_up) || (!run.state.is_terminal() && waiting())
}

fn i4_what_is_taken_up_again_succeeds(world: &World, ended: &Ended, kept: &Kept) -> Vec<String> {
    if !ended.cleaned_up {
        return Vec::new();
    }
    // What a branch stopped goes on once the branch does.
    let is_its_own = |run: &&Run| stopped_branches(run).is_empty();
    let stopped = kept.runs.iter().filter(|run| run.state.needs_a_person());
    let stopped = stopped.filter(is_its_own);
    let stuck = stopped.filter(|run| truth::can_be_taken_up(world, run));
    stuck
        .map(|run| {
            format!("I4: {} was taken up again and is {:?}: {:?}", run.id, run.state, run.failure)
        })
        .collect()
}

fn i4_done_steps_never_run_again(world: &World, _: &Ended, _: &Kept) -> Vec<String> {
    if world.weather.clocks_are_apart() {
        // Whose clock was set back by minutes believes in a claim that has ended.
        return Vec::new();
    }
    let done = world.watch.done();
    let calls = world.ledger.calls();
    let again = calls.iter().filter(|call| {
        let step = done.get(&(call.run.clone(), call.path.clone()));
        step.is_some_and(|done| done.at < call.at)
    });
    again.map(|call| format!("I4: called although it was done: {call:?}")).collect()
}

fn i5_steps_are_those_of_the_pinned_version(world: &World, _: &Ended, kept: &Kept) -> Vec<String> {
    let mut broken = Vec::new();
    for call in world.ledger.calls() {
        let run = kept.runs.iter().find(|run| run.id == call.run);
        let source = run.and_then(|run| kept.sources.get(&(run.workflow.clone(), run.version)));
        if !source.is_some_and(|source| source.contains(&format!("marker: {}\n", call.marker))) {
            broken.push(format!("I5: not of the pinned version: {call:?}"));
        }
    }
    broken
}

fn i8_canaries_stay_where_they_belong(world: &World, _: &Ended, kept: &Kept) -> Vec<String> {
    let mut broken = Vec::new();
    let letters = kept.letters.iter().map(|letter| (&letter.queue, &letter.body));
    for (queue, body) in kept.messages.iter().map(|(queue, body)| (queue, body)).chain(letters) {
        // Events travel with their data; wake-ups travel with none.
        if body.contains(CANARY_SECRET) || (queue != DISPATCH_QUEUE && body.contains(CANARY_EMAIL))
        {
            broken.push(format!("I8: in queue {queue}: {body}"));
        }
    }
    for run in &kept.runs {
        let text = serde_json::to_string(run).unwrap();
        if text.contains(CANARY_SECRET) {
            broken.push(format!("I8: in the record of {}: {text}", run.id));
        }
    }
    let leaked = &world.facts.lock().unwrap().leaked;
    broken.extend(leaked.iter().map(|line| format!("I8: in the log: {line}")));
    broken
}

fn i9_everything_is_bounded(world: &World, _: &Ended, kept: &Kept) -> Vec<String> {
    /// The longest curve that a workflow of this world asks for.
    const ATTEMPTS_MAX: u32 = 20;
    let crashes = world.facts.lock().unwrap().crashes;
    let calls = world.ledger.calls();
    let mut broken = Vec::new();
    for run in &kept.runs {
        if run.hops > HOPS_MAX {
            broken.push(format!("I9: {} moved on {} times", run.id, run.hops));
        }
        for (path, step) in &run.steps {
            let key = idempotency_key(run.root(), path, run.resumed);
            let made = calls.iter().filter(|call| call.key == key).count();
            // Those that a connection which was down did not count come on top.
            let most = (ATTEMPTS_MAX + crashes) as usize * (run.resumed as usize + 1)
                + world.watch.unspent(run.root(), path);
            if made > most {
                broken.push(format!(
                    "I9: {} {path} was called {made} times, {:?}",
                    run.id, step.state
                ));
            }
        }
    }
    broken
}

fn i12_no_wait_ends_early(world: &World, _: &Ended, kept: &Kept) -> Vec<String> {
    if world.weather.clocks_are_apart() {
        return Vec::new();
    }
    let mut broken = Vec::new();
    for (run, path, step) in
        kept.runs.iter().flat_map(|run| run.steps.iter().map(move |(path, step)| (run, path, step)))
    {
        let Some(work) = step.work.flow_work() else { continue };
        // Somebody may have decided before.
        if work.question.is_some() {
            continue;
        }
        let is_early = work.until.zip(step.ended_at).is_some_and(|(until, ended)| ended < until);
        if is_early && step.state == StepState::Done && work.heard.is_none() {
            broken.push(format!("I12: {} {path} ended before {:?}: {step:?}", run.id, work.until));
        }
    }
    broken
}

/// A loop that is done has heard of each of its items once, and no branch works on behind it.
fn i13_a_loop_ends_with_all_its_items(_: &World, _: &Ended, kept: &Kept) -> Vec<String> {
    let mut broken = Vec::new();
    for run in &kept.runs {
        for (path, step) in run.steps.iter().filter(|(_, step)| step.state == StepState::Done) {
            let Some(items) = step.work.items() else { continue };
            let ended = items.done + items.failed + items.skipped;
            if ended != items.total {
                broken.push(format!("I13: {} {path}: {ended} items ended: {items:?}", run.id));
            }
            for number in 0..items.branches() {
                let id = Branch::id(run.root(), path, number);
                let branch = kept.runs.iter().find(|run| run.id == id);
                let is_over = branch.is_some_and(|branch| branch.state == RunState::Succeeded);
                if !is_over && run.redacted_at.is_none() {
                    let state = branch.map(|branch| branch.state);
                    broken.push(format!("I13: {id} is {state:?}, and its loop has ended"));
                }
            }
        }
        if run.state == RunState::Cancelled && run.has_open_branches() {
            broken.push(format!("I13: {} was cancelled, and not all branches heard", run.id));
        }
    }
    broken
}

/// What a branch waits for a person with is over once its run is.
fn i14_no_letter_of_a_branch_outlives_its_run(
    world: &World,
    _: &Ended,
    kept: &Kept,
) -> Vec<String> {
    let mut broken = Vec::new();
    for letter in &kept.letters {
        let Ok(wake) = serde_json::from_str::<WakeUp>(&letter.body) else { continue };
        let root = wake.run.root();
        if wake.kind.is_none() || root == wake.run {
            continue;
        }
        let Some(run) = kept.runs.iter().find(|run| run.id == root) else { continue };
        let is_over = matches!(run.state, RunState::Succeeded | RunState::Cancelled);
        // Of what was taken up again and is done the letter may stay, as that of any run: settling it is tried
        // once, and what it asks for does nothing.
        let branch = kept.runs.iter().find(|run| run.id == wake.run);
        if branch.is_some_and(|branch| branch.state == RunState::Succeeded) {
            continue;
        }
        if is_over && !(world.weather.unswept && needs_a_sweeper(world, run, kept)) {
            broken.push(format!("I14: {root} is {:?}, and there is a letter: {wake:?}", run.state));
        }
    }
    broken
}

/// As often as its step is tried: a second event of an item, or none of one that is done, is a broken promise.
fn i15_each_item_emits_one_event(_: &World, _: &Ended, kept: &Kept) -> Vec<String> {
    let mut broken = Vec::new();
    let mut emitted: BTreeMap<(&RunId, &StepPath), u32> = BTreeMap::new();
    for of in kept.events.iter().filter_map(|record| record.event.emitted.as_ref()) {
        *emitted.entry((&of.run, &of.step)).or_default() += 1;
    }
    for ((run, step), count) in emitted.iter().filter(|(_, count)| **count > 1) {
        broken.push(format!("I15: {run} {step} emitted {count} events"));
    }
    for run in kept.runs.iter().filter(|run| run.state == RunState::Succeeded) {
        let source = kept.sources.get(&(run.workflow.clone(), run.version));
        for (path, step) in run.steps.iter().filter(|(_, step)| step.state == StepState::Done) {
            let name = path.as_str().trim_start_matches('l');
            let emits = source.is_some_and(|source| source.contains(&format!("- id: m{name}\n")));
            let Some(items) = step.work.items().filter(|items| emits && items.done == items.total)
            else {
                continue;
            };
            let silent = (0..items.total).map(|item| StepPath(format!("{path}[{item}].m{name}")));
            let silent = silent.filter(|step| !emitted.contains_key(&(run.root(), step)));
            let is_given_up = |letter: &DeadLetter| letter.queue == DISPATCH_QUEUE;
            if !kept.letters.iter().any(is_given_up) {
                broken.extend(silent.map(|step| format!("I15: {} {step} emitted nothing", run.id)));
            }
        }
    }
    broken
}

fn i10_outcomes_stay(world: &World, _: &Ended, kept: &Kept) -> Vec<String> {
    let mut broken = Vec::new();
    for ((id, path), done) in world.watch.done() {
        let Some(run) = kept.runs.iter().find(|run| run.id == id) else { continue };
        if !run.steps.contains_key(&path) && path.as_str().contains("].") {
            // The records of an item that has ended are folded.
            continue;
        }
        let step = run.steps.get(&path);
        let stays = step.is_some_and(|step| {
            step.state == StepState::Done
                && (step.output == done.output || run.redacted_at.is_some())
        });
        if !stays {
            broken
                .push(format!("I10: {id} {path} was done with {:?} and is {step:?}", done.output));
        }
    }
    broken
}
