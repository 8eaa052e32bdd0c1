//! Bulk work. An open job is in the index of what is due, so that the sweep finds it whenever it was
//! asked for; one that has ended is due to be removed.

use super::Store;
use super::items::Seeing;
use super::keys::{DUE, DUE_AT, DUE_PK, Due, key, key_of, put_due};
use super::rare_lists::{DOCUMENT, documents, put_into};
use super::values::{IS_KNOWN, Item, V, number, packed, read_packed, text, time};
use super::writes::{Put, put_if};
use async_trait::async_trait;
use tradewind_engine::ids::JobId;
use tradewind_engine::jobs::{JOB_VERSION, Job, JobState};
use tradewind_engine::ports::{Jobs, Unavailable};
use tradewind_stack::kinds::Kind;

const JOB: &str = Kind::Job.word();
/// The partition of open jobs: there are few.
const OPEN: &str = "JOB#OPEN";
const REVISION: &str = "revision";

#[async_trait]
impl Jobs for Store {
    async fn add(&self, job: &Job) -> Result<(), Unavailable> {
        self.put_first(item(job)).await.map(|_| ())
    }

    async fn read(&self, job: &JobId) -> Result<Option<Job>, Unavailable> {
        let item = self.item(place(job)).await?;
        Ok(item.map(|item| read_packed(&item, DOCUMENT)).transpose()?)
    }

    async fn open(&self, limit: usize) -> Result<Vec<Job>, Unavailable> {
        let query = self
            .query()
            .index_name(DUE)
            .key_condition_expression("due_pk = :open")
            .expression_attribute_values(":open", text(OPEN));
        let rows = self.rows(query, limit).await?;
        let items =
            self.items(rows.iter().filter_map(key_of).collect(), Seeing::Everything).await?;
        let mut jobs: Vec<Job> = documents(&items);
        // The index may not have heard of an end.
        jobs.retain(|job| job.state == JobState::Open);
        jobs.sort_by(|one, other| (one.created_at, &one.id).cmp(&(other.created_at, &other.id)));
        Ok(jobs)
    }

    async fn save(&self, job: &Job) -> Result<bool, Unavailable> {
        let Some(seen) = job.revision.checked_sub(1) else { return Ok(false) };
        let put = self.dynamodb.put_item().table_name(&self.runs).set_item(Some(item(job)));
        let put = put
            .condition_expression(format!("revision = :seen AND {IS_KNOWN}"))
            .expression_attribute_names("#v", V)
            .expression_attribute_values(":v", number(JOB_VERSION))
            .expression_attribute_values(":seen", number(seen));
        match put_if(put).await? {
            Put::Written => Ok(true),
            Put::Was(nothing) if nothing.is_empty() => Ok(false),
            // Ours, where the answer to a first try was lost.
            Put::Was(kept) => Ok(read_packed::<Job>(&kept, DOCUMENT)? == *job),
        }
    }

    async fn list(&self, limit: usize) -> Result<Vec<Job>, Unavailable> {
        Ok(documents(&self.newest(JOB, limit).await?))
    }
}

fn place(job: &JobId) -> Item {
    key(Kind::Job.key(job), JOB)
}

fn item(job: &Job) -> Item {
    let mut item = place(&job.id);
    put_into(&mut item, JOB, job.created_at, job.id.as_str());
    if job.state == JobState::Open {
        item.insert(DUE_PK.to_owned(), text(OPEN));
        item.insert(DUE_AT.to_owned(), time(job.created_at));
    } else {
        put_due(&mut item, Due::Purge, job.id.as_str(), job.updated_at);
    }
    item.insert(V.to_owned(), number(job.v));
    item.insert(REVISION.to_owned(), number(job.revision));
    item.insert(DOCUMENT.to_owned(), packed(job));
    item
}
