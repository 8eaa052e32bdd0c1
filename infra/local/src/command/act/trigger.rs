//! `tradewind trigger`: an event that no provider sent.

use crate::command::cx::Cx;
use crate::command::error::Error;
use clap::Args;
use rustix::fs::OFlags;
use serde_json::{Map, Value};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, stdin};
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use tradewind_api::types::{EventAccepted, TriggerEvent};

/// More than any event that is taken.
const DATA_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Arguments of `trigger`.
#[derive(Debug, Args)]
pub struct TriggerArgs {
    /// What happened, such as order.placed
    event: String,
    /// The connection that it is said to have come through
    #[arg(long, value_name = "NAME")]
    connection: Option<String>,
    /// A JSON file with what stands below `trigger`, such as {"order": {…}}; - for standard input
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// As in the provider's test mode
    #[arg(long)]
    test: bool,
}

pub(crate) async fn trigger(cx: &Cx, args: &TriggerArgs) -> Result<(), Error> {
    let body = TriggerEvent {
        event: args.event.clone(),
        connection: args.connection.clone(),
        data: args.file.as_deref().map_or_else(|| Ok(Map::new()), data)?,
        test: args.test,
    };
    let answer = cx.client()?.post(&["events"], &body).await?;
    if !answer.print_json(cx.output) {
        let accepted: EventAccepted = answer.typed()?;
        cx.output.line(format!("event {} is on its way", accepted.event_id));
        let show = format!("tradewind events {}", accepted.event_id);
        cx.output.line(format!("what became of it: `{show}`"));
    }
    Ok(())
}

fn data(file: &Path) -> Result<Map<String, Value>, Error> {
    let is_input = file == Path::new("-") || file == Path::new("/dev/stdin");
    let text = match is_input {
        true => read(stdin()),
        false => open(file).and_then(read),
    };
    let shown = if is_input { Path::new("standard input") } else { file };
    let text = text.map_err(|source| Error::file(shown, source))?;
    serde_json::from_slice(&text)
        .map_err(|error| Error::Usage(format!("{} is not a JSON object: {error}", shown.display())))
}

/// Who names it on the command line means it: links are followed and pipes read. A device is not waited for.
fn open(file: &Path) -> io::Result<File> {
    let kind = fs::metadata(file)?.file_type();
    let flags = match () {
        () if kind.is_file() || kind.is_fifo() => OFlags::empty(),
        () if kind.is_char_device() => OFlags::NONBLOCK | OFlags::NOCTTY,
        () => return Err(io::Error::other("it is not a file that can be read to its end")),
    };
    OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(file)
}

/// All of it, whatever it says of its length.
fn read(file: impl Read) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    file.take(DATA_BYTES_MAX + 1).read_to_end(&mut text)?;
    match text.len() as u64 > DATA_BYTES_MAX {
        true => Err(io::Error::other(format!("it is longer than {DATA_BYTES_MAX} bytes"))),
        false => Ok(text),
    }
}
