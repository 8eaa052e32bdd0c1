//! What a description claims of a second call and of answers, and what proves it.
//!
//! Invariant: whoever reads a file finds the vendor's page for every claim after which a call is made again.

use super::Check;
use super::carried::sent;
use crate::descriptions::{Action, Body, Method, Rule, Verdict, Way};
use crate::effects::EffectClass;
use crate::expressions::Expression;
use crate::problems::Problem;
use std::collections::BTreeSet;

impl Check<'_> {
    pub(super) fn claims(&mut self, action: &Action) {
        let weakest = action.ways.iter().map(|way| way.class).max_by_key(|class| weakness(*class));
        if let Some(weakest) = weakest.filter(|weakest| *weakest != action.class) {
            let message = format!(
                "the class of `{}` is that of its weakest way, which is {}",
                action.id,
                word(weakest)
            );
            self.problems.push(Problem::new("class_mismatch", action.class_place, message));
        }
        for way in &action.ways {
            self.proof(action, way);
            match way.class {
                EffectClass::Keyed => self.key_is_sent(action, way),
                EffectClass::Queryable => self.is_found(action, way),
                EffectClass::Natural | EffectClass::Neither => {}
            }
        }
        for rule in &action.judge {
            self.rule(rule);
        }
    }

    fn proof(&mut self, action: &Action, way: &Way) {
        let harmless = way.method == Method::Get && way.class == EffectClass::Natural;
        if way.proof.is_none() && way.class != EffectClass::Neither && !harmless {
            let place = if action.ways.len() == 1 { action.class_place } else { way.place };
            let message = format!("class {} needs a `proof`", word(way.class));
            let problem = Problem::new("proof_missing", place, message);
            let help = "give the address of the vendor's page that says what a second call does";
            self.problems.push(problem.with_help(help));
        }
    }

    fn key_is_sent(&mut self, action: &Action, way: &Way) {
        let placed = way.key.as_ref().is_some_and(|key| key.sent.is_some());
        if placed || always_holds_key(way) {
            return;
        }
        let place = if action.ways.len() == 1 { action.class_place } else { way.place };
        let problem = Problem::new("key_not_sent", place, "class keyed sends its key nowhere");
        let help = "write it as in `key: { header: Idempotency-Key }`, or send `${{ key }}`";
        self.problems.push(problem.with_help(help));
    }

    fn is_found(&mut self, action: &Action, way: &Way) {
        let Some(find) = &action.find else {
            let problem =
                Problem::new("missing_key", action.class_place, "class queryable needs `find`");
            self.problems
                .push(problem.with_help("it is asked before each attempt whether it happened"));
            return;
        };
        let asked = find.path.expressions();
        let asked = asked.chain(find.query.iter().flat_map(|member| member.value.expressions()));
        let said = match &find.body {
            Body::Json(form) => form.expressions(),
            Body::None | Body::Form { .. } => Vec::new(),
        };
        let asked = asked.chain(said).flat_map(|one| one.references().iter().cloned());
        let asked: BTreeSet<_> = asked.collect();
        let sent = sent(way, &self.description.parts);
        let shared = asked.iter().filter(|path| is_of_the_step(path));
        if !shared.into_iter().any(|path| sent.iter().any(|other| is_same_or_within(path, other))) {
            let message = "`find` looks for nothing that the request sends";
            let problem = Problem::new("find_unrelated", find.place, message);
            let help = "both need the same `key` or field of `input`, by which one finds the other";
            self.problems.push(problem.with_help(help));
        }
    }

    /// Where such an answer proves nothing by itself, the vendor must have said so.
    fn rule(&mut self, rule: &Rule) {
        if rule.verdict == Verdict::Refused || rule.proof.is_some() {
            return;
        }
        let word = if rule.verdict == Verdict::NotNow { "not_now" } else { "needs_repair" };
        let what = match rule.statuses.iter().find(|status| needs_proof(**status, rule.verdict)) {
            Some(status) => format!("after {status}"),
            None if rule.statuses.is_empty() && rule.verdict == Verdict::NotNow => {
                "after every status".to_owned()
            }
            None => return,
        };
        let message = format!("`{word}` {what} needs a `proof`");
        let problem = Problem::new("proof_missing", rule.verdict_place, message);
        let help = "the call is made again: give the vendor's page that says that nothing was done";
        self.problems.push(problem.with_help(help));
    }
}

/// After a repair the call is made again too. Errors within a 2xx that a person repairs are the vendor's own words.
fn needs_proof(status: u16, verdict: Verdict) -> bool {
    let is_success = (200..=299).contains(&status) && verdict == Verdict::NotNow;
    is_success || (300..=399).contains(&status) || (status >= 500 && status != 503)
}

/// Whether the request holds `${{ key }}` whatever the data are: as it is, or as a piece of a text.
fn always_holds_key(way: &Way) -> bool {
    let is_key = |one: &Expression| one.source() == "key";
    let body = match &way.body {
        Body::Json(form) | Body::Form { fields: form, .. } => form.unconditional(),
        Body::None => Vec::new(),
    };
    let members = way.query.iter().chain(&way.headers);
    let members = members.flat_map(|member| member.value.unconditional());
    way.path.expressions().chain(members).chain(body).any(is_key)
}

/// How little a class promises.
fn weakness(class: EffectClass) -> u8 {
    match class {
        EffectClass::Natural => 0,
        EffectClass::Keyed => 1,
        EffectClass::Queryable => 2,
        EffectClass::Neither => 3,
    }
}

fn word(class: EffectClass) -> &'static str {
    match class {
        EffectClass::Keyed => "keyed",
        EffectClass::Natural => "natural",
        EffectClass::Queryable => "queryable",
        EffectClass::Neither => "neither",
    }
}

fn is_of_the_step(path: &str) -> bool {
    ["input", "key"].contains(&path.split('.').next().unwrap_or_default())
}

/// Whether one path stands for a part of what the other does.
fn is_same_or_within(one: &str, other: &str) -> bool {
    let within = |inner: &str, outer: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    within(one, other) || within(other, one)
}
