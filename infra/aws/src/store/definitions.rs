//! What was applied: one item for all that holds now, so that asking is one read and changing is one
//! conditional write.
//!
//! Invariant: a change is made by writing `CURRENT`, on the condition of the revision that it was made
//! from. What is written before, the new versions, counts for nothing until then: see `versions`.

use super::Store;
use super::items::SERVICE;
use super::keys::key;
use super::values::{
    IS_KNOWN, Item, V, damaged, deflated, get_number, get_text, number, read_packed, text,
};
use super::writes::{Put, put_if};
use crate::clients::unavailable;
use async_trait::async_trait;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use futures::future::try_join_all;
use serde::{Deserialize, Serialize};
use tradewind_engine::definitions::{
    Current, DEFINITIONS_VERSION, DefinitionsChange, HEAD_VERSION, PROJECT_VERSION, ProviderFile,
    StoredProject, WorkflowHead, WorkflowVersion,
};
use tradewind_engine::ids::{ProviderId, WorkflowId};
use tradewind_engine::ports::{Definitions, Ids as _, Unavailable};
use tradewind_engine::stored::StoredForm;
use tradewind_system::SystemIds;

const CURRENT: &str = "CURRENT";
pub(super) const REVISION: &str = "revision";
pub(super) const CHANGE: &str = "change";
const DOCUMENT: &str = "document";
/// The longest that all of it may be, compressed: an item holds 400 KB.
const DOCUMENT_BYTES_MAX: usize = 380 * 1024;
/// How many versions are written at the same time.
const VERSIONS_AT_ONCE: usize = 10;

/// What the item holds, compressed.
#[derive(Serialize, Deserialize)]
struct Document {
    project: Option<StoredProject>,
    workflows: Vec<WorkflowHead>,
}

/// The newest version of the document. A project with providers of its own makes it newer than any head: who does
/// not know of them leaves all of it alone.
const DOCUMENT_VERSION: u32 = 5;
const _: () = assert!(DOCUMENT_VERSION > HEAD_VERSION);

impl StoredForm for Document {
    const KIND: &'static str = "project";
    const VERSION: u32 = DOCUMENT_VERSION;

    fn version(&self) -> Option<u32> {
        let heads = self.workflows.iter().map(|head| head.v).max();
        let project = self.project.as_ref().map(|project| project.v);
        // Whatever is newer in one of them is newer than all of it.
        let newer = project.filter(|v| *v > DEFINITIONS_VERSION);
        let newer = newer.map(|v| DOCUMENT_VERSION + v.saturating_sub(PROJECT_VERSION));
        newer.max(heads).or(project)
    }
}

/// The item as it stands. Before the first change there is none.
#[derive(Default)]
pub(super) struct Stands {
    pub(super) current: Current,
    /// The change that made it so; rivals for the same revision have names of their own.
    pub(super) change: String,
}

#[async_trait]
impl Definitions for Store {
    async fn current(&self) -> Result<Current, Unavailable> {
        Ok(self.stands().await?.current)
    }

    async fn version(
        &self,
        workflow: &WorkflowId,
        version: u32,
    ) -> Result<Option<WorkflowVersion>, Unavailable> {
        self.committed_version(workflow, version).await
    }

    async fn provider_file(
        &self,
        provider: &ProviderId,
        digest: &str,
    ) -> Result<Option<ProviderFile>, Unavailable> {
        let item = self.definition(key(provider_key(provider), digest)).await?;
        Ok(item.map(|item| read_packed(&item, DOCUMENT)).transpose()?)
    }

    async fn change(&self, change: &DefinitionsChange) -> Result<bool, Unavailable> {
        let stands = self.stands().await?;
        if stands.current.revision != change.from_revision {
            return Ok(false);
        }
        let id = SystemIds.random_hex();
        self.close_revision(&stands).await?;
        let revision = change.from_revision + 1;
        for some in change.provider_files.chunks(VERSIONS_AT_ONCE) {
            try_join_all(some.iter().map(|one| self.put_provider_file(one))).await?;
        }
        for some in change.versions.chunks(VERSIONS_AT_ONCE) {
            try_join_all(some.iter().map(|one| self.propose_version(one, revision, &id))).await?;
        }
        self.put_current(stands.current, change, &id).await
    }
}

impl Store {
    pub(super) async fn stands(&self) -> Result<Stands, Unavailable> {
        let Some(item) = self.definition(key(CURRENT, CURRENT)).await? else {
            return Ok(Stands::default());
        };
        let Document { project, workflows } = read_packed(&item, DOCUMENT)?;
        let stands = || {
            let revision = get_number(&item, REVISION)?;
            let change = get_text(&item, CHANGE)?.to_owned();
            Some(Stands { current: Current { revision, project, workflows }, change })
        };
        let stands = stands().ok_or_else(|| damaged("what was applied"))?;
        if let Some(project) = &stands.current.project {
            self.set_keep_days(project.keep_days.into());
        }
        Ok(stands)
    }

    /// Whoever writes it writes the same: its key is the digest of what it holds.
    async fn put_provider_file(&self, file: &ProviderFile) -> Result<(), Unavailable> {
        let mut item = key(provider_key(&file.id), &file.digest);
        item.insert(V.to_owned(), number(file.v));
        item.insert(DOCUMENT.to_owned(), fitting(file, DOCUMENT_BYTES_MAX, "a provider's file")?);
        self.define(item).await
    }

    /// The change itself: the one write that everybody sees.
    async fn put_current(
        &self,
        mut current: Current,
        change: &DefinitionsChange,
        id: &str,
    ) -> Result<bool, Unavailable> {
        current.apply_change(change);
        let Current { revision, project, workflows } = current;
        let document = Document { project, workflows };
        let mut item = key(CURRENT, CURRENT);
        item.insert(V.to_owned(), number(document.version().unwrap_or(DEFINITIONS_VERSION)));
        item.insert(REVISION.to_owned(), number(revision));
        item.insert(CHANGE.to_owned(), text(id));
        item.insert(DOCUMENT.to_owned(), fitting(&document, DOCUMENT_BYTES_MAX, "the project")?);
        let put = self.dynamodb.put_item().table_name(&self.definitions).set_item(Some(item));
        let put = match change.from_revision {
            0 => put.condition_expression("attribute_not_exists(pk)"),
            from => put
                .condition_expression(format!("revision = :from AND {IS_KNOWN}"))
                .expression_attribute_names("#v", V)
                .expression_attribute_values(":v", number(DOCUMENT_VERSION))
                .expression_attribute_values(":from", number(from)),
        };
        match put_if(put).await? {
            Put::Written => Ok(true),
            // Ours, where the answer to a first try was lost.
            Put::Was(stands) => Ok(get_text(&stands, CHANGE) == Some(id)),
        }
    }

    /// An item of the table of definitions.
    pub(super) async fn definition(&self, key: Item) -> Result<Option<Item>, Unavailable> {
        let get = self.dynamodb.get_item().table_name(&self.definitions).set_key(Some(key));
        let got = get.consistent_read(true).send().await;
        got.map(|got| got.item).map_err(|failed| unavailable(SERVICE, &failed))
    }

    /// Writes an item of the table of definitions.
    pub(super) async fn define(&self, item: Item) -> Result<(), Unavailable> {
        let put = self.dynamodb.put_item().table_name(&self.definitions).set_item(Some(item));
        put.send().await.map(|_| ()).map_err(|failed| unavailable(SERVICE, &failed))
    }
}

fn provider_key(provider: &ProviderId) -> String {
    format!("PROVIDER#{provider}")
}

/// The document, compressed; an error that says so when it is too long for an item.
pub(super) fn fitting(
    document: &impl Serialize,
    bytes_max: usize,
    what: &str,
) -> Result<AttributeValue, Unavailable> {
    let bytes = deflated(document);
    if bytes.len() <= bytes_max {
        return Ok(AttributeValue::B(Blob::new(bytes)));
    }
    let (kb, kb_max) = (bytes.len() / 1024, bytes_max / 1024);
    let reason = format!("{what} has {kb} KB when compressed; an item can hold {kb_max} KB of it");
    Err(Unavailable::new(SERVICE, reason))
}
