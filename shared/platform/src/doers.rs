//! Who did the step that stopped a run, and who would do it now: a connection may go to another provider
//! while a run waits for a person.

use crate::connections::stored;
use crate::deployed::Deployed;
use crate::own_providers::OwnProviders;
use tradewind_connectors::action::{Action, Implementation, Planned};
use tradewind_connectors::settings::GivenSettings;
use tradewind_engine::definitions::StoredConnection;
use tradewind_engine::ports::Unavailable;
use tradewind_engine::protocol::Doers;
use tradewind_engine::runs::{ActionWork, Run};
use tradewind_engine::workflows::ActionStep;

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
    let current = deployed.current().await?;
    let own = deployed.own_providers(&current).await?;
    let Some(action) = own.action(actions, &work.action) else { return Ok(nobody) };
    let did = own.implementation(action, work.provider.as_str());
    let compiled = deployed.version(&run.workflow, run.version).await?;
    let step = compiled.as_ref().and_then(|compiled| compiled.workflow.step(path)?.action());
    let connection = step.and_then(|step| stored(&current, &step.via).ok());
    let Some((step, connection)) = step.zip(connection) else {
        // Where it is missing, a person is told so once the step is tried.
        let can_be_asked = did.as_ref().is_some_and(|did| did.can_be_asked());
        let key_window = did.and_then(|did| did.key_window);
        return Ok(Doers { key_window, has_moved: false, can_be_asked });
    };
    let at = connection.at(&work.provider).unwrap_or(connection);
    let does_otherwise = did.as_ref().is_some_and(|did| does_otherwise(work, did));
    Ok(Doers {
        key_window: did.and_then(|did| planned(&did, step, at).key_window),
        has_moved: connection.provider != work.provider || does_otherwise,
        can_be_asked: can_be_asked(&own, action, work, connection),
    })
}

/// Whether the provider of a step can be asked through that connection what became of it.
pub(crate) fn can_be_asked(
    own: &OwnProviders,
    action: &Action,
    work: &ActionWork,
    connection: &StoredConnection,
) -> bool {
    let implementation = own.implementation(action, work.provider.as_str());
    connection.at(&work.provider).is_some()
        && implementation.is_some_and(|one| one.can_be_asked() && !does_otherwise(work, &one))
}

/// Whether the provider's file says another effect than when the step was planned, or tried.
pub(crate) fn does_otherwise(work: &ActionWork, implementation: &Implementation) -> bool {
    work.identity.is_some() && work.identity.as_ref() != implementation.effect_identity()
}

/// How it is done for that step through that connection.
pub(crate) fn planned(
    implementation: &Implementation,
    step: &ActionStep,
    connection: &StoredConnection,
) -> Implementation {
    let with = |field: &str| step.with.literal(field).map(|(_, value)| value);
    let settings = GivenSettings::new(connection.settings.clone());
    implementation.planned(&Planned { with: &with, settings: &settings })
}
