//! What everything is called in the cloud. Template, functions, adapters, plan and tests take the names
//! from here; what a stage adds to them, the adapters learn from the variables that the template sets.

use tradewind_connectors::catalog::served_with;
use tradewind_engine::ids::ActionId;
pub use tradewind_engine::queues::{DISPATCH_QUEUE as DISPATCH, FLOW_QUEUE as FLOW};
use tradewind_engine::workflows::FRESH_READ;
pub use tradewind_platform::own_providers::OWN_TRIGGERS;

/// What every name begins with.
pub const PREFIX: &str = "tradewind";
/// What the bus could not deliver.
pub const UNDELIVERED: &str = "undelivered";
/// The namespace of our own metrics.
pub const METRICS: &str = "Tradewind";

/// The environment variables of the functions.
pub mod variables {
    /// The stage, such as `live`.
    pub const STAGE: &str = "TRADEWIND_STAGE";
    /// The table of what was applied.
    pub const DEFINITIONS_TABLE: &str = "DEFINITIONS_TABLE";
    /// The table of runs, events and all that belongs to them.
    pub const RUNS_TABLE: &str = "RUNS_TABLE";
    /// The bus.
    pub const BUS_NAME: &str = "BUS_NAME";
    /// The bucket of what is too large for a message or an item.
    pub const BUCKET: &str = "BUCKET";
    /// What the URL of each queue begins with.
    pub const QUEUES_URL: &str = "QUEUES_URL";
    /// What the ARN of each queue begins with.
    pub const QUEUES_ARN: &str = "QUEUES_ARN";
    /// The role by which schedules send.
    pub const SCHEDULER_ROLE_ARN: &str = "SCHEDULER_ROLE_ARN";
    /// The group of the schedules.
    pub const SCHEDULE_GROUP: &str = "SCHEDULE_GROUP";
    /// The secret with the API's token.
    pub const API_TOKEN_SECRET: &str = "API_TOKEN_SECRET";
    /// The secret with the key of links.
    pub const LINKS_KEY_SECRET: &str = "LINKS_KEY_SECRET";
    /// Where the function is called that reads orders afresh.
    pub const FRESH_READS_URL: &str = "FRESH_READS_URL";
    /// What the names of all secrets of connections begin with.
    pub const SECRETS_PREFIX: &str = "SECRETS_PREFIX";
    /// How long a function may work.
    pub const TIMEOUT_SECONDS: &str = "TIMEOUT_SECONDS";
    /// How long a claim holds.
    pub const LEASE_SECONDS: &str = "LEASE_SECONDS";
    /// How long a received message is hidden.
    pub const VISIBILITY_SECONDS: &str = "VISIBILITY_SECONDS";
    /// How long a message can wait in a queue.
    pub const QUEUE_DELAY_MAX_SECONDS: &str = "QUEUE_DELAY_MAX_SECONDS";
    /// The hosts that the operator allowed besides those of the providers.
    pub const ALLOWED_HOSTS: &str = "ALLOWED_HOSTS";
    /// The actions that the stage has functions for, with commas between them.
    pub const STAGE_ACTIONS: &str = "STAGE_ACTIONS";
    /// The providers whose webhooks the stage has functions for, with commas between them.
    pub const STAGE_TRIGGERS: &str = "STAGE_TRIGGERS";
    /// The actions whose functions tell people of approvals, with commas between them.
    pub const STAGE_ASKING_PEOPLE: &str = "STAGE_ASKING_PEOPLE";
    /// The actions whose functions ask orders afresh, with commas between them.
    pub const STAGE_ASKING_AFRESH: &str = "STAGE_ASKING_AFRESH";
}

/// The queue that an action's wake-ups wait in, or one of the platform, less prefix and stage: `email-send` for
/// `email.send`. An action of a project's own has none of its own, because it comes after the stack.
pub fn queue(of: &str) -> String {
    let is_action = of.contains('.');
    hyphened(if is_action { served_with(of) } else { of })
}

/// A name as the cloud takes it: `email-send` for `email.send`.
pub fn hyphened(name: &str) -> String {
    name.replace(['.', '_'], "-")
}

/// The type of an action's contract: `EmailSend`.
pub fn contract_type(action: &ActionId) -> String {
    let words = action.as_str().split(['.', '_']);
    words.filter_map(|word| Some(word.get(..1)?.to_uppercase() + &word[1..])).collect()
}

/// An action in names of files: `email_send`.
pub fn in_code(action: &ActionId) -> String {
    action.as_str().replace('.', "_")
}

/// The dead letters of a queue, less prefix and stage: `email-send-dead`.
pub fn dead(queue: &str) -> String {
    format!("{queue}-dead")
}

/// The name in a template: `EmailSend` for `email-send`.
pub fn logical(name: &str) -> String {
    let mut logical = String::new();
    for word in name.split(['-', '_', '.']) {
        let mut letters = word.chars();
        logical.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        logical.push_str(letters.as_str());
    }
    logical
}

/// The function that reads orders afresh: `action-order-get`.
pub fn fresh_reads_bin() -> String {
    format!("action-{}", queue(FRESH_READ))
}

/// Its name in a template.
pub fn fresh_reads() -> String {
    logical(&fresh_reads_bin())
}

/// The name of something of a stage: `tradewind-live-email-send`. The stage may be a placeholder, such
/// as `${Stage}`.
pub fn staged(stage: &str, name: &str) -> String {
    format!("{PREFIX}-{stage}-{name}")
}

/// The folder of all secrets of a stage.
pub fn secrets(stage: &str) -> String {
    format!("/{PREFIX}/{stage}/secrets/")
}

/// The folder of a provider's secrets.
pub fn secrets_of(stage: &str, provider: &str) -> String {
    format!("{}{provider}/", secrets(stage))
}

/// The folder below the secrets of a stage that a function reads for a provider of the project's own: the function at
/// that queue, or of that name.
pub fn own_provider(function: &str, provider: &str) -> String {
    format!("own/{function}/{provider}")
}

/// The function that takes the webhooks of a provider.
pub fn trigger_bin(provider: &str) -> String {
    format!("trigger-{}", provider.replace('_', "-"))
}

/// The path by which a provider's webhooks come in.
pub fn hook(provider: &str, connection: &str) -> String {
    format!("/hooks/{provider}/{connection}")
}

/// The paths that lead to no trigger endpoint of the catalog.
pub const OTHER_HOOKS: &str = "/hooks/{proxy+}";

/// The paths that lead to a provider's trigger endpoint: with a slash at the end it is the same address.
pub fn hooks(provider: &str) -> String {
    format!("/hooks/{provider}/{{proxy+}}")
}

/// The path of the links by which people decide.
pub const LINKS: &str = "/links/{token}";

/// The command that stores a secret of one line; it asks for the value, which neither the screen, the
/// shell's history nor the list of processes shows.
pub fn put_secret(stage: &str, provider: &str, name: &str) -> String {
    let put = put_secret_file(stage, provider, name, "/dev/stdin");
    format!("read -rs VALUE && printf %s \"$VALUE\" | {put}; unset VALUE")
}

/// The command that stores a file as a secret.
pub fn put_secret_file(stage: &str, provider: &str, name: &str, file: &str) -> String {
    let path = secret(stage, provider, name);
    format!(
        "aws ssm put-parameter --type SecureString --overwrite --name {path} --value file://{file}"
    )
}

/// The command that removes a secret.
pub fn remove_secret(stage: &str, provider: &str, name: &str) -> String {
    format!("aws ssm delete-parameter --name {}", secret(stage, provider, name))
}

/// The command that lists the names of all secrets of a stage.
pub fn list_secrets(stage: &str) -> String {
    format!(
        "aws ssm get-parameters-by-path --recursive --path {} --query Parameters[].Name",
        secrets(stage)
    )
}

/// The folder of all tokens of a stage's API that people named.
pub fn tokens(stage: &str) -> String {
    format!("/{PREFIX}/{stage}/tokens")
}

/// The command that stores a token, of which `value` holds the digest alone. It replaces none.
pub fn put_token(stage: &str, name: &str, value: &str) -> String {
    let path = format!("{}/{name}", tokens(stage));
    format!("aws ssm put-parameter --type String --name {path} --value '{value}'")
}

/// The command that removes a token.
pub fn remove_token(stage: &str, name: &str) -> String {
    format!("aws ssm delete-parameter --name {}/{name}", tokens(stage))
}

/// The command that puts another token in the place of the one that the stack made.
pub fn renew_token(stage: &str) -> String {
    let secret = format!(
        "aws cloudformation describe-stack-resource --stack-name {PREFIX}-{stage} \
         --logical-resource-id ApiToken --query StackResourceDetail.PhysicalResourceId --output text"
    );
    format!(
        "printf tw_%s \"$(openssl rand -hex 32)\" | aws secretsmanager put-secret-value \
         --secret-id \"$({secret})\" --secret-string file:///dev/stdin"
    )
}

/// Where a secret of a provider is kept.
pub fn secret(stage: &str, provider: &str, name: &str) -> String {
    format!("{}{name}", secrets_of(stage, provider))
}
