//! Everything around the protocol at one moment: the record, the queue, the hands that work, and
//! what the other side has seen.

use crate::print::{Kept, Print, Printed};
use crate::times::canonical;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hash;
use std::rc::Rc;
use tradewind_engine::ids::StepPath;
use tradewind_engine::protocol::{Command, Outcome, Refused, WakeUp, Write};
use tradewind_engine::runs::Run;

/// The place of the sweeper among the hands; the others are workers.
pub(crate) const SWEEPER: usize = 2;

/// One state of the check.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) run: Option<Kept<Run>>,
    /// What is visible in the queues, in order.
    pub(crate) queue: Vec<Message>,
    pub(crate) hands: [Option<Kept<Job>>; 3],
    pub(crate) ledger: Kept<Ledger>,
    pub(crate) faults: Faults,
    /// An outcome was recorded by somebody who did not hold the step.
    pub(crate) overwritten: bool,
}

/// A message in a queue.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Message {
    pub(crate) body: Body,
    /// Not visible before what its step waits for is due.
    pub(crate) delayed: bool,
}

/// What a message says.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Body {
    /// Dispatch the event.
    Event,
    /// Look at this path of the run.
    Wake(Rc<WakeUp>),
}

/// What a hand is busy with.
#[derive(Clone)]
pub(crate) struct Job {
    /// The message that led here; `None` once it is acknowledged or lost.
    pub(crate) message: Option<Message>,
    /// The step that was claimed, and under which fence.
    pub(crate) claim: Option<(StepPath, u32)>,
    pub(crate) stage: Stage,
}

/// What comes next.
#[derive(Clone)]
pub(crate) enum Stage {
    /// The claim once more, because no answer came.
    Claim(Rc<WakeUp>, Box<Write>),
    /// The call; the run is as the claim left it.
    Call(Kept<Run>),
    /// The claim of the question.
    Question(StepPath, Box<Write>),
    /// Asking the provider; the run is as the claim left it.
    Ask(Kept<Run>),
    /// The first of these commands.
    Carry(Carry),
}

/// Commands on their way.
#[derive(Clone, Default)]
pub(crate) struct Carry {
    pub(crate) commands: Rc<Vec<Command>>,
    pub(crate) at: usize,
    /// The outcome that they record.
    pub(crate) outcome: Option<Outcome>,
    /// The run that they were decided on; only where the journal may stop.
    pub(crate) before: Option<Kept<Run>>,
    /// The journal has stopped in them.
    pub(crate) is_repeated: bool,
}

/// What is seen from outside.
#[derive(Clone, Default, Hash)]
pub(crate) struct Ledger {
    /// By idempotency key.
    pub(crate) effects: BTreeMap<String, Effect>,
    pub(crate) letters: BTreeSet<WakeUp>,
    /// Events of the run's end.
    pub(crate) announced: BTreeSet<String>,
    /// The letters that were sent back.
    pub(crate) redriven: BTreeSet<WakeUp>,
}

/// An effect at the other side.
#[derive(Clone, Default, Hash)]
pub(crate) struct Effect {
    /// How many times it really happened.
    pub(crate) count: u32,
    /// The other side still knows the key.
    pub(crate) remembered: bool,
    /// A search shows it.
    pub(crate) shown: bool,
    /// The highest fence that it was made under.
    pub(crate) tries: u32,
}

/// What may still go wrong, or be asked for by a person.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct Faults {
    pub(crate) crashes: u8,
    pub(crate) duplicates: u8,
    /// Leases that end although their holder lives.
    pub(crate) expiries: u8,
    pub(crate) losses: u8,
    /// Looks of the sweeper while others are at work.
    pub(crate) sweeps: u8,
    /// Answers that do not arrive, whether the call did or not.
    pub(crate) lost_answers: u8,
    /// Permanent errors.
    pub(crate) refusals: u8,
    /// Answers that say "later".
    pub(crate) postponements: u8,
    pub(crate) redrives: u8,
    pub(crate) cancels: u8,
    /// Waits beyond the provider's memory of a key.
    pub(crate) days: u8,
    /// Claims whose answer does not arrive, whether they were made or not.
    pub(crate) lost_claims: u8,
    /// Lists of commands that the journal stops in.
    pub(crate) stops: u8,
}

impl World {
    /// An event waits; nothing else has happened.
    pub(crate) fn new(faults: Faults) -> Self {
        Self {
            run: None,
            queue: vec![Message { body: Body::Event, delayed: false }],
            hands: [None, None, None],
            ledger: Kept::new(Ledger::default()),
            faults,
            overwritten: false,
        }
    }

    pub(crate) fn print(&self) -> u128 {
        Print::of(|print| {
            self.run.as_ref().map(|run| run.print).hash(print);
            self.queue.hash(print);
            for hand in &self.hands {
                hand.as_ref().map(|job| job.print).hash(print);
            }
            (self.ledger.print, self.faults, self.overwritten).hash(print);
        })
    }

    pub(crate) fn run(&self) -> Option<&Run> {
        self.run.as_deref()
    }

    /// Carries the write out, if its condition holds.
    pub(crate) fn apply(&mut self, write: &Write) -> Result<(), Refused> {
        let run = write.apply(self.run())?;
        self.run = Some(Kept::new(canonical(run)));
        Ok(())
    }

    /// Lets time pass in the record.
    pub(crate) fn pass(&mut self, pass: impl FnOnce(&mut Run)) {
        if let Some(run) = self.run() {
            let mut run = run.clone();
            pass(&mut run);
            self.run = Some(Kept::new(run));
        }
    }

    pub(crate) fn note(&mut self, note: impl FnOnce(&mut Ledger)) {
        let mut ledger = Ledger::clone(&self.ledger);
        note(&mut ledger);
        self.ledger = Kept::new(ledger);
    }

    /// The other side's search shows all that has happened.
    pub(crate) fn show_effects(&mut self) {
        self.note(|ledger| ledger.effects.values_mut().for_each(|effect| effect.shown = true));
    }

    pub(crate) fn send(&mut self, message: Message) {
        let at = self.queue.partition_point(|other| *other < message);
        self.queue.insert(at, message);
    }

    /// The hand stops; the message that it has not acknowledged shows again.
    pub(crate) fn drop_job(&mut self, hand: usize) {
        let job = self.hands[hand].take();
        if let Some(message) = job.and_then(|job| job.message.clone()) {
            self.send(message);
        }
    }

    pub(crate) fn set_job(&mut self, hand: usize, job: Job) {
        self.hands[hand] = Some(Kept::new(job));
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.queue.is_empty() && self.hands.iter().all(Option::is_none)
    }

    /// Workers are alike: which of them does what makes no difference.
    pub(crate) fn sort_workers(&mut self) {
        self.hands[..SWEEPER].sort_by_key(|hand| hand.as_ref().map(|job| job.print));
    }
}

impl Message {
    pub(crate) fn wake(wake: &WakeUp, delayed: bool) -> Self {
        Self { body: Body::Wake(Rc::new(wake.clone())), delayed }
    }
}

impl Job {
    /// Nothing has come of the message yet.
    pub(crate) fn new(message: Message) -> Self {
        Self { message: Some(message), claim: None, stage: Stage::Carry(Carry::default()) }
    }
}

impl Printed for Job {
    fn print(&self, print: &mut Print) {
        (&self.message, &self.claim).hash(print);
        std::mem::discriminant(&self.stage).hash(print);
        match &self.stage {
            Stage::Call(run) | Stage::Ask(run) => run.print.hash(print),
            Stage::Claim(wake, write) => {
                wake.hash(print);
                write.print(print);
            }
            Stage::Question(path, write) => {
                path.hash(print);
                write.print(print);
            }
            Stage::Carry(Carry { commands, at, outcome, before, is_repeated }) => {
                (before.as_ref().map(|run| run.print), is_repeated).hash(print);
                outcome.as_ref().map(std::mem::discriminant).hash(print);
                for command in commands.iter().skip(*at) {
                    command.print(print);
                }
            }
        }
    }
}

impl Printed for Ledger {
    fn print(&self, print: &mut Print) {
        self.hash(print);
    }
}
