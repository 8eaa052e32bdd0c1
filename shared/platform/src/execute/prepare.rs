//! Everything that a call needs, or why it is not made.

use super::attempt::Attempt;
use super::call::StillWanted;
use crate::connections::{Unusable, connect, stored};
use crate::deployed::Compiled;
use crate::doers::{can_be_asked, does_otherwise, planned};
use crate::flow::{CONDITION_FALSE, holds, question_of, trigger_of};
use crate::links::ApprovalLink;
use crate::own_providers::OwnProviders;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tradewind_connectors::action::{Action, Implementation, put_off};
use tradewind_connectors::connection::Connection;
use tradewind_engine::definitions::{Current, StoredConnection};
use tradewind_engine::effects::ActionError;
use tradewind_engine::expressions::{Expression, Scope};
use tradewind_engine::ids::{ActionId, ConnectionName, ProviderId, StepPath};
use tradewind_engine::ports::{FreshRead, Interrupted, Unavailable};
use tradewind_engine::protocol::{
    Change, Command, Committed, Flow as _, Outcome, Work, Write, decide_call,
};
use tradewind_engine::runs::{ActionWork, Run, StepRecord, StepState};
use tradewind_engine::workflows::{ActionStep, Step, StepKind, order_of};

/// What preparing comes to.
pub(super) enum Ready {
    /// This call can be made.
    Call(Arc<Compiled>, Box<Prepared>),
    /// None is made, and that is the outcome.
    NoCall(Arc<Compiled>, Outcome),
    /// The workflow's version cannot be read.
    Unreadable,
}

/// Everything that a call needs.
#[derive(Clone)]
pub(super) struct Prepared {
    /// What was applied when it was prepared.
    pub(super) current: Arc<Current>,
    pub(super) connection: Connection,
    pub(super) implementation: Implementation,
    pub(super) input: serde_json::Value,
    /// The names of the fields that the output may have.
    pub(super) output_fields: BTreeSet<String>,
    pub(super) timeout: Duration,
    /// Ask whether it happened instead of doing it.
    pub(super) ask: bool,
    /// What is asked afresh before it is done.
    pub(super) still: Option<StillWanted>,
}

impl Attempt<'_> {
    /// Finds and fills in all that the call needs. An error means that no call was made.
    pub(super) async fn prepare(&mut self) -> Result<Ready, Unavailable> {
        let run = &self.claimed.run;
        let Some(compiled) = self.ports.deployed.version(&run.workflow, run.version).await? else {
            return Ok(Ready::Unreadable);
        };
        let current = self.claimed.current().await?;
        match self.prepared(&current, &compiled).await {
            Err(outcome) => Ok(Ready::NoCall(compiled, outcome)),
            Ok(prepared) => {
                self.reassign(&prepared).await?;
                Ok(Ready::Call(compiled, Box::new(prepared)))
            }
        }
    }

    async fn prepared(
        &self,
        current: &Arc<Current>,
        compiled: &Arc<Compiled>,
    ) -> Result<Prepared, Outcome> {
        let (ports, run, path) = (self.ports, &*self.claimed.run, &self.claimed.path);
        let record = self.step().ok_or_else(|| refused("the step has no record"))?;
        let step = compiled
            .workflow
            .step(path)
            .ok_or_else(|| refused("the step is not in the workflow"))?;
        let action_step = step.action().ok_or_else(|| refused("the step is no action"))?;
        let work = record.work.action().ok_or_else(|| refused("the step is no action"))?;
        let ask = record.state == StepState::Unknown;
        if !ask {
            if self.claimed.is_paused(current) {
                return Err(Outcome::Paused);
            }
            still_wanted(compiled, run, step)?;
        }
        let stored = stored(current, &action_step.via).map_err(needs_repair)?;
        let own = ports.deployed.own_providers(current).await;
        let own = own.map_err(|unavailable| Outcome::Error(put_off(&unavailable)))?;
        let action = own.action(&ports.actions, &action_step.uses);
        let action = action.ok_or_else(|| unknown_action(&action_step.uses))?;
        let stored = if ask { self.to_be_asked(work, stored)? } else { stored };
        let implementation = implementation(&own, action, action_step, stored)?;
        let implementation = planned(&implementation, action_step, stored);
        if record.may_have_arrived_before() || ask {
            self.still_as_it_was_tried(work, &implementation)?;
        }
        if !ask {
            self.still_where_it_was_tried(record, &own, action, stored)?;
            let tries = compiled.retry_curve(path).attempts();
            self.still_recognised(record, tries, &implementation)?;
        }
        let mut scope = compiled.scope(run);
        let mut link = None;
        if action_step.asks {
            let approval = self.approval(&scope, compiled, current, &action_step.via).await?;
            scope = scope.with_approval(&approval);
            link = approval["link"].as_str().map(str::to_owned);
        }
        let input = render(action, action_step, run, &scope)?;
        let still = action_step.still.as_ref().filter(|_| !ask);
        let still = still.map(|condition| self.still_wanted(condition, scope, compiled));
        let still = still.transpose()?;
        let provider = &implementation.provider;
        let connection = connect(&action_step.via, stored, provider, &*ports.secrets, false).await;
        let connection = connection.map_err(unusable)?;
        // Whoever has the link decides: what a provider repeats of it is not kept.
        link.iter()
            .flat_map(|link| link.rsplit('/').next())
            .for_each(|token| connection.hide(token));
        Ok(Prepared {
            current: current.clone(),
            connection,
            implementation,
            input,
            output_fields: action.output_fields(),
            timeout: action_step.timeout,
            ask,
            still,
        })
    }

    /// What is asked afresh right before the call: of the order that the run's event is about, through the
    /// connection that the event came through.
    fn still_wanted(
        &self,
        condition: &Expression,
        scope: Scope,
        compiled: &Compiled,
    ) -> Result<StillWanted, Outcome> {
        let (run, step) = (&*self.claimed.run, &self.claimed.path);
        let unknown = |what: &str| refused(&format!("only_if_still: {what}"));
        let order = order_of(trigger_of(run)).ok_or_else(|| unknown("the event names no order"))?;
        let connection = compiled.workflow.trigger.from.clone();
        let connection =
            connection.ok_or_else(|| unknown("the event came through no connection"))?;
        let read = FreshRead {
            connection,
            order: order.to_owned(),
            run: run.root().clone(),
            step: step.clone(),
            fence: self.step().map_or(0, |step| step.fence),
            until: self.ports.clock.now(),
        };
        Ok(StillWanted { condition: condition.clone(), scope, read })
    }

    /// What the message says that tells of an approval: what is asked, and where it is decided.
    async fn approval(
        &self,
        scope: &Scope,
        compiled: &Compiled,
        current: &Current,
        via: &ConnectionName,
    ) -> Result<Value, Outcome> {
        let (run, path) = (&*self.claimed.run, &self.claimed.path);
        let asked = path.of_approval();
        let step = asked.as_ref().and_then(|path| compiled.workflow.step(path));
        let (Some(asked), Some(StepKind::Approval(approval))) = (asked, step.map(|one| &one.kind))
        else {
            return Err(refused("the approval is not in the workflow"));
        };
        let question = question_of(approval, scope).map_err(|reason| refused(&reason))?;
        let public_url = current.project.as_ref().and_then(|project| project.public_url.as_ref());
        let public_url = public_url.ok_or_else(|| {
            let reason = "tradewind.yaml names no `public_url`, to which the link would lead";
            Outcome::Error(ActionError::needs_repair(reason))
        })?;
        let key = self.ports.link_keys.link_key().await;
        let key = key.map_err(|unavailable| Outcome::Error(put_off(&unavailable)))?;
        let link = ApprovalLink { run: run.id.clone(), step: asked, via: via.clone() };
        let link = link.url(public_url, &key);
        Ok(json!({ "question": question, "link": link }))
    }

    /// The connection went to another provider since the workflow was applied: from here on the step
    /// follows the new one's effect class.
    async fn reassign(&mut self, prepared: &Prepared) -> Result<(), Unavailable> {
        let Some(record) = self.step() else { return Ok(()) };
        let implementation = &prepared.implementation;
        let is_same = record.work.action().is_none_or(|work| {
            work.provider.as_str() == implementation.provider.id
                && work.class == implementation.class
                && !does_otherwise(work, implementation)
        });
        if is_same || prepared.ask {
            return Ok(());
        }
        let change = Change::Reassign {
            path: self.claimed.path.clone(),
            fence: record.fence,
            provider: implementation.provider.id.as_str().into(),
            class: implementation.class,
            identity: implementation.effect_identity().cloned(),
        };
        let write = Command::Write(Write { run: self.claimed.run.id.clone(), change });
        let committed = self.ports.journal.commit(None, &[write]).await;
        match committed.map_err(Interrupted::cause)? {
            Committed::Applied(run) => {
                if let Some(run) = run {
                    self.claimed.run = run;
                }
                Ok(())
            }
            Committed::Refused { .. } => {
                Err(Unavailable::new("run", "it was changed by somebody else"))
            }
        }
    }

    /// The connection as it leads to the provider that the doubt is about: any other would say that
    /// nothing happened.
    fn to_be_asked<'a>(
        &self,
        work: &ActionWork,
        stored: &'a StoredConnection,
    ) -> Result<&'a StoredConnection, Outcome> {
        let leads_there = stored.at(&work.provider);
        leads_there.ok_or_else(|| self.nobody_to_ask(&work.provider, &stored.provider))
    }

    /// Whether the step goes to another provider than an earlier try may have arrived at. That one is
    /// asked first, where it still can be.
    fn still_where_it_was_tried(
        &self,
        record: &StepRecord,
        own: &OwnProviders,
        action: &Action,
        stored: &StoredConnection,
    ) -> Result<(), Outcome> {
        let Some(work) = record.work.action() else { return Ok(()) };
        let (before, now) = (&work.provider, &stored.provider);
        if before == now || !record.may_have_arrived_before() {
            return Ok(());
        }
        if can_be_asked(own, action, work, stored) {
            let reason =
                format!("an earlier try may have arrived at {before}; now it would go to {now}");
            return Err(Outcome::Doubted(reason));
        }
        Err(self.nobody_to_ask(before, now))
    }

    /// Whether the provider's file still says the effect that a try may have had: under another one the provider would
    /// neither know a second call again nor find the first.
    fn still_as_it_was_tried(
        &self,
        work: &ActionWork,
        implementation: &Implementation,
    ) -> Result<(), Outcome> {
        let provider = &implementation.provider.id;
        if work.provider.as_str() != provider || !does_otherwise(work, implementation) {
            return Ok(());
        }
        Err(Outcome::NobodyToAsk(format!(
            "a try may have arrived, and the file of {provider} says another effect by now: {}",
            self.say_what_became_of_it()
        )))
    }

    fn nobody_to_ask(&self, before: &ProviderId, now: &ProviderId) -> Outcome {
        Outcome::NobodyToAsk(format!(
            "a try may have arrived at {before}, and the connection is at {now} now: {}",
            self.say_what_became_of_it()
        ))
    }

    fn say_what_became_of_it(&self) -> String {
        let (run, path) = (&self.claimed.run.id, in_a_shell(&self.claimed.path));
        format!(
            "say what became of it with `tradewind resolve {run} {path}` and --happened, --did-not or --skip"
        )
    }

    /// Whether a repeated call would still be recognised as the same one.
    fn still_recognised(
        &self,
        record: &StepRecord,
        tries: u32,
        implementation: &Implementation,
    ) -> Result<(), Outcome> {
        let now = self.ports.clock.now();
        match decide_call(&self.claimed.run, record, tries, implementation.key_window, now) {
            Work::Perform => Ok(()),
            Work::Conclude(outcome) => Err(outcome),
        }
    }
}

fn implementation(
    own: &OwnProviders,
    action: &Action,
    step: &ActionStep,
    stored: &StoredConnection,
) -> Result<Implementation, Outcome> {
    own.implementation(action, stored.provider.as_str()).ok_or_else(|| {
        let (via, provider) = (&step.via, &stored.provider);
        let reason = format!("connection {via} is at {provider}, which cannot do {}", action.id);
        Outcome::Error(ActionError::needs_repair(reason))
    })
}

fn still_wanted(compiled: &Compiled, run: &Run, step: &Step) -> Result<(), Outcome> {
    match holds(step, &compiled.scope(run)) {
        Ok(true) => Ok(()),
        Ok(false) => Err(Outcome::NotNeeded(CONDITION_FALSE.to_owned())),
        Err(reason) => Err(refused(&reason)),
    }
}

fn render(
    action: &Action,
    step: &ActionStep,
    run: &Run,
    scope: &Scope,
) -> Result<serde_json::Value, Outcome> {
    if run.redacted_at.is_some() {
        return Err(refused("payload_redacted"));
    }
    let rendered = step.with.render(scope, action.html_fields);
    rendered.map_err(|error| match &error.field {
        Some(field) => refused(&format!("{error}, in `with.{field}`")),
        None => refused(&error.to_string()),
    })
}

/// Shells read brackets as patterns.
fn in_a_shell(path: &StepPath) -> String {
    if path.as_str().contains('[') { format!("'{path}'") } else { path.to_string() }
}

fn refused(reason: &str) -> Outcome {
    Outcome::Error(ActionError::refused(reason))
}

/// An action of a project's own was in a file that the project has no more, or whose newer text does not name it.
fn unknown_action(id: &ActionId) -> Outcome {
    let reason = format!("unknown_action: no file of the project says how {id} is done");
    Outcome::Error(ActionError::needs_repair(reason))
}

fn needs_repair(unusable: Unusable) -> Outcome {
    Outcome::Error(ActionError::needs_repair(unusable.to_string()))
}

fn unusable(unusable: Unusable) -> Outcome {
    match unusable {
        Unusable::Unavailable(unavailable) => Outcome::Error(put_off(&unavailable)),
        other => needs_repair(other),
    }
}
