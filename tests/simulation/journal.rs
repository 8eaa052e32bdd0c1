//! A process's journal: commands one by one or all at once, with messages that are lost, doubled,
//! late or too early on their way.

use super::site::Site;
use super::slots::i24_no_more_work_than_may;
use super::world::MarkedEvent;
use async_trait::async_trait;
use std::time::Duration;
use tradewind_engine::marks::Marked;
use tradewind_engine::ports::{Interrupted, Journal, Receipt};
use tradewind_engine::protocol::{Change, Command, Committed, Write};
use tradewind_engine::runs::Run;
use tradewind_engine::time::{Timestamp, after, until};
use tradewind_memory::Atomicity;

/// What is due later waits in a schedule.
const DELAY_MAX: Duration = Duration::from_secs(15 * 60);

#[async_trait]
impl Journal for Site {
    async fn commit(
        &self,
        receipt: Option<&Receipt>,
        commands: &[Command],
    ) -> Result<Committed, Interrupted> {
        match self.world.atomicity {
            Atomicity::EachCommand => self.commit_each(receipt, commands).await,
            Atomicity::WholeList => self.commit_all(receipt, commands).await,
        }
    }
}

impl Site {
    async fn commit_each(
        &self,
        receipt: Option<&Receipt>,
        commands: &[Command],
    ) -> Result<Committed, Interrupted> {
        let mut last = None;
        for (done, command) in commands.iter().enumerate() {
            let (service, what, about) = label(command);
            let on_their_way = self.on_their_way(command);
            let work = async {
                let committed = self.world.memory.commit(receipt, &on_their_way).await;
                let committed = committed.map_err(Interrupted::cause)?;
                self.observe(command, &committed);
                Ok(committed)
            };
            match self.call(service, what, &about, work).await {
                Err(unavailable) => return Err(Interrupted { done, last, unavailable }),
                Ok(Committed::Applied(run)) => last = run.or(last),
                Ok(refused @ Committed::Refused { .. }) => {
                    self.world.note(&self.name, what, &about, "refused");
                    return Ok(refused);
                }
            }
        }
        Ok(Committed::Applied(last))
    }

    async fn commit_all(
        &self,
        receipt: Option<&Receipt>,
        commands: &[Command],
    ) -> Result<Committed, Interrupted> {
        let on_their_way: Vec<Command> =
            commands.iter().flat_map(|command| self.on_their_way(command)).collect();
        let labels: Vec<_> = commands.iter().map(label).collect();
        let Some((service, what, about)) = labels.first() else {
            return Ok(Committed::Applied(None));
        };
        let work = async {
            let committed = self.world.memory.commit(receipt, &on_their_way).await;
            let committed = committed.map_err(Interrupted::cause)?;
            if matches!(committed, Committed::Applied(_)) {
                commands.iter().for_each(|command| self.observe(command, &committed));
            }
            Ok(committed)
        };
        let committed = self.call(service, what, about, work).await?;
        let result = match &committed {
            Committed::Applied(_) => "all done",
            Committed::Refused { .. } => "refused",
        };
        for (_, what, about) in &labels {
            self.world.note(&self.name, what, about, result);
        }
        Ok(committed)
    }

    fn observe(&self, command: &Command, committed: &Committed) {
        self.note_facts(command);
        let (Command::Write(write), Committed::Applied(Some(run))) = (command, committed) else {
            return;
        };
        if run.id != write.run {
            return;
        }
        if let Change::Claim { path, .. } | Change::ClaimQuestion { path, .. } = &write.change {
            self.holds(run.root(), path, fence(run, path));
        }
        let world = &self.world;
        world.watch.wrote(&self.name, write, run, &world.ledger, world.now());
        i24_no_more_work_than_may(world, write, &run.id);
        // Whose clock is minutes ahead takes who works for one that has died.
        let is_well = world.is_well() && !world.weather.clocks_are_apart();
        world.watch.took_up(write, run, is_well);
        if world.weather.spares_processes() && !world.weather.clocks_are_apart() {
            world.watch.parked(write, run, &world.ledger);
        }
    }

    fn note_facts(&self, command: &Command) {
        let mut facts = self.world.facts.lock().unwrap();
        match command {
            Command::Publish(event) => drop(facts.announced.insert(event.id.clone())),
            Command::Mark(mark) => {
                if let Marked::Event { event, accepted_at } = &mark.of {
                    let first = MarkedEvent { accepted_at: *accepted_at, recorded_at: None };
                    facts.marked.entry(event.clone()).or_insert(first);
                }
            }
            Command::Record(record) => {
                if let Some(marked) = facts.marked.get_mut(&record.event.id) {
                    marked.recorded_at.get_or_insert(self.world.now());
                }
            }
            _ => {}
        }
    }

    /// What becomes of a command once it is on its way. Only wake-ups and the events of runs suffer:
    /// that a provider's event is not lost is what the bus promises.
    fn on_their_way(&self, command: &Command) -> Vec<Command> {
        let (world, now) = (&self.world, self.world.now());
        let rates = world.weather.rates(now);
        let times = if world.chance.hits(rates.double) { 2 } else { 1 };
        match command {
            Command::Publish(_) => vec![command.clone(); times],
            Command::Send { .. } if world.chance.hits(rates.lose) => {
                world.note(&self.name, "send", &[], "lost on its way");
                Vec::new()
            }
            Command::Send { to, wake, not_before, via } => {
                let when = |copy| self.arrives(copy, *not_before, now);
                let send = |copy| Command::Send {
                    to: to.clone(),
                    wake: wake.clone(),
                    not_before: when(copy),
                    via: via.clone(),
                };
                (0..times).map(send).collect()
            }
            _ => vec![command.clone()],
        }
    }

    fn arrives(
        &self,
        copy: usize,
        not_before: Option<Timestamp>,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let chance = &self.world.chance;
        let rates = self.world.weather.rates(now);
        let not_before = not_before.map(|at| self.shows_at(at, now));
        if copy > 0 {
            let later_s = chance.pick(&[0, 1, 60, 600, 13 * 86_400]);
            return Some(after(now, Duration::from_secs(later_s)));
        }
        if chance.hits(rates.early) {
            return None;
        }
        if chance.hits(rates.late) {
            let late_s = chance.pick(&[1, 60, 900, 86_400]);
            return Some(after(not_before.unwrap_or(now), Duration::from_secs(late_s)));
        }
        not_before
    }
}

impl Site {
    /// A queue is told for how long it keeps a message back, by the clock of whoever sends it; a schedule is told
    /// the moment.
    fn shows_at(&self, not_before: Timestamp, now: Timestamp) -> Timestamp {
        let delay = until(self.clock.read(), not_before);
        if delay <= DELAY_MAX { after(now, delay) } else { not_before }
    }
}

fn fence(run: &Run, path: &tradewind_engine::ids::StepPath) -> u32 {
    run.steps.get(path).map_or(0, |step| step.fence)
}

/// The service, the name and the subject of a command.
fn label(command: &Command) -> (&'static str, &'static str, Vec<&str>) {
    match command {
        Command::Write(write) => written(write),
        Command::Record(record) => ("store", "record", vec![record.event.id.as_str()]),
        Command::Send { to, wake, .. } => {
            ("queue", "send", vec![to.as_str(), wake.run.as_str(), wake.path.as_str()])
        }
        Command::Mark(mark) => ("store", "mark", vec![mark.key.0.as_str()]),
        Command::Unmark(mark) => ("store", "unmark", vec![mark.key.0.as_str()]),
        Command::Publish(event) => ("bus", "publish", vec![event.id.as_str()]),
        Command::DeadLetter { wake, .. } => {
            ("queue", "dead_letter", vec![wake.run.as_str(), wake.path.as_str()])
        }
        Command::Ack => ("queue", "ack", Vec::new()),
        Command::ShowAgain(_) => ("queue", "show_again", Vec::new()),
    }
}

fn written(write: &Write) -> (&'static str, &'static str, Vec<&str>) {
    let run = write.run.as_str();
    let (what, path) = match &write.change {
        Change::Start(_) => ("start", None),
        Change::Claim { path, .. } => ("claim", Some(path)),
        Change::ClaimQuestion { path, .. } => ("claim_question", Some(path)),
        Change::Complete { path, .. } => ("complete", Some(path)),
        Change::RecordOnly { path, .. } => ("record_only", Some(path)),
        Change::Retry { path, .. } => ("retry", Some(path)),
        Change::Postpone { path, .. } => ("postpone", Some(path)),
        Change::Wait { path, .. } => ("wait", Some(path)),
        Change::Hear { path, .. } => ("hear", Some(path)),
        Change::Ask { path, .. } => ("ask", Some(path)),
        Change::Decide { path, .. } => ("decide", Some(path)),
        Change::Loop { path, .. } => ("loop", Some(path)),
        Change::RecordBranch { path, .. } => ("record_branch", Some(path)),
        Change::TakeTurn { path, .. } => ("take_turn", Some(path)),
        Change::AwaitTurn { path, .. } => ("await_turn", Some(path)),
        Change::LetIn { .. } => ("let_in", None),
        Change::LeaveSlot { .. } => ("leave_slot", None),
        Change::Reported { .. } => ("reported", None),
        Change::Reassign { path, .. } => ("reassign", Some(path)),
        Change::Doubt { path, .. } => ("doubt", Some(path)),
        Change::Fail { path, .. } => ("fail", Some(path)),
        Change::Park { path, .. } => ("park", Some(path)),
        Change::DeadLettered { .. } => ("dead_lettered", None),
        Change::Replay { .. } => ("replay", None),
        Change::Resolve { .. } => ("resolve", None),
        Change::Cancel { .. } => ("cancel", None),
        Change::CancelBy { .. } => ("cancel_by", None),
        Change::CheckLater { .. } => ("check_later", None),
        Change::Redact { .. } => ("redact", None),
    };
    ("store", what, std::iter::once(run).chain(path.map(|path| path.as_str())).collect())
}
