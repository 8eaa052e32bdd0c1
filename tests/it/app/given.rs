//! What a test starts with.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// A project folder and the environment of the process.
#[derive(Clone, Default)]
pub(crate) struct Given {
    pub(super) project: String,
    pub(super) workflows: BTreeMap<String, String>,
    pub(super) providers: BTreeMap<String, String>,
    environment: BTreeMap<String, String>,
}

impl Given {
    /// A project with this tradewind.yaml.
    pub(crate) fn project(text: &str) -> Self {
        Self { project: text.to_owned(), ..Self::default() }
    }

    /// With an address under which the outside reaches it.
    pub(crate) fn public(mut self) -> Self {
        self.project.insert_str(0, "public_url: https://shop.example.com\n");
        self
    }

    /// With people in that zone.
    pub(crate) fn in_zone(mut self, zone: &str) -> Self {
        self.project.insert_str(0, &format!("timezone: {zone}\n"));
        self
    }

    /// With a workflow in `workflows/{id}.yaml`.
    pub(crate) fn workflow(mut self, id: &str, text: &str) -> Self {
        self.workflows.insert(id.to_owned(), text.to_owned());
        self
    }

    /// With a provider of its own in `providers/{id}.yaml`.
    pub(crate) fn provider(mut self, id: &str, text: &str) -> Self {
        self.providers.insert(id.to_owned(), text.to_owned());
        self
    }

    /// With a connection after those that are there.
    pub(crate) fn connect(&mut self, name: &str, settings: &str) {
        self.project.push_str(&format!("  {name}: {settings}\n"));
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

    /// The files as the admin API takes them.
    pub(crate) fn files(&self) -> Value {
        json!({
            "project": self.project, "workflows": self.workflows, "providers": self.providers,
        })
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
        for (id, text) in &self.providers {
            fs::create_dir_all(dir.join("providers")).unwrap();
            fs::write(dir.join(format!("providers/{id}.yaml")), text).unwrap();
        }
    }
}
