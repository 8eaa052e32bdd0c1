//! A step that asks people, and the steps before it that tell them.

use super::super::durations::DELAY_MAX;
use super::super::values::{choice, duration};
use super::super::{ActionStep, Approval, OnError, Otherwise, Step, StepKind, TIMEOUT_DEFAULT};
use super::StepList;
use crate::effects::OnUnknown;
use crate::expressions::{Expression, Template};
use crate::ids::StepPath;
use crate::problems::{Place, Problem};
use crate::yaml::fields::{Fields, mismatch, text};
use crate::yaml::{Entry, Node, Yaml};
use std::time::Duration;

/// More people than that are told by a message to a channel.
const RECIPIENTS_MAX: usize = 20;
/// What is asked where the workflow does not say.
const QUESTION: &str = "Shall this go on?";
/// What people read.
const MESSAGE: &str = "${{ approval.question }}\n\n${{ approval.link }}";
const SUBJECT: &str = "An approval is asked for";
/// What they are told by.
const CHAT: &str = "chat.post";
const EMAIL: &str = "email.send";
/// The actions that tell people of an approval.
pub const APPROVAL_ACTIONS: [&str; 2] = [CHAT, EMAIL];

/// The approval of a step with `approval`, and the steps that tell of it.
pub(super) fn approval(
    fields: &Fields<'_>,
    path: &StepPath,
    list: &mut StepList,
    problems: &mut Vec<Problem>,
) -> Option<(Approval, Vec<Step>)> {
    let node = fields.required("approval", problems)?;
    if path.is_on_failure() {
        let message = "an approval cannot stand below `on_failure`";
        problems.push(Problem::new("unknown_key", node.place, message));
        return None;
    }
    let of = Fields::of(node, "`approval`", problems)?;
    of.refuse_others(&["to", "question", "deadline", "otherwise"], problems);
    let choices = [
        ("cancel", Otherwise::Cancel),
        ("fail", Otherwise::Fail),
        ("continue", Otherwise::Continue),
    ];
    let otherwise = choice(&of, "otherwise", &choices, problems);
    let otherwise_place = of.value("otherwise").map_or(node.place, |node| node.place);
    let in_a_loop = !list.item_names.is_empty();
    if in_a_loop && otherwise.unwrap_or(Otherwise::Cancel) == Otherwise::Cancel {
        let message = "in a loop an approval cannot cancel the run";
        let problem = Problem::new("unknown_value", otherwise_place, message);
        problems.push(problem.with_help("write `otherwise: fail` or `otherwise: continue`"));
    }
    let question = match of.value("question") {
        Some(node) => question(node, problems),
        None => compile(&said(QUESTION, node.place), problems),
    };
    let told = of.value("to").map(|to| messages(to, fields, path, list, problems));
    let deadline = deadline(&of, problems);
    let approval = Approval {
        question: question?,
        deadline: deadline?,
        otherwise: otherwise.unwrap_or(Otherwise::Cancel),
        place: node.place,
        otherwise_place,
    };
    Some((approval, told.unwrap_or_default()))
}

fn deadline(of: &Fields<'_>, problems: &mut Vec<Problem>) -> Option<Duration> {
    if of.value("deadline").is_none() {
        let message = "an approval needs a `deadline`: a run does not wait forever";
        let problem = Problem::new("missing_key", of.place, message);
        problems.push(problem.with_help("write it as in `deadline: 24h`"));
    }
    duration(of, "deadline", DELAY_MAX, problems)
}

fn question(node: &Node, problems: &mut Vec<Problem>) -> Option<Template> {
    let asked = text(node, "question", problems)?;
    if asked.trim().is_empty() {
        problems.push(Problem::new("missing_key", node.place, "`question` says nothing"));
    }
    compile(node, problems)
}

fn compile(node: &Node, problems: &mut Vec<Problem>) -> Option<Template> {
    Template::compile(node).map_err(|found| problems.extend(found)).ok()
}

/// The steps that tell people of it, one for each; they are needed where the approval is, and the run goes on past
/// their failure where it does past that of the approval.
fn messages(
    to: &Node,
    fields: &Fields<'_>,
    path: &StepPath,
    list: &mut StepList,
    problems: &mut Vec<Problem>,
) -> Vec<Step> {
    let Yaml::List(nodes) = &to.value else {
        problems.push(mismatch(to, "to", "a list").with_help("write it as in `to: [ops]`"));
        return Vec::new();
    };
    if nodes.len() > RECIPIENTS_MAX {
        let message = format!("an approval tells at most {RECIPIENTS_MAX}");
        problems.push(Problem::new("out_of_range", to.place, message));
    }
    let mut steps: Vec<Step> = Vec::new();
    let mut told: Vec<Recipient<'_>> = Vec::new();
    for node in nodes {
        let Some(recipient) = Recipient::read(node, problems) else { continue };
        if told.iter().any(|other| other.is_same(&recipient)) {
            let message = format!("`{}` is told already", recipient.named());
            problems.push(Problem::new("duplicate_id", node.place, message));
            continue;
        }
        let through_it = told.iter().filter(|other| other.via == recipient.via).count();
        let path = recipient.path(path, through_it);
        let condition = super::expression(fields, "if", &mut Vec::new());
        let on_error = super::on_error(fields, &mut Vec::new());
        steps.extend(recipient.message(path, condition, on_error, problems));
        told.push(recipient);
    }
    list.add(steps.len(), to.place, problems);
    steps
}

/// Somebody who is told: a channel, or an address.
struct Recipient<'a> {
    via: &'a str,
    email: Option<&'a Node>,
    place: Place,
    via_place: Place,
}

impl<'a> Recipient<'a> {
    fn read(node: &'a Node, problems: &mut Vec<Problem>) -> Option<Self> {
        if let Some(via) = node.as_text() {
            return Some(Self { via, email: None, place: node.place, via_place: node.place });
        }
        let fields = Fields::of(node, "who is told", problems)?;
        fields.refuse_others(&["via", "email"], problems);
        let via_node = fields.required("via", problems);
        let email = fields.required("email", problems);
        let via = text(via_node?, "via", problems)?;
        Some(Self { via, email: Some(email?), place: node.place, via_place: via_node?.place })
    }

    /// As it is told from others.
    fn named(&self) -> &str {
        self.email.and_then(Node::as_text).unwrap_or(self.via)
    }

    fn is_same(&self, other: &Self) -> bool {
        let email = |one: &Self| one.email.map(|node| node.value.clone());
        self.via == other.via && email(self) == email(other)
    }

    /// The path of its message, behind so many others through the same connection: addresses are no part of it,
    /// because paths are shown and logged.
    fn path(&self, approval: &StepPath, before: usize) -> StepPath {
        match before {
            0 => format!("{approval}[{}]", self.via).into(),
            more => format!("{approval}[{}:{}]", self.via, more + 1).into(),
        }
    }

    fn message(
        &self,
        path: StepPath,
        condition: Option<Expression>,
        on_error: OnError,
        problems: &mut Vec<Problem>,
    ) -> Option<Step> {
        let text = said(MESSAGE, self.place);
        let (uses, entries) = match self.email {
            None => (CHAT, vec![("text", text)]),
            Some(to) => {
                let subject = said(SUBJECT, self.place);
                (EMAIL, vec![("to", to.clone()), ("subject", subject), ("text", text)])
            }
        };
        let entries = entries.into_iter().map(|(key, value)| Entry {
            key: key.to_owned(),
            place: value.place,
            value,
        });
        let map = Yaml::Map(entries.collect());
        let with = Node { value: map, place: self.place, text_place: None };
        let with = compile(&with, problems);
        Some(Step {
            path,
            name: Some(format!("Ask {}", self.via)),
            condition,
            on_error,
            kind: StepKind::Action(ActionStep {
                uses: uses.into(),
                via: self.via.into(),
                with: with?,
                retry: None,
                timeout: TIMEOUT_DEFAULT,
                // A second message does no harm: the first decision counts.
                on_unknown: Some(OnUnknown::Retry),
                asks: true,
                still: None,
                uses_place: self.place,
                via_place: self.via_place,
            }),
            place: self.place,
        })
    }
}

/// A text of our own where the workflow has another.
fn said(text: &str, place: Place) -> Node {
    Node { value: Yaml::Text(text.to_owned()), place, text_place: None }
}
