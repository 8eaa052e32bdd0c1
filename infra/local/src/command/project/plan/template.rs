//! `tradewind plan --template FILE`: the template of the functions that the project uses.

use crate::command::cx::Cx;
use crate::command::error::Error;
use crate::private::replace_shared;
use clap::Args;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use tradewind_stack::function::Function;
use tradewind_stack::template::{is_slim, slim};

/// Where the template goes, and where the programs are.
#[derive(Debug, Args)]
pub(super) struct TemplateArgs {
    /// Write a CloudFormation template of just the functions that the project uses; `-` prints it
    #[arg(long, value_name = "FILE")]
    template: Option<PathBuf>,
    /// The folder with the programs of the functions, as `cargo lambda build` leaves them
    #[arg(long, value_name = "FOLDER", default_value = "target/lambda", requires = "template")]
    code: PathBuf,
}

impl TemplateArgs {
    /// Whether the template is all that is asked for.
    pub(super) fn is_printed(&self) -> bool {
        self.template.as_deref() == Some(Path::new("-"))
    }

    /// Writes it, where it is asked for.
    pub(super) fn write(&self, cx: &Cx, functions: &[Function]) -> Result<(), Error> {
        let Some(file) = &self.template else { return Ok(()) };
        let actions = functions.iter().filter(|one| one.action().is_some()).count();
        if actions == 0 {
            let message = "no workflow uses an action: there is nothing to deploy yet";
            return Err(Error::Usage(message.to_owned()));
        }
        // The template may be anywhere; what it names is found from everywhere.
        let code = std::path::absolute(&self.code);
        let code = code.map_err(|error| Error::file(&self.code, error))?;
        let text = slim(functions, &code.display().to_string());
        if self.is_printed() {
            cx.output.bytes(text.as_bytes());
            return Ok(());
        }
        replace(file, &text)?;
        let (file, count) = (file.display(), functions.len());
        cx.output.note("");
        cx.output
            .note(format!("{file} holds {count} functions: deploy it instead of template.yaml"));
        let is_built = |one: &&Function| code.join(&one.bin).join("bootstrap").is_file();
        let missing = functions.iter().filter(|one| !is_built(one)).count();
        if missing > 0 {
            cx.output.note(format!(
                "warning: {} does not hold the programs of {missing} of them yet: build them before \
                 you deploy",
                code.display()
            ));
        }
        Ok(())
    }
}

/// Puts the text into the file, in place of an earlier template and of nothing else.
fn replace(file: &Path, text: &str) -> Result<(), Error> {
    let wrong = |error: io::Error| Error::file(file, error);
    match fs::metadata(file) {
        Ok(found) if !found.is_file() => return Err(not_ours(file)),
        // What is no text is not ours either.
        Ok(_) => match fs::read(file).map(String::from_utf8).map_err(wrong)? {
            Ok(before) if is_slim(&before) => {}
            _ => return Err(not_ours(file)),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(wrong(error)),
    }
    replace_shared(file, text.as_bytes()).map_err(wrong)
}

fn not_ours(file: &Path) -> Error {
    Error::Usage(format!(
        "{} is there and was not written by this command: give another name, or remove it",
        file.display()
    ))
}
