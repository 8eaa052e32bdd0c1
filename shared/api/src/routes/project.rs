//! The project as a whole.
//!
//! Invariant: a setting that is secret is never shown, however it was filled in.

use super::{By, ChangeRefusals, ReadRefusals, Shared, etag};
use crate::errors::ApiError;
use crate::request::{ExpectedRevision, Strict};
use crate::types::{Alerts, Applied, Connection, ErrorBody, Project, ProjectFiles};
use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use serde_json::{Map, Value, json};
use tradewind_connectors::catalog::Catalog;
use tradewind_engine::definitions::{StoredConnection, StoredProject};
use tradewind_platform::apply::{apply, secret_hosts};

/// What is applied.
#[utoipa::path(
    get, path = "/api/project", tag = "project", operation_id = "show_project",
    responses(
        (status = 200, description = "What is applied.", body = Project,
            headers(("ETag" = String, description = "The revision, for `If-Match`."))),
        (status = 404, description = "`not_found`: nothing is applied yet.", body = ErrorBody),
        ReadRefusals,
    )
)]
pub(crate) async fn show_project(State(api): Shared) -> Result<impl IntoResponse, ApiError> {
    let current = api.acting.definitions.current().await?;
    let project = current.project.as_ref();
    let project = project.ok_or_else(|| ApiError::NotFound("project yet".to_owned()))?;
    let own = api.acting.deployed.own_providers(&current).await?;
    let catalog = own.within(&api.acting.catalog);
    let hosts = secret_hosts(project, &catalog, &api.applying.allowed_hosts);
    let mut project = view(project, current.revision, &catalog);
    project.hosts = hosts.into_iter().map(Into::into).collect();
    Ok((etag(current.revision), Json(project)))
}

/// Apply a project folder.
///
/// All files are checked first. With a problem anywhere, nothing is applied and every problem is
/// told. Workflows that are not among the files are removed.
#[utoipa::path(
    put, path = "/api/project", tag = "project", operation_id = "apply_project",
    params(("If-Match" = Option<String>, Header,
        description = "The revision that the caller has seen: with another one nothing is applied.")),
    request_body = ProjectFiles,
    responses(
        (status = 200, description = "It holds.", body = Applied,
            headers(("ETag" = String, description = "The revision, for `If-Match`."))),
        (status = 412, description = "`version_conflict`: something else was applied meanwhile.",
            body = ErrorBody),
        (status = 422, description = "`project_invalid`: with all problems.", body = ErrorBody),
        ChangeRefusals,
    )
)]
pub(crate) async fn apply_project(
    State(api): Shared,
    by: By,
    ExpectedRevision(seen): ExpectedRevision,
    Strict(files): Strict<ProjectFiles>,
) -> Result<impl IntoResponse, ApiError> {
    let applied: Applied = apply(&api.applying, &files.into(), seen).await?.into();
    let detail = format!(
        "revision {}: {} changed, {} unchanged, {} removed",
        applied.revision,
        applied.changed.len(),
        applied.unchanged.len(),
        applied.removed.len()
    );
    api.record_change(&by, "project.apply", "project", detail).await;
    Ok((etag(applied.revision), Json(applied)))
}

fn view(project: &StoredProject, revision: u64, catalog: &Catalog) -> Project {
    let connections = project.connections.iter();
    Project {
        revision,
        connections: connections
            .map(|(name, one)| (name.0.clone(), connection(one, catalog)))
            .collect(),
        alerts: project
            .alerts
            .as_ref()
            .map(|alerts| Alerts { via: alerts.via.0.clone(), to: alerts.to.clone() }),
        public_url: project.public_url.clone(),
        keep_days: project.keep_days,
        redact_after_days: project.redact_after_days,
        hosts: Vec::new(),
    }
}

fn connection(stored: &StoredConnection, catalog: &Catalog) -> Connection {
    let mut settings = stored.settings.clone();
    match catalog.provider(stored.provider.as_str()) {
        Some(provider) => provider.secrets.iter().for_each(|name| hide_at(&mut settings, name)),
        // Nobody knows which of its settings are secret.
        None => settings.values_mut().for_each(hide),
    }
    Connection { provider: stored.provider.0.clone(), settings }
}

/// Hides a setting; a dot leads into a nested one, as in `verify.secret`.
fn hide_at(settings: &mut Map<String, Value>, name: &str) {
    let mut names = name.split('.');
    let Some(first) = names.next().and_then(|first| settings.get_mut(first)) else { return };
    let setting = names.try_fold(first, |setting, name| setting.get_mut(name));
    if let Some(setting) = setting {
        hide(setting);
    }
}

/// Puts a mark in the place of every text; names of secrets are no secrets.
fn hide(setting: &mut Value) {
    match setting {
        Value::Object(fields) if fields.len() == 1 && fields.contains_key("$secret") => {}
        Value::Object(fields) => fields.values_mut().for_each(hide),
        Value::Array(several) => several.iter_mut().for_each(hide),
        _ => *setting = json!({ "$hidden": true }),
    }
}
