//! A project that uses all that is planted: a workflow for every action, by every provider that has secrets,
//! for every fate.

use super::planted::Planted;
use crate::app::Given;
use crate::inputs::input;
use serde_json::json;
use tradewind_connectors::catalog::catalog;

/// Where the events come from.
pub(crate) const SHOP: &str = "commercelayer_succeeds";

/// The project, without its secrets.
pub(crate) fn project(planted: &[Planted]) -> Given {
    let mut text = "connections:\n  box: { provider: sandbox }\n".to_owned();
    for one in planted {
        let mut settings = one.settings.clone();
        settings["provider"] = json!(one.provider);
        text.push_str(&format!("  {}: {settings}\n", one.name));
    }
    // A header cannot hold the one, and nobody has set the other.
    for name in ["broken", "unset"] {
        text.push_str(&format!(
            "  {name}: {{ provider: sendgrid, api_key: \"${{{{ secret.{name} }}}}\", from: a@example.com }}\n"
        ));
    }
    text.push_str("alerts: { via: slack_succeeds }\n");
    let workflows = workflows(planted);
    assert!(workflows.len() >= planted.len(), "most connections act");
    let mail = |given: Given, name: &str| given.workflow(name, &workflow("email.send", name));
    let given = ["broken", "unset"].into_iter().fold(Given::project(&text), mail);
    workflows.into_iter().fold(given, |given, (id, text)| given.workflow(&id, &text))
}

/// The workflows by their ids.
fn workflows(planted: &[Planted]) -> Vec<(String, String)> {
    let actions = catalog().actions;
    let mut workflows = Vec::new();
    for one in planted {
        for action in actions.iter().filter(|one_of| one_of.implementation(&one.provider).is_some())
        {
            let id = format!("{}_{}", action.id.as_str().replace('.', "_"), one.name);
            workflows.push((id, workflow(action.id.as_str(), &one.name)));
        }
    }
    workflows
}

fn workflow(action: &str, via: &str) -> String {
    let with = input(action);
    format!(
        "
trigger: {{ event: order.placed, from: {SHOP}, once_per: trigger.order.id }}
steps:
  - id: act
    uses: {action}
    via: {via}
    retry: {{ attempts: 2, over: 1s }}
    with: {with}
on_failure:
  - id: tell
    uses: chat.post
    via: box
    with: {{ text: \"${{{{ failure.step }}}}: ${{{{ failure.reason }}}}\" }}
"
    )
}
