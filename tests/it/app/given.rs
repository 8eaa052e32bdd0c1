//! What a test starts with.

use super::clock::MovableClock;
use super::running::TestApp;
use std::collections::BTreeMap;
use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;
use tradewind::runtime::Options;
use tradewind_platform::apply::ProjectFiles;

/// A project folder and the environment of the process.
#[derive(Clone, Default)]
pub(crate) struct Given {
    project: String,
    workflows: BTreeMap<String, String>,
    environment: BTreeMap<String, String>,
}

impl Given {
    /// A project with this tradewind.yaml.
    pub(crate) fn project(text: &str) -> Self {
        Self { project: text.to_owned(), ..Self::default() }
    }

    /// With a workflow in `workflows/{id}.yaml`.
    pub(crate) fn workflow(mut self, id: &str, text: &str) -> Self {
        self.workflows.insert(id.to_owned(), text.to_owned());
        self
    }

    /// With a secret in the environment.
    pub(crate) fn secret(self, name: &str, value: &str) -> Self {
        self.variable(&format!("TRADEWIND_SECRET_{}", name.to_uppercase()), value)
    }

    /// With an environment variable.
    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// The environment of the process.
    pub(crate) fn environment(&self) -> &BTreeMap<String, String> {
        &self.environment
    }

    /// Writes the folder.
    pub(crate) fn write(&self, dir: &Path) {
        fs::create_dir_all(dir.join("workflows")).unwrap();
        fs::write(dir.join("tradewind.yaml"), &self.project).unwrap();
        for (id, text) in &self.workflows {
            let file = dir.join(format!("workflows/{id}.yaml"));
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
    }

    /// How to serve it in this folder, on a free port.
    pub(crate) fn options(&self, dir: &Path) -> Options {
        let workflows = self.workflows.iter();
        Options {
            files: ProjectFiles {
                project: self.project.clone(),
                workflows: workflows.map(|(id, text)| (id.as_str().into(), text.clone())).collect(),
                env: self.environment.clone(),
            },
            dir: dir.to_owned(),
            data_dir: dir.join(".tradewind"),
            listen: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 0,
            environment: self.environment.clone(),
        }
    }

    /// Starts it in a folder of its own.
    pub(crate) async fn start(self) -> TestApp {
        let folder = tempfile::tempdir().unwrap();
        self.start_in(folder, Arc::new(MovableClock::new())).await
    }

    /// Starts it in this folder, at this time.
    pub(crate) async fn start_in(self, folder: TempDir, clock: Arc<MovableClock>) -> TestApp {
        TestApp::start(self, folder, clock).await
    }
}
