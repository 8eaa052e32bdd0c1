//! The stage of template.yaml on an emulated AWS, with the functions run by us in place of it: so
//! each is one process that is known, and all that it asks of AWS is counted.

use crate::Failure;
use crate::app::{Hook, order};
use crate::emulator::{Emulator, Permissions};
use crate::fakes::Services;
use crate::folders::{Scratch, program};
use crate::function::Function;
use crate::ledger::Ledger;
use crate::stack::{Stack, Template, pack};
use crate::toll::Toll;
use crate::tools::{Tools, run};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const STAGE: &str = "figures";
const TAKE_OVER: &str = include_str!("take_over.py");
const WEBHOOK_SECRET: &str = "hush";
/// How many messages are looked for at once; each is still an event of its own.
const RECEIVED_MAX: i32 = 10;
const WAIT_SECONDS: i32 = 1;

/// The two shops differ in the number of steps that follow an order.
const PROJECT: &str = "
connections:
  shop1: { provider: commercelayer, webhook_secret: '${{ secret.webhook }}' }
  shop5: { provider: commercelayer, webhook_secret: '${{ secret.webhook }}' }
  mail:
    provider: sendgrid
    api_key: ${{ secret.mail }}
    from: shop@example.com
    base_url: SERVICES
    rate_limit: { calls: 100000, per: 1s }
";
const TRIGGER: &str = "
trigger:
  event: order.placed
  from: SHOP
  once_per: trigger.order.id
if: trigger.order.total.amount > 0
steps:
";
const STEP: &str = "
  - id: mailNUMBER
    uses: email.send
    via: mail
    with:
      to: ${{ trigger.order.customer.email }}
      subject: Your order ${{ trigger.order.number }}
      html: |
        <p>Thank you! You ordered:</p>
        ${{ trigger.order.lines | order_table }}
        <p>Total: ${{ trigger.order.total | money }}</p>
";

/// A taken over stage.
pub(crate) struct Site {
    /// What the functions asked of AWS.
    pub(crate) ledger: Arc<Ledger>,
    /// What their mails came to.
    pub(crate) services: Services,
    stack: Stack,
    variables: BTreeMap<String, BTreeMap<String, String>>,
    _scratch: Scratch,
}

/// A queue and the function that it feeds.
pub(crate) struct Fed {
    queue: String,
    pub(crate) function: Function,
    /// How many messages it kept back for later.
    pub(crate) kept_back: AtomicUsize,
}

impl Site {
    /// Deploys the stage, applies the workflows, and takes it over.
    pub(crate) async fn open(workflows: Value) -> Result<Self, Failure> {
        let scratch = Scratch::new()?;
        let folder = scratch.folder("deploy")?;
        let packing = folder.clone();
        let tools = tokio::task::spawn_blocking(Tools::install).await??;
        let tools = Arc::new(tools);
        let pack_tools = Arc::clone(&tools);
        let code = tokio::task::spawn_blocking(move || pack(&pack_tools, &packing)).await??;
        let emulator = Emulator::start(&tools, &scratch, "emulator", Permissions::Ignored).await?;
        let emulator = Arc::new(emulator);
        let (deploying, template) = (Arc::clone(&emulator), Template::whole(&code));
        let stack = Stack::deploy(Arc::clone(&tools), deploying, &folder, STAGE, template).await?;

        let services = Services::start(&[]).await;
        stack.set_secret("commercelayer", "webhook", WEBHOOK_SECRET).await;
        stack.set_secret("sendgrid", "mail", "SG.key").await;
        let project = PROJECT.replace("SERVICES", services.url());
        let body = json!({ "project": project, "workflows": workflows });
        let applied = stack.call("PUT", "/api/project", Some(body)).await;
        if !applied.status.is_success() {
            return Err(format!("the workflows were not applied: {applied:?}").into());
        }
        let variables = take_over(&tools, &emulator, &folder)?;
        Ok(Self { ledger: Arc::default(), services, stack, variables, _scratch: scratch })
    }

    /// Asks the API, whose function the stage goes on serving; what it asks of AWS is not counted.
    pub(crate) async fn ask(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Result<Value, Failure> {
        let answer = self.stack.call(method, path, body).await;
        if !answer.status.is_success() {
            return Err(format!("{method} {path}: {answer:?}").into());
        }
        Ok(answer.json())
    }

    /// Starts the function with that program.
    pub(crate) async fn function(&self, name: &str) -> Result<Function, Failure> {
        let variables = self.variables.get(&self.stack.function(name));
        let variables = variables.ok_or_else(|| format!("{name} is not deployed"))?;
        let toll = Toll::start(&self.stack.emulator.url(), Arc::clone(&self.ledger)).await?;
        Ok(Function::start(&program(name), toll, variables).await?)
    }

    /// Starts the function with that program, to be fed by that queue.
    pub(crate) async fn fed(&self, name: &str, queue: &str) -> Result<Fed, Failure> {
        let function = self.function(name).await?;
        let (queue, kept_back) = (self.stack.queue(queue).await, AtomicUsize::new(0));
        Ok(Fed { queue, function, kept_back })
    }

    /// Gives the function all messages that are there, one at a time, as many as `most`; how many
    /// it was given.
    pub(crate) async fn feed(&self, fed: &Fed, most: usize) -> Result<usize, Failure> {
        let sqs = self.stack.clients.sqs();
        let asked = most.min(RECEIVED_MAX as usize) as i32;
        let received = sqs.receive_message().queue_url(&fed.queue).wait_time_seconds(WAIT_SECONDS);
        let received = received.max_number_of_messages(asked).send().await?;
        for message in received.messages() {
            let record = json!({
                "messageId": message.message_id(),
                "receiptHandle": message.receipt_handle(),
                "body": message.body(),
                "attributes": { "ApproximateReceiveCount": "1" },
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:figures",
                "awsRegion": "us-east-1",
            });
            let answer = fed.function.invoke(json!({ "Records": [record] })).await?;
            if answer["batchItemFailures"].as_array().is_some_and(|failures| !failures.is_empty()) {
                // It shows again.
                fed.kept_back.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            let done = sqs.delete_message().queue_url(&fed.queue);
            done.receipt_handle(message.receipt_handle().unwrap_or_default()).send().await?;
        }
        Ok(received.messages().len())
    }
}

/// An order of that number at the shop whose workflow has so many steps, as the gateway hands it to
/// the trigger's function.
pub(crate) fn delivery(steps: u64, number: u32) -> Value {
    let body = order(number).to_string();
    let hook = Hook::commercelayer(&format!("shop{steps}"), "orders.place", body, WEBHOOK_SECRET);
    let headers = hook.headers.iter().map(|(name, value)| (name.to_string(), value.to_str()));
    let headers: BTreeMap<_, _> =
        headers.filter_map(|(name, value)| Some((name, value.ok()?.to_owned()))).collect();
    json!({
        "version": "2.0",
        "routeKey": "POST /hooks/commercelayer/{connection}",
        "rawPath": hook.path,
        "rawQueryString": "",
        "headers": headers,
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "figures",
            "domainName": "localhost",
            "domainPrefix": "localhost",
            "http": {
                "method": "POST",
                "path": hook.path,
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": "figures",
            },
            "requestId": "figures",
            "routeKey": "POST /hooks/commercelayer/{connection}",
            "stage": "$default",
            "time": "23/Nov/2026:12:00:00 +0000",
            "timeEpoch": 1_795_435_200_000_i64,
        },
        "body": String::from_utf8_lossy(&hook.body),
        "isBase64Encoded": false,
    })
}

/// The workflow of the shop with so many steps: a mail in each.
pub(crate) fn of_steps(steps: usize) -> String {
    let trigger = TRIGGER.replace("SHOP", &format!("shop{steps}"));
    let steps = (1..=steps).map(|number| STEP.replace("NUMBER", &number.to_string()));
    format!("name: Figures{trigger}{}", steps.collect::<String>().replace("\n\n", "\n"))
}

fn take_over(
    tools: &Tools,
    emulator: &Emulator,
    folder: &Path,
) -> Result<BTreeMap<String, BTreeMap<String, String>>, Failure> {
    let mut command = tools.python(folder);
    command
        .envs([("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")])
        .env("AWS_ENDPOINT_URL", emulator.url())
        .args(["-c", TAKE_OVER, STAGE]);
    Ok(serde_json::from_str(&run(&mut command)?)?)
}
