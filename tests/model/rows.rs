//! The table: the protocol under every fault, and each rule of it broken once.

use crate::harms::Harm;
use crate::variants::{Misdeed, OtherSide, Variant};
use crate::world::Faults;
use tradewind_engine::effects::{EffectClass, OnUnknown};

/// The faults that every row has to bear.
const COMMON: Faults = Faults {
    crashes: 2,
    duplicates: 1,
    expiries: 2,
    losses: 0,
    sweeps: 0,
    lost_answers: 0,
    refusals: 0,
    postponements: 0,
    redrives: 0,
    cancels: 0,
    days: 0,
    lost_claims: 0,
    stops: 0,
};

/// A claim whose answer is lost, and nothing else that would leave a doubt.
const LOST_CLAIM: Faults = Faults { crashes: 0, expiries: 0, lost_claims: 1, ..COMMON };

/// The same, each once: for rows with faults of their own.
const ONCE: Faults = Faults { crashes: 1, duplicates: 1, expiries: 1, ..COMMON };

const KEYED: Variant = Variant {
    name: "class K",
    steps: 3,
    waits: false,
    on_failure: false,
    class: EffectClass::Keyed,
    on_unknown: OnUnknown::Hold,
    other_side: OtherSide::KnowsKeys,
    faults: COMMON,
    sweeper: false,
    at_once: false,
    misdeed: None,
    harms: &[],
};

const HELD: Variant = Variant {
    name: "class X hold",
    class: EffectClass::Neither,
    other_side: OtherSide::KnowsNothing,
    ..KEYED
};

const ASKED: Variant =
    Variant { name: "class Q", steps: 2, class: EffectClass::Queryable, sweeper: true, ..HELD };

/// One step that fails for good, and a person who sends its letter back.
const REDRIVEN: Variant = Variant {
    steps: 1,
    faults: Faults { duplicates: 0, expiries: 0, refusals: 2, redrives: 2, ..COMMON },
    ..KEYED
};

/// The protocol as it is.
pub(crate) const KEPT: &[Variant] = &[
    Variant {
        name: "class X hold, 3 crashes, 2 duplicates",
        faults: Faults { crashes: 3, duplicates: 2, ..COMMON },
        ..HELD
    },
    Variant {
        name: "class X hold, may send after its lease, 1 message lost, sweeper",
        faults: Faults { losses: 1, ..COMMON },
        sweeper: true,
        misdeed: Some(Misdeed::SendsLate),
        ..HELD
    },
    KEYED,
    Variant { name: "class K, each list in one commit", at_once: true, ..KEYED },
    Variant {
        name: "class K, 1 message lost, sweeper",
        steps: 2,
        faults: Faults { losses: 1, sweeps: 1, ..ONCE },
        sweeper: true,
        ..KEYED
    },
    Variant {
        name: "class K, answers lost or \"later\", sweeper",
        steps: 2,
        faults: Faults { lost_answers: 1, postponements: 1, ..ONCE },
        sweeper: true,
        ..KEYED
    },
    Variant {
        name: "class K, the provider forgets its keys",
        steps: 2,
        faults: Faults { lost_answers: 1, days: 1, ..ONCE },
        sweeper: true,
        ..KEYED
    },
    Variant { name: "class K, refused at step 2, letter sent back twice", steps: 2, ..REDRIVEN },
    Variant {
        name: "class X hold, answer lost, letter sent back",
        steps: 2,
        faults: Faults { lost_answers: 1, redrives: 1, ..ONCE },
        ..HELD
    },
    Variant {
        name: "class X hold, refused, with a step below on_failure",
        steps: 2,
        on_failure: true,
        faults: Faults { refusals: 1, ..ONCE },
        ..HELD
    },
    Variant {
        name: "class X hold, cancelled",
        steps: 2,
        faults: Faults { cancels: 1, ..ONCE },
        ..HELD
    },
    Variant {
        name: "class X retry: at least once",
        steps: 2,
        on_unknown: OnUnknown::Retry,
        faults: Faults { lost_answers: 1, ..ONCE },
        sweeper: true,
        harms: &[(Harm::Doubled, &["effect", "claim", "effect"])],
        ..HELD
    },
    Variant { name: "class Q", faults: Faults { lost_answers: 1, ..ONCE }, ..ASKED },
    Variant { name: "class K, a wait between its steps", steps: 2, waits: true, ..KEYED },
    Variant {
        name: "class K, a wait between its steps, cancelled",
        steps: 2,
        waits: true,
        faults: Faults { cancels: 1, ..ONCE },
        ..KEYED
    },
    Variant {
        name: "class K, a wait between its steps, 1 message lost, sweeper",
        steps: 2,
        waits: true,
        faults: Faults { losses: 1, sweeps: 1, ..ONCE },
        sweeper: true,
        ..KEYED
    },
    Variant {
        name: "class K, a wait between its steps, the journal stops in a list",
        steps: 2,
        waits: true,
        faults: Faults { stops: 1, crashes: 0, expiries: 1, ..COMMON },
        ..KEYED
    },
    Variant { name: "class X hold, answer to a claim lost", steps: 2, faults: LOST_CLAIM, ..HELD },
    Variant {
        name: "class K, answer to a claim lost, crashes",
        steps: 2,
        faults: Faults { lost_claims: 1, ..ONCE },
        ..KEYED
    },
    Variant {
        name: "class Q, answers to claims lost",
        faults: Faults { crashes: 0, expiries: 0, lost_claims: 2, lost_answers: 1, ..ONCE },
        ..ASKED
    },
    Variant {
        name: "class K, the journal stops in a list",
        steps: 2,
        faults: Faults { stops: 1, postponements: 1, crashes: 0, expiries: 1, ..COMMON },
        ..KEYED
    },
    Variant {
        name: "class X hold, the journal stops in a list, crash",
        steps: 2,
        faults: Faults { stops: 1, ..ONCE },
        ..HELD
    },
    Variant {
        name: "class K, each list in one commit, its answer lost",
        steps: 2,
        at_once: true,
        faults: Faults { stops: 1, postponements: 1, crashes: 0, expiries: 1, ..COMMON },
        ..KEYED
    },
    Variant {
        name: "class Q, its search lags",
        other_side: OtherSide::AnswersLate,
        faults: Faults { lost_answers: 1, ..ONCE },
        ..ASKED
    },
];

/// One rule broken each.
pub(crate) const BROKEN: &[Variant] = &[
    Variant {
        name: "1 message lost, no sweeper",
        steps: 2,
        faults: Faults { losses: 1, ..COMMON },
        harms: &[(Harm::Stuck, &["send", "loss"])],
        ..KEYED
    },
    Variant {
        name: "a wait whose message is lost, no sweeper",
        steps: 2,
        waits: true,
        faults: Faults { losses: 1, ..ONCE },
        harms: &[(Harm::Stuck, &["send", "loss"])],
        ..KEYED
    },
    Variant {
        name: "ack a busy duplicate",
        steps: 2,
        misdeed: Some(Misdeed::AcksBusy),
        harms: &[(Harm::Stuck, &["claim", "crash", "busy"])],
        ..KEYED
    },
    Variant {
        name: "ack before send",
        steps: 2,
        misdeed: Some(Misdeed::AcksBeforeSending),
        harms: &[(Harm::Stuck, &["ack", "crash"])],
        ..KEYED
    },
    Variant {
        name: "DONE: ack without sending next",
        steps: 2,
        misdeed: Some(Misdeed::ForgetsNext),
        harms: &[(Harm::Stuck, &["complete", "crash"])],
        ..KEYED
    },
    Variant {
        name: "dispatcher: run exists, so ack",
        steps: 2,
        misdeed: Some(Misdeed::DedupesByRun),
        harms: &[(Harm::Stuck, &["put", "crash"])],
        ..KEYED
    },
    Variant {
        name: "lease without end",
        steps: 2,
        misdeed: Some(Misdeed::LeasesForever),
        harms: &[(Harm::Stuck, &["claim", "crash"])],
        ..KEYED
    },
    Variant {
        name: "no claim, class X",
        steps: 2,
        misdeed: Some(Misdeed::SkipsTheClaim),
        harms: &[
            (Harm::Doubled, &["effect", "crash", "effect"]),
            (Harm::BeyondTries, &["effect", "crash", "effect"]),
        ],
        ..HELD
    },
    Variant {
        name: "class X re-run when its lease has ended",
        steps: 2,
        class: EffectClass::Natural,
        harms: &[(Harm::Doubled, &["effect", "early lease end", "claim", "effect"])],
        ..HELD
    },
    Variant {
        name: "class Q, may send after its lease",
        faults: ONCE,
        misdeed: Some(Misdeed::SendsLate),
        // The new claim comes before or between the two effects: both traces are as short.
        harms: &[(Harm::Doubled, &["early lease end", "did not", "effect", "effect"])],
        ..ASKED
    },
    Variant {
        name: "completion without fence, class K",
        steps: 2,
        misdeed: Some(Misdeed::TakesAnyFence),
        harms: &[(Harm::Overwritten, &["early lease end", "claim", "complete"])],
        ..KEYED
    },
    Variant {
        name: "call with a forgotten key",
        steps: 2,
        faults: Faults { days: 1, ..ONCE },
        misdeed: Some(Misdeed::TrustsOldKeys),
        harms: &[(Harm::Doubled, &["effect", "a day passes", "claim", "effect"])],
        ..KEYED
    },
    Variant {
        name: "send next before write",
        steps: 2,
        misdeed: Some(Misdeed::SendsBeforeWriting),
        harms: &[(Harm::Stuck, &["effect", "send", "not ready"])],
        ..KEYED
    },
    Variant {
        name: "a retry in ten minutes, no sweeper",
        steps: 1,
        faults: Faults { postponements: 1, ..COMMON },
        harms: &[(Harm::Stuck, &["much later", "retry", "crash"])],
        ..KEYED
    },
    Variant {
        name: "class X hold, answer to a claim lost, claimed as somebody else",
        steps: 2,
        faults: LOST_CLAIM,
        misdeed: Some(Misdeed::ClaimsAsAnother),
        harms: &[(Harm::ParkedUncalled, &["claim, answer lost", "lease ends", "park"])],
        ..HELD
    },
    Variant {
        name: "the journal stops, and its whole list is repeated",
        steps: 1,
        faults: Faults { stops: 1, postponements: 1, crashes: 0, ..COMMON },
        misdeed: Some(Misdeed::RepeatsAll),
        harms: &[(Harm::Stuck, &["much later", "retry", "journal stops"])],
        ..KEYED
    },
    Variant {
        name: "note the dead letter before sending it",
        misdeed: Some(Misdeed::NotesTheLetterFirst),
        harms: &[(Harm::Stuck, &["note letter", "crash"])],
        ..REDRIVEN
    },
    Variant {
        name: "replay for any letter",
        misdeed: Some(Misdeed::TakesAnyLetter),
        harms: &[(Harm::ReplayedTwice, &["redrive", "replay", "fail", "replay"])],
        ..REDRIVEN
    },
];
