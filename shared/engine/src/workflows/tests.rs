use super::*;
use crate::ids::ProviderId;
use crate::problems::Problem;
use schemars::{JsonSchema, schema_for};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

mod approving;
mod cancelling;
mod checking;
mod concurrency;
mod emit;
mod expecting;
mod forms;
mod fresh;
mod holding;
mod parsing;
mod schedules;
mod waiting;

fn parse(source: &str) -> Result<Workflow, Vec<Problem>> {
    Workflow::parse(&"order-confirmation".into(), source)
}

fn shown(problems: &[Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// The example of the design, as it is written there.
const EXAMPLE: &str = r#"# workflows/order-confirmation.yaml
name: Order confirmation
trigger:
  event: order.placed
  from: shop                          # a connection; which provider it is, is not the workflow's business
  once_per: trigger.order.id          # the business key: webhook retries and replays are the same run
if: trigger.order.total.amount > 0 and not trigger.test
steps:
  - id: confirm
    name: Email the customer
    uses: email.send
    via: mail
    on_unknown: hold                  # an answer that never came: hold (default for mail, SMS, money, HTTP POST) or retry (default for chat)
    with:
      to: ${{ trigger.order.customer.email }}
      subject: Your order ${{ trigger.order.number }}
      html: ${{ trigger.order.lines | order_table }}
  - id: log
    uses: sheet.append_row
    via: books
    retry:
      attempts: 8                     # the default curve, scaled so that its 7 delays sum to `over`
      over: 24h
    with:
      sheet: Orders
      key: ${{ trigger.order.number }}
      row:
        Order: ${{ trigger.order.number }}
        Total: ${{ trigger.order.total | decimal }}
        Mail: ${{ steps.confirm.message_id }}
on_failure:
  - uses: chat.post
    via: ops
    with:
      text: "Order ${{ trigger.order.number }}: ${{ failure.step }} failed, ${{ failure.reason }}"
"#;

#[derive(Serialize, JsonSchema)]
struct OrderPlaced {
    order: Order,
    test: bool,
    data: Value,
}

#[derive(Serialize, JsonSchema)]
struct Order {
    id: String,
    number: String,
    total: Money,
    customer: Option<Customer>,
    lines: Vec<Line>,
    metadata: BTreeMap<String, String>,
}

#[derive(Serialize, JsonSchema)]
struct Money {
    amount: i64,
    currency: String,
}

#[derive(Serialize, JsonSchema)]
struct Customer {
    email: String,
}

#[derive(Serialize, JsonSchema)]
struct Line {
    sku: String,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(dead_code, reason = "only its schema is used")]
enum Priority {
    /// Soon.
    High,
    /// Later.
    Low,
}

#[derive(Serialize, JsonSchema)]
struct SendEmail {
    to: String,
    subject: String,
    html: Option<String>,
    copies: Option<Vec<Recipient>>,
    priority: Option<Priority>,
    #[serde(default)]
    track: bool,
    #[serde(default)]
    weight: f64,
}

#[derive(Serialize, JsonSchema)]
struct Recipient {
    address: String,
}

#[derive(Serialize, JsonSchema)]
struct Sent {
    message_id: String,
}

#[derive(Serialize, JsonSchema)]
struct AppendRow {
    sheet: String,
    key: String,
    row: BTreeMap<String, Value>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(extend("anyOf" = [{ "required": ["text"] }, { "required": ["template", "about"] }]))]
struct Post {
    text: Option<String>,
    template: Option<String>,
    about: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct ReadOrder {
    id: String,
}

#[derive(Serialize, JsonSchema)]
struct OrderRead {
    order: Order,
}

struct Words {
    order_placed: Value,
    inputs: BTreeMap<&'static str, Value>,
    sent: Value,
    read: Value,
    created: Value,
    called: Value,
}

impl Words {
    fn new() -> Self {
        let inputs = [
            ("email.send", schema_for!(SendEmail).to_value()),
            ("sheet.append_row", schema_for!(AppendRow).to_value()),
            ("chat.post", schema_for!(Post).to_value()),
            ("order.get", schema_for!(ReadOrder).to_value()),
            ("http.request", json!({ "type": "object" })),
        ];
        Self {
            order_placed: schema_for!(OrderPlaced).to_value(),
            inputs: inputs.into(),
            sent: schema_for!(Sent).to_value(),
            read: schema_for!(OrderRead).to_value(),
            created: schema_for!(Customer).to_value(),
            called: json!({
                "type": "object",
                "properties": {
                    "status": { "type": "integer" },
                    "body": { "x-described-by": "expect" },
                },
            }),
        }
    }
}

impl Vocabulary for Words {
    fn events(&self) -> Vec<&str> {
        vec!["order.placed", "order.cancelled", "customer.created", "run.failed"]
    }
    fn event_schema(&self, event: &str) -> Option<&Value> {
        match event {
            "order.placed" => Some(&self.order_placed),
            "customer.created" => Some(&self.created),
            _ => None,
        }
    }
    fn actions(&self) -> Vec<&str> {
        self.inputs.keys().copied().collect()
    }
    fn action_input(&self, action: &ActionId) -> Option<&Value> {
        self.inputs.get(action.as_str())
    }
    fn action_output(&self, action: &ActionId) -> Option<&Value> {
        match action.as_str() {
            "email.send" => Some(&self.sent),
            "order.get" => Some(&self.read),
            "http.request" => Some(&self.called),
            _ => None,
        }
    }
    fn serves(&self, action: &ActionId, provider: &ProviderId) -> bool {
        self.providers_of(action).contains(&provider.as_str())
    }
    fn providers_of(&self, action: &ActionId) -> Vec<&str> {
        match action.as_str() {
            "email.send" => vec!["postmark", "sendgrid"],
            "chat.post" => vec!["slack"],
            "order.get" => vec!["commercelayer"],
            _ => vec!["csv"],
        }
    }
    fn emits(&self, provider: &ProviderId, event: &str) -> bool {
        let is_shop = matches!(provider.as_str(), "commercelayer" | "till");
        is_shop && (event.starts_with("order.") || event.starts_with("customer."))
    }
}

fn connections() -> BTreeMap<ConnectionName, ProviderId> {
    [("shop", "commercelayer"), ("mail", "sendgrid"), ("books", "csv"), ("ops", "slack")]
        .map(|(name, provider)| (name.into(), provider.into()))
        .into()
}
