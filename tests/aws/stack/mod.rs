//! The stack as it is deployed: its API, its queues, its secrets.

mod deploy;
mod empty;
mod outputs;
mod queues;
mod template;
mod way_in;

pub(crate) use deploy::pack;
pub(crate) use queues::Message;
pub(crate) use template::{Template, path as template_path};

use crate::app::{Patience, Platform};
use crate::emulator::Emulator;
use crate::patience::wait_for;
use crate::tools::Tools;
use outputs::outputs;
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tradewind_aws::clients::Clients;
use way_in::WayIn;

/// More than any call to the API takes while functions start for the first time.
const FIRST_ANSWER_MAX: Duration = Duration::from_secs(60);
/// Rounds of the sweeper, schedules and messages that have to show again: tens of seconds each.
const PATIENCE: Patience =
    Patience { most: Duration::from_secs(150), every: Duration::from_millis(100) };

/// A function keeps what is applied for 5 seconds.
const CURRENT_FOR: Duration = Duration::from_millis(5_500);

/// A deployed stage.
pub(crate) struct Stack {
    /// Its name.
    pub(crate) stage: String,
    /// The services below it.
    pub(crate) clients: Clients,
    /// What serves it.
    pub(crate) emulator: Arc<Emulator>,
    platform: Platform,
    way_in: Arc<WayIn>,
}

impl Deref for Stack {
    type Target = Platform;

    fn deref(&self) -> &Platform {
        &self.platform
    }
}

impl Stack {
    /// Deploys the template as that stage, and waits until it answers.
    pub(crate) async fn deploy(
        tools: Arc<Tools>,
        emulator: Arc<Emulator>,
        folder: &Path,
        stage: &str,
        template: Template,
    ) -> Result<Self, String> {
        let (deploying, on, name) = (folder.to_owned(), Arc::clone(&emulator), stage.to_owned());
        let deployed = tokio::task::spawn_blocking(move || {
            deploy::deploy(&tools, &on, &deploying, &name, &template)?;
            outputs(&tools, &on, &deploying, &name)
        });
        let outputs = deployed.await.map_err(|error| error.to_string())??;
        let output = |name: &str| outputs.get(name).ok_or_else(|| format!("no output {name}"));
        let clients = emulator.clients();
        let host = output("ApiUrl")?.trim_start_matches("http://");
        let way_in =
            WayIn::start(emulator.port(), host).await.map_err(|error| error.to_string())?;
        let token = api_token(&clients, output("ApiTokenCommand")?).await?;
        let platform = platform(&way_in, &token);
        let (stage, way_in) = (stage.to_owned(), Arc::new(way_in));
        let stack = Self { stage, clients, emulator, platform, way_in };
        let answers = wait_for(FIRST_ANSWER_MAX, async || {
            let answered = stack.call("GET", "/api/runs", None).await;
            answered.status.is_success().then_some(())
        });
        match answers.await {
            Some(()) => Ok(stack),
            None => Err(format!(
                "the API does not answer: {:?}",
                stack.call("GET", "/api/runs", None).await
            )),
        }
    }

    /// The same with connections of its own: those that were made in one runtime end with it.
    pub(crate) fn anew(&self) -> Self {
        Self {
            stage: self.stage.clone(),
            clients: self.emulator.clients(),
            emulator: Arc::clone(&self.emulator),
            platform: platform(&self.way_in, &self.token),
            way_in: Arc::clone(&self.way_in),
        }
    }

    /// Until every function has seen what was applied. Nothing tells when the last of their processes has
    /// forgotten what was before; it is a promise with a time.
    pub(crate) async fn seen_by_all(&self) {
        let forgotten = tokio::time::timeout(CURRENT_FOR, std::future::pending::<()>());
        assert!(forgotten.await.is_err());
    }

    /// The whole name of the function with that program.
    pub(crate) fn function(&self, program: &str) -> String {
        format!("tradewind-{}-{program}", self.stage)
    }

    /// Keeps a secret of a connection's provider, in place of an earlier one.
    pub(crate) async fn set_secret(&self, provider: &str, name: &str, value: &str) {
        let name = format!("/tradewind/{}/secrets/{provider}/{name}", self.stage);
        let kept = self.clients.ssm().put_parameter().name(name).value(value).overwrite(true);
        let kept = kept.r#type(aws_sdk_ssm::types::ParameterType::SecureString).send();
        kept.await.unwrap();
    }
}

fn platform(way_in: &WayIn, token: &str) -> Platform {
    let mut platform = Platform::at(&way_in.url, token);
    platform.patience = PATIENCE;
    platform
}

/// The token of the admin API; the stack says which secret holds it.
async fn api_token(clients: &Clients, command: &str) -> Result<String, String> {
    let name = command.split_whitespace().skip_while(|word| *word != "--secret-id").nth(1);
    let name = name.ok_or_else(|| format!("no secret in `{command}`"))?;
    let secret = clients.secrets_manager().get_secret_value().secret_id(name).send().await;
    let secret = secret.map_err(|error| format!("{error:?}"))?;
    secret.secret_string().map(str::to_owned).ok_or_else(|| "the API token is empty".to_owned())
}
