//! Whether anything can be written now: the only proof is a write.

use super::handle::Store;
use super::times::{from_column, to_column};
use rusqlite::params;
use tradewind_engine::ports::Unavailable;
use tradewind_engine::time::Timestamp;

/// After a commit failed, there has to be room for this: a few bytes fit into a full disk as well.
const ROOM_BYTES: u32 = 256 * 1024;

impl Store {
    /// Writes the time, and says why it could not. After a commit has failed it asks for as much room
    /// as orders need, until there is.
    pub async fn probe(&self, now: Timestamp) -> Result<(), Unavailable> {
        self.check_place()?;
        let at = to_column(now);
        if !self.writer.has_failed() {
            return self.set_probe(at, None).await;
        }
        self.set_probe(at, Some(ROOM_BYTES)).await?;
        self.set_probe(at, None).await?;
        self.writer.mark_working();
        Ok(())
    }

    /// When something could last be written; `None`: never so far.
    pub async fn probed_at(&self) -> Result<Option<Timestamp>, Unavailable> {
        self.look(|connection| {
            let at: i64 = connection.query_row("SELECT at FROM probe", [], |row| row.get(0))?;
            Ok((at != 0).then(|| from_column(at)))
        })
        .await
    }

    async fn set_probe(&self, at: i64, room_bytes: Option<u32>) -> Result<(), Unavailable> {
        self.write(move |cx| {
            let mut statement =
                cx.connection.prepare_cached("UPDATE probe SET at = ?1, room = zeroblob(?2)")?;
            statement.execute(params![at, room_bytes.unwrap_or(0)])?;
            Ok(())
        })
        .await
    }
}
