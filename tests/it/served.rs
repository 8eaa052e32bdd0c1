//! A project served by the local runtime, for the feature tests.

use crate::app::{Given, Platform, TestApp};
use std::ops::Deref;
use tradewind::secrets::SecretsFile;

/// A platform that serves a project of its own.
pub(crate) struct Served(TestApp);

impl Deref for Served {
    type Target = Platform;

    fn deref(&self) -> &Platform {
        &self.0
    }
}

impl Served {
    /// Serves it.
    pub(crate) async fn start(given: Given) -> Self {
        Self(given.start().await)
    }

    /// Keeps a secret, in place of an earlier one.
    pub(crate) async fn set_secret(&self, name: &str, value: &str) {
        SecretsFile::in_folder(&self.0.data_dir()).set(name, &value.into()).unwrap();
    }

    /// What was applied counts from now on: it does at once.
    pub(crate) async fn applied(&self) {}

    /// Ends it; nothing may be left to do.
    pub(crate) async fn end(self) {
        self.0.settle().await;
        self.0.stop().await;
    }
}
