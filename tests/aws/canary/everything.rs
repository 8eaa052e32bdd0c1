//! Everything that a stage has written: its tables, its queues and their dead letters, its bucket, its
//! schedules, and the log of its functions with their metrics. What is packed is unpacked.

use super::answers::Said;
use crate::stack::Stack;
use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::DeflateDecoder;
use std::collections::HashMap;
use std::io::Read as _;

/// Access tokens stand in the table of runs, in items that the functions of actions alone may read.
const TOKENS: &str = "TOKEN#";
/// Shorter texts are nothing that was packed.
const PACKED_CHARACTERS_MIN: usize = 40;
const UNPACKED_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// All of it.
pub(super) async fn of(stack: &Stack) -> Said {
    let mut said = tables(stack).await;
    said.extend(queues(stack).await);
    said.extend(buckets(stack).await);
    said.extend(schedules(stack).await);
    let log = stack.emulator.log();
    assert!(
        log.contains("\"level\":\"DEBUG\"") || log.contains("\"level\":\"TRACE\""),
        "it logs all it can"
    );
    said.push(("the log".to_owned(), log));
    said
}

async fn tables(stack: &Stack) -> Said {
    let dynamodb = stack.clients.dynamodb();
    let tables = dynamodb.list_tables().send().await.unwrap();
    let mut said = Said::new();
    for table in tables.table_names() {
        let mut items = dynamodb.scan().table_name(table).into_paginator().items().send();
        while let Some(item) = items.next().await {
            let item: HashMap<String, AttributeValue> = item.unwrap();
            let key = item["pk"].as_s().unwrap().clone();
            if !key.starts_with(TOKENS) {
                let texts: Vec<String> = item.values().map(text).collect();
                said.push((format!("{key} in {table}"), texts.join("\n")));
            }
        }
    }
    assert!(said.len() > 50, "{} items", said.len());
    said
}

fn text(value: &AttributeValue) -> String {
    match value {
        AttributeValue::S(text) => with_unpacked(text),
        AttributeValue::B(bytes) => unpacked(bytes.as_ref())
            .unwrap_or_else(|| String::from_utf8_lossy(bytes.as_ref()).into_owned()),
        AttributeValue::M(fields) => {
            let fields = fields.iter().map(|(name, value)| format!("{name}: {}", text(value)));
            fields.collect::<Vec<_>>().join("\n")
        }
        AttributeValue::L(several) => several.iter().map(text).collect::<Vec<_>>().join("\n"),
        other => format!("{other:?}"),
    }
}

async fn queues(stack: &Stack) -> Said {
    let sqs = stack.clients.sqs();
    let queues = sqs.list_queues().send().await.unwrap();
    let mut said = Said::new();
    for queue in queues.queue_urls() {
        // A dead letter of each kind at least: what is in one queue looks alike.
        for _ in 0..5 {
            let received = sqs.receive_message().queue_url(queue).max_number_of_messages(10);
            let received = received.visibility_timeout(60).message_attribute_names("All");
            for message in received.send().await.unwrap().messages() {
                let body = with_unpacked(message.body().unwrap_or_default());
                let attributes = message.message_attributes();
                said.push((format!("a message in {queue}"), format!("{body}\n{attributes:?}")));
            }
        }
    }
    assert!(said.iter().any(|(queue, _)| queue.ends_with("-dead")), "there are dead letters");
    said
}

async fn buckets(stack: &Stack) -> Said {
    let s3 = stack.clients.s3();
    let buckets = s3.list_buckets().send().await.unwrap();
    let own = format!("tradewind-{}-", stack.stage);
    let names = buckets.buckets().iter().filter_map(|bucket| bucket.name());
    let mut said = Said::new();
    for bucket in names.filter(|name| name.starts_with(&own)) {
        let listed = s3.list_objects_v2().bucket(bucket).send().await.unwrap();
        for key in listed.contents().iter().filter_map(|object| object.key()) {
            let object = s3.get_object().bucket(bucket).key(key).send().await.unwrap();
            let bytes = object.body.collect().await.unwrap().to_vec();
            let text = unpacked(&bytes);
            let text = text.unwrap_or_else(|| String::from_utf8_lossy(&bytes).into_owned());
            said.push((format!("{bucket}/{key}"), text));
        }
    }
    said
}

async fn schedules(stack: &Stack) -> Said {
    let scheduler = stack.clients.scheduler();
    let listed = scheduler.list_schedules().send().await.unwrap();
    let mut said = Said::new();
    for schedule in listed.schedules() {
        let (name, group) = (schedule.name().unwrap(), schedule.group_name());
        let shown = scheduler.get_schedule().name(name).set_group_name(group.map(str::to_owned));
        said.push((format!("the schedule {name}"), format!("{:?}", shown.send().await)));
    }
    said
}

/// The text, and behind it all that was packed into it.
fn with_unpacked(text: &str) -> String {
    let is_letter = |one: char| one.is_ascii_alphanumeric() || matches!(one, '+' | '/' | '=');
    let parts =
        text.split(|one| !is_letter(one)).filter(|part| part.len() >= PACKED_CHARACTERS_MIN);
    let packed = parts.filter_map(|part| STANDARD.decode(part).ok());
    let unpacked = packed.filter_map(|bytes| unpacked(&bytes));
    std::iter::once(text.to_owned()).chain(unpacked).collect::<Vec<_>>().join("\n")
}

fn unpacked(bytes: &[u8]) -> Option<String> {
    let mut text = String::new();
    let mut decoder = DeflateDecoder::new(bytes).take(UNPACKED_BYTES_MAX);
    decoder.read_to_string(&mut text).ok().map(|_| text)
}
