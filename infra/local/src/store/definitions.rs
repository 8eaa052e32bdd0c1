//! What was applied: the project, the heads of the workflows and all their versions.

use super::batch::{Cx, Done};
use super::changes::DEFINITIONS;
use super::errors::Fault;
use super::handle::Store;
use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Rows, params};
use tradewind_engine::definitions::{
    Current, DefinitionsChange, ProviderFile, WorkflowHead, WorkflowVersion,
};
use tradewind_engine::ids::{ProviderId, WorkflowId};
use tradewind_engine::ports::{Definitions, Unavailable};
use tradewind_engine::stored::read_stored;

#[async_trait]
impl Definitions for Store {
    async fn current(&self) -> Result<Current, Unavailable> {
        self.look(current).await
    }

    async fn version(
        &self,
        workflow: &WorkflowId,
        version: u32,
    ) -> Result<Option<WorkflowVersion>, Unavailable> {
        let workflow = workflow.clone();
        self.look(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT document FROM versions WHERE workflow = ?1 AND version = ?2",
            )?;
            let document: Option<String> = statement
                .query_row(params![workflow.as_str(), version], |row| row.get(0))
                .optional()?;
            Ok(document.map(|document| read_stored(document.as_bytes())).transpose()?)
        })
        .await
    }

    async fn provider_file(
        &self,
        provider: &ProviderId,
        digest: &str,
    ) -> Result<Option<ProviderFile>, Unavailable> {
        let (provider, digest) = (provider.clone(), digest.to_owned());
        self.look(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT document FROM provider_files WHERE provider = ?1 AND digest = ?2",
            )?;
            let document: Option<String> = statement
                .query_row(params![provider.as_str(), digest], |row| row.get(0))
                .optional()?;
            Ok(document.map(|document| read_stored(document.as_bytes())).transpose()?)
        })
        .await
    }

    fn changes(&self) -> Option<u64> {
        Some(self.changes.of_definitions())
    }

    async fn change(&self, change: &DefinitionsChange) -> Result<bool, Unavailable> {
        let change = change.clone();
        self.write_if(move |cx| change_definitions(cx, &change)).await
    }
}

fn current(connection: &Connection) -> Result<Current, Fault> {
    // One view for both reads.
    let transaction = connection.unchecked_transaction()?;
    read_current(&transaction)
}

fn read_current(connection: &Connection) -> Result<Current, Fault> {
    let (revision, project): (i64, Option<String>) =
        connection.query_row("SELECT revision, document FROM project", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    let mut statement = connection.prepare_cached("SELECT document FROM workflows ORDER BY id")?;
    Ok(Current {
        revision: revision.unsigned_abs(),
        project: project.map(|project| read_stored(project.as_bytes())).transpose()?,
        workflows: heads(statement.query([])?)?,
    })
}

/// All of them or none: an event must not pass by a workflow because its head cannot be read.
fn heads(mut rows: Rows<'_>) -> Result<Vec<WorkflowHead>, Fault> {
    let mut heads = Vec::new();
    while let Some(row) = rows.next()? {
        let head = row.get_ref(0)?.as_bytes().map_err(rusqlite::Error::from)?;
        heads.push(read_stored(head)?);
    }
    Ok(heads)
}

fn change_definitions(cx: &mut Cx<'_>, change: &DefinitionsChange) -> Result<Done<bool>, Fault> {
    // Nothing is written over what a newer tradewind has applied.
    read_current(cx.connection)?;
    let project = change.project.as_ref().map(serde_json::to_string).transpose()?;
    let from_revision = i64::try_from(change.from_revision).unwrap_or(i64::MAX);
    let raised = cx
        .connection
        .prepare_cached(
            "UPDATE project SET revision = revision + 1, document = coalesce(?2, document)
             WHERE revision = ?1",
        )?
        .execute(params![from_revision, project])?;
    if raised == 0 {
        return Ok(Done::Undo(false));
    }
    for head in &change.heads {
        cx.connection
            .prepare_cached("INSERT OR REPLACE INTO workflows (id, document) VALUES (?1, ?2)")?
            .execute([head.id.as_str(), &serde_json::to_string(head)?])?;
    }
    for file in &change.provider_files {
        cx.connection
            .prepare_cached(
                "INSERT INTO provider_files (provider, digest, document) VALUES (?1, ?2, ?3)
                 ON CONFLICT (provider, digest) DO NOTHING",
            )?
            .execute(params![file.id.as_str(), file.digest, serde_json::to_string(file)?])?;
    }
    for version in &change.versions {
        // A version that exists never changes.
        let document = serde_json::to_string(version)?;
        cx.connection
            .prepare_cached(
                "INSERT INTO versions (workflow, version, document) VALUES (?1, ?2, ?3)
                 ON CONFLICT (workflow, version) DO NOTHING",
            )?
            .execute(params![version.id.as_str(), version.version, document])?;
    }
    cx.changed.insert(DEFINITIONS.to_owned());
    Ok(Done::Keep(true))
}
