//! Asking for something to be done to one run, and showing what became of it.

use crate::command::cx::Cx;
use crate::command::error::Error;
use crate::command::look::run;
use crate::command::look::runs::whole_id;
use serde::Serialize;

/// `run`: the beginning of an id is enough. `action`: the last part of the route.
pub(super) async fn ask_of_run(
    cx: &Cx,
    run: &str,
    action: &str,
    body: &impl Serialize,
) -> Result<(), Error> {
    let client = cx.client()?;
    let id = whole_id(&client, run).await?;
    let answer = client.post(&["runs", &id, action], body).await?;
    if !answer.print_json(cx.output) {
        run::show(cx, &answer.typed()?);
    }
    Ok(())
}
