//! What the secrets of a stage owe.

use super::cloud;
use crate::emulator::Emulator;
use aws_sdk_ssm::types::ParameterType;
use secrecy::ExposeSecret;
use std::sync::Arc;
use std::time::Duration;
use tradewind_aws::clients::Clients;
use tradewind_aws::secrets::StageSecrets;
use tradewind_engine::ports::{Clock, Secrets};
use tradewind_engine::time::after;
use tradewind_memory::VirtualClock;

/// A process that reads the secret `sendgrid/key` of its stage.
struct Reader {
    clients: Clients,
    secrets: StageSecrets,
    clock: VirtualClock,
    parameter: String,
}

impl Reader {
    fn new(emulator: &Emulator, name: &str) -> Self {
        let stage = cloud::stage(emulator, name);
        let clients = Clients::new(&stage).unwrap();
        let clock = VirtualClock::new(super::world::START.parse().unwrap());
        let secrets = StageSecrets::new(&clients, &stage, Arc::new(clock.clone())).unwrap();
        let parameter = format!("/tradewind/{name}/secrets/sendgrid/key");
        Self { clients, secrets, clock, parameter }
    }

    async fn set(&self, value: &str) {
        let put = self.clients.ssm().put_parameter().name(&self.parameter).value(value);
        put.r#type(ParameterType::SecureString).overwrite(true).send().await.unwrap();
        self.clients.requests().take_counts();
    }

    /// The value, and how many requests it took.
    async fn read(&self, fresh: bool) -> (Option<String>, u64) {
        let read = self.secrets.read(&"sendgrid".into(), "key", fresh).await.unwrap();
        let value = read.map(|value| value.expose_secret().to_owned());
        (value, self.clients.requests().take_counts().values().sum())
    }

    fn pass(&self, seconds: u64) {
        self.clock.advance_to(after(self.clock.now(), Duration::from_secs(seconds)));
    }
}

fn some(value: &str) -> Option<String> {
    Some(value.to_owned())
}

pub(super) async fn a_secret_is_taken_from_memory_for_a_minute(emulator: &Emulator, name: &str) {
    let reader = Reader::new(emulator, name);
    // As `--value file://…` stores it.
    reader.set("first\n").await;
    assert_eq!(reader.read(false).await, (some("first"), 1));
    reader.set("second").await;
    reader.pass(59);
    assert_eq!(reader.read(false).await, (some("first"), 0));
    reader.pass(1);
    assert_eq!(reader.read(false).await, (some("second"), 1));
}

pub(super) async fn a_fresh_secret_is_read_past_the_memory(emulator: &Emulator, name: &str) {
    let reader = Reader::new(emulator, name);
    reader.set("first").await;
    assert_eq!(reader.read(false).await, (some("first"), 1));
    reader.set("second").await;
    assert_eq!(reader.read(true).await, (some("second"), 1));
    reader.set("third").await;
    reader.pass(30);
    assert_eq!(reader.read(true).await, (some("second"), 0), "not more often than once a minute");
    reader.pass(30);
    assert_eq!(reader.read(true).await, (some("third"), 1));
}

pub(super) async fn a_secret_that_nobody_has_set_is_none(emulator: &Emulator, name: &str) {
    let reader = Reader::new(emulator, name);
    assert_eq!(reader.read(false).await, (None, 1));
    assert_eq!(reader.read(false).await, (None, 0));
    reader.set("first").await;
    reader.pass(5);
    assert_eq!(reader.read(false).await, (some("first"), 1));
}
