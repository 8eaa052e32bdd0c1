//! OAuth access tokens, shared by all functions that work for the same connection.
//!
//! Invariant: a process asks for no token that it has seen and that lasts. Whoever asks for the lease has
//! found the token that he was shown wanting, so what is remembered of it is forgotten first.

use super::Store;
use super::items::SERVICE;
use super::keys::{TTL, key};
use super::values::{Item, get_text, get_time, number, text, time};
use super::writes::{Updated, update_if};
use crate::clients::unavailable;
use async_trait::async_trait;
use secrecy::ExposeSecret as _;
use std::time::Duration;
use tradewind_engine::ports::{Ids as _, SecretText, Token, TokenKey, Tokens, Unavailable};
use tradewind_engine::time::{Timestamp, after};
use tradewind_stack::kinds::Kind;
use tradewind_system::SystemIds;

/// How long a token that is worth nothing any more is kept.
const KEPT: Duration = Duration::from_secs(86_400);

#[async_trait]
impl Tokens for Store {
    async fn read(&self, key: &TokenKey) -> Result<Option<Token>, Unavailable> {
        let now = self.clock.now();
        let seen = self.process.tokens().get(key).filter(|token| token.expires_at > now).cloned();
        if seen.is_some() {
            return Ok(seen);
        }
        let token = self.item(place(key)).await?.as_ref().and_then(token);
        if let Some(token) = &token {
            self.process.tokens().insert(key.clone(), token.clone());
        }
        Ok(token)
    }

    async fn lease(
        &self,
        key: &TokenKey,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, Unavailable> {
        self.process.tokens().remove(key);
        // A try whose answer was lost must not stand in the way of the next one.
        let holder = SystemIds.random_hex();
        let update = self.dynamodb.update_item().table_name(&self.runs).set_key(Some(place(key)));
        let update = update
            .update_expression("SET leased_until = :until, leased_by = :holder, #ttl = :ttl")
            .condition_expression(
                "attribute_not_exists(leased_until) OR leased_until <= :now OR leased_by = :holder",
            )
            .expression_attribute_names("#ttl", TTL)
            .expression_attribute_values(":until", time(until))
            .expression_attribute_values(":holder", text(holder))
            .expression_attribute_values(":now", time(now))
            .expression_attribute_values(":ttl", number(after(until, KEPT).as_second()));
        Ok(matches!(update_if(update).await?, Updated::Made(_)))
    }

    async fn store(&self, key: &TokenKey, token: Token) -> Result<(), Unavailable> {
        let mut item = place(key);
        item.insert("value".to_owned(), text(token.value.expose_secret()));
        item.insert("expires_at".to_owned(), time(token.expires_at));
        let ends = after(token.expires_at, KEPT);
        item.insert(TTL.to_owned(), number(ends.as_second()));
        // Without the lease: it is given back.
        self.put_item(item).await?;
        self.process.tokens().insert(key.clone(), token);
        Ok(())
    }

    async fn release(&self, key: &TokenKey) -> Result<(), Unavailable> {
        let update = self.dynamodb.update_item().table_name(&self.runs).set_key(Some(place(key)));
        let update = update.update_expression("REMOVE leased_until, leased_by");
        update.send().await.map(|_| ()).map_err(|failed| unavailable(SERVICE, &failed))
    }
}

fn place(token: &TokenKey) -> Item {
    key(Kind::Token.key(&token.0), Kind::Token.word())
}

fn token(item: &Item) -> Option<Token> {
    let value = SecretText::from(get_text(item, "value")?.to_owned());
    Some(Token { value, expires_at: get_time(item, "expires_at")? })
}
