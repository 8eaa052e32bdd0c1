//! What a function may do follows from the ports of its use case: each port stands for a few requests
//! to a few resources, and for the variables that tell where those are.
//!
//! Invariant: nobody writes a permission by hand; a function that needs another one takes a port.

use crate::kinds::Kind;
use crate::naming::{self, variables as v};
use crate::resource::Resource;

/// A port of `tradewind_engine::ports`, or what takes its place on AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Port {
    /// Reads what was applied.
    Definitions,
    /// Changes what was applied.
    Applying,
    /// Carries out what the protocol decided.
    Journal,
    /// Leaves, finds and removes the marks of runs, steps and events.
    Marks,
    /// Holds events, reads them again, and says what became of them.
    Holds,
    /// Lets runs wait for each other.
    Slots,
    /// Tells which runs wait for each other.
    SeenSlots,
    /// Reads runs.
    Runs,
    /// Reads events.
    Events,
    /// What the sweep alone asks of runs, events and outbox: redact and purge.
    Housekeeping,
    /// Lists, redrives and settles what was given up on.
    DeadLetters,
    /// Publishes events.
    Bus,
    /// Reads the secrets of the providers that the function serves.
    Secrets,
    /// Reads the key of the links by which people decide approvals.
    LinkKeys,
    /// Asks the function that reads orders.
    FreshReads,
    /// Records a decision, and wakes the step that asked for it.
    Deciding,
    /// Shares OAuth tokens.
    Tokens,
    /// Leases the calls of a second.
    Limits,
    /// Calls other services.
    Http,
    /// Keeps what sandbox connections were asked to do.
    Outbox,
    /// Notes refused deliveries.
    NotedRefusals,
    /// Lists refused deliveries.
    Refusals,
    /// Notes and lists who changed what.
    Audit,
    /// Keeps answers by idempotency key.
    Replies,
    /// Keeps bulk work, which the sweep goes on with.
    Jobs,
    /// Knows how far schedules have come.
    Schedules,
    /// The queue that feeds the function, and its dead letters.
    Queue,
    /// Opens the envelopes of events, of which large ones only say where the event is.
    Envelopes,
    /// Tells what lies in the queues.
    Backlog,
    /// Tells which connections calls are kept away from.
    Standing,
    /// Knows what the stage has functions for.
    Served,
    /// The tokens that open the API: the one that the stack made, and those that people named.
    ApiTokens,
}

/// Requests to resources.
#[derive(Clone)]
pub struct Right {
    /// Such as `sqs:SendMessage`.
    pub actions: &'static [&'static str],
    /// To which.
    pub resources: Vec<Resource>,
}

impl Port {
    /// What the port may ask of AWS. `queue`: the one that feeds the function, by its name less prefix
    /// and stage; `providers`: those whose secrets it reads; `own`: the folder of those of the project's own.
    pub fn rights(self, queue: Option<&str>, providers: &[&str], own: Option<&str>) -> Vec<Right> {
        use Resource::*;
        match self {
            Self::Definitions => {
                vec![right(&["dynamodb:GetItem", "dynamodb:Query"], [DefinitionsTable])]
            }
            Self::Applying => vec![right(&["dynamodb:PutItem"], [DefinitionsTable])],
            Self::Journal => {
                let mut rights = vec![
                    right(READ, [Items(Kind::Run)]),
                    right(PUT, [Items(Kind::Run), Items(Kind::Event)]),
                    right(UPDATE, [Items(Kind::Run)]),
                    // A run that is taken up again has no letter any more.
                    right(REMOVE, [Items(Kind::Run)]),
                    // Any step may be followed by any other, and the last step of `on_failure` sends
                    // the dead letter of the step that failed.
                    right(SEND, [ActionQueues, ActionDead]),
                    right(&["scheduler:CreateSchedule"], [Schedules]),
                    right(&["iam:PassRole"], [SchedulerRole]),
                    right(PUT_OBJECT, [Parts]),
                ];
                rights.extend(objects(Parts));
                // What a run ends with is an event as well.
                rights.extend(Self::Bus.rights(queue, providers, own));
                rights
            }
            Self::Marks => {
                [QUERY, PUT, REMOVE].map(|asked| right(asked, [Items(Kind::Mark)])).into()
            }
            Self::Holds => {
                let mut rights = vec![
                    right(GET, [Items(Kind::Hold), Items(Kind::Event)]),
                    right(PUT, [Items(Kind::Hold)]),
                    right(DELETE, [Items(Kind::Hold)]),
                    right(UPDATE, [Items(Kind::Event)]),
                ];
                rights.extend(objects(Parts));
                rights
            }
            Self::Slots => [GET, PUT, DELETE].map(|asked| right(asked, [Items(Kind::Slot)])).into(),
            Self::SeenSlots => vec![right(GET, [Items(Kind::Slot)])],
            Self::Runs => {
                let mut rights = vec![right(READ, [Items(Kind::Run)]), right(QUERY, [RunsIndexes])];
                rights.extend(objects(Parts));
                rights
            }
            Self::Events => {
                // An event keeps its data for as long as a run of it does.
                let items = [Items(Kind::Event), Items(Kind::Run)];
                let mut rights = vec![right(READ, items), right(QUERY, [RunsIndexes])];
                rights.extend(objects(Parts));
                rights
            }
            Self::Housekeeping => {
                let kept =
                    [Kind::Run, Kind::Event, Kind::Letter, Kind::Job, Kind::Audit, Kind::Reply];
                vec![
                    right(READ, kept.map(Items)),
                    right(REMOVE, kept.map(Items)),
                    // They go with their run.
                    right(REMOVE, [Items(Kind::Mark)]),
                    right(PUT, [Items(Kind::Run)]),
                    right(UPDATE, [Items(Kind::Run), Items(Kind::Event), Items(Kind::Hold)]),
                    // Whether the letter of one still means something.
                    right(GET, [Items(Kind::Hold)]),
                    right(QUERY, [RunsIndexes]),
                    right(DELETE_OBJECT, [Parts]),
                ]
            }
            Self::DeadLetters => {
                let dead = [ActionDead, dead_of_dispatch(), Undelivered];
                // The letter of a step stands with its run.
                let letters = || [Items(Kind::Run), Items(Kind::Letter)];
                let mut rights = vec![
                    right(READ, letters()),
                    right(PUT, letters()),
                    right(REMOVE, letters()),
                    right(QUERY, [RunsIndexes]),
                    right(RECEIVE, dead),
                    right(SEND, [ActionQueues, dispatch()]),
                    right(PUT_OBJECT, [Parts]),
                    right(DELETE_OBJECT, [Parts]),
                ];
                rights.extend(objects(Parts));
                rights
            }
            Self::Bus => vec![
                right(&["events:PutEvents"], [Bus]),
                // When the bus fails, events go straight to the queue behind it.
                right(SEND, [dispatch()]),
                right(PUT_OBJECT, [Events]),
            ],
            Self::Secrets => {
                let folders = providers.iter().map(|provider| (*provider).to_owned());
                // Those of the project's own providers, which come after the function was deployed.
                let own = own.map(|function| format!("own/{function}"));
                vec![right(&["ssm:GetParameter"], folders.chain(own).map(Secrets))]
            }
            Self::LinkKeys => vec![right(&["secretsmanager:GetSecretValue"], [LinksKey])],
            Self::FreshReads => vec![right(&["lambda:InvokeFunction"], [FreshReads])],
            Self::Deciding => {
                let mut rights = vec![
                    right(READ, [Items(Kind::Run)]),
                    right(PUT, [Items(Kind::Run)]),
                    right(SEND, [Queue(naming::FLOW.to_owned())]),
                    right(PUT_OBJECT, [Parts]),
                ];
                rights.extend(objects(Parts));
                rights
            }
            Self::Tokens => {
                [GET, PUT, UPDATE].map(|asked| right(asked, [Items(Kind::Token)])).into()
            }
            Self::Limits => [GET, UPDATE].map(|asked| right(asked, [Items(Kind::Limit)])).into(),
            Self::Replies => {
                let asked = [GET, PUT, UPDATE];
                let mut rights = asked.map(|asked| right(asked, [Items(Kind::Reply)])).to_vec();
                // A long answer.
                rights.push(right(PUT_OBJECT, [Parts]));
                rights.extend(objects(Parts));
                rights
            }
            // An entry stands with its run.
            Self::Outbox => listed(Kind::Run),
            Self::Audit => listed(Kind::Audit),
            Self::Jobs => listed(Kind::Job),
            Self::Schedules => [GET, PUT].map(|asked| right(asked, [Items(Kind::Schedule)])).into(),
            // No service of AWS is called by it.
            Self::Http => Vec::new(),
            Self::NotedRefusals => vec![right(PUT, [Items(Kind::Refused)])],
            Self::Refusals => {
                vec![right(QUERY, [RunsIndexes]), right(READ, [Items(Kind::Refused)])]
            }
            Self::Queue => {
                let own = || queue.map(str::to_owned);
                vec![
                    right(RECEIVE, own().map(Queue)),
                    right(SEND, own().map(Dead)),
                    // A message that makes no sense becomes the letter of no run.
                    right(GET, [Items(Kind::Letter)]),
                    right(PUT, [Items(Kind::Letter)]),
                    right(PUT_OBJECT, [Parts]),
                ]
            }
            Self::Envelopes => objects(Resource::Events).into(),
            Self::Backlog => {
                let queues =
                    [ActionQueues, ActionDead, dispatch(), dead_of_dispatch(), Undelivered];
                vec![right(LOOK, queues), right(QUERY, [RunsIndexes])]
            }
            Self::Standing => vec![right(GET, [Items(Kind::Limit)])],
            Self::Served => Vec::new(),
            Self::ApiTokens => vec![
                right(&["secretsmanager:GetSecretValue"], [ApiToken]),
                // They hold digests, which are no secrets.
                right(&["ssm:GetParametersByPath"], [TokensFolder, NamedTokens]),
            ],
        }
    }

    /// The variables that tell where all that is.
    pub fn variables(self) -> &'static [&'static str] {
        match self {
            Self::Definitions => &[v::DEFINITIONS_TABLE],
            // What nobody allowed is not applied.
            Self::Applying => &[v::DEFINITIONS_TABLE, v::ALLOWED_HOSTS],
            Self::Http => &[v::ALLOWED_HOSTS],
            Self::Journal => &[
                v::RUNS_TABLE,
                v::BUS_NAME,
                v::BUCKET,
                v::QUEUES_URL,
                v::QUEUES_ARN,
                v::SCHEDULER_ROLE_ARN,
                v::SCHEDULE_GROUP,
                v::QUEUE_DELAY_MAX_SECONDS,
                v::TIMEOUT_SECONDS,
                v::LEASE_SECONDS,
                v::VISIBILITY_SECONDS,
            ],
            Self::Holds | Self::Runs | Self::Events | Self::Housekeeping | Self::Replies => {
                &[v::RUNS_TABLE, v::BUCKET]
            }
            Self::DeadLetters => &[v::RUNS_TABLE, v::BUCKET, v::QUEUES_URL],
            Self::Bus => &[v::BUS_NAME, v::BUCKET, v::QUEUES_URL],
            Self::Secrets => &[v::SECRETS_PREFIX],
            Self::LinkKeys => &[v::LINKS_KEY_SECRET],
            Self::FreshReads => &[v::FRESH_READS_URL],
            // Its store is made with the name of a table to which it has no rights.
            Self::Deciding => &[v::DEFINITIONS_TABLE, v::RUNS_TABLE, v::BUCKET, v::QUEUES_URL],
            Self::Tokens
            | Self::Limits
            | Self::Marks
            | Self::Outbox
            | Self::Audit
            | Self::Jobs
            | Self::Schedules
            | Self::Slots
            | Self::SeenSlots
            | Self::NotedRefusals
            | Self::Refusals => &[v::RUNS_TABLE],
            Self::Queue => &[
                v::RUNS_TABLE,
                v::BUCKET,
                v::QUEUES_URL,
                v::TIMEOUT_SECONDS,
                v::LEASE_SECONDS,
                v::VISIBILITY_SECONDS,
            ],
            Self::Backlog => &[v::RUNS_TABLE, v::QUEUES_URL],
            Self::Standing => &[v::RUNS_TABLE],
            Self::Served => &[
                v::STAGE_ACTIONS,
                v::STAGE_TRIGGERS,
                v::STAGE_ASKING_PEOPLE,
                v::STAGE_ASKING_AFRESH,
            ],
            Self::Envelopes => &[v::BUCKET],
            Self::ApiTokens => &[v::API_TOKEN_SECRET],
        }
    }
}

const READ: &[&str] = &["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"];
const GET: &[&str] = &["dynamodb:GetItem"];
const QUERY: &[&str] = &["dynamodb:Query"];
const PUT: &[&str] = &["dynamodb:PutItem"];
const UPDATE: &[&str] = &["dynamodb:UpdateItem"];
const DELETE: &[&str] = &["dynamodb:DeleteItem"];
const REMOVE: &[&str] = &["dynamodb:BatchWriteItem"];
pub(crate) const SEND: &[&str] = &["sqs:SendMessage"];
pub(crate) const RECEIVE: &[&str] = &[
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibility",
    "sqs:GetQueueAttributes",
];
pub(crate) const LOOK: &[&str] = &["sqs:GetQueueAttributes"];
const PUT_OBJECT: &[&str] = &["s3:PutObject"];
const DELETE_OBJECT: &[&str] = &["s3:DeleteObject"];

fn right(actions: &'static [&'static str], resources: impl IntoIterator<Item = Resource>) -> Right {
    Right { actions, resources: resources.into_iter().collect() }
}

/// Items that are put and listed.
fn listed(kind: Kind) -> Vec<Right> {
    let items = || [Resource::Items(kind)];
    vec![right(READ, items()), right(PUT, items()), right(QUERY, [Resource::RunsIndexes])]
}

/// Reading objects. Without the right to list, one that is missing looks like one that is forbidden.
fn objects(objects: Resource) -> [Right; 2] {
    [right(&["s3:GetObject"], [objects]), right(&["s3:ListBucket"], [Resource::Bucket])]
}

fn dead_of_dispatch() -> Resource {
    Resource::Dead(naming::DISPATCH.to_owned())
}

fn dispatch() -> Resource {
    Resource::Queue(naming::DISPATCH.to_owned())
}
