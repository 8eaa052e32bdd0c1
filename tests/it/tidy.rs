//! Rules of the house that no lint knows.

use crate::pages::{Page, pages};
use std::fs;
use std::path::{Path, PathBuf};

/// Which workspace packages each one may depend on: inward only.
const MAY_DEPEND_ON: &[(&str, &[&str])] = &[
    ("shared/engine", &[]),
    ("shared/connectors", &["tradewind-engine"]),
    ("shared/platform", &["tradewind-engine", "tradewind-connectors"]),
    ("shared/api", &["tradewind-engine", "tradewind-connectors", "tradewind-platform"]),
    ("infra/system", &["tradewind-engine"]),
    ("infra/memory", &["tradewind-engine"]),
    (
        "infra/local",
        &[
            "tradewind-engine",
            "tradewind-connectors",
            "tradewind-platform",
            "tradewind-api",
            "tradewind-system",
            "tradewind-memory",
            "tradewind-stack",
        ],
    ),
    ("infra/stack", &["tradewind-engine", "tradewind-connectors", "tradewind-platform"]),
    (
        "infra/aws",
        &[
            "tradewind-engine",
            "tradewind-connectors",
            "tradewind-platform",
            "tradewind-api",
            "tradewind-stack",
            "tradewind-system",
            "tradewind-memory",
        ],
    ),
    ("functions", &["tradewind-aws", "tradewind-connectors"]),
];

/// What the engine never names: it has no runtime, no network, no cloud and no vendor.
const NOT_IN_THE_ENGINE: [&str; 12] = [
    "tokio",
    "reqwest",
    "axum",
    "rusqlite",
    "std::env",
    "std::fs",
    "std::net",
    "aws_",
    "sendgrid",
    "commercelayer",
    "postmark",
    "slack",
];

const LINES_MAX: usize = 500;

#[test]
fn dependencies_point_inward() {
    for (package, allowed) in MAY_DEPEND_ON {
        let manifest = fs::read_to_string(root().join(package).join("Cargo.toml")).unwrap();
        let dependencies = manifest.split("[dev-dependencies]").next().unwrap();
        let ours = dependencies.lines().filter_map(|line| line.split_once(" = "));
        for (name, _) in ours.filter(|(name, _)| name.starts_with("tradewind-")) {
            assert!(allowed.contains(&name), "{package} must not depend on {name}");
        }
    }
}

#[test]
fn one_library_alone_names_the_sdk() {
    for (package, _) in MAY_DEPEND_ON {
        let manifest = fs::read_to_string(root().join(package).join("Cargo.toml")).unwrap();
        let dependencies = manifest.split("[dev-dependencies]").next().unwrap();
        let names_it = dependencies.contains("\naws-sdk-");
        assert_eq!(names_it, *package == "infra/aws", "{package}");
    }
}

#[test]
fn the_engine_names_no_vendor_and_no_runtime() {
    for file in rust_files(&root().join("shared/engine/src")) {
        if file.ends_with("tests.rs") || file.components().any(|part| part.as_os_str() == "tests") {
            continue;
        }
        for (number, line) in code_lines(&file) {
            for word in NOT_IN_THE_ENGINE {
                assert!(!line.contains(word), "{}:{number} names {word}", file.display());
            }
        }
    }
}

#[test]
fn no_file_is_longer_than_a_reader_bears() {
    for folder in ["shared", "infra", "functions", "tests"] {
        for file in rust_files(&root().join(folder)) {
            let lines = fs::read_to_string(&file).unwrap().lines().count();
            assert!(lines <= LINES_MAX, "{} has {lines} lines: split it", file.display());
        }
    }
}

#[test]
fn every_module_says_what_it_is_for() {
    for folder in ["shared", "infra", "tests"] {
        // The tests of a module say what they are for by its name.
        let is_tests =
            |file: &PathBuf| file.iter().any(|part| part == "tests.rs" || part == "tests");
        let folder_is_tests = folder == "tests";
        for file in rust_files(&root().join(folder))
            .into_iter()
            .filter(|file| folder_is_tests || !is_tests(file))
        {
            let text = fs::read_to_string(&file).unwrap();
            assert!(text.starts_with("//!"), "{} does not open with `//!`", file.display());
        }
    }
}

#[test]
fn every_test_target_of_the_pages_exists() {
    let manifests: Vec<String> = MAY_DEPEND_ON
        .iter()
        .map(|(package, _)| fs::read_to_string(root().join(package).join("Cargo.toml")).unwrap())
        .collect();
    for Page { path: paper, text } in pages() {
        let text = text.replace(" --locked", "");
        let test = ["cargo", "test", "-p", ""].join(" ");
        for named in text.split(&test).skip(1) {
            let mut words = named.split_whitespace();
            let (package, option, target) = (words.next(), words.next(), words.next());
            assert_eq!(option, Some("--test"), "{paper}: {named:.40}");
            let has = |manifest: &&String| {
                manifest.contains(&format!("name = \"{}\"", package.unwrap()))
                    && manifest.contains(&format!("[[test]]\nname = \"{}\"", target.unwrap()))
            };
            assert!(manifests.iter().any(|manifest| has(&manifest)), "{paper}: {named:.60}");
        }
    }
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else { return files };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

fn code_lines(file: &Path) -> Vec<(usize, String)> {
    let text = fs::read_to_string(file).unwrap();
    let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim().to_owned()));
    lines.filter(|(_, line)| !line.starts_with("//")).collect()
}

/// Libraries that can make an HTTP client, and who may name them: the one door for calls to services, and
/// the SDK's own way to AWS.
const CLIENTS: [(&str, &[&str]); 5] = [
    ("reqwest", &["infra/system"]),
    ("aws-smithy-http-client", &["infra/aws"]),
    ("ureq", &[]),
    ("isahc", &[]),
    ("curl", &[]),
];

#[test]
fn one_file_alone_makes_an_http_client() {
    for (package, _) in MAY_DEPEND_ON {
        let manifest = fs::read_to_string(root().join(package).join("Cargo.toml")).unwrap();
        let dependencies = manifest.split("[dev-dependencies]").next().unwrap();
        for (library, allowed) in CLIENTS {
            let names_it = dependencies.lines().any(|line| {
                line.split(['=', '.', ' ']).next() == Some(library)
                    || line.contains(&format!("\"{library}\""))
            });
            assert!(!names_it || allowed.contains(package), "{package} names {library}");
        }
    }
    let sources = ["shared", "infra", "functions"].map(|folder| rust_files(&root().join(folder)));
    let made: Vec<String> = sources
        .concat()
        .iter()
        .filter(|file| !file.ends_with("tests.rs") && !file.iter().any(|part| part == "tests"))
        .filter(|file| !file.iter().any(|part| part == "examples" || part == "benches"))
        .filter(|file| {
            let opens = [
                "Client::builder()",
                "Client::new()",
                "TcpStream::connect",
                "ClientBuilder::new",
                "hyper_util::client",
                "hyper::client",
            ];
            code_lines(file).iter().any(|(_, line)| opens.iter().any(|word| line.contains(word)))
        })
        .map(|file| file.strip_prefix(root()).unwrap().display().to_string())
        .collect();
    assert_eq!(made, ["infra/system/src/http/wire.rs"]);
}
