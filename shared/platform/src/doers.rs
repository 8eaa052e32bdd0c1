//! Who did the step that stopped a run, and who would do it now: a connection may go to another provider
//! while a run waits for a person.

use crate::connections::stored;
use crate::deployed::Deployed;
use crate::own_providers::OwnProviders;
use tradewind_connectors::action::Action;
use tradewind_engine::definitions::StoredConnection;
use tradewind_engine::ids::{ProviderId, StepPath};
use tradewind_engine::ports::Unavailable;
use tradewind_engine::protocol::Doers;
use tradewind_engine::runs::Run;

/// What replaying the run depends on.
pub async fn doers(
    actions: &[Action],
    deployed: &Deployed,
    run: &Run,
) -> Result<Doers, Unavailable> {
    let nobody = Doers { key_window: None, has_moved: false, can_be_asked: false };
    let failure = run.failure.as_ref();
    let Some((path, step)) = failure.and_then(|one| run.steps.get_key_value(&one.step)) else {
        return Ok(nobody);
    };
    let Some(work) = step.work.action() else { return Ok(nobody) };
    let action = actions.iter().find(|action| action.id == work.action);
    let Some(action) = action else { return Ok(nobody) };
    let own = deployed.own_providers(&*deployed.current().await?).await?;
    let did = own.implementation(action, work.provider.as_str());
    let key_window = did.as_ref().and_then(|did| did.key_window);
    let Some(connection) = connection_of(deployed, run, path).await? else {
        // Where it is missing, a person is told so once the step is tried.
        let can_be_asked = did.is_some_and(|did| did.can_be_asked());
        return Ok(Doers { key_window, has_moved: false, can_be_asked });
    };
    Ok(Doers {
        key_window,
        has_moved: connection.provider != work.provider,
        can_be_asked: can_be_asked(&own, action, &work.provider, &connection),
    })
}

/// Whether a provider can be asked about a step that it may have done, through that connection.
pub(crate) fn can_be_asked(
    own: &OwnProviders,
    action: &Action,
    provider: &ProviderId,
    connection: &StoredConnection,
) -> bool {
    let implementation = own.implementation(action, provider.as_str());
    connection.at(provider).is_some() && implementation.is_some_and(|one| one.can_be_asked())
}

async fn connection_of(
    deployed: &Deployed,
    run: &Run,
    path: &StepPath,
) -> Result<Option<StoredConnection>, Unavailable> {
    let compiled = deployed.version(&run.workflow, run.version).await?;
    let Some(step) = compiled.as_ref().and_then(|compiled| compiled.workflow.step(path)) else {
        return Ok(None);
    };
    let Some(action) = step.action() else { return Ok(None) };
    Ok(stored(&*deployed.current().await?, &action.via).ok().cloned())
}
