//! Making a stage as it was when it had just been deployed.

use super::Stack;
use aws_sdk_dynamodb::types::{DeleteRequest, WriteRequest};

/// What a batch of writes may hold.
const BATCH: usize = 25;

impl Stack {
    /// Empties queues and tables, takes back what was to come, and ends the functions' processes with
    /// all that they remember.
    pub(crate) async fn empty(&self) {
        self.empty_queues().await;
        self.end_schedules().await;
        for worker in self.emulator.workers_of_stage(&self.stage) {
            self.emulator.kill_worker(worker);
        }
        self.empty_tables().await;
        // What the last of the functions sent.
        self.empty_queues().await;
    }

    async fn empty_queues(&self) {
        let sqs = self.clients.sqs();
        let prefix = format!("tradewind-{}-", self.stage);
        let queues = sqs.list_queues().queue_name_prefix(prefix).send().await.unwrap();
        for queue in queues.queue_urls() {
            sqs.purge_queue().queue_url(queue).send().await.unwrap();
        }
    }

    async fn end_schedules(&self) {
        let scheduler = self.clients.scheduler();
        let group = format!("tradewind-{}", self.stage);
        let listed = scheduler.list_schedules().group_name(&group).send().await.unwrap();
        let names = listed.schedules().iter().filter_map(|schedule| schedule.name());
        for name in names.filter(|name| !name.ends_with("-sweep")) {
            // It may just have fired.
            let _ = scheduler.delete_schedule().group_name(&group).name(name).send().await;
        }
    }

    async fn empty_tables(&self) {
        let dynamodb = self.clients.dynamodb();
        let tables = dynamodb.list_tables().send().await.unwrap();
        let prefix = format!("tradewind-{}-", self.stage);
        for table in tables.table_names().iter().filter(|table| table.starts_with(&prefix)) {
            let scan = dynamodb.scan().table_name(table).projection_expression("pk, sk");
            let mut pages = scan.into_paginator().items().send();
            let mut all = Vec::new();
            while let Some(key) = pages.next().await {
                let gone = DeleteRequest::builder().set_key(Some(key.unwrap())).build().unwrap();
                all.push(WriteRequest::builder().delete_request(gone).build());
            }
            for batch in all.chunks(BATCH) {
                let gone = dynamodb.batch_write_item().request_items(table, batch.to_vec());
                gone.send().await.unwrap();
            }
        }
    }
}
