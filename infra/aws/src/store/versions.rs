//! The versions of workflows: each its own item, which nobody writes again.
//!
//! A version is written before the change that it belongs to, and rivals may propose the same version in
//! different words. So it stands below the name of its change, and it counts only when that change was
//! made: `CURRENT` names the last one, and `REVISION#<n>` those before, each written by the next change
//! before it is made.

use super::Store;
use super::definitions::{CHANGE, REVISION, Stands, fitting};
use super::keys::key;
use super::values::{Item, V, damaged, get_number, get_text, number, read_packed, text};
use tradewind_engine::definitions::WorkflowVersion;
use tradewind_engine::ids::WorkflowId;
use tradewind_engine::ports::Unavailable;

/// The longest that a version may be, compressed: an item holds 400 KB.
const VERSION_BYTES_MAX: usize = 350 * 1024;
const DOCUMENT: &str = "document";

impl Store {
    /// Writes a version that holds once its change is made.
    pub(super) async fn propose_version(
        &self,
        version: &WorkflowVersion,
        revision: u64,
        change: &str,
    ) -> Result<(), Unavailable> {
        let beginning = beginning(version.version);
        let mut item = key(workflow_pk(&version.id), format!("{beginning}{revision:012}#{change}"));
        item.insert(V.to_owned(), number(version.v));
        item.insert(REVISION.to_owned(), number(revision));
        item.insert(CHANGE.to_owned(), text(change));
        let what = format!("version {} of workflow {}", version.version, version.id);
        item.insert(DOCUMENT.to_owned(), fitting(version, VERSION_BYTES_MAX, &what)?);
        self.define(item).await
    }

    /// Keeps which change made the revision that stands, before the next one takes its place.
    pub(super) async fn close_revision(&self, stands: &Stands) -> Result<(), Unavailable> {
        if stands.current.revision == 0 {
            return Ok(());
        }
        let mut item = revision_key(stands.current.revision);
        item.insert(CHANGE.to_owned(), text(&stands.change));
        self.define(item).await
    }

    /// The version, as the first change that was made with it has it.
    pub(super) async fn committed_version(
        &self,
        workflow: &WorkflowId,
        version: u32,
    ) -> Result<Option<WorkflowVersion>, Unavailable> {
        for item in self.proposed(workflow, version).await? {
            let what = || format!("version {version} of workflow {workflow}");
            let place = get_number(&item, REVISION).zip(get_text(&item, CHANGE));
            let (revision, change) = place.ok_or_else(|| damaged(&what()))?;
            if self.was_made(revision, change).await? {
                return Ok(Some(read_packed(&item, DOCUMENT)?));
            }
        }
        Ok(None)
    }

    /// All that was proposed as this version, the oldest first.
    async fn proposed(
        &self,
        workflow: &WorkflowId,
        version: u32,
    ) -> Result<Vec<Item>, Unavailable> {
        let query = self
            .dynamodb
            .query()
            .table_name(&self.definitions)
            .consistent_read(true)
            .key_condition_expression("pk = :pk AND begins_with(sk, :beginning)")
            .expression_attribute_values(":pk", text(workflow_pk(workflow)))
            .expression_attribute_values(":beginning", text(beginning(version)));
        self.rows(query, usize::MAX).await
    }

    /// Whether it was this change that made the revision.
    async fn was_made(&self, revision: u64, change: &str) -> Result<bool, Unavailable> {
        let closed = async || {
            let item = self.definition(revision_key(revision)).await?;
            Ok::<_, Unavailable>(item.map(|item| get_text(&item, CHANGE) == Some(change)))
        };
        if let Some(made) = closed().await? {
            return Ok(made);
        }
        let stands = self.stands().await?;
        if stands.current.revision == revision {
            return Ok(stands.change == change);
        }
        // The next change was made between the two looks.
        Ok(closed().await?.unwrap_or(false))
    }
}

fn workflow_pk(workflow: &WorkflowId) -> String {
    format!("WF#{workflow}")
}

fn beginning(version: u32) -> String {
    format!("V#{version:010}#")
}

fn revision_key(revision: u64) -> Item {
    key(format!("REVISION#{revision}"), "REVISION")
}
