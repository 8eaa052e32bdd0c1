//! Secrets stay where they are: the local search, on a deployed stage that logs all it can. What is planted,
//! what happens and what is asked of the API are the same files.

#[path = "../../it/canary/answers.rs"]
mod answers;
mod everything;
#[path = "../../it/canary/forms.rs"]
mod forms;
#[path = "../../it/canary/hostile.rs"]
mod hostile;
#[path = "../../it/canary/life.rs"]
mod life;
#[path = "../../it/canary/planted.rs"]
mod planted;
#[path = "../../it/canary/project.rs"]
mod project;
#[path = "../../it/canary/search.rs"]
mod search;

use crate::emulator::Permissions;
use crate::world::{Failure, World};
use hostile::Hostile;
use http::StatusCode;
use libtest_mimic::Trial;
use planted::{Fate, planted, webhook_secret};
use project::{SHOP, project};
use std::sync::Arc;
use std::time::Duration;

const STAGE: &str = "canary";
/// Those that need no time to pass.
const FATES: [Fate; 4] = [Fate::Succeeds, Fate::Shortened, Fate::Refused, Fate::Unauthorized];
/// All runs go through functions of an emulator.
const TRIAL_MAX: Duration = Duration::from_secs(420);

pub(crate) fn trial(world: &Arc<World>) -> Trial {
    let world = Arc::clone(world);
    Trial::test("canary::no_secret_is_ever_written_or_said", move || {
        let trial = async {
            let _beside_others = world.machine().read().await;
            let ended = tokio::time::timeout(TRIAL_MAX, no_secret_is_ever_written_or_said(&world));
            ended.await.map_err(|_| format!("it takes longer than {TRIAL_MAX:?}"))?
        };
        Ok(world.runtime().block_on(Box::pin(trial))?)
    })
}

async fn no_secret_is_ever_written_or_said(world: &World) -> Result<(), Failure> {
    let emulator = world.emulator(STAGE, Permissions::Ignored).await?;
    let logging = |template: crate::stack::Template| template.with_variable("RUST_LOG", "trace");
    // It uses every action there is.
    let stack = world.whole_stack(&emulator, STAGE, logging).await?;
    let services = Hostile::start().await;
    let planted = planted(&services.server.url, &FATES);
    services.learn(&planted);
    for one in &planted {
        for (name, value) in &one.secrets {
            stack.set_secret(&one.provider, name, value).await;
        }
    }
    stack.set_secret("sendgrid", "broken", "CANARY-broken\nkey-CANARY").await;
    let answered = stack.call("PUT", "/api/project", Some(project(&planted).files())).await;
    assert_eq!(answered.status, StatusCode::OK, "{answered:?}");
    stack.seen_by_all().await;
    let lived = life::live(&stack, &webhook_secret(&planted, SHOP), || {}).await;
    assert_eq!(services.never_repeated(&planted), []);
    let mut all = answers::answers(&stack, &lived).await;
    all.extend(everything::of(&stack).await);
    all.extend(lived.said);
    search::check(&all, &stack.token);
    Ok(())
}
