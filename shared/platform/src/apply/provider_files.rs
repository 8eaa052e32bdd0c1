//! The files that describe providers of the project's own.

use ring::digest::{SHA256, digest};
use std::collections::BTreeMap;
use tradewind_connectors::catalog::Catalog;
use tradewind_connectors::described::Described;
use tradewind_engine::definitions::{DEFINITIONS_VERSION, ProviderFile};
use tradewind_engine::descriptions::{self, Description};
use tradewind_engine::digests::hex;
use tradewind_engine::ids::ProviderId;
use tradewind_engine::problems::{Place, Problem};

/// The folder of secrets that those of own providers are kept in, on AWS.
const RESERVED: &str = "own";
/// More of them than that are refused.
const FILES_MAX: usize = 100;

/// Reads and checks the files; what is wrong with them goes to `problems`.
pub(super) fn own_providers(
    catalog: &Catalog,
    files: &BTreeMap<ProviderId, String>,
    problems: &mut Vec<Problem>,
) -> (Vec<Described>, Vec<ProviderFile>) {
    if files.len() > FILES_MAX {
        let message = format!("more than {FILES_MAX} providers in one project");
        problems.push(Problem::new("too_many_providers", Place::default(), message));
    }
    let mut found = (Vec::new(), Vec::new());
    for (id, source) in files.iter().take(FILES_MAX) {
        match read(catalog, id, source) {
            Ok(description) => {
                found.0.push(Described::of_project(description));
                found.1.push(ProviderFile {
                    v: DEFINITIONS_VERSION,
                    id: id.clone(),
                    digest: hex(digest(&SHA256, source.as_bytes()).as_ref()),
                    source: source.clone(),
                });
            }
            Err(wrong) => {
                let file = format!("providers/{id}.yaml");
                problems.extend(wrong.into_iter().map(|problem| problem.in_file(&file)));
            }
        }
    }
    found
}

/// The catalog with the providers that these files describe, as far as they are right.
pub fn with_own_providers(catalog: &Catalog, files: &BTreeMap<ProviderId, String>) -> Catalog {
    catalog.with(&own_providers(catalog, files, &mut Vec::new()).0)
}

/// By which digest the project names each of them.
pub(super) fn digests(files: &[ProviderFile]) -> BTreeMap<ProviderId, String> {
    files.iter().map(|file| (file.id.clone(), file.digest.clone())).collect()
}

fn read(catalog: &Catalog, id: &ProviderId, source: &str) -> Result<Description, Vec<Problem>> {
    let description = Description::parse(source)?;
    let refuse = |code: &str, message: String, help: &str| {
        Err(vec![Problem::new(code, description.place, message).with_help(help)])
    };
    if description.provider != *id {
        let message = format!("the file describes `{}`", description.provider);
        return refuse(
            "id_invalid",
            message,
            "give the file the provider's name, or it the file's",
        );
    }
    if catalog.provider(id.as_str()).is_some() || id.as_str() == RESERVED {
        let message = format!("`{id}` is a provider that is there already");
        return refuse(
            "id_taken",
            message,
            "give yours another name, such as the company's before it",
        );
    }
    let problems = descriptions::check(&description, catalog);
    if problems.is_empty() { Ok(description) } else { Err(problems) }
}
