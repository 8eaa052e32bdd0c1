//! The statements of a function's role.
//!
//! Invariant: each resource stands in one statement, so that a reader sees at once all that may be
//! asked of it, and fifty queues fit into the 10,240 characters that IAM gives a role.

use crate::function::Function;
use crate::naming::{self, variables};
use crate::ports::{Port, Queues};
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

/// What a function may do, out of its ports and the providers it serves. `actions`: the queues of all
/// actions.
pub fn statements(function: &Function, actions: &[String]) -> Vec<Statement> {
    let own = function.queue();
    let queues = Queues { own: own.as_deref(), actions };
    let providers: Vec<&str> =
        function.providers_with_secrets().iter().map(|provider| provider.id).collect();
    let mut rights: BTreeMap<Resource, BTreeSet<&'static str>> = BTreeMap::new();
    for port in function.ports() {
        for grant in port.grants(&queues, &providers) {
            for resource in grant.resources {
                rights.entry(resource).or_default().extend(grant.actions);
            }
        }
    }
    rights.entry(Resource::Logs).or_default().extend(["logs:CreateLogStream", "logs:PutLogEvents"]);
    let mut statements: Vec<Statement> = Vec::new();
    for (resource, actions) in rights {
        let actions: Vec<&str> = actions.into_iter().collect();
        match statements.iter_mut().find(|one| one.actions == actions) {
            Some(statement) => statement.resources.push(resource),
            None => statements.push(Statement { actions, resources: vec![resource] }),
        }
    }
    statements
}

/// The environment variables of a function, out of its ports.
pub fn variables(function: &Function) -> BTreeSet<&'static str> {
    let ports = function.ports().iter().flat_map(|port: &Port| port.variables());
    std::iter::once(&variables::STAGE).chain(ports).copied().collect()
}

/// The queues of these functions' actions, in their order.
pub fn action_queues(functions: &[Function]) -> Vec<String> {
    let queues = functions.iter().filter_map(Function::queue);
    queues.filter(|queue| queue != naming::DISPATCH).collect()
}
