//! Changes while runs are under way.

use super::shop::{PROJECT, Shop, THANKS, given, id, subjects};
use crate::app::{Given, order};
use crate::fakes::sendgrid::{refused, taken};
use crate::fakes::{Answer, FakeServer};
use serde_json::json;

#[tokio::test]
async fn a_run_ends_with_the_version_that_it_began_with() {
    let later = refused(503, "later").header("retry-after", "2");
    let services = FakeServer::scripted([later, taken(), taken()]).await;
    let shop = Shop::open(given(&services.url).workflow("thanks", THANKS)).await;
    let run = shop.run_of(&shop.place(&order(1)).await).await;
    shop.step_in(&run, "thank", "retry").await;
    let second = THANKS.replace("subject: Order", "subject: Your new order");
    shop.apply(&given(&services.url).workflow("thanks", &second)).await;
    assert_eq!(shop.ended(&run).await["run"]["version"], 1);
    assert_eq!(shop.served(&order(2)).await["run"]["version"], 2);
    assert_eq!(subjects(&services.seen()), ["Order 1", "Order 1", "Your new order 2"]);
    shop.close().await;
}

#[tokio::test]
async fn another_provider_is_one_line_of_the_project() {
    let services = FakeServer::deciding(|request| match request.target.as_str() {
        "/v3/mail/send" => taken(),
        "/email" => {
            Answer::json(200, json!({ "ErrorCode": 0, "Message": "OK", "MessageID": "pm-1" }))
        }
        _ => Answer::status(404),
    });
    let services = services.await;
    let shop = Shop::open(given(&services.url).workflow("thanks", THANKS)).await;
    let before = shop.served(&order(1)).await;
    let swapped: Vec<&str> = PROJECT
        .lines()
        .map(|line| match line.trim_start().starts_with("mail:") {
            true => "  mail: { provider: postmark, server_token: '${{ secret.postmark }}', from: shop@example.com, base_url: 'SERVICES' }",
            false => line,
        })
        .collect();
    let project = swapped.join("\n").replace("SERVICES", &services.url);
    shop.apply(&Given::project(&project).workflow("thanks", THANKS)).await;
    let after = shop.served(&order(2)).await;
    let gave = |run: &serde_json::Value| run["steps"][0]["output"]["message_id"].clone();
    assert_eq!((gave(&before), gave(&after)), (json!("message-1"), json!("pm-1")));
    let targets: Vec<String> = services.seen().into_iter().map(|seen| seen.target).collect();
    assert_eq!(targets, ["/v3/mail/send", "/email"]);
    assert_ne!(id(&before), id(&after));
    shop.close().await;
}
