//! The projects of a world: workflows that are made up, edited, disabled and deleted.

use super::chance::Chance;
use super::fresh::{ASKS, STILL_OPEN, asks};
use super::providers::ACTIONS;
use super::starts::{EMITTED, Start};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use tradewind_engine::ids::WorkflowId;
use tradewind_platform::apply::ProjectFiles;

/// A connection for each class of effect.
pub(crate) const CONNECTIONS: [&str; 4] = ["keyed", "natural", "asked", "neither"];

#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) name: String,
    /// Raised by every edit; stands in every text that the workflow makes.
    pub(crate) edit: u32,
    pub(crate) event: &'static str,
    pub(crate) start: Start,
    /// Its events were held at some time.
    pub(crate) has_held: bool,
    /// When a thing is sold, runs about it are cancelled.
    pub(crate) is_cancelled: bool,
    /// Only for events whose thing is a vip.
    pub(crate) picky: bool,
    pub(crate) once_per: bool,
    pub(crate) enabled: bool,
    pub(crate) deleted: bool,
    /// It was disabled, deleted or paused at some time.
    pub(crate) touched: bool,
    pub(crate) steps: Vec<DraftStep>,
    pub(crate) on_failure: bool,
    /// What it says of runs that wait for each other.
    pub(crate) concurrency: Option<&'static str>,
}

/// How a step stands in its workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Plain,
    /// Behind a wait of that length.
    AfterWait(&'static str),
    /// Behind an approval with that deadline, and what follows a no.
    AfterApproval(&'static str, &'static str),
    /// Behind a wait for the same thing to be sold, at most so long; whether only as a vip counts.
    AfterEvent {
        length: &'static str,
        picky: bool,
    },
    /// Behind an event that it emits.
    AfterEmit,
    /// On a route that is taken for vips alone.
    OnARoute,
    /// With each item of a list, so many at a time; whether the loop goes on where one fails, whether it
    /// stands within another one that does, and whether each item emits an event first.
    InALoop {
        items: &'static str,
        concurrency: u32,
        goes_on: bool,
        is_within: bool,
        emits: bool,
        /// Each item waits for the thing to be sold.
        waits: bool,
    },
}

#[derive(Clone, Debug)]
pub(crate) struct DraftStep {
    form: Form,
    via: &'static str,
    uses: &'static str,
    on_unknown: Option<&'static str>,
    condition: Option<&'static str>,
    continues: bool,
    retry: Option<(u32, &'static str)>,
    timeout: Option<&'static str>,
}

#[derive(Clone, Debug)]
pub(crate) struct Project {
    pub(crate) drafts: Vec<Draft>,
    /// Which provider stands behind each connection.
    pub(crate) providers: BTreeMap<&'static str, &'static str>,
    pub(crate) removed: BTreeSet<&'static str>,
    /// Whom a connection may go to.
    pub(crate) serving: &'static [&'static str],
    redact_after_days: usize,
    /// A workflow listens to runs that succeed, and takes none of them. It is there from the start until its
    /// connection goes.
    pub(crate) has_listener: bool,
}

const LISTENER: &str = "
trigger: { event: run.succeeded }
if: trigger.run is none
steps:
  - { id: tell, uses: thing.tell, via: natural, with: { marker: none, email: none } }
";

impl Project {
    pub(crate) fn new(chance: &Chance, serving: &'static [&'static str]) -> Self {
        let count = match chance.below(60) {
            0 => 50,
            _ => chance.between(1, 3),
        };
        let drafts = (0..count).map(|number| Draft::new(chance, number)).collect();
        let provider = |name| if serving.contains(&name) { name } else { "natural" };
        let providers = CONNECTIONS.map(|name| (name, provider(name))).into();
        let redact_after_days = chance.pick(&[1, 30, 30, 30]);
        let has_listener = chance.hits(0.5);
        let removed = BTreeSet::new();
        Self { drafts, providers, removed, serving, redact_after_days, has_listener }
    }

    pub(crate) fn files(&self) -> ProjectFiles {
        let mut project =
            "connections:\n  shop:\n    provider: shop\n    token: ${{ secret.shop }}\n".to_owned();
        for (name, provider) in
            self.providers.iter().filter(|(name, _)| !self.removed.contains(**name))
        {
            write!(
                project,
                "  {name}:\n    provider: {provider}\n    token: ${{{{ secret.{name} }}}}\n"
            )
            .unwrap();
        }
        writeln!(project, "history:\n  redact_after: {}d", self.redact_after_days).unwrap();
        let drafts = self.drafts.iter().filter(|draft| !draft.deleted && !self.is_broken(draft));
        let workflows = drafts.map(|draft| (WorkflowId(draft.name.clone()), draft.text()));
        let listener = (WorkflowId("listener".to_owned()), LISTENER.to_owned());
        let workflows = workflows.chain(self.has_listener.then_some(listener)).collect();
        ProjectFiles { project, workflows, env: BTreeMap::new(), providers: BTreeMap::new() }
    }

    /// Whether it uses a connection that is gone: it goes too, and its runs stay.
    pub(crate) fn is_broken(&self, draft: &Draft) -> bool {
        draft.uses().any(|via| self.removed.contains(via))
    }
}

impl Draft {
    fn new(chance: &Chance, number: usize) -> Self {
        let start = Start::new(chance, number == 0);
        let is_cancelled = start.sees_a_thing() && chance.hits(0.2);
        Self {
            name: format!("w{number}"),
            edit: 1,
            event: start.event(chance, number == 0),
            start,
            has_held: start.holds(),
            is_cancelled,
            picky: chance.hits(0.3) && (start.sees_a_thing() || start.holds()),
            once_per: chance.hits(0.5),
            enabled: true,
            deleted: false,
            touched: false,
            steps: steps(chance, start),
            on_failure: chance.hits(0.4),
            concurrency: None,
        }
    }

    pub(crate) fn goes_by_the_clock(&self) -> bool {
        matches!(self.start, Start::Scheduled(_))
    }

    pub(crate) fn change(&mut self, chance: &Chance) {
        self.edit += 1;
        if chance.hits(0.5) {
            self.steps = steps(chance, self.start);
        }
        if self.start.sees_a_thing() && chance.hits(0.2) {
            let is_each = self.start == Start::Each;
            self.start = if is_each { Start::Debounced("2m") } else { Start::Each };
            self.has_held = true;
        }
    }

    fn uses(&self) -> impl Iterator<Item = &str> {
        let always = self.on_failure.then_some("natural");
        self.steps.iter().map(|step| step.via).chain(always)
    }

    pub(crate) fn text(&self) -> String {
        let mut text = self.start.text(self.event, self.once_per);
        if self.is_cancelled {
            text.push_str("cancel_on:\n  - { event: thing.sold, key: trigger.thing.id }\n");
        }
        if self.picky {
            text.push_str("if: trigger.thing.vip\n");
        }
        if !self.enabled {
            text.push_str("enabled: false\n");
        }
        text.push_str(self.concurrency.unwrap_or_default());
        text.push_str("steps:\n");
        for (index, step) in self.steps.iter().enumerate() {
            self.step(&mut text, index, step);
        }
        if self.on_failure {
            let marker = format!("{} e{} alarm", self.name, self.edit);
            write!(
                text,
                "on_failure:\n  - uses: thing.tell\n    via: natural\n    with:\n      \
                 marker: {marker}\n      email: {}\n",
                self.start.email_of_all()
            )
            .unwrap();
        }
        text
    }

    fn step(&self, text: &mut String, index: usize, step: &DraftStep) {
        let mut action = String::new();
        self.action(&mut action, index, step);
        match step.form {
            Form::Plain if matches!(self.start, Start::Batched { .. }) => {
                let of_loop = "items: '${{ trigger.events }}', as: one";
                write!(text, "  - id: l{index}\n    for_each: {{ {of_loop} }}\n").unwrap();
                text.push_str("    steps:\n");
                action.lines().for_each(|line| writeln!(text, "    {line}").unwrap());
            }
            Form::AfterEmit => {
                text.push_str(&emit(index, ""));
                text.push_str(&action);
            }
            Form::Plain => text.push_str(&action),
            Form::AfterWait(length) => {
                writeln!(text, "  - id: w{index}\n    wait: {{ for: {length} }}").unwrap();
                text.push_str(&action);
            }
            Form::AfterApproval(deadline, otherwise) => {
                let of = format!("deadline: {deadline}, otherwise: {otherwise}");
                writeln!(text, "  - id: a{index}\n    approval: {{ {of} }}").unwrap();
                text.push_str(&action);
            }
            Form::AfterEvent { length, picky } => {
                text.push_str(&wait_for_event(index, length, picky));
                text.push_str(&action);
            }
            Form::InALoop { items, concurrency, goes_on, is_within, emits, waits } => {
                let mut one = format!("  - id: l{index}\n");
                if goes_on {
                    writeln!(one, "    on_error: continue").unwrap();
                }
                let of_loop = format!("items: '${{{{ {items} }}}}', concurrency: {concurrency}");
                write!(one, "    for_each: {{ {of_loop} }}\n    steps:\n").unwrap();
                if emits {
                    one.push_str(&emit(index, "    "));
                }
                if waits {
                    action.insert_str(0, &wait_for_event(index, "40m", false));
                }
                action.lines().for_each(|line| writeln!(one, "    {line}").unwrap());
                if !is_within {
                    text.push_str(&one);
                    return;
                }
                let of_loop = "items: '${{ [1, 2] }}', as: round";
                write!(text, "  - id: o{index}\n    on_error: continue\n").unwrap();
                write!(text, "    for_each: {{ {of_loop} }}\n    steps:\n").unwrap();
                one.lines().for_each(|line| writeln!(text, "    {line}").unwrap());
            }
            Form::OnARoute => {
                let head = "    choose:\n      - if: trigger.thing.vip\n        steps:\n";
                write!(text, "  - id: r{index}\n{head}").unwrap();
                action.lines().for_each(|line| writeln!(text, "        {line}").unwrap());
            }
        }
    }

    /// Whether the step asks afresh whether it is still wanted.
    fn asks(&self, index: usize) -> bool {
        self.start.sees_a_thing() && asks(&self.name, self.edit, index)
    }

    fn action(&self, text: &mut String, index: usize, step: &DraftStep) {
        // Some that ask act on what they ask.
        let via = if self.asks(index) && step.uses == "thing.note" { "shop" } else { step.via };
        writeln!(text, "  - id: s{index}\n    uses: {}\n    via: {via}", step.uses).unwrap();
        let is_batch = matches!(self.start, Start::Batched { .. });
        let is_seen = index > 0 && !matches!(self.steps[0].form, Form::InALoop { .. }) && !is_batch;
        let condition = step.condition.filter(|condition| is_seen || !condition.contains("s0"));
        if let Some(condition) = condition {
            writeln!(text, "    if: {condition}").unwrap();
        }
        if step.continues {
            text.push_str("    on_error: continue\n");
        }
        if self.asks(index) {
            writeln!(text, "    only_if_still: {STILL_OPEN}").unwrap();
        }
        if let Some(on_unknown) = step.on_unknown {
            writeln!(text, "    on_unknown: {on_unknown}").unwrap();
        }
        if let Some((attempts, over)) = step.retry {
            write!(text, "    retry:\n      attempts: {attempts}\n      over: {over}\n").unwrap();
        }
        if let Some(timeout) = step.timeout {
            writeln!(text, "    timeout: {timeout}").unwrap();
        }
        let asks = if self.asks(index) { ASKS } else { "" };
        let marker = format!("{} e{} s{index}{asks}", self.name, self.edit);
        write!(text, "    with:\n      marker: {marker}\n      email: {}\n", self.start.email())
            .unwrap();
        let is_sure = |first: &&DraftStep| {
            let is_passed = matches!(first.form, Form::OnARoute | Form::InALoop { .. });
            first.condition.is_none() && !first.continues && !is_passed
        };
        let first = self.steps.first().filter(is_sure);
        let first = first.filter(|_| !self.asks(0));
        // What a person passes over in the run is not known in a branch.
        let is_in_a_loop = is_batch || matches!(step.form, Form::InALoop { .. });
        if index > 0 && first.is_some() && !is_in_a_loop {
            text.push_str("      before: ${{ steps.s0.effect }}\n");
        }
    }
}

fn wait_for_event(index: usize, length: &str, picky: bool) -> String {
    let condition = if picky { ", if: event.thing.vip" } else { "" };
    format!(
        "  - id: e{index}\n    wait: {{ event: thing.sold, key: trigger.thing.id{condition}, for: {length} }}\n"
    )
}

fn emit(index: usize, indent: &str) -> String {
    let data = "data: { email: '${{ trigger.thing.email }}' }";
    format!("{indent}  - id: m{index}\n{indent}    emit: {{ event: {EMITTED}, {data} }}\n")
}

fn steps(chance: &Chance, start: Start) -> Vec<DraftStep> {
    if !start.sees_a_thing() {
        let retry = chance.hits(0.5).then_some((3, "1h"));
        let plain = |_| DraftStep { form: Form::Plain, condition: None, retry, ..step(chance) };
        return (0..chance.between(1, 2)).map(plain).collect();
    }
    let count = match chance.below(80) {
        0 => 40,
        _ => chance.between(1, 4),
    };
    (0..count).map(|_| step(chance)).collect()
}

fn step(chance: &Chance) -> DraftStep {
    let sometimes =
        |share: f64, choices: &[&'static str]| chance.hits(share).then(|| chance.pick(choices));
    let conditions =
        ["trigger.thing.vip", "not trigger.thing.vip", "steps.s0.status == 'succeeded'"];
    DraftStep {
        form: match chance.below(14) {
            0 => Form::AfterWait(chance.pick(&["5s", "40m", "3d"])),
            1 | 2 => Form::OnARoute,
            4 => Form::AfterApproval(
                chance.pick(&["30s", "2h", "3d"]),
                chance.pick(&["cancel", "fail", "continue"]),
            ),
            3 => Form::InALoop {
                items: chance.pick(&["[]", "[1]", "[1, 2, 3]", "[1, 2, 3, 4, 5, 6, 7]"]),
                concurrency: chance.pick(&[1, 2, 5]),
                goes_on: chance.hits(0.5),
                is_within: chance.hits(0.3),
                emits: chance.hits(0.5),
                waits: chance.hits(0.2),
            },
            7 => Form::AfterEmit,
            5 | 6 => Form::AfterEvent {
                length: chance.pick(&["1s", "40m", "3d"]),
                picky: chance.hits(0.3),
            },
            _ => Form::Plain,
        },
        via: chance.pick(&CONNECTIONS),
        uses: chance.pick(&ACTIONS).0,
        on_unknown: sometimes(0.3, &["hold", "retry"]),
        condition: sometimes(0.2, &conditions),
        continues: chance.hits(0.15),
        retry: chance
            .hits(0.4)
            .then(|| chance.pick(&[(2, "1h"), (3, "10s"), (8, "24h"), (20, "72h")])),
        timeout: sometimes(0.3, &["3s", "50s"]),
    }
}
