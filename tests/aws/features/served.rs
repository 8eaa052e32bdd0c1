//! A project served by the deployed stack. There is one stage; the tests take turns, and each finds it
//! as if it had just been deployed.

use super::app::{Given, Platform};
use crate::emulator::Permissions;
use crate::stack::Stack;
use crate::world::{Failure, World};
use http::StatusCode;
use serde_json::json;
use std::ops::Deref;
use std::sync::{Arc, LazyLock};
use tokio::sync::{Mutex, OnceCell, OwnedMutexGuard};

/// What the environment variable of a secret begins with, locally.
const SECRET: &str = "TRADEWIND_SECRET_";
/// A secret belongs to a provider; the tests name it only.
const PROVIDERS: [&str; 4] = ["commercelayer", "sendgrid", "postmark", "google_sheets"];

static GROUND: LazyLock<Ground> = LazyLock::new(|| Ground {
    world: World::new().expect("a folder below target can be written"),
    stack: OnceCell::new(),
    turn: Arc::default(),
});

struct Ground {
    world: World,
    stack: OnceCell<Result<Stack, Failure>>,
    turn: Arc<Mutex<()>>,
}

/// A platform that serves a project of its own.
pub(crate) struct Served {
    stack: Stack,
    _turn: OwnedMutexGuard<()>,
}

impl Deref for Served {
    type Target = Platform;

    fn deref(&self) -> &Platform {
        &self.stack
    }
}

impl Ground {
    async fn stack(&'static self) -> Result<&'static Stack, Failure> {
        let deploy = async || -> Result<Stack, Failure> {
            let emulator = self.world.emulator("features", Permissions::Ignored).await?;
            self.world.stack(&emulator, "features", |template| template).await
        };
        self.stack.get_or_init(deploy).await.as_ref().map_err(Failure::clone)
    }
}

impl Served {
    /// Serves it.
    pub(crate) async fn start(given: Given) -> Self {
        let turn = Arc::clone(&GROUND.turn).lock_owned().await;
        // What serves the stage outlives the runtime of this test.
        let deploying = || GROUND.world.runtime().block_on(GROUND.stack());
        let stack = tokio::task::spawn_blocking(deploying).await.unwrap();
        let stack = stack.unwrap_or_else(|failure| panic!("{failure}")).anew();
        stack.empty().await;
        let served = Self { stack, _turn: turn };
        for (variable, value) in given.environment() {
            if let Some(name) = variable.strip_prefix(SECRET) {
                served.set_secret(&name.to_lowercase(), value).await;
            }
        }
        let answered = served.call("PUT", "/api/project", Some(given.files())).await;
        assert_eq!(answered.status, StatusCode::OK, "{answered:?}");
        served
    }

    /// Keeps a secret, in place of an earlier one.
    pub(crate) async fn set_secret(&self, name: &str, value: &str) {
        for provider in PROVIDERS {
            self.stack.set_secret(provider, name, value).await;
        }
    }

    /// What was applied counts from now on.
    pub(crate) async fn applied(&self) {
        self.stack.seen_by_all().await;
    }

    /// Ends it; nothing may be left to do.
    pub(crate) async fn end(self) {
        self.wait_for("everything to end", async || {
            for state in ["active", "failing"] {
                let open = self.get(&format!("/api/runs?state={state}")).await;
                if open["runs"] != json!([]) {
                    return None;
                }
            }
            Some(())
        })
        .await;
    }
}
