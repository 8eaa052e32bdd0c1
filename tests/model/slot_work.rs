//! What a worker does about the slot, step by step, as the platform does it.

use crate::slots::{Broken, World, contents, key};
use std::hash::{Hash, Hasher};
use std::time::Duration;
use tradewind_engine::ids::StepPath;
use tradewind_engine::protocol::{
    Arrival, Change, Command, Outcome, Times, claim, leave_slot, let_in_write, on_let_in,
    on_refused,
};
use tradewind_engine::runs::Stands;
use tradewind_engine::slots::{Asked, Asking, Slot};
use tradewind_engine::time::after;

const LOOK: Duration = Duration::from_secs(86_400);

/// A worker with a message.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    /// Which run the message is about.
    pub(crate) run: usize,
    /// That of its claim.
    pub(crate) fence: u32,
    pub(crate) at: At,
}

/// What it does next, with what it has read.
#[derive(Clone, Debug)]
pub(crate) enum At {
    Claim,
    Ask {
        looks: bool,
    },
    Enter {
        read: Option<Slot>,
        looks: bool,
    },
    Stand {
        slot: Slot,
        looks: bool,
    },
    Take,
    Wait,
    /// The line is full.
    ComeLater,
    Leave,
    Out(Out),
    Note,
    Ack,
}

/// Runs are taken out of the slot, and those whose turn it is are told.
#[derive(Clone, Debug)]
pub(crate) struct Out {
    gone: Vec<usize>,
    stage: Stage,
    then: Box<At>,
}

#[derive(Clone, Debug)]
enum Stage {
    Read,
    Write(Slot),
    /// The first is told, and, once it is, woken.
    Tell {
        left: Vec<usize>,
        dead: Vec<usize>,
        told: bool,
    },
}

impl At {
    /// As far as it says what may become of it where this slot stands.
    pub(crate) fn print(&self, stands: Option<&Slot>, hasher: &mut impl Hasher) {
        std::mem::discriminant(self).hash(hasher);
        let seen = |slot: Option<&Slot>, hasher: &mut _| {
            contents(slot).hash(hasher);
            (slot.map(Slot::stamp) == stands.map(Slot::stamp)).hash(hasher);
        };
        match self {
            Self::Ask { looks } => looks.hash(hasher),
            Self::Enter { read, looks } => {
                looks.hash(hasher);
                seen(read.as_ref(), hasher);
            }
            Self::Stand { slot, looks } => {
                looks.hash(hasher);
                contents(Some(slot)).hash(hasher);
            }
            Self::Out(Out { gone, stage, then }) => {
                gone.hash(hasher);
                match stage {
                    Stage::Read => 0.hash(hasher),
                    Stage::Write(read) => seen(Some(read), hasher),
                    Stage::Tell { left, dead, told } => (left, dead, told).hash(hasher),
                }
                then.print(stands, hasher);
            }
            _ => {}
        }
    }
}

impl World {
    /// One step of a worker; nothing where it was its last.
    pub(crate) fn work(&mut self, mut job: Job) -> Option<Job> {
        let run = job.run;
        let at = std::mem::replace(&mut job.at, At::Ack);
        job.at = match at {
            At::Claim => return self.claim(job),
            At::Ask { looks } => At::Enter { read: self.slot.clone(), looks },
            At::Enter { read, looks } => self.enter(run, read, looks),
            At::Stand { slot, looks } => self.stand(run, &slot, looks),
            At::Take => self.record(&job, Outcome::TakesTurn(key()))?,
            At::Wait => {
                let look_at = after(self.now, LOOK);
                self.record(&job, Outcome::AwaitsTurn(key(), look_at))?
            }
            At::ComeLater => {
                let next_at = after(self.now, LOOK);
                self.record(&job, Outcome::HeldBack(next_at, "it is full".to_owned()))?
            }
            At::Leave => return self.leave(job),
            At::Out(out) => self.take_out(run, out),
            At::Note => {
                let commands = leave_slot(&self.runs[run], &key());
                self.carry_out(&commands, usize::MAX);
                match self.row.broken {
                    Broken::NoteFirst => At::Out(out_of(vec![run], At::Ack)),
                    _ => At::Ack,
                }
            }
            At::Ack => return None,
        };
        Some(job)
    }

    fn claim(&mut self, mut job: Job) -> Option<Job> {
        self.claims += 1;
        let (wake, id) = (self.wake(job.run), self.claims.to_string().as_str().into());
        let claimed = claim(&wake, &id, self.now, Times::STANDARD);
        let before = self.runs[job.run].clone();
        if self.write(job.run, claimed.change) {
            let step = &self.runs[job.run].steps[&wake.path];
            job.fence = step.fence;
            let turn = step.work.turn().map(|turn| turn.stands);
            job.at = match turn {
                Some(Stands::AtWork) => At::Take,
                turn => At::Ask { looks: turn == Some(Stands::InLine) },
            };
            return Some(job);
        }
        if self.row.broken == Broken::LeaveAtWork && before.works_on(&wake.path) {
            job.at = At::Out(out_of(vec![job.run], At::Ack));
            return Some(job);
        }
        match on_refused(Some(&before), &wake, &id, self.now, Times::STANDARD, 0.5) {
            Arrival::Left => {
                job.at = At::Leave;
                Some(job)
            }
            Arrival::Do(commands) => {
                self.carry_out(&commands, usize::MAX);
                if commands.iter().any(|command| matches!(command, Command::ShowAgain(_))) {
                    self.messages[job.run] = self.messages[job.run].max(1);
                }
                None
            }
            other => panic!("{other:?}"),
        }
    }

    fn enter(&mut self, run: usize, read: Option<Slot>, looks: bool) -> At {
        let own = &self.runs[run];
        let (id, workflow) = (own.id.clone(), own.workflow.clone());
        let asking = Asking {
            run: &id,
            started_at: own.created_at,
            workflow: &workflow,
            version: own.version,
            max: self.row.max[run],
        };
        let slot = match Slot::ask(read.as_ref(), &key(), &asking, self.row.room, self.now) {
            Asked::Changes(slot) => match self.save(Some(slot.clone()), read.as_ref()) {
                true => slot,
                false => return At::Ask { looks },
            },
            Asked::Works | Asked::Waits | Asked::Full => read.expect("somebody stands in it"),
        };
        let stand = At::Stand { slot: slot.clone(), looks };
        match slot.let_in_by(&id).is_empty() {
            true => stand,
            false => At::Out(out_of(Vec::new(), stand)),
        }
    }

    fn stand(&mut self, run: usize, slot: &Slot, looks: bool) -> At {
        let id = &self.runs[run].id;
        if slot.has_at_work(id) {
            return At::Take;
        }
        let Some(before) = slot.before(id) else { return At::ComeLater };
        if looks && before < 2 {
            let at_work = slot.at_work.iter().map(|one| &one.run);
            let ahead = at_work.chain(slot.in_line[..before].iter().map(|one| &one.run));
            let ahead = ahead.map(|one| self.number(one));
            let gone: Vec<usize> =
                ahead.filter(|one| self.runs[*one].is_at_rest(self.now)).collect();
            if !gone.is_empty() {
                return At::Out(out_of(gone, At::Ask { looks: false }));
            }
        }
        At::Wait
    }

    /// Records where it stands; nothing where somebody else holds the step.
    fn record(&mut self, job: &Job, outcome: Outcome) -> Option<At> {
        let (run, path) = (job.run, StepPath::slot());
        let step = &self.runs[run].steps[&path];
        let waits = matches!(outcome, Outcome::AwaitsTurn(..));
        let is_held = step.fence == job.fence && step.state.is_open();
        let is_let_in = step.work.turn().is_some_and(|turn| turn.stands == Stands::AtWork);
        if waits && is_held && is_let_in && self.row.broken == Broken::ForgetLetIn {
            let (fence, slot) = (job.fence, key());
            let look_at = after(self.now, LOOK);
            self.forget_turn(run);
            self.write(run, Change::AwaitTurn { path, fence, slot, look_at });
            return Some(At::Ack);
        }
        if is_held && self.runs[run].works_on(&path) {
            let commands = self.concluded(run, &path, outcome);
            // Its own message is done with by what follows.
            let refused = !self.carry_out(&commands, usize::MAX);
            return Some(if refused { At::Take } else { At::Ack });
        }
        if self.runs[run].state.is_terminal() && self.row.broken != Broken::LeaveNothing {
            return Some(At::Leave);
        }
        self.messages[run] = self.messages[run].max(1);
        None
    }

    fn forget_turn(&mut self, run: usize) {
        let mut stored = serde_json::to_value(&self.runs[run]).expect("a run is plain data");
        let step = stored["steps"]["$slot"].as_object_mut().expect("it asks");
        step.remove("turn");
        self.runs[run] = serde_json::from_value(stored).expect("it is as it was");
    }

    fn leave(&mut self, mut job: Job) -> Option<Job> {
        let run = &self.runs[job.run];
        if run.works_until(self.now).is_some() {
            self.messages[job.run] = self.messages[job.run].max(1);
            return None;
        }
        job.at = match self.row.broken {
            Broken::LeaveNothing if run.turn().is_none() => At::Ack,
            Broken::NoteFirst => At::Note,
            _ => At::Out(out_of(vec![job.run], At::Note)),
        };
        Some(job)
    }

    fn take_out(&mut self, by: usize, out: Out) -> At {
        let Out { gone, stage, then } = out;
        let id = self.runs[by].id.clone();
        let goes = |gone, stage, then| At::Out(Out { gone, stage, then });
        match stage {
            Stage::Read => match self.slot.clone() {
                None => *then,
                Some(read) => goes(gone, Stage::Write(read), then),
            },
            Stage::Write(read) => {
                let left = gone.iter().fold(None, |left: Option<Slot>, one| {
                    let one = &self.runs[*one].id;
                    left.as_ref().unwrap_or(&read).without(one, &id).or(left)
                });
                let is_again = left.is_none();
                let slot = match left {
                    None => read,
                    Some(left) => {
                        let kept = Some(left).filter(|left| !left.is_empty());
                        if !self.save(kept.clone(), Some(&read)) {
                            return goes(gone, Stage::Read, then);
                        }
                        match kept {
                            None => return *then,
                            Some(left) => left,
                        }
                    }
                };
                if is_again && self.row.broken == Broken::TellOnce {
                    return *then;
                }
                let left = slot.let_in_by(&id).iter().map(|one| self.number(one)).collect();
                goes(Vec::new(), Stage::Tell { left, dead: Vec::new(), told: false }, then)
            }
            Stage::Tell { mut left, mut dead, told } => {
                let Some(first) = left.first().copied() else {
                    return match dead.is_empty() {
                        true => *then,
                        false => goes(dead, Stage::Read, then),
                    };
                };
                if !told {
                    let write = let_in_write(&self.runs[first].id, &key(), self.now);
                    self.write(first, write.change);
                    return goes(gone, Stage::Tell { left, dead, told: true }, then);
                }
                let commands = on_let_in(&self.runs[first]);
                self.carry_out(&commands, usize::MAX);
                if self.runs[first].is_at_rest(self.now) && self.row.broken != Broken::PassDead {
                    dead.push(first);
                }
                left.remove(0);
                goes(gone, Stage::Tell { left, dead, told: false }, then)
            }
        }
    }
}

fn out_of(gone: Vec<usize>, then: At) -> Out {
    Out { gone, stage: Stage::Read, then: Box::new(then) }
}
