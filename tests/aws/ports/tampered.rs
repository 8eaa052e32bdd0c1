//! Items changed past the store, as a newer tradewind or damage leaves them.

use super::cloud::{Cloud, table};
use super::tampering::{Kept, Tampering};
use crate::tables;
use async_trait::async_trait;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use futures::future::join_all;
use std::path::Path;
use tradewind_aws::clients::Clients;

/// The tables of a stage.
pub(super) struct Tables {
    dynamodb: aws_sdk_dynamodb::Client,
    definitions: String,
    runs: String,
}

impl Tables {
    pub(super) fn of(clients: &Clients, stage: &str) -> Self {
        let [definitions, runs] =
            [tables::DEFINITIONS, tables::RUNS].map(|logical| table(stage, logical));
        Self { dynamodb: clients.dynamodb(), definitions, runs }
    }

    async fn set(&self, table: &str, key: (&str, &str), name: &str, value: AttributeValue) {
        let update = self.dynamodb.update_item().table_name(table);
        let update = update
            .key("pk", AttributeValue::S(key.0.to_owned()))
            .key("sk", AttributeValue::S(key.1.to_owned()))
            .condition_expression("attribute_exists(pk)")
            .update_expression("SET #name = :value")
            .expression_attribute_names("#name", name)
            .expression_attribute_values(":value", value);
        update.send().await.unwrap();
    }

    async fn version_sk(&self, workflow: &str, version: u32) -> String {
        let query = self.dynamodb.query().table_name(&self.definitions);
        let query = query
            .key_condition_expression("pk = :pk AND begins_with(sk, :sk)")
            .expression_attribute_values(":pk", AttributeValue::S(format!("WF#{workflow}")))
            .expression_attribute_values(":sk", AttributeValue::S(format!("V#{version:010}#")));
        query.send().await.unwrap().items()[0]["sk"].as_s().unwrap().clone()
    }
}

#[async_trait]
impl Tampering for Cloud {
    async fn set_version(&self, _folder: &Path, record: Kept<'_>, version: u32) -> bool {
        let tables = &self.tables;
        let (table, pk, sk) = match record {
            Kept::Run(run) => (&tables.runs, format!("RUN#{run}"), "RUN".to_owned()),
            Kept::Event(event) => (&tables.runs, format!("EVENT#{event}"), "EVENT".to_owned()),
            Kept::Job(job) => (&tables.runs, format!("JOB#{job}"), "JOB".to_owned()),
            Kept::Project | Kept::Workflow(_) => {
                (&tables.definitions, "CURRENT".to_owned(), "CURRENT".to_owned())
            }
            Kept::Version(workflow, number) => {
                let sk = tables.version_sk(workflow, number).await;
                (&tables.definitions, format!("WF#{workflow}"), sk)
            }
            Kept::OutboxEntry(key) => {
                let run = key.split(':').next().unwrap_or_default();
                (&tables.runs, format!("RUN#{run}"), format!("BOX#{key}"))
            }
            Kept::Reply(key) => (&tables.runs, format!("REPLY#{key}"), "REPLY".to_owned()),
            // Their keys are random.
            Kept::AuditLine(_) => return false,
        };
        let version = AttributeValue::N(version.to_string());
        tables.set(table, (&pk, &sk), "v", version).await;
        true
    }

    async fn damage(&self, _folder: &Path, runs: &[String]) {
        let damage = runs.iter().map(async |run| {
            let garbage = AttributeValue::B(Blob::new(vec![0xFF; 8]));
            self.tables
                .set(&self.tables.runs, (&format!("RUN#{run}"), "RUN"), "head", garbage)
                .await;
        });
        join_all(damage).await;
    }
}
