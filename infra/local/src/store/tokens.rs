//! OAuth access tokens, so that a restart does not ask for new ones.

use super::errors::Fault;
use super::open::Store;
use super::times::{from_column, to_column};
use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, params};
use secrecy::{ExposeSecret, SecretString};
use tradewind_engine::ports::{Token, TokenKey, Tokens, Unavailable};
use tradewind_engine::time::Timestamp;

#[async_trait]
impl Tokens for Store {
    async fn read(&self, key: &TokenKey) -> Result<Option<Token>, Unavailable> {
        let key = key.clone();
        self.look(move |connection| read(connection, &key)).await
    }

    async fn lease(
        &self,
        key: &TokenKey,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, Unavailable> {
        let key = key.clone();
        self.write(move |cx| {
            let mut statement = cx.connection.prepare_cached(
                "INSERT INTO tokens (key, leased_until) VALUES (?1, ?3)
                 ON CONFLICT (key) DO UPDATE SET leased_until = ?3
                 WHERE leased_until IS NULL OR leased_until <= ?2",
            )?;
            Ok(statement.execute(params![key.0, to_column(now), to_column(until)])? == 1)
        })
        .await
    }

    async fn store(&self, key: &TokenKey, token: Token) -> Result<(), Unavailable> {
        let key = key.clone();
        self.write(move |cx| {
            let mut statement = cx.connection.prepare_cached(
                "INSERT OR REPLACE INTO tokens (key, value, expires_at) VALUES (?1, ?2, ?3)",
            )?;
            let expires_at = to_column(token.expires_at);
            statement.execute(params![key.0, token.value.expose_secret(), expires_at])?;
            Ok(())
        })
        .await
    }

    async fn release(&self, key: &TokenKey) -> Result<(), Unavailable> {
        let key = key.clone();
        self.write(move |cx| {
            let mut statement = cx
                .connection
                .prepare_cached("UPDATE tokens SET leased_until = NULL WHERE key = ?1")?;
            statement.execute([key.0])?;
            Ok(())
        })
        .await
    }
}

fn read(connection: &Connection, key: &TokenKey) -> Result<Option<Token>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT value, expires_at FROM tokens WHERE key = ?1 AND value IS NOT NULL",
    )?;
    let found: Option<(String, i64)> =
        statement.query_row([&key.0], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    Ok(found.map(|(value, expires_at)| Token {
        value: SecretString::from(value),
        expires_at: from_column(expires_at),
    }))
}
