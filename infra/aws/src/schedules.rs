//! Messages that are due later than a queue can hold them back: one-time schedules.
//!
//! Invariant: the same message for the same time is one schedule, however often it is asked for.
//!
//! Source: <https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html>

use crate::clients::{Clients, unavailable};
use crate::stage::{Stage, StageError};
use aws_sdk_scheduler::types::{
    ActionAfterCompletion, FlexibleTimeWindow, FlexibleTimeWindowMode, Target,
};
use ring::digest::{Context, SHA256};
use tradewind_engine::digests::hex;
use tradewind_engine::ports::Unavailable;
use tradewind_engine::time::Timestamp;

/// The group of schedules of the stage.
#[derive(Clone)]
pub(crate) struct Schedules {
    scheduler: aws_sdk_scheduler::Client,
    group: String,
    role: String,
    queues_arn: String,
}

impl Schedules {
    pub(crate) fn new(clients: &Clients, stage: &Stage) -> Result<Self, StageError> {
        Ok(Self {
            scheduler: clients.scheduler(),
            group: stage.schedule_group()?.to_owned(),
            role: stage.scheduler_role()?.to_owned(),
            queues_arn: stage.queues_arn()?.to_owned(),
        })
    }

    /// Sends the message to the queue at that time. The schedule removes itself then.
    pub(crate) async fn create(
        &self,
        queue: &str,
        body: String,
        at: Timestamp,
    ) -> Result<(), Unavailable> {
        let name = name(queue, &body, at);
        let target = Target::builder()
            .arn(format!("{}{queue}", self.queues_arn))
            .role_arn(&self.role)
            .input(body)
            .build()
            .expect("it has an ARN and a role");
        let window = FlexibleTimeWindow::builder().mode(FlexibleTimeWindowMode::Off);
        let created = self
            .scheduler
            .create_schedule()
            .name(name)
            .group_name(&self.group)
            .schedule_expression(expression(at))
            .schedule_expression_timezone("UTC")
            .flexible_time_window(window.build().expect("it has a mode"))
            .action_after_completion(ActionAfterCompletion::Delete)
            .target(target)
            .send()
            .await;
        match created {
            Ok(_) => Ok(()),
            // It was asked for before.
            Err(failed)
                if failed.as_service_error().is_some_and(|error| error.is_conflict_exception()) =>
            {
                Ok(())
            }
            Err(failed) => Err(unavailable("Scheduler", &failed)),
        }
    }
}

fn expression(at: Timestamp) -> String {
    format!("at({})", at.strftime("%Y-%m-%dT%H:%M:%S"))
}

/// At most 64 characters: as many as a digest has.
fn name(queue: &str, body: &str, at: Timestamp) -> String {
    let mut digest = Context::new(&SHA256);
    for part in [queue, body] {
        // The length first, so that no two different pairs run together.
        digest.update(&(part.len() as u64).to_be_bytes());
        digest.update(part.as_bytes());
    }
    digest.update(&at.as_second().to_be_bytes());
    hex(digest.finish().as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIME: &str = "2026-03-01T08:15:01Z";

    #[test]
    fn a_schedule_names_a_second_of_utc() {
        assert_eq!(expression(TIME.parse().unwrap()), "at(2026-03-01T08:15:01)");
        let elsewhere = "2026-03-01T00:15:01-08:00".parse().unwrap();
        assert_eq!(expression(elsewhere), "at(2026-03-01T08:15:01)");
    }

    #[test]
    fn the_same_message_for_the_same_time_has_one_name() {
        let at: Timestamp = TIME.parse().unwrap();
        let first = name("email-send", "{}", at);
        assert_eq!(first.len(), 64);
        assert!(first.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        assert_eq!(name("email-send", "{}", at), first);
    }

    #[test]
    fn any_other_message_or_time_has_another_name() {
        let at: Timestamp = TIME.parse().unwrap();
        let first = name("email-send", "{}", at);
        for other in [
            name("email-sen", "d{}", at),
            name("email-send", "{ }", at),
            name("email-send", "{}", "2026-03-01T08:15:02Z".parse().unwrap()),
        ] {
            assert_ne!(other, first);
        }
    }
}
