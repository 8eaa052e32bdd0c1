use super::*;
use crate::clients::canned::Canned;
use expect_test::{Expect, expect};
use serde_json::{Value, json};
use tradewind_engine::time::after;
use tradewind_memory::VirtualClock;

fn stage() -> Stage {
    let variables = [
        ("QUEUES_URL", "https://sqs.us-east-1.amazonaws.com/1/tradewind-live-"),
        ("QUEUES_ARN", "arn:aws:sqs:us-east-1:1:tradewind-live-"),
        ("QUEUE_DELAY_MAX_SECONDS", "900"),
        ("SCHEDULER_ROLE_ARN", "arn:aws:iam::1:role/schedules"),
        ("SCHEDULE_GROUP", "tradewind-live"),
    ];
    Stage::new(variables.map(|(name, value)| (name.to_owned(), value.to_owned())))
}

fn queues(canned: &Canned) -> Queues {
    let clock = VirtualClock::new("2026-03-01T08:00:00Z".parse().unwrap());
    Queues::new(&canned.clients(), &stage(), Arc::new(clock)).unwrap()
}

fn taken() -> Canned {
    Canned::new(|_, _| (200, json!({ "ScheduleArn": "arn", "MessageId": "1" })))
}

fn check_asked(canned: &Canned, expected: Expect) {
    let lines: Vec<String> =
        canned.asked().iter().map(|(operation, body)| format!("{operation} {body}")).collect();
    expected.assert_eq(&lines.join("\n"));
}

#[tokio::test]
async fn a_message_goes_to_the_queue_of_its_action() {
    let canned = taken();
    let queues = queues(&canned);
    let workflow = WorkflowId::from("shop/order-log");
    queues.send("sheet.append_row", "{}".to_owned(), None, Some(&workflow)).await.unwrap();
    queues.bury("sheet.append_row", "{}".to_owned()).await.unwrap();
    check_asked(
        &canned,
        expect![[r#"
            AmazonSQS.SendMessage {"QueueUrl":"https://sqs.us-east-1.amazonaws.com/1/tradewind-live-sheet-append-row","MessageBody":"{}","MessageGroupId":"shop/order-log"}
            AmazonSQS.SendMessage {"QueueUrl":"https://sqs.us-east-1.amazonaws.com/1/tradewind-live-sheet-append-row-dead","MessageBody":"{}"}"#]],
    );
}

#[tokio::test]
async fn an_action_of_a_projects_own_has_the_queue_of_http_request() {
    let canned = taken();
    let queues = queues(&canned);
    let due = after(queues.clock.now(), Duration::from_secs(3_600));
    queues.send("acme.create_ticket", "{}".to_owned(), None, None).await.unwrap();
    queues.send("acme.create_ticket", "{}".to_owned(), Some(due), None).await.unwrap();
    queues.bury("acme.create_ticket", "{}".to_owned()).await.unwrap();
    let asked: Vec<_> = canned.asked().into_iter().map(|(_, body)| body).collect();
    let queue = "https://sqs.us-east-1.amazonaws.com/1/tradewind-live-http-request";
    assert_eq!(asked[0]["QueueUrl"], queue);
    assert!(asked[1].to_string().contains(":tradewind-live-http-request\""), "{}", asked[1]);
    assert_eq!(asked[2]["QueueUrl"], format!("{queue}-dead"));
    assert_eq!(queues.name("acme.create_ticket"), queues.name("http.request"));
}

#[tokio::test]
async fn the_connection_that_a_message_waits_for_stands_beside_its_body() {
    let canned = taken();
    let queues = queues(&canned);
    let routing = Routing { workflow: None, via: Some(&"mail".into()) };
    queues.send_routed("email.send", "{}".to_owned(), None, routing).await.unwrap();
    let sent = &canned.asked()[0].1;
    assert_eq!(sent["MessageBody"], "{}");
    let via = json!({ "via": { "DataType": "String", "StringValue": "mail" } });
    assert_eq!(sent["MessageAttributes"], via);
}

#[tokio::test]
async fn a_message_for_later_waits_in_the_queue_and_one_for_much_later_in_a_schedule() {
    let canned = taken();
    let queues = queues(&canned);
    for seconds in [30, 901] {
        let due = after(queues.clock.now(), Duration::from_secs(seconds));
        queues.send("email.send", "{}".to_owned(), Some(due), None).await.unwrap();
    }
    let asked = canned.asked();
    assert_eq!(asked[0].1["DelaySeconds"], 30);
    let (operation, schedule) = &asked[1];
    assert!(operation.starts_with("POST /schedules/"), "{operation}");
    let mut schedule = schedule.clone();
    schedule.as_object_mut().unwrap().remove("ClientToken");
    expect![[r#"{"ActionAfterCompletion":"DELETE","Target":{"Arn":"arn:aws:sqs:us-east-1:1:tradewind-live-email-send","RoleArn":"arn:aws:iam::1:role/schedules","Input":"{}"},"FlexibleTimeWindow":{"Mode":"OFF"},"GroupName":"tradewind-live","ScheduleExpression":"at(2026-03-01T08:15:01)","ScheduleExpressionTimezone":"UTC"}"#]]
    .assert_eq(&schedule.to_string());
}

#[tokio::test]
async fn a_schedule_that_exists_is_as_good_as_a_new_one() {
    let canned = Canned::new(|_, _| (409, json!({ "__type": "ConflictException" })));
    let queues = queues(&canned);
    let due = after(queues.clock.now(), Duration::from_secs(3600));
    queues.send("email.send", "{}".to_owned(), Some(due), None).await.unwrap();
    let refused = Canned::new(|_, _| (400, json!({ "__type": "ValidationException" })));
    let refused = self::queues(&refused);
    refused.send("email.send", "{}".to_owned(), Some(due), None).await.unwrap_err();
}

#[tokio::test]
async fn without_schedules_nothing_is_sent_for_later() {
    let canned = taken();
    let queues = Queues { later: None, ..queues(&canned) };
    let due = after(queues.clock.now(), Duration::from_secs(1));
    queues.send("email.send", "{}".to_owned(), Some(due), None).await.unwrap_err();
    assert!(canned.asked().is_empty());
    queues.send("email.send", "{}".to_owned(), Some(queues.clock.now()), None).await.unwrap();
}

#[tokio::test]
async fn a_message_is_held_for_whole_seconds_within_the_limit() {
    let canned = taken();
    let queues = queues(&canned);
    let receipt = receipt(&queues.name("email.send"), "handle");
    for pause in [Duration::ZERO, Duration::from_millis(1_001), Duration::from_secs(100_000)] {
        queues.show_again(&receipt, pause).await.unwrap();
    }
    let seconds: Vec<Value> =
        canned.asked().into_iter().map(|(_, mut body)| body["VisibilityTimeout"].take()).collect();
    assert_eq!(seconds, [0, 2, 43_200]);
}

#[tokio::test]
async fn a_message_that_is_gone_need_not_be_held() {
    for word in [
        "AWS.SimpleQueueService.MessageNotInflight",
        "MessageNotInflight",
        "ReceiptHandleIsInvalid",
        "InvalidParameterValue",
    ] {
        let canned = Canned::new(move |_, _| (400, json!({ "__type": word })));
        let receipt = receipt("tradewind-live-email-send", "handle");
        queues(&canned).show_again(&receipt, Duration::ZERO).await.unwrap();
    }
    let canned = Canned::new(|_, _| (500, json!({})));
    let receipt = receipt("tradewind-live-email-send", "handle");
    queues(&canned).show_again(&receipt, Duration::ZERO).await.unwrap_err();
}

#[tokio::test]
async fn a_receipt_from_elsewhere_asks_nothing() {
    let canned = taken();
    for receipt in ["", "1", "\nhandle", "queue\n"] {
        queues(&canned).show_again(&Receipt(receipt.to_owned()), Duration::ZERO).await.unwrap();
        queues(&canned).delete(&Receipt(receipt.to_owned())).await.unwrap();
    }
    assert!(canned.asked().is_empty());
}

#[tokio::test]
async fn of_a_batch_only_what_is_named_as_taken_was_taken() {
    let canned = Canned::new(|_, _| {
        let taken = |id| json!({ "Id": id, "MessageId": "1", "MD5OfMessageBody": "" });
        let failed = json!([{ "Id": "1", "Code": "InternalError", "SenderFault": false }]);
        (200, json!({ "Successful": [taken("0"), taken("3")], "Failed": failed }))
    });
    let left = queues(&canned).send_all("dispatch", &["a", "b", "c", "d"]).await.unwrap();
    assert_eq!(left, [1, 2]);
}

#[test]
fn a_workflow_whose_name_no_group_can_have_is_known_by_its_digest() {
    assert_eq!(group(&"shop/order-log".into()), "shop/order-log");
    for name in ["bestellung größe", "", &"a".repeat(101)] {
        assert_eq!(group(&name.into()).len(), 64);
    }
}
