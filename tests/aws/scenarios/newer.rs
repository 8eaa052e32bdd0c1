//! A fleet of two versions: functions of this one beside records and messages of the next.

use super::one_mail;
use crate::app::order;
use crate::fakes::Services;
use crate::site::{Shop, Site};
use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;
use std::collections::HashMap;

/// What the next version wrote waits, as it is; what this one knows goes on. Once it can be read, the
/// rest goes on as well, by the message that was left in its queue.
pub(super) async fn what_a_newer_version_wrote_waits_for_it_beside_what_goes_on(site: &Site) {
    let services = Services::start(&["Key"]).await;
    let shop = site.open("newer", services.url(), one_mail()).await;
    pause(&shop, "pause").await;
    shop.seen_by_all().await;
    let theirs = shop.begun(&order(1)).await;
    // The step is claimed, found to be paused, and given back.
    shop.wait_for("the run to stand still", async || {
        let run = shop.get(&format!("/api/runs/{theirs}")).await;
        run["hint"].as_str().filter(|hint| hint.contains("paused")).map(|_| ())
    })
    .await;
    shop.drained("email-send").await;
    set_version(&shop, &theirs, 99).await;
    let before = item(&shop, &theirs).await;
    pause(&shop, "resume").await;
    shop.seen_by_all().await;

    let wake = json!({ "v": 1, "run": theirs, "path": "thank" });
    shop.send("email-send", &wake.to_string()).await;
    // It stays there until this is over.
    let leaving = shop.site().leaving.write().await;
    let newer = json!({ "v": 3, "run": theirs, "path": "thank", "because": "unknown here" });
    shop.send("email-send", &newer.to_string()).await;
    shop.served(&order(2)).await;
    assert_eq!(services.happened().mails("Order 2"), 1);
    let refused = shop.call("GET", &format!("/api/runs/{theirs}"), None).await;
    assert_eq!(refused.json()["error"]["code"], "newer_version", "{refused:?}");
    let list = shop.get("/api/runs?workflow=newer").await;
    assert_eq!(list["left_out"], json!({ "newer": 1, "damaged": 0 }), "{list:#}");
    assert_eq!(item(&shop, &theirs).await, before, "nobody here has touched it");
    assert!(shop.letters(&theirs).await.is_empty());
    assert_eq!(services.happened().mails("Order 1"), 0);

    set_version(&shop, &theirs, 1).await;
    shop.run_in(&theirs, "succeeded").await;
    assert_eq!(services.happened().mails("Order 1"), 1);
    // The message that only the next version understands still waits for it.
    let left = shop
        .wait_for("the newer message", async || {
            shop.message("email-send", |body| body.contains("unknown here")).await
        })
        .await;
    shop.remove(&left, "email-send").await;
    drop(leaving);
}

async fn pause(shop: &Shop<'_>, what: &str) {
    let path = format!("/api/workflows/newer/{what}");
    shop.site().change("POST", &path, json!({})).await;
}

fn key(run: &str) -> [(String, AttributeValue); 2] {
    [("pk", format!("RUN#{run}")), ("sk", "RUN".to_owned())]
        .map(|(name, value)| (name.to_owned(), AttributeValue::S(value)))
}

async fn set_version(shop: &Shop<'_>, run: &str, version: u32) {
    let update = shop.clients.dynamodb().update_item().table_name(table(shop).await);
    let update = update
        .set_key(Some(key(run).into()))
        .condition_expression("attribute_exists(pk)")
        .update_expression("SET #v = :v")
        .expression_attribute_names("#v", "v")
        .expression_attribute_values(":v", AttributeValue::N(version.to_string()));
    update.send().await.unwrap();
}

async fn item(shop: &Shop<'_>, run: &str) -> HashMap<String, AttributeValue> {
    let get = shop.clients.dynamodb().get_item().table_name(table(shop).await);
    get.set_key(Some(key(run).into())).send().await.unwrap().item.unwrap()
}

/// The runs table of the stage.
async fn table(shop: &Shop<'_>) -> String {
    let tables = shop.clients.dynamodb().list_tables().send().await.unwrap();
    let is_it = |name: &&String| name.contains(&shop.stage) && name.to_lowercase().contains("run");
    tables.table_names().iter().find(is_it).unwrap().clone()
}
