//! The rights of a function.
//!
//! Invariant: each resource stands in one statement, so that a reader sees at once all that may be
//! asked of it. The items of the runs table are the exception: each request stands in one statement, with
//! all kinds that it may touch, because a batch is allowed only where one statement allows all its keys.

use crate::function::Function;
use crate::kinds::Kind;
use crate::naming::{self, variables};
use crate::ports::{LOOK, Port, RECEIVE, SEND};
use crate::resource::Resource;
use std::collections::{BTreeMap, BTreeSet};

/// Requests that are allowed to resources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Such as `sqs:SendMessage`.
    pub actions: Vec<&'static str>,
    /// To which.
    pub resources: Vec<Resource>,
}

impl Statement {
    /// What the keys of a request have to begin with, where it is to a table of several kinds.
    pub fn kinds(&self) -> Vec<Kind> {
        self.resources.iter().filter_map(Resource::kind).collect()
    }
}

/// A policy that several roles share. IAM gives a role 10,240 characters of its own, which the queues
/// of fifty actions would fill; a shared policy has 6,144 more.
pub struct SharedPolicy {
    /// Its name in the template.
    pub logical: &'static str,
    /// What is allowed.
    pub actions: &'static [&'static str],
    /// To which queues.
    pub resource: Resource,
}

/// The shared policies there are.
pub const SHARED: [SharedPolicy; 4] = [
    SharedPolicy { logical: "SendWakeUps", actions: SEND, resource: Resource::ActionQueues },
    SharedPolicy { logical: "LookIntoQueues", actions: LOOK, resource: Resource::ActionQueues },
    SharedPolicy { logical: "SendDeadLetters", actions: SEND, resource: Resource::ActionDead },
    SharedPolicy {
        logical: "RedriveDeadLetters",
        actions: RECEIVE,
        resource: Resource::ActionDead,
    },
];

/// What a function may do, out of its ports and the providers it serves.
pub fn statements(function: &Function) -> Vec<Statement> {
    let mut statements: Vec<Statement> = Vec::new();
    let (items, others): (Rights, Rights) =
        rights(function).into_iter().partition(|(resource, _)| resource.kind().is_some());
    for (resource, actions) in others {
        let actions: Vec<&str> = actions.into_iter().collect();
        match statements.iter_mut().find(|one| one.actions == actions) {
            Some(statement) => statement.resources.push(resource),
            None => statements.push(Statement { actions, resources: vec![resource] }),
        }
    }
    statements.extend(of_items(&items));
    statements
}

/// Of each request all kinds, and the requests to the same kinds together.
fn of_items(items: &Rights) -> Vec<Statement> {
    let mut kinds: BTreeMap<&'static str, Vec<Resource>> = BTreeMap::new();
    for (resource, actions) in items {
        for action in actions {
            kinds.entry(action).or_default().push(resource.clone());
        }
    }
    let mut statements: Vec<Statement> = Vec::new();
    for (action, resources) in kinds {
        match statements.iter_mut().find(|one| one.resources == resources) {
            Some(statement) => statement.actions.push(action),
            None => statements.push(Statement { actions: vec![action], resources }),
        }
    }
    statements
}

/// The shared policies of a function's role.
pub fn shared_policies(function: &Function) -> Vec<&'static str> {
    let rights = rights(function);
    let has = |policy: &&SharedPolicy| {
        let rights = rights.get(&policy.resource);
        rights.is_some_and(|rights| policy.actions.iter().all(|action| rights.contains(action)))
    };
    SHARED.iter().filter(has).map(|policy| policy.logical).collect()
}

/// What may be asked of each resource.
type Rights = BTreeMap<Resource, BTreeSet<&'static str>>;

fn rights(function: &Function) -> Rights {
    let queue = function.queue();
    let secretive = function.providers_with_secrets();
    let providers: Vec<&str> = secretive.iter().map(|provider| provider.id.as_str()).collect();
    let own = function.own_secrets();
    let mut rights = Rights::new();
    for port in function.ports() {
        for right in port.rights(queue.as_deref(), &providers, own.as_deref()) {
            for resource in right.resources {
                rights.entry(resource).or_default().extend(right.actions);
            }
        }
    }
    rights.entry(Resource::Logs).or_default().extend(["logs:CreateLogStream", "logs:PutLogEvents"]);
    rights
}

/// The environment variables of a function, out of its ports.
pub fn variables(function: &Function) -> BTreeSet<&'static str> {
    let ports = function.ports().into_iter().flat_map(Port::variables);
    std::iter::once(&variables::STAGE).chain(ports).copied().collect()
}

/// The queues of these functions' actions, in their order.
pub fn action_queues(functions: &[Function]) -> Vec<String> {
    let queues = functions.iter().filter_map(Function::queue);
    queues.filter(|queue| queue != naming::DISPATCH).collect()
}
