//! What the tokens of a stage's API owe.

use super::cloud;
use crate::emulator::Emulator;
use aws_sdk_ssm::types::ParameterType;
use std::sync::Arc;
use std::time::Duration;
use tradewind_api::access::{Grants as _, TokenDigest};
use tradewind_aws::clients::Clients;
use tradewind_aws::grants::StageGrants;
use tradewind_aws::stage::Stage;
use tradewind_engine::ports::Clock as _;
use tradewind_engine::time::after;
use tradewind_memory::VirtualClock;

/// A process that lets people in, for as long as it lives.
struct Warm {
    clients: Clients,
    grants: StageGrants,
    clock: VirtualClock,
    name: String,
}

impl Warm {
    async fn new(emulator: &Emulator, name: &str) -> Self {
        let clients = Clients::new(&cloud::stage(emulator, name)).unwrap();
        let made = clients.secrets_manager().create_secret().name(format!("token-of-{name}"));
        made.secret_string("tw_stack_1").send().await.unwrap();
        Self::at(emulator, name, |_| {})
    }

    /// The same where a variable of the function says something else.
    fn at(
        emulator: &Emulator,
        name: &str,
        change: impl FnOnce(&mut Vec<(String, String)>),
    ) -> Self {
        let mut variables = vec![
            ("TRADEWIND_STAGE".to_owned(), name.to_owned()),
            ("API_TOKEN_SECRET".to_owned(), format!("token-of-{name}")),
            ("AWS_REGION".to_owned(), "us-east-1".to_owned()),
            ("AWS_ACCESS_KEY_ID".to_owned(), "test".to_owned()),
            ("AWS_SECRET_ACCESS_KEY".to_owned(), "test".to_owned()),
            ("AWS_ENDPOINT_URL".to_owned(), emulator.url()),
        ];
        change(&mut variables);
        let stage = Stage::new(variables);
        let clients = Clients::new(&stage).unwrap();
        let clock = VirtualClock::new(super::world::START.parse().unwrap());
        let grants = StageGrants::new(&clients, &stage, Arc::new(clock.clone())).unwrap();
        Self { clients, grants, clock, name: name.to_owned() }
    }

    /// Replaces the stack's own token.
    async fn renew(&self, token: &str) {
        let put = self.clients.secrets_manager().put_secret_value();
        let put = put.secret_id(format!("token-of-{}", self.name)).secret_string(token);
        put.send().await.unwrap();
    }

    fn parameter(&self, name: &str) -> String {
        format!("/tradewind/{}/tokens/{name}", self.name)
    }

    async fn add(&self, name: &str, value: &str) {
        let put = self.clients.ssm().put_parameter().name(self.parameter(name)).value(value);
        put.r#type(ParameterType::String).send().await.unwrap();
    }

    async fn remove(&self, name: &str) {
        self.clients.ssm().delete_parameter().name(self.parameter(name)).send().await.unwrap();
    }

    /// Names and scopes, and whether there may be others.
    async fn known(&self) -> (Vec<String>, bool) {
        let known = self.grants.known().await;
        let shown = |grant: &tradewind_api::access::Grant| {
            let is_second = grant.sha256.to_string() == TokenDigest::of("tw_stack_2").to_string();
            format!("{} {}{}", grant.name, grant.scope.as_str(), if is_second { " 2" } else { "" })
        };
        let mut shown: Vec<String> = known.grants.iter().map(shown).collect();
        shown.sort();
        (shown, known.unread.is_some())
    }

    fn pass(&self, seconds: u64) {
        self.clock.advance_to(after(self.clock.now(), Duration::from_secs(seconds)));
    }
}

fn stored(v: u32, scope: &str) -> String {
    format!(r#"{{"v":{v},"scope":"{scope}","sha256":"{}"}}"#, TokenDigest::of(scope))
}

fn exactly(names: &[&str]) -> (Vec<String>, bool) {
    (names.iter().map(|name| (*name).to_owned()).collect(), false)
}

pub(super) async fn a_token_that_leaked_opens_nothing_a_minute_after_it_was_replaced(
    emulator: &Emulator,
    name: &str,
) {
    let warm = Warm::new(emulator, name).await;
    assert_eq!(warm.known().await, exactly(&["stack apply"]));
    warm.clients.requests().take_counts();
    warm.renew("tw_stack_2").await;
    warm.pass(59);
    assert_eq!(warm.known().await, exactly(&["stack apply"]));
    warm.pass(1);
    assert_eq!(warm.known().await, exactly(&["stack apply 2"]));
    warm.renew("").await;
    warm.pass(60);
    assert_eq!(warm.known().await, exactly(&[]), "one without a character opens nothing");
}

pub(super) async fn a_named_token_holds_until_a_minute_after_it_was_removed(
    emulator: &Emulator,
    name: &str,
) {
    let warm = Warm::new(emulator, name).await;
    assert_eq!(warm.known().await, exactly(&["stack apply"]));
    // More than one page of parameters.
    for number in 0..12 {
        warm.add(&format!("ci-{number:02}"), &stored(1, "read")).await;
    }
    warm.add("newer", &stored(2, "read")).await;
    warm.add("stack", &stored(1, "read")).await;
    warm.add("deeper/ci", &stored(1, "apply")).await;
    warm.pass(60);
    let (found, unread) = warm.known().await;
    assert_eq!((found.len(), unread), (13, false), "{found:?}");
    assert_eq!(found[..2], ["ci-00 read", "ci-01 read"]);
    warm.remove("ci-00").await;
    warm.pass(60);
    let (found, _) = warm.known().await;
    assert_eq!((found.len(), found[0].as_str()), (12, "ci-01 read"));
}

pub(super) async fn without_their_store_tokens_are_not_said_to_be_wrong(
    emulator: &Emulator,
    name: &str,
) {
    let warm = Warm::new(emulator, name).await;
    warm.add("ci", &stored(1, "read")).await;
    // The secret is another one, which there is not.
    let lost = Warm::at(emulator, name, |variables| {
        variables[1].1 = "token-of-nobody".to_owned();
    });
    assert_eq!(lost.known().await, (vec!["ci read".to_owned()], true));
    // What was read lasts for a quarter of an hour.
    assert_eq!(warm.known().await, exactly(&["ci read", "stack apply"]));
    let delete = warm.clients.secrets_manager().delete_secret();
    let delete = delete.secret_id(format!("token-of-{name}")).force_delete_without_recovery(true);
    delete.send().await.unwrap();
    warm.pass(60);
    let still = vec!["ci read".to_owned(), "stack apply".to_owned()];
    assert_eq!(warm.known().await, (still, true));
    warm.pass(840);
    assert_eq!(warm.known().await, (vec!["ci read".to_owned()], true));
}
