//! The bodies of the fuzz targets over their corpus, so that they hold on every run and stay true to the code.

#![expect(unreachable_pub, reason = "the targets, in a workspace of their own, need them public")]

use crate::tidy::root;
use std::fs;

#[path = "../fuzz/src/cron.rs"]
mod cron;
#[path = "../fuzz/src/csv.rs"]
mod csv;
#[path = "../fuzz/src/expressions.rs"]
mod expressions;
#[path = "../fuzz/src/json.rs"]
mod json;
#[path = "../fuzz/src/signatures.rs"]
mod signatures;
#[path = "../fuzz/src/yaml.rs"]
mod yaml;

/// Panics where the bytes show a fault.
type Check = fn(&[u8]);

#[test]
fn what_fuzzing_looks_for_does_not_stand_in_the_corpus() {
    let targets: [(&str, Check); 6] = [
        ("cron", cron::check),
        ("csv", csv::check),
        ("expressions", expressions::check),
        ("json", json::check),
        ("signatures", signatures::check),
        ("yaml", yaml::check),
    ];
    for (target, check) in targets {
        let mut checked = 0;
        for file in fs::read_dir(root().join("tests/fuzz/corpus").join(target)).unwrap() {
            check(&fs::read(file.unwrap().path()).unwrap());
            checked += 1;
        }
        assert!(checked > 2, "{target} has {checked} files");
    }
}

#[test]
fn every_body_has_a_target() {
    let manifest = fs::read_to_string(root().join("tests/fuzz/Cargo.toml")).unwrap();
    let bodies = fs::read_to_string(root().join("tests/fuzz/src/lib.rs")).unwrap();
    for module in bodies.lines().filter_map(|line| line.strip_prefix("pub mod ")) {
        let name = module.trim_end_matches(';');
        let target = format!("fuzz_targets/{name}.rs");
        assert!(manifest.contains(&format!("path = \"{target}\"")), "{name}");
        let target = fs::read_to_string(root().join("tests/fuzz").join(target)).unwrap();
        assert!(target.contains(&format!("{name}::check")), "{name}");
    }
}
