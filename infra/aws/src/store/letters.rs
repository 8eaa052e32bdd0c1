//! Dead letters as people see them: what was given up on, and why. The copies in the queues of dead
//! letters are there for their alarms.
//!
//! Invariant: the id of a letter is its key. That of a wake-up is `<run>:<path>:<fence or ->`; it stands
//! with its run and is removed with it.

use super::Store;
use super::keys::{Due, LETTER, key, put_due, run_pk};
use super::rare_lists::put_into;
use super::values::{
    Item, check_item, damaged, deflated, get_text, get_time, inflated, short_digest, text, time,
};
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use bytes::Bytes;
use std::collections::BTreeMap;
use tradewind_engine::ids::{RunId, StepPath};
use tradewind_engine::letters::DeadLetter;
use tradewind_engine::ports::Unavailable;
use tradewind_engine::queues::DISPATCH_QUEUE;
use tradewind_engine::time::Timestamp;
use tradewind_platform::newer;
use tradewind_stack::kinds::Kind;

/// A longer body, compressed, goes to the bucket: an item holds 400 KB.
const BODY_BYTES_MAX: usize = 350 * 1024;
/// How many letters one look for the oldest meets.
const LETTERS_LOOKED_AT: usize = 1_000;
const BODY: &str = "body";
const BLOB: &str = "blob";

impl Store {
    /// Keeps the letter. One with its id that is there already stays: it was given up on then.
    pub async fn insert_letter(&self, letter: &DeadLetter) -> Result<(), Unavailable> {
        let mut item = place(&letter.id);
        put_into(&mut item, LETTER, letter.at, &self.numbered(&listed_as(letter)));
        // A letter of the dispatch queue holds an event with its data.
        let holds_event = letter.queue == DISPATCH_QUEUE;
        let due = if holds_event { Due::Redact } else { Due::Purge };
        put_due(&mut item, due, &letter.id, letter.at);
        for (name, value) in
            [("id", &letter.id), ("queue", &letter.queue), ("reason", &letter.reason)]
        {
            item.insert(name.to_owned(), text(value));
        }
        item.insert("at".to_owned(), time(letter.at));
        let body = deflated(&letter.body);
        if body.len() <= BODY_BYTES_MAX {
            item.insert(BODY.to_owned(), AttributeValue::B(Blob::new(body)));
        } else {
            let blob = blob_key(&letter.id, &body);
            self.blobs.put(&blob, Bytes::from(body)).await?;
            item.insert(BLOB.to_owned(), text(blob));
        }
        self.put_first(item).await.map(|_| ())
    }

    /// The letter.
    pub async fn letter(&self, id: &str) -> Result<Option<DeadLetter>, Unavailable> {
        match self.item(place(id)).await? {
            Some(item) => self.letter_of(&item).await.map(Some),
            None => Ok(None),
        }
    }

    /// The newest letters first, at most `limit`.
    pub async fn letters(&self, limit: usize) -> Result<Vec<DeadLetter>, Unavailable> {
        self.letters_in(self.newest(LETTER, limit).await?).await
    }

    /// When the oldest letter of each queue was given up on, in one request. Of more letters than one
    /// asks for, the oldest count.
    pub async fn oldest_letters(&self) -> Result<BTreeMap<String, Timestamp>, Unavailable> {
        let mut oldest = BTreeMap::new();
        for (at, id) in self.oldest(LETTER, LETTERS_LOOKED_AT).await? {
            if let Some(queue) = queue_in(&id) {
                oldest.entry(queue.to_owned()).or_insert(at);
            }
        }
        Ok(oldest)
    }

    /// The letters about a step, of all its fences.
    pub async fn letters_of(
        &self,
        run: &RunId,
        path: &StepPath,
    ) -> Result<Vec<DeadLetter>, Unavailable> {
        let items = self.of_run(run, &format!("{LETTER}#{path}#")).await?;
        self.letters_in(items).await
    }

    /// Removes the letter; no error when it is not there.
    pub async fn remove_letter(&self, id: &str) -> Result<(), Unavailable> {
        let item = self.item(place(id)).await?;
        self.remove_items(vec![place(id)]).await?;
        match item.as_ref().and_then(|item| get_text(item, BLOB)) {
            Some(blob) => self.blobs.remove(blob).await,
            None => Ok(()),
        }
    }

    /// One that cannot be read hides no other.
    async fn letters_in(&self, items: Vec<Item>) -> Result<Vec<DeadLetter>, Unavailable> {
        let mut letters = Vec::new();
        for item in &items {
            match self.letter_of(item).await {
                Ok(letter) => letters.push(letter),
                Err(newer) if newer.is_newer() => newer::log_once(&newer),
                Err(error) => {
                    let id = get_text(item, "id");
                    tracing::error!(letter.id = id, error = %error.logged(), "a dead letter cannot be read");
                }
            }
        }
        Ok(letters)
    }

    async fn letter_of(&self, item: &Item) -> Result<DeadLetter, Unavailable> {
        check_item::<DeadLetter>(item)?;
        let bytes = match get_text(item, BLOB) {
            Some(blob) => self.blobs.get(blob).await?,
            None => {
                let body = item.get(BODY).and_then(|body| body.as_b().ok());
                body.map(|body| Bytes::copy_from_slice(body.as_ref()))
            }
        };
        let member = |name| get_text(item, name).map(str::to_owned);
        let letter = || {
            Some(DeadLetter {
                id: member("id")?,
                queue: member("queue")?,
                body: inflated(&bytes?)?,
                reason: member("reason")?,
                at: get_time(item, "at")?,
            })
        };
        letter().ok_or_else(|| damaged("a dead letter"))
    }
}

/// The key of the letter with this id.
fn place(id: &str) -> Item {
    let wake = id.rsplit_once(':').and_then(|(step, fence)| Some((step.split_once(':')?, fence)));
    match wake {
        Some(((run, path), fence)) => {
            key(run_pk(&RunId::from(run)), format!("{LETTER}#{path}#{fence}"))
        }
        None => key(Kind::Letter.key(id), LETTER),
    }
}

/// What a letter is listed as: its queue is told by the list alone.
fn listed_as(letter: &DeadLetter) -> String {
    format!("{}#{}", letter.queue, letter.id)
}

/// The queue in such an id, behind its number.
fn queue_in(numbered: &str) -> Option<&str> {
    numbered.split('#').nth(1)
}

/// Made from the content too: a body that was written for a letter that was not kept harms no other.
fn blob_key(id: &str, body: &[u8]) -> String {
    format!("parts/letters/{}/{}", short_digest(id.as_bytes()), short_digest(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_of_a_run_stands_with_it() {
        let keys = ["run_1:log:2", "run_1:each[0].label:-", "email.send:00112233445566aa", "x"];
        let keys = keys.map(|id| {
            let place = place(id);
            let part = |name| get_text(&place, name).unwrap().to_owned();
            format!("{} / {}", part("pk"), part("sk"))
        });
        expect_test::expect![[r"
            RUN#run_1 / LETTER#log#2
            RUN#run_1 / LETTER#each[0].label#-
            LETTER#email.send:00112233445566aa / LETTER
            LETTER#x / LETTER"]]
        .assert_eq(&keys.join("\n"));
    }

    #[test]
    fn a_list_of_letters_tells_their_queues() {
        let letter = DeadLetter {
            id: "run_1:each[0].label:-".to_owned(),
            queue: "email.send".to_owned(),
            body: String::new(),
            reason: String::new(),
            at: Timestamp::UNIX_EPOCH,
        };
        let numbered = format!("{:012}#{}", 7, listed_as(&letter));
        assert_eq!(queue_in(&numbered), Some("email.send"));
    }
}
