//! Which dead letters have been reported to people.

use super::handle::Store;
use super::letters::letter_of_row;
use super::rows::sql_limit;
use rusqlite::params;
use tradewind_engine::letters::DeadLetter;
use tradewind_engine::ports::Unavailable;

impl Store {
    /// The dead letters that were not reported to anybody, the oldest first, at most `at_most`.
    pub async fn unreported_letters(&self, at_most: usize) -> Result<Vec<DeadLetter>, Unavailable> {
        self.look(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT seq, queue, body, at, reason FROM dead_letters
                 WHERE NOT told ORDER BY seq LIMIT ?1",
            )?;
            let letters = statement.query_map([sql_limit(at_most)], letter_of_row)?;
            Ok(letters.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Somebody took the message about these.
    pub async fn mark_reported(&self, ids: &[String]) -> Result<(), Unavailable> {
        let letters: Vec<i64> = ids.iter().filter_map(|id| id.parse().ok()).collect();
        self.write(move |cx| {
            let mut statement =
                cx.connection.prepare_cached("UPDATE dead_letters SET told = 1 WHERE seq = ?1")?;
            for letter in &letters {
                statement.execute(params![letter])?;
            }
            Ok(())
        })
        .await
    }
}
