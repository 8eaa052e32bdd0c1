//! Actions, and the ways in which each is done.

use super::answers::{reasons, rules, success, waits};
use super::own::own_contract;
use super::requests::{self, REQUEST_KEYS, body, headers, key, query, target};
use super::{Entry, Fields, Node, Reader, Yaml};
use crate::descriptions::limits::WAYS_MAX;
use crate::descriptions::template::form;
use crate::descriptions::{
    Action, Find, Form, FormMember, Key, Needs, Success, Wait, WaitValue, Way,
};
use crate::effects::EffectClass;
use crate::ids::ActionId;
use crate::problems::Problem;
use std::time::Duration;

const KEYS: [&str; 13] = [
    "class", "proof", "key", "needs", "find", "either", "success", "output", "judge", "reason",
    "wait", "input", "optional",
];
const WAY_KEYS: [&str; 6] = ["if", "class", "proof", "key", "success", "output"];

/// The classes by the word that stands in a file.
const CLASSES: [(&str, EffectClass); 4] = [
    ("keyed", EffectClass::Keyed),
    ("natural", EffectClass::Natural),
    ("queryable", EffectClass::Queryable),
    ("neither", EffectClass::Neither),
];

/// `waits`: those of the whole file, for actions without their own.
pub(super) fn actions(node: &Node, waits: Option<&[Wait]>, reader: &mut Reader) -> Vec<Action> {
    let fields = Fields::of(node, "`actions`", &mut reader.problems);
    let entries = fields.iter().flat_map(Fields::entries);
    entries.filter_map(|entry| action(entry, waits, reader)).collect()
}

/// What the ways of an action have in common where they do not say otherwise.
struct Common {
    class: Option<EffectClass>,
    proof: Option<String>,
    key: Option<Key>,
    success: Option<Success>,
    output: Option<Form>,
    query: Option<Vec<FormMember>>,
    headers: Option<Vec<FormMember>>,
}

fn action(entry: &Entry, file_waits: Option<&[Wait]>, reader: &mut Reader) -> Option<Action> {
    refuse_no_action_id(entry, reader);
    let what = format!("the action `{}`", entry.key);
    let fields = Fields::of(&entry.value, &what, &mut reader.problems)?;
    let known: Vec<_> = KEYS.into_iter().chain(REQUEST_KEYS).collect();
    fields.refuse_others(&known, &mut reader.problems);
    let own = own_contract(&fields, reader);
    let class_node = fields.required("class", &mut reader.problems);
    let output = match &own {
        Some(_) => None,
        None => fields.value("output").map(|node| form(node, reader)),
    };
    let (own, own_output) = own.unzip();
    let common = Common {
        class: reader.choice(&fields, "class", &CLASSES),
        proof: fields.value("proof").and_then(|node| reader.link(node, "proof")),
        key: fields.value("key").and_then(|node| key(node, reader)),
        success: fields.value("success").map(|node| success(node, reader)),
        output: own_output.or(output),
        query: query(&fields, reader),
        headers: headers(&fields, reader),
    };
    let needs = fields.value("needs").and_then(|node| needs(node, reader));
    let find = fields.value("find").and_then(|node| find(node, reader));
    let ways = match fields.value("either") {
        Some(node) => either(&fields, node, &common, reader),
        None => way(&fields, &common, true, reader).into_iter().collect(),
    };
    let judge = fields.value("judge").map(|node| rules(node, reader));
    let reason = fields.value("reason").map(|node| reasons(node, reader));
    let wait = fields.value("wait").map(|node| waits(node, reader));
    let place = entry.place;
    let retry_after = || vec![Wait { place, statuses: Vec::new(), value: WaitValue::RetryAfter }];
    Some(Action {
        id: ActionId::from(entry.key.as_str()),
        place,
        own,
        class: common.class?,
        class_place: class_node?.place,
        needs,
        find,
        ways,
        judge: judge.unwrap_or_default(),
        reason: reason.unwrap_or_default(),
        wait: wait.or(file_waits.map(<[_]>::to_vec)).unwrap_or_else(retry_after),
    })
}

fn refuse_no_action_id(entry: &Entry, reader: &mut Reader) {
    let parts: Vec<_> = entry.key.split('.').collect();
    if parts.len() != 2 || !parts.iter().all(|part| super::keys::is_name(part)) {
        let message =
            "the id of an action is two names with a point between them, as in `email.send`";
        reader.problem("id_invalid", entry.place, message);
    }
}

fn either(action: &Fields<'_>, node: &Node, common: &Common, reader: &mut Reader) -> Vec<Way> {
    for key in REQUEST_KEYS.iter().filter(|key| !["query", "headers"].contains(key)) {
        if let Some(beside) = action.value(key) {
            let message = format!("with `either`, `{key}` stands in each way");
            reader.problem("not_together", beside.place, message);
        }
    }
    let Yaml::List(items) = &node.value else {
        reader.problems.push(crate::yaml::fields::mismatch(node, "either", "a list of ways"));
        return Vec::new();
    };
    if !(2..=WAYS_MAX).contains(&items.len()) {
        let message = format!("`either` is 2 to {WAYS_MAX} ways");
        reader.problem("too_many", node.place, message);
    }
    let known: Vec<_> = WAY_KEYS.into_iter().chain(REQUEST_KEYS).collect();
    let mut ways = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let Some(fields) = Fields::of(item, "a way of `either`", &mut reader.problems) else {
            continue;
        };
        fields.refuse_others(&known, &mut reader.problems);
        let is_last = index + 1 == items.len();
        if !is_last && fields.value("if").is_none() {
            let message = "this way is always taken: those after it never are";
            let problem = Problem::new("missing_key", item.place, message);
            reader.problems.push(problem.with_help("give it an `if`"));
        }
        ways.extend(way(&fields, common, false, reader));
    }
    ways
}

/// `alone`: what stands there is the action itself, whose common keys were read already.
fn way(fields: &Fields<'_>, common: &Common, alone: bool, reader: &mut Reader) -> Option<Way> {
    let condition = if alone { None } else { reader.expression(fields, "if") };
    let own = |key: &str| fields.value(key).filter(|_| !alone);
    let class = match own("class") {
        Some(_) => reader.choice(fields, "class", &CLASSES),
        None => common.class,
    };
    let proof = own("proof").and_then(|node| reader.link(node, "proof"));
    let key = own("key").and_then(|node| key(node, reader));
    let success = own("success").map(|node| success(node, reader));
    let output = own("output").map(|node| form(node, reader));
    let query = own("query").and_then(|_| query(fields, reader));
    let headers = own("headers").and_then(|_| headers(fields, reader));
    let target = target(fields, reader);
    let body = body(fields, reader);
    let output = output.or_else(|| common.output.clone());
    if output.is_none() {
        fields.required("output", &mut reader.problems);
    }
    let (method, path) = target?;
    Some(Way {
        place: fields.place,
        condition,
        class: class?,
        proof: proof.or_else(|| common.proof.clone()),
        key: key.or_else(|| common.key.clone()),
        method,
        path,
        query: query.or_else(|| common.query.clone()).unwrap_or_default(),
        headers: headers.or_else(|| common.headers.clone()).unwrap_or_default(),
        body,
        success: success.or_else(|| common.success.clone()).unwrap_or_default(),
        output: output?,
    })
}

fn needs(node: &Node, reader: &mut Reader) -> Option<Needs> {
    let fields = Fields::of(node, "`needs`", &mut reader.problems)?;
    fields.refuse_others(&["if", "else"], &mut reader.problems);
    let condition = reader.required_expression(&fields, "if");
    let otherwise = fields.required("else", &mut reader.problems);
    let otherwise = otherwise.and_then(|node| reader.id(node, "else")).map(str::to_owned);
    Some(Needs { condition: condition?, otherwise: otherwise? })
}

fn find(node: &Node, reader: &mut Reader) -> Option<Find> {
    let fields = Fields::of(node, "`find`", &mut reader.problems)?;
    let keys = ["get", "post", "query", "json", "success", "happened", "output", "lag"];
    fields.refuse_others(&keys, &mut reader.problems);
    let question = requests::question(&fields, reader);
    let query = query(&fields, reader).unwrap_or_default();
    let body = body(&fields, reader);
    let success = fields.value("success").map(|node| success(node, reader)).unwrap_or_default();
    let happened = reader.required_expression(&fields, "happened");
    let output = fields.required("output", &mut reader.problems).map(|node| form(node, reader));
    let lag = reader.duration(&fields, "lag").unwrap_or(Duration::ZERO);
    let (method, path) = question?;
    Some(Find {
        place: node.place,
        method,
        path,
        query,
        body,
        success,
        happened: happened?,
        output: output?,
        lag,
    })
}
