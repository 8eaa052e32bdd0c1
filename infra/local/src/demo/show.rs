//! What the demo prints.

use super::Shown;
use std::fmt::Write as _;
use tradewind_engine::outbox::OutboxEntry;
use tradewind_engine::time::until;

/// For people.
pub fn text(shown: &Shown) -> String {
    let mut text = String::new();
    // Writing into a text cannot fail.
    let _ = write(&mut text, shown);
    text
}

/// For programs.
pub fn document(shown: &Shown) -> serde_json::Value {
    serde_json::json!({ "event": shown.event, "run": shown.run, "outbox": shown.outbox })
}

fn write(text: &mut String, shown: &Shown) -> std::fmt::Result {
    let url = &shown.url;
    let (event, run) = (&shown.event.event, &shown.run);
    writeln!(text, "Webhook   POST {url}/hooks/commercelayer/shop")?;
    writeln!(text, "          orders.place, signed with HMAC-SHA256 -> 200, {}", event.id)?;
    writeln!(text, "Event     {} (order {})", event.name, words(&event.data["order"]["number"]))?;
    writeln!(text, "Run       {} of {}, version {}", run.id, run.workflow, run.version)?;
    for entry in shown.outbox.iter().rev() {
        let Some(step) = run.steps.get(&entry.step) else { continue };
        let state = step.state.as_str();
        writeln!(text)?;
        writeln!(
            text,
            "Step      {}: {} via {} -> {state}",
            entry.step, entry.action, entry.connection
        )?;
        describe(text, entry)?;
    }
    let ended_at = run.ended_at.unwrap_or(run.created_at);
    let took_ms = until(event.accepted_at, ended_at).as_millis();
    writeln!(text)?;
    writeln!(text, "Succeeded {took_ms} ms after the webhook was accepted.")?;
    writeln!(
        text,
        "Next      `tradewind catalog` shows what else there is; README.md has the first"
    )?;
    writeln!(text, "          workflow of your own.")
}

fn describe(text: &mut String, entry: &OutboxEntry) -> std::fmt::Result {
    let input = &entry.input;
    match entry.action.as_str() {
        "email.send" => {
            writeln!(text, "          To:      {}", words(&input["to"]))?;
            writeln!(text, "          Subject: {}", words(&input["subject"]))?;
            for line in plain(&words(&input["html"])).lines() {
                writeln!(text, "          | {line}")?;
            }
            writeln!(text, "          Gave:    message_id {}", words(&entry.output["message_id"]))
        }
        _ => {
            for (column, cell) in input["row"].as_object().into_iter().flatten() {
                writeln!(text, "          {:<8} {}", format!("{column}:"), words(cell))?;
            }
            Ok(())
        }
    }
}

fn words(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// HTML as a terminal can show it: rows as lines, cells apart, tags left out.
fn plain(html: &str) -> String {
    let html = html.replace("</tr>", "\n").replace("</td>", "   ").replace("</th>", "   ");
    let html = html.replace("<br>", " ");
    let mut text = String::new();
    let mut inside_tag = false;
    for character in html.chars() {
        match character {
            '<' => inside_tag = true,
            '>' => inside_tag = false,
            other if !inside_tag => text.push(other),
            _ => {}
        }
    }
    text.replace("&amp;", "&").trim_end().to_owned()
}
