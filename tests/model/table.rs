//! The table as it was found: explored once, for all tests.

use crate::explore::{Findings, Trace, explore};
use crate::harms::Harm;
use crate::model::Model;
use crate::rows::{BROKEN, KEPT};
use crate::variants::Variant;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex};

/// Variants that are explored at the same time.
const THREADS: usize = 2;

/// A variant and what was found.
pub(crate) struct Row {
    pub(crate) variant: Variant,
    pub(crate) findings: Findings,
}

/// All rows, in the order of the variants.
pub(crate) static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let variants: Vec<Variant> = KEPT.iter().chain(BROKEN).copied().collect();
    let (next, found) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some(variant) = variants.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let findings = explore(&Model::new(*variant));
                    let row = Row { variant: *variant, findings };
                    found.lock().expect("no thread panics with it").push(row);
                }
            });
        }
    });
    let mut rows = found.into_inner().expect("no thread panics with it");
    rows.sort_by_key(|row| variants.iter().position(|variant| variant.name == row.variant.name));
    rows
});

/// The rows with their traces, for people.
pub(crate) fn shown() -> String {
    let mut shown = format!("{:>9}  {:7}  {:5}  variant\n", "states", "doubled", "stuck");
    for Row { variant, findings } in ROWS.iter() {
        let yes = |harm| if findings.harms.contains_key(&harm) { "yes" } else { "no" };
        shown += &format!(
            "{:>9}  {:7}  {:5}  {}\n",
            findings.states,
            yes(Harm::Doubled),
            yes(Harm::Stuck),
            variant.name
        );
        for (harm, trace) in &findings.harms {
            shown += &format!("{:27}{harm:?}: {}\n", "", trace.join(" > "));
        }
    }
    shown
}

/// Checks that exactly the harms of the variant were found, each in the way it is expected.
pub(crate) fn check(name: &str) {
    let row =
        ROWS.iter().find(|row| row.variant.name == name).expect("the variant is in the table");
    let (expected, found) = (row.variant.harms, &row.findings.harms);
    let names: Vec<Harm> = expected.iter().map(|(harm, _)| *harm).collect();
    assert_eq!(found.keys().copied().collect::<Vec<_>>(), names, "{name}: {found:#?}");
    for (harm, shows) in expected {
        assert!(has_in_order(&found[harm], shows), "{name}: {harm:?}: {:?}", found[harm]);
    }
}

fn has_in_order(trace: &Trace, shows: &[&str]) -> bool {
    let mut moves = trace.iter();
    shows.iter().all(|shown| moves.any(|name| name == shown))
}
