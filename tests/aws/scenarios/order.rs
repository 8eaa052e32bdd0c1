//! The way of an order: gateway, trigger function, bus, rule, queues, actions, services; on a stage that has
//! the functions of the demo's project and no others.

use super::within;
use crate::app::{Hook, Platform, order};
use crate::emulator::Permissions;
use crate::fakes::Services;
use crate::folders::repository;
use crate::site::{Site, WEBHOOK_SECRET};
use crate::stack::Template;
use crate::world::{Failure, World};
use clap::Parser as _;
use serde_json::json;
use std::path::Path;
use tradewind::command::{Cli, Environment, Exit, execute};

/// The demo's project with real services in place of its sandboxes.
const CONNECTIONS: &str = "
  shop:
    provider: commercelayer
    webhook_secret: ${{ secret.cl_webhook }}
  mail: { provider: sendgrid, api_key: '${{ secret.demo }}', from: shop@example.com, base_url: 'SERVICES' }
  books:
    provider: google_sheets
    service_account: ${{ secret.google }}
    spreadsheet_id: sheet-1
    base_url: SERVICES
    token_url: SERVICES/token
";
const WORKFLOW: &str =
    include_str!("../../../infra/local/src/demo/project/workflows/order-confirmation.yaml");

/// The demo's signed order, on the template that the command writes for the demo's project.
pub(super) async fn a_signed_order_becomes_a_mail_and_a_row(world: &World) -> Result<(), Failure> {
    let (code, folder) = (world.code().await?, world.folder("demo-template")?);
    let (file, code) = (folder.join("slim.yaml"), code.display().to_string());
    let project = repository().join("infra/local/src/demo/project");
    let words = ["tradewind", "--json", "--dir", text(&project), "plan", "--template", text(&file)];
    let cli = Cli::try_parse_from(words.into_iter().chain(["--code", &code])).unwrap();
    let planned = Box::pin(execute(cli, Environment::new(std::iter::empty()))).await;
    assert_eq!(planned, Exit::Done);
    let template = Template::written(&file).map_err(|error| error.to_string())?;
    assert_eq!(
        template.programs.len(),
        7,
        "a trigger, two actions and the platform, which asks nobody"
    );
    let emulator = world.emulator("demo", Permissions::Ignored).await?;
    let site = Site::of(world.deploy(&emulator, "demo", template).await?).await;
    within(takes_its_way(&site)).await
}

fn text(path: &Path) -> &str {
    path.to_str().expect("paths of the repository are texts")
}

async fn takes_its_way(site: &Site) {
    let services = Services::start(&["Key", "Order", "Total", "Mail"]).await;
    let stack = &site.stack;
    stack.set_secret("sendgrid", "demo", "SG.key").await;
    let connections = CONNECTIONS.replace("SERVICES", services.url());
    site.add("demo", &connections, &[("order-confirmation", WORKFLOW)]).await;
    let body = order(4213).to_string();
    let hook = Hook::commercelayer("shop", "orders.place", body, WEBHOOK_SECRET);
    let run = stack.run_of(&hook.send(stack).await.event()).await;
    let run = stack.ended(&run).await;
    assert_eq!(run["run"]["state"], "succeeded", "{run:#}");
    let id = run["run"]["id"].as_str().unwrap();
    assert_eq!(command(stack, &["run", id]).await, Exit::Done);
    assert_eq!(command(stack, &["runs", "--state", "succeeded"]).await, Exit::Done);
    assert_eq!(command(stack, &["events"]).await, Exit::Done);
    assert_eq!(command(stack, &["dead-letters"]).await, Exit::Done);
    assert_eq!(command(stack, &["status"]).await, Exit::Done);
    assert_eq!(command(stack, &["replay", "--state", "failed", "--dry-run"]).await, Exit::Done);
    assert_eq!(command(stack, &["replay", id]).await, Exit::Failed, "it has succeeded");
    assert_eq!(command(stack, &["run", "run_0000"]).await, Exit::NotFound);
    let happened = services.happened();
    assert_eq!(happened.mails("Your order 4213"), 1);
    let rows = happened.rows.lock().unwrap().clone();
    assert_eq!(json!(rows), json!([["4213", "4213", "57.00", "message-1"]]));
}

/// The command, talking to the stage.
async fn command(stage: &Platform, words: &[&str]) -> Exit {
    let to = ["tradewind", "--json", "--url", &stage.url, "--token", &stage.token];
    let cli = Cli::try_parse_from(to.iter().chain(words)).unwrap();
    Box::pin(execute(cli, Environment::new(std::iter::empty()))).await
}
