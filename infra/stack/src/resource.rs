//! What functions have rights to.

use crate::kinds::Kind;
use crate::naming;

/// Something in the stack.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resource {
    /// The table of what was applied.
    DefinitionsTable,
    /// The items of a kind in the table of runs, events and all that belongs to them.
    Items(Kind),
    /// Its indexes.
    RunsIndexes,
    /// The bus.
    Bus,
    /// The queues of all actions.
    ActionQueues,
    /// The dead letters of all actions.
    ActionDead,
    /// A queue, by its name less prefix and stage.
    Queue(String),
    /// The dead letters of that queue.
    Dead(String),
    /// What the bus could not deliver.
    Undelivered,
    /// The one-time schedules of the stage.
    Schedules,
    /// The role by which schedules send.
    SchedulerRole,
    /// The bucket.
    Bucket,
    /// Bodies of events in the bucket.
    Events,
    /// Parts of runs in the bucket.
    Parts,
    /// The secrets of a provider.
    Secrets(String),
    /// The secret with the API's own token.
    ApiToken,
    /// The secret with the key of links.
    LinksKey,
    /// The function that reads orders.
    FreshReads,
    /// The folder of the API's tokens that people named.
    TokensFolder,
    /// Those tokens.
    NamedTokens,
    /// The log of all functions.
    Logs,
}

impl Resource {
    /// Its ARN, as the template writes it; those of all actions have too many.
    pub fn arn(&self) -> Option<String> {
        let sub = |service: &str, rest: &str| {
            format!(
                "!Sub arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{rest}"
            )
        };
        Some(match self {
            Self::ActionQueues | Self::ActionDead => return None,
            Self::DefinitionsTable => "!GetAtt DefinitionsTable.Arn".to_owned(),
            Self::Items(_) => "!GetAtt RunsTable.Arn".to_owned(),
            Self::RunsIndexes => "!Sub ${RunsTable.Arn}/index/*".to_owned(),
            Self::Bus => "!GetAtt Bus.Arn".to_owned(),
            Self::Queue(queue) => format!("!GetAtt {}Queue.Arn", naming::logical(queue)),
            Self::Dead(queue) => format!("!GetAtt {}Dead.Arn", naming::logical(queue)),
            Self::Undelivered => "!GetAtt Undelivered.Arn".to_owned(),
            Self::Schedules => sub("scheduler", "schedule/${ScheduleGroup}/*"),
            Self::SchedulerRole => "!GetAtt SchedulerRole.Arn".to_owned(),
            Self::Bucket => "!GetAtt Bucket.Arn".to_owned(),
            Self::Events => "!Sub ${Bucket.Arn}/events/*".to_owned(),
            Self::Parts => "!Sub ${Bucket.Arn}/parts/*".to_owned(),
            Self::Secrets(provider) => {
                sub("ssm", &format!("parameter{}*", naming::secrets_of("${Stage}", provider)))
            }
            // Not `!Ref`: that is the ARN on AWS, but a name on emulators.
            Self::ApiToken => "!GetAtt ApiToken.Id".to_owned(),
            Self::LinksKey => "!GetAtt LinksKey.Id".to_owned(),
            Self::FreshReads => format!("!GetAtt {}.Arn", naming::fresh_reads()),
            Self::TokensFolder => sub("ssm", &format!("parameter{}", naming::tokens("${Stage}"))),
            Self::NamedTokens => sub("ssm", &format!("parameter{}/*", naming::tokens("${Stage}"))),
            Self::Logs => "!GetAtt Logs.Arn".to_owned(),
        })
    }

    /// What people call it.
    pub fn shown(&self, stage: &str) -> String {
        match self {
            Self::DefinitionsTable => "table definitions".to_owned(),
            Self::Items(kind) => format!("items {} of table runs", kind.pattern()),
            Self::RunsIndexes => "indexes of table runs".to_owned(),
            Self::Bus => format!("bus {}-{stage}", naming::PREFIX),
            Self::ActionQueues => "the queues of all actions".to_owned(),
            Self::ActionDead => "the dead letters of all actions".to_owned(),
            Self::Queue(queue) => format!("queue {}", naming::staged(stage, queue)),
            Self::Dead(queue) => format!("queue {}", naming::staged(stage, &naming::dead(queue))),
            Self::Undelivered => format!("queue {}", naming::staged(stage, naming::UNDELIVERED)),
            Self::Schedules => format!("schedules of group {}-{stage}", naming::PREFIX),
            Self::SchedulerRole => "role of the schedules".to_owned(),
            Self::Bucket => "bucket".to_owned(),
            Self::Events => "bucket events/*".to_owned(),
            Self::Parts => "bucket parts/*".to_owned(),
            Self::Secrets(provider) => {
                format!("parameters {}*", naming::secrets_of(stage, provider))
            }
            Self::ApiToken => "secret with the API token".to_owned(),
            Self::LinksKey => "secret with the key of links".to_owned(),
            Self::FreshReads => {
                format!("function {}", naming::staged(stage, &naming::fresh_reads_bin()))
            }
            Self::TokensFolder => format!("folder {}", naming::tokens(stage)),
            Self::NamedTokens => format!("parameters {}/*", naming::tokens(stage)),
            Self::Logs => "log".to_owned(),
        }
    }

    /// The items that it stands for, where it stands for a part of a table.
    pub fn kind(&self) -> Option<Kind> {
        match self {
            Self::Items(kind) => Some(*kind),
            _ => None,
        }
    }

    /// The service that a right may be used with, as a condition of IAM.
    pub fn passed_to(&self) -> Option<&'static str> {
        (*self == Self::SchedulerRole).then_some("scheduler.amazonaws.com")
    }
}
