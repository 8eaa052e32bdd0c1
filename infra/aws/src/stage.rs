//! What a function is told about its stage: by environment variables, which template.yaml sets.

use std::collections::BTreeMap;
use std::time::Duration;
use tradewind_engine::hosts::AllowedHosts;
use tradewind_engine::ids::{ActionId, ProviderId};
use tradewind_engine::protocol::Times;
use tradewind_platform::apply::{Functions, Served};
use tradewind_stack::naming::variables;

/// The names and times of a stage.
#[derive(Clone, Debug)]
pub struct Stage {
    variables: BTreeMap<String, String>,
}

/// A variable is missing or makes no sense: the function was deployed without its template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable {name} {problem}; deploy with the template.yaml of this version")]
pub struct StageError {
    name: &'static str,
    problem: &'static str,
}

impl Stage {
    /// Out of these variables; each is looked at when it is needed, because a function is told only
    /// what it may use.
    pub fn new(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        Self { variables: variables.into_iter().collect() }
    }

    /// What it is called, such as `live`.
    pub fn name(&self) -> Result<&str, StageError> {
        self.text(variables::STAGE)
    }

    /// The table of connections, workflows and their versions.
    pub fn definitions_table(&self) -> Result<&str, StageError> {
        self.text(variables::DEFINITIONS_TABLE)
    }

    /// The table of runs, events and all that belongs to them.
    pub fn runs_table(&self) -> Result<&str, StageError> {
        self.text(variables::RUNS_TABLE)
    }

    /// The event bus.
    pub fn bus(&self) -> Result<&str, StageError> {
        self.text(variables::BUS_NAME)
    }

    /// The bucket for what is too large for a message or an item.
    pub fn bucket(&self) -> Result<&str, StageError> {
        self.text(variables::BUCKET)
    }

    /// What the URL of every queue of the stage begins with.
    pub fn queues_url(&self) -> Result<&str, StageError> {
        self.text(variables::QUEUES_URL)
    }

    /// What the ARN of every queue of the stage begins with.
    pub fn queues_arn(&self) -> Result<&str, StageError> {
        self.text(variables::QUEUES_ARN)
    }

    /// The role by which a schedule sends to a queue.
    pub fn scheduler_role(&self) -> Result<&str, StageError> {
        self.text(variables::SCHEDULER_ROLE_ARN)
    }

    /// The group of the schedules.
    pub fn schedule_group(&self) -> Result<&str, StageError> {
        self.text(variables::SCHEDULE_GROUP)
    }

    /// The secret that holds the API's token.
    pub fn api_token_secret(&self) -> Result<&str, StageError> {
        self.text(variables::API_TOKEN_SECRET)
    }

    /// The secret that holds the key of links; nothing in a function that neither makes nor takes any.
    pub fn links_key_secret(&self) -> Option<&str> {
        self.text(variables::LINKS_KEY_SECRET).ok()
    }

    /// Where the function is called that reads orders afresh; nothing in one that asks for none.
    pub fn fresh_reads_url(&self) -> Result<Option<http::Uri>, StageError> {
        let name = variables::FRESH_READS_URL;
        let url = self.text(name).ok().map(str::parse).transpose();
        url.map_err(|_| StageError { name, problem: "is no address" })
    }

    /// What the names of all secrets of connections begin with.
    pub fn secrets_prefix(&self) -> Result<&str, StageError> {
        self.text(variables::SECRETS_PREFIX)
    }

    /// The longest that a message can wait in a queue; what is due later waits in a schedule.
    pub fn queue_delay_max(&self) -> Result<Duration, StageError> {
        self.seconds(variables::QUEUE_DELAY_MAX_SECONDS)
    }

    /// Time-out, lease and visibility.
    pub fn times(&self) -> Result<Times, StageError> {
        Ok(Times {
            timeout: self.seconds(variables::TIMEOUT_SECONDS)?,
            lease: self.seconds(variables::LEASE_SECONDS)?,
            visibility: self.seconds(variables::VISIBILITY_SECONDS)?,
        })
    }

    /// The hosts that the operator allowed besides those of the providers. The runtime below the function
    /// hands out events and takes answers for them: it stays closed whatever is allowed.
    pub fn allowed_hosts(&self) -> Result<AllowedHosts, StageError> {
        let name = variables::ALLOWED_HOSTS;
        let listed = self.variables.get(name).map_or("", String::as_str);
        let allowed = listed.parse::<AllowedHosts>().map_err(|error| {
            tracing::error!(%error, "the stack parameter AllowedHosts cannot be understood");
            StageError { name, problem: "is no list of hosts" }
        })?;
        let runtime = self.text("AWS_LAMBDA_RUNTIME_API");
        Ok(runtime.map_or(allowed.clone(), |address| allowed.without(address)))
    }

    /// The providers whose webhooks the stage has functions for.
    pub fn triggers(&self) -> Result<Vec<String>, StageError> {
        let name = variables::STAGE_TRIGGERS;
        let value = self.variables.get(name).ok_or(StageError { name, problem: "is not set" })?;
        let names = value.split(',').filter(|name| !name.is_empty());
        Ok(names.map(str::to_owned).collect())
    }

    /// What the stage has functions for.
    pub fn served(&self) -> Result<Served, StageError> {
        let listed = |name: &'static str| {
            let value =
                self.variables.get(name).ok_or(StageError { name, problem: "is not set" })?;
            let names = value.split(',').filter(|name| !name.is_empty());
            Ok::<Vec<&str>, StageError>(names.collect())
        };
        let actions = |name| Ok(listed(name)?.into_iter().map(ActionId::from).collect());
        let triggers = listed(variables::STAGE_TRIGGERS)?.into_iter().map(ProviderId::from);
        Ok(Served::Only(Functions {
            actions: actions(variables::STAGE_ACTIONS)?,
            triggers: triggers.collect(),
            asking_people: actions(variables::STAGE_ASKING_PEOPLE)?,
            asking_afresh: actions(variables::STAGE_ASKING_AFRESH)?,
        }))
    }

    /// The region.
    pub fn region(&self) -> Result<&str, StageError> {
        self.text("AWS_REGION")
    }

    /// Another address of all AWS services: set where they are emulated.
    pub fn endpoint_url(&self) -> Option<&str> {
        self.text("AWS_ENDPOINT_URL").ok()
    }

    /// What is logged, in the words of `RUST_LOG`.
    pub(crate) fn log_filter(&self) -> Option<&str> {
        self.text("RUST_LOG").ok()
    }

    /// The credentials of the function's role: key id, secret key, and session token.
    pub(crate) fn credentials(&self) -> Result<(&str, &str, Option<&str>), StageError> {
        let session = self.text("AWS_SESSION_TOKEN").ok();
        Ok((self.text("AWS_ACCESS_KEY_ID")?, self.text("AWS_SECRET_ACCESS_KEY")?, session))
    }

    fn text(&self, name: &'static str) -> Result<&str, StageError> {
        let value = self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty());
        value.ok_or(StageError { name, problem: "is not set" })
    }

    fn seconds(&self, name: &'static str) -> Result<Duration, StageError> {
        let seconds = self.text(name)?.parse().map(Duration::from_secs);
        seconds.map_err(|_| StageError { name, problem: "is not a number of seconds" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tradewind_engine::hosts::{Recipient, judge};

    fn stage(variables: &[(&str, &str)]) -> Stage {
        Stage::new(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    fn is_open(stage: &Stage, url: &str) -> bool {
        let nobody = Recipient::new("acme", &[] as &[&str]);
        judge(url, &nobody, &stage.allowed_hosts().unwrap()).is_ok()
    }

    #[test]
    fn the_runtime_below_a_function_is_closed_whatever_the_stack_allows() {
        for runtime in ["127.0.0.1:9001", "localhost:9001", "169.254.100.1:9001"] {
            let stage = stage(&[
                ("ALLOWED_HOSTS", "127.0.0.1:*,localhost:*,mail.example"),
                ("AWS_LAMBDA_RUNTIME_API", runtime),
            ]);
            for path in ["", "/2018-06-01/runtime/invocation/next"] {
                assert!(!is_open(&stage, &format!("http://{runtime}{path}")), "{runtime}");
            }
            assert!(is_open(&stage, "http://127.0.0.1:9002"));
            assert!(is_open(&stage, "https://mail.example"));
        }
    }

    #[test]
    fn a_stack_that_allows_nothing_sets_an_empty_list() {
        for variables in [&[][..], &[("ALLOWED_HOSTS", "")]] {
            assert!(!is_open(&stage(variables), "https://mail.example"));
        }
        let error = stage(&[("ALLOWED_HOSTS", "https://x")]).allowed_hosts().err().unwrap();
        assert!(error.to_string().contains("ALLOWED_HOSTS is no list of hosts"), "{error}");
    }
}
