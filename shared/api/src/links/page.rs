//! The page at which an approval is decided. It works without a script, and loads nothing.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA256, digest};
use std::sync::LazyLock;
use tradewind_engine::expressions::escape_html;
use tradewind_engine::schedules::zone;
use tradewind_engine::texts::visible;
use tradewind_engine::time::Timestamp;

const STYLE: &str = include_str!("page.css");
/// Nothing runs, nothing is loaded, and no other page may show it in a frame.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let style = STANDARD.encode(digest(&SHA256, STYLE.as_bytes()));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{style}'; form-action 'self'; frame-ancestors 'none'; \
         base-uri 'none'"
    );
    HeaderValue::from_str(&policy).expect("base64 may stand in a header")
});

/// What somebody is asked.
pub(super) struct Asked {
    pub(super) question: String,
    pub(super) workflow: String,
    pub(super) run: String,
    pub(super) until: Option<Timestamp>,
    /// The zone in which people read times.
    pub(super) timezone: Option<String>,
}

/// The question, with two buttons.
pub(super) fn question(asked: &Asked) -> Response {
    // The first button is what the return key presses in the name: one that does nothing.
    let form = "<form method=\"post\"><button disabled hidden></button>\
        <label for=\"name\">Your name (optional)</label>\
        <input id=\"name\" name=\"name\" maxlength=\"100\" autocomplete=\"name\">\
        <div class=\"buttons\"><button name=\"decision\" value=\"yes\">Approve</button>\
        <button name=\"decision\" value=\"no\">Decline</button></div></form>";
    let heading = "An approval is asked for";
    page(StatusCode::OK, heading, &asked.question, &format!("{form}{}", details(asked)))
}

/// What became of it.
pub(super) fn outcome(heading: &str, asked: &Asked) -> Response {
    page(StatusCode::OK, heading, &asked.question, &details(asked))
}

/// There is nothing to be shown, for this reason.
pub(super) fn notice(status: StatusCode, heading: &str, text: &str) -> Response {
    page(status, heading, text, "")
}

fn details(asked: &Asked) -> String {
    let mut rows = vec![("Workflow", asked.workflow.clone()), ("Run", asked.run.clone())];
    rows.extend(asked.until.map(|until| ("Decide by", moment(until, asked.timezone.as_deref()))));
    let rows = rows.iter().map(|(name, value)| format!("<dt>{name}</dt><dd>{}</dd>", text(value)));
    format!("<dl>{}</dl>", rows.collect::<String>())
}

/// A part of a line that ends with a character that may stay as it is.
fn part(text: &str) -> String {
    let kept = text.chars().last().filter(|last| matches!(last, '\u{200c}'..='\u{200f}'));
    let rest = kept.map_or(text, |last| &text[..text.len() - last.len_utf8()]);
    escape_html(&visible(rest)) + &kept.map_or_else(String::new, String::from)
}

/// A moment as people read it, in that zone.
pub(super) fn moment(at: Timestamp, timezone: Option<&str>) -> String {
    let zoned = timezone.and_then(|name| Some((zone(name)?, name)));
    match zoned {
        Some((zone, name)) => {
            let local = at.to_zoned_datetime(zone);
            format!("{} ({name})", local.strftime("%-d %B %Y, %H:%M"))
        }
        None => at.strftime("%-d %B %Y, %H:%M UTC").to_string(),
    }
}

/// Nothing that others wrote may be taken for a part of the page, or hide in it.
fn text(shown: &str) -> String {
    // Joiners and marks of direction are parts of words and of emoji; what overrides a direction is not.
    let is_part = |character: char| matches!(character, '\u{200c}'..='\u{200f}');
    let line = |line: &str| line.split_inclusive(is_part).map(part).collect::<String>();
    shown.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn page(status: StatusCode, heading: &str, question: &str, rest: &str) -> Response {
    let (heading, question) = (text(heading), text(question));
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"robots\" content=\"noindex\"><title>{heading}</title><style>{STYLE}</style></head>\
         <body><main><h1 dir=\"auto\">{heading}</h1><p class=\"question\" dir=\"auto\">{question}</p>{rest}</main></body></html>"
    );
    let mut response = (status, Html(html)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY.clone());
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // The address opens the approval: no other page learns it.
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}
