//! How far schedules have come.

use super::handle::Store;
use super::times::{from_column, to_column};
use async_trait::async_trait;
use rusqlite::{OptionalExtension, params};
use tradewind_engine::ids::WorkflowId;
use tradewind_engine::ports::{Schedules, Unavailable};
use tradewind_engine::time::Timestamp;

#[async_trait]
impl Schedules for Store {
    async fn fired(&self, workflow: &WorkflowId) -> Result<Option<Timestamp>, Unavailable> {
        let workflow = workflow.clone();
        self.look(move |connection| {
            let sql = "SELECT fired_at FROM schedules WHERE workflow = ?1";
            let mut statement = connection.prepare_cached(sql)?;
            let fired = statement.query_row([workflow.as_str()], |row| row.get(0)).optional()?;
            Ok(fired.map(from_column))
        })
        .await
    }

    async fn note_fired(
        &self,
        workflow: &WorkflowId,
        due: Timestamp,
        before: Option<Timestamp>,
    ) -> Result<bool, Unavailable> {
        let workflow = workflow.clone();
        self.write(move |cx| {
            let due = to_column(due);
            let noted = match before.map(to_column) {
                None => {
                    let sql = "INSERT INTO schedules (workflow, fired_at) VALUES (?1, ?2)
                               ON CONFLICT (workflow) DO NOTHING";
                    cx.connection.prepare_cached(sql)?.execute(params![workflow.as_str(), due])?
                }
                Some(before) => {
                    let sql = "UPDATE schedules SET fired_at = ?2
                               WHERE workflow = ?1 AND fired_at = ?3";
                    let values = params![workflow.as_str(), due, before];
                    cx.connection.prepare_cached(sql)?.execute(values)?
                }
            };
            Ok(noted == 1)
        })
        .await
    }
}
