//! Finds the files of the providers that are described by one, so that a new one needs no line of Rust.

use std::fmt::{self, Write as _};
use std::path::{Path, PathBuf};
use std::{env, fs, io};

const FOLDER: &str = "providers";
/// What is tried with a provider stands beside its file.
const FIXTURES: &str = ".fixtures.yaml";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed={FOLDER}");
    let folder = fs::canonicalize(FOLDER)?;
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.to_string_lossy();
        if name.ends_with(".yaml") && !name.ends_with(FIXTURES) {
            files.push(path);
        }
    }
    files.sort();
    let mut files_code = String::new();
    let mut list = String::new();
    for path in &files {
        let source = fs::read_to_string(path)?;
        // Its name is the provider's id.
        let id = path.file_stem().unwrap_or_default().to_string_lossy();
        put_file(&mut files_code, &id, path).map_err(io::Error::other)?;
        writeln!(list, "    ({id:?}, &{:?}, &{id}::FILE),", actions(&source))
            .map_err(io::Error::other)?;
    }
    let code = format!(
        "{files_code}/// The providers that are described by a file, by id, each with its actions.\n\
         pub(crate) const FILES: &[(&str, &[&str], &DescribedFile)] = &[\n{list}];\n"
    );
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("no OUT_DIR"))?);
    fs::write(out.join("files.rs"), code)
}

/// A module of its own: by its name a test knows the providers that are linked into a program.
fn put_file(code: &mut String, id: &str, path: &Path) -> fmt::Result {
    writeln!(code, "/// The file of that name.")?;
    writeln!(code, "pub mod {id} {{")?;
    writeln!(code, "    /// What it says.")?;
    writeln!(code, "    pub static FILE: super::DescribedFile =")?;
    writeln!(code, "        super::DescribedFile::new(include_str!({path:?}));")?;
    writeln!(code, "}}")
}

/// The ids below `actions:`, by which a function links the files that serve its action and no others. That they are
/// all of them, is told by a test, which reads the files as they are read when they are used.
fn actions(source: &str) -> Vec<&str> {
    let lines = source.lines().skip_while(|line| line.trim_end() != "actions:").skip(1);
    let below = lines.take_while(|line| !line.starts_with(|first: char| first.is_alphabetic()));
    below
        .filter_map(|line| line.strip_prefix("  ")?.split_once(':'))
        .map(|(id, _)| id)
        .filter(|id| id.starts_with(|first: char| first.is_ascii_lowercase()))
        .collect()
}
