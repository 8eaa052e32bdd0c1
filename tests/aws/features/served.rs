//! A project served by the deployed stack. There are a few stages; the tests take turns at each, and find it
//! as if it had just been deployed. They wait most of the time, so several are done in the time of one.

use super::app::{Given, Platform};
use crate::emulator::Permissions;
use crate::stack::Stack;
use crate::world::{Failure, World};
use futures::future::select_all;
use http::StatusCode;
use serde_json::json;
use std::ops::Deref;
use std::sync::{Arc, LazyLock};
use tokio::sync::{Mutex, OnceCell, OwnedMutexGuard};

/// What the environment variable of a secret begins with, locally.
const SECRET: &str = "TRADEWIND_SECRET_";
/// A secret belongs to a provider; the tests name it only.
const PROVIDERS: [&str; 7] = [
    "commercelayer",
    "sendgrid",
    "postmark",
    "google_sheets",
    "own/email-send/acme",
    "own/http-request/acme",
    "own/trigger-webhook/acme",
];

/// Their names.
const STAGES: [&str; 3] = ["features1", "features2", "features3"];

static GROUND: LazyLock<Ground> = LazyLock::new(|| Ground {
    world: World::new().expect("a folder below target can be written"),
    stages: STAGES.map(|name| Stage { name, stack: OnceCell::new(), turn: Arc::default() }),
});

struct Ground {
    world: World,
    stages: [Stage; STAGES.len()],
}

struct Stage {
    name: &'static str,
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
    /// The first stage that is free, and the turn at it.
    async fn free(&'static self) -> (&'static Stage, OwnedMutexGuard<()>) {
        let turns = self.stages.iter().map(|stage| Box::pin(stage.turn.clone().lock_owned()));
        let (turn, place, _) = select_all(turns).await;
        (&self.stages[place], turn)
    }

    async fn stack(&'static self, stage: &'static Stage) -> Result<&'static Stack, Failure> {
        let deploy = async || -> Result<Stack, Failure> {
            // Each on an emulator of its own: SAM makes a bucket at the first deployment.
            let emulator = self.world.emulator(stage.name, Permissions::Ignored).await?;
            self.world.stack(&emulator, stage.name, |template| template).await
        };
        stage.stack.get_or_init(deploy).await.as_ref().map_err(Failure::clone)
    }
}

impl Served {
    /// Serves it.
    pub(crate) async fn start(given: Given) -> Self {
        let (stage, turn) = GROUND.free().await;
        // What serves the stage outlives the runtime of this test.
        let deploying = || GROUND.world.runtime().block_on(GROUND.stack(stage));
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
