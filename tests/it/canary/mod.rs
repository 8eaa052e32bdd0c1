//! Secrets stay where they are: after everything that can go wrong has gone wrong, with services that repeat
//! all they know in every form, no secret stands in what was written or said.
//!
//! What is planted and tried follows from the catalog, what is looked at from the API's document, the
//! command's help and the folder: whatever is new in one of them has to come here.

mod answers;
mod earlier;
mod forms;
mod hostile;
mod in_process;
mod life;
mod planted;
mod process;
mod project;
mod said;
mod search;

#[test]
fn what_is_secret_is_marked_so_in_every_provider() {
    let catalog = tradewind_connectors::catalog::catalog();
    for provider in &catalog.providers {
        let settings = (provider.settings)();
        for name in settings["properties"].as_object().into_iter().flatten().map(|(name, _)| name) {
            let sounds_secret = ["secret", "token", "key", "password", "service_account"]
                .iter()
                .any(|word| name.ends_with(word));
            let is_known = provider.secrets.iter().any(|secret| secret == name);
            assert!(!sounds_secret || is_known, "{}: {name} is not marked", provider.id);
        }
    }
}
