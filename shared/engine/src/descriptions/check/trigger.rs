//! Deliveries: who says that they are the vendor's, and which events they become.

use super::Check;
use super::roots::Roots;
use crate::descriptions::{Form, FormContent, Mapping, SecretIn, Trigger, Verify};
use crate::expressions::Expression;
use crate::problems::{Place, Problem};
use serde_json::Value;

impl<'a> Check<'a> {
    pub(super) fn trigger(&mut self, trigger: &'a Trigger) {
        self.verify(&trigger.verify);
        let raw = Roots::raw_delivery(self.schemas);
        let whole = match trigger.topic {
            Some(_) => Roots::delivery(self.schemas),
            None => raw.clone(),
        };
        if let Some(topic) = &trigger.topic {
            self.form(topic, &raw);
        }
        if let Some(items) = &trigger.items {
            self.references(items, &whole);
            self.kinds(items, &whole, "items", &["array"]);
        }
        let whole = if trigger.items.is_some() { whole.with_open("item") } else { whole };
        trigger.id.iter().for_each(|piece| self.form(piece, &whole));
        trigger.id.iter().for_each(|piece| self.says_something(piece, "id"));
        self.id(trigger);
        self.form(&trigger.test, &whole);
        if let Some(enrich) = &trigger.enrich {
            self.text(&enrich.path, &whole);
        }
        let seen = if trigger.enrich.is_some() { whole.with_open("read") } else { whole };
        for mapping in &trigger.events {
            self.mapping(mapping, &seen);
        }
        self.topics(trigger);
        self.secrets_stay_hidden(trigger);
        if trigger.events.is_empty() {
            let problem = Problem::new("missing_key", trigger.place, "`trigger` tells of no event");
            self.problems.push(problem.with_help("list them under `events`"));
        }
        self.problems.extend(self.contracts.not_done(trigger));
    }

    fn mapping(&mut self, mapping: &'a Mapping, seen: &Roots<'a>) {
        self.condition(mapping.condition.as_ref(), seen, "if");
        if let Some(once) = &mapping.once {
            self.form(once, seen);
            self.says_something(once, "once");
        }
        if let Some(since) = &mapping.since {
            self.references(&since.of, seen);
        }
        self.form(&mapping.data, seen);
        match self.contracts.event_schema(&mapping.event) {
            Some(schema) => self.fits(&mapping.data, "data", schema, seen),
            None => {
                let message = format!("there is no event `{}`", mapping.event);
                let problem = Problem::new("unknown_event", mapping.event_place, message);
                let names = self.contracts.events();
                self.problems.push(problem.with_nearest(&mapping.event, names));
            }
        }
    }

    fn says_something(&mut self, form: &Form, key: &str) {
        if matches!(form.content, FormContent::Literal(Value::Null)) {
            let message = format!("`{key}` is null, so no delivery could be told from another");
            self.problems.push(Problem::new("type_mismatch", form.place, message));
        }
    }

    /// Two deliveries with one id are one event.
    fn id(&mut self, trigger: &Trigger) {
        let mut expressions = trigger.id.iter().flat_map(|piece| piece.expressions());
        let tells = |one: &Expression| {
            let mut roots = one.references().iter().filter_map(|path| path.split('.').next());
            roots.any(|root| ["delivery", "item"].contains(&root))
        };
        if !expressions.any(tells) {
            let place = trigger.id.first().map_or(trigger.place, |piece| piece.place);
            let problem = Problem::new("id_same", place, "`id` is the same for all deliveries");
            self.problems.push(problem.with_help("refer to `delivery`, as in `delivery.body.id`"));
        }
    }

    /// The place where a shared secret stands comes to null in every expression.
    fn secrets_stay_hidden(&mut self, trigger: &Trigger) {
        let Verify::SharedSecret { sent, .. } = &trigger.verify else { return };
        let hidden = match sent {
            SecretIn::Header(name) => format!("delivery.headers.{}", name.to_ascii_lowercase()),
            SecretIn::Query(name) => format!("delivery.query.{name}"),
            SecretIn::Basic | SecretIn::Bearer => "delivery.headers.authorization".to_owned(),
            SecretIn::Path => return,
        };
        for expression in trigger.expressions() {
            if expression.references().contains(&hidden) {
                let message = format!("`{hidden}` is a secret, and no expression sees one");
                let problem = Problem::new("secret_is_no_value", expression.place(), message);
                self.problems.push(problem);
            }
        }
    }

    /// The first entry that fits a delivery is taken: one without a condition leaves nothing for others.
    fn topics(&mut self, trigger: &Trigger) {
        let mut seen: Vec<(&str, Place, bool)> = Vec::new();
        for mapping in &trigger.events {
            let before = seen.len();
            for (topic, place) in &mapping.topics {
                let found = seen
                    .iter()
                    .enumerate()
                    .find(|(at, (name, _, always))| *name == topic && (*at >= before || *always));
                if let Some((_, (_, first, _))) = found {
                    let message =
                        format!("the topic `{topic}` is already taken on line {}", first.line);
                    self.problems.push(Problem::new("duplicate_topic", *place, message));
                }
                seen.push((topic, *place, mapping.condition.is_none()));
            }
            if trigger.topic.is_none() && !mapping.topics.is_empty() {
                let message = "`topics` are listed, but `topic` does not say where they stand";
                let problem = Problem::new("missing_key", mapping.place, message);
                self.problems
                    .push(problem.with_help("write it as in `topic: ${{ delivery.body.type }}`"));
            }
        }
    }

    fn verify(&mut self, verify: &Verify) {
        match verify {
            Verify::Hmac(hmac) => self.verify_key(&hmac.key, hmac.key_place),
            Verify::StandardWebhooks { key, place } | Verify::SharedSecret { key, place, .. } => {
                self.verify_key(key, *place);
            }
            Verify::Named { name, settings, place } => {
                let known = self.contracts.verifiers();
                if !known.contains(&name.as_str()) {
                    let message = format!("there is no verifier `{name}`");
                    let problem = Problem::new("unknown_key", *place, message);
                    let words = ["hmac", "standard_webhooks", "shared_secret"].into_iter();
                    let words: Vec<_> = words.chain(known).collect();
                    let listed = problem.with_help(format!("there are {}", words.join(", ")));
                    self.problems.push(listed.with_nearest(name, words));
                }
                for (_, setting, place) in settings {
                    self.named_setting(setting, *place);
                }
            }
        }
    }

    fn verify_key(&mut self, name: &str, place: Place) {
        if let Some(setting) = self.named_setting(name, place).filter(|setting| !setting.secret) {
            self.refuse_no_secret(setting, "key", place);
        }
    }
}
