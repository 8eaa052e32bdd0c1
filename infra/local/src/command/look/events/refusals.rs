//! `tradewind events --refused`: which deliveries were refused, where they came to, and what to do.
//!
//! Invariant: no line is longer than the narrowest terminal is wide.

use crate::command::cx::Cx;
use crate::command::error::Error;
use crate::command::printing::output::{Line, Mood};
use crate::command::printing::words;
use std::collections::BTreeSet;
use tradewind_api::types::{RefusalList, RefusedDelivery};

/// The narrowest terminal.
const COLUMNS: usize = 80;
const INDENT: &str = "  ";
/// Before what is to be done.
const CURE: &str = "  -> ";
const CURE_INDENT: &str = "     ";

pub(super) async fn show(cx: &Cx, limit: u16) -> Result<(), Error> {
    let query = [("limit", Some(limit.to_string()))];
    let answer = cx.client()?.query(&["refusals"], &query).await?;
    if answer.print_json(cx.output) {
        return Ok(());
    }
    let list: RefusalList = answer.typed()?;
    if list.refusals.is_empty() {
        cx.output.line("no delivery was refused since the process was started");
        return Ok(());
    }
    // Before each paragraph is an empty line, but before the first.
    for line in lines(&list.refusals).into_iter().skip(1) {
        cx.output.line(line);
    }
    Ok(())
}

/// The same refusal many times in a row is one paragraph.
fn lines(refusals: &[RefusedDelivery]) -> Vec<Line> {
    let mut lines = Vec::new();
    for same in refusals.chunk_by(is_same) {
        let [newest, ..] = same else { continue };
        lines.push(Line::default());
        lines.extend(paragraph(newest, same));
    }
    let mut warned = BTreeSet::new();
    for refused in refusals {
        let Some(warning) = &refused.warning else { continue };
        // Of each endpoint the newest one tells how far it has come.
        if warned.insert((&refused.provider, &refused.connection)) {
            let name = format!("{} {}", refused.provider, refused.connection);
            let text = format!("{name}, {}: {warning}", words::time(refused.at));
            lines.push(Line::default());
            lines.extend(
                wrapped(&text, "", "").into_iter().map(|line| Line::painted(Mood::Bad, line)),
            );
        }
    }
    lines
}

fn is_same(one: &RefusedDelivery, other: &RefusedDelivery) -> bool {
    let what = |refused: &RefusedDelivery| {
        let RefusedDelivery { provider, connection, code, reason, path, .. } = refused.clone();
        (provider, connection, code, reason, path)
    };
    what(one) == what(other)
}

fn paragraph(newest: &RefusedDelivery, same: &[RefusedDelivery]) -> Vec<Line> {
    let place = match (newest.provider.as_str(), newest.connection.as_str()) {
        ("", _) => "no endpoint".to_owned(),
        (provider, "") => provider.to_owned(),
        (provider, connection) => format!("{provider} {connection}"),
    };
    let head = format!("{}  {}  {place}", words::time(newest.at), newest.code);
    let mut lines = Vec::new();
    let mut head = wrapped(&head, "", INDENT).into_iter();
    if let Some(first) = head.next() {
        lines.push(match first.split_once(&newest.code) {
            Some((before, after)) => Line::from(before).paint(Mood::Bad, &newest.code).then(after),
            None => first.into(),
        });
    }
    let mut add = |text: &str, first, other| {
        lines.extend(wrapped(text, first, other).into_iter().map(Line::from));
    };
    head.for_each(|line| add(&line, "", ""));
    let count: u64 = same.iter().map(|one| one.count).sum();
    if let Some(oldest) = same.last().filter(|_| count > 1) {
        let since = oldest.since.unwrap_or(oldest.at);
        let since = format!("{count} times since {}", words::time(since));
        add(&since, INDENT, INDENT);
    }
    let texts = [&newest.path, &newest.reason].into_iter().filter(|text| !text.is_empty());
    texts.for_each(|text| add(text, INDENT, INDENT));
    if !newest.cure.is_empty() {
        add(&newest.cure, CURE, CURE_INDENT);
    }
    lines
}

/// The text in lines that fit, the first after one indent and the others after another one. Two spaces
/// in a row stay; a word that is longer than a line is cut into several.
fn wrapped(text: &str, first: &str, other: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = first.to_owned();
    let mut is_empty = true;
    for word in words::clean(text).split(' ') {
        let mut word = word;
        if !is_empty && line.chars().count() + 1 + word.chars().count() > COLUMNS {
            lines.push(std::mem::replace(&mut line, other.to_owned()));
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        while line.chars().count() + word.chars().count() > COLUMNS {
            let room = COLUMNS.saturating_sub(line.chars().count()).max(1);
            let end = word.char_indices().nth(room).map_or(word.len(), |(at, _)| at);
            line.push_str(&word[..end]);
            lines.push(std::mem::replace(&mut line, other.to_owned()));
            word = &word[end..];
        }
        line.push_str(word);
        is_empty = false;
    }
    lines.push(line);
    lines.iter().map(|line| line.trim_end().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(second: i64, connection: &str, warning: Option<&str>) -> RefusedDelivery {
        RefusedDelivery {
            at: tradewind_engine::time::Timestamp::from_second(second).unwrap(),
            since: None,
            count: 1,
            provider: "commercelayer".to_owned(),
            connection: connection.to_owned(),
            code: "signature_invalid".to_owned(),
            reason: "the signature does not fit".to_owned(),
            path: format!("/hooks/commercelayer/{connection}"),
            cure: "set it".to_owned(),
            warning: warning.map(str::to_owned),
        }
    }

    #[test]
    fn the_same_many_times_is_one_paragraph_and_the_newest_warning_of_each_endpoint_stands_below() {
        let all = [
            refused(30, "shop", Some("11 in a row")),
            refused(20, "shop", Some("10 in a row")),
            refused(10, "other", None),
        ];
        let shown: Vec<String> = lines(&all).iter().map(|line| line.shown(false)).collect();
        let shown = shown.join("\n");
        let expected = "
1970-01-01T00:00:30Z  signature_invalid  commercelayer shop
  2 times since 1970-01-01T00:00:20Z
  /hooks/commercelayer/shop
  the signature does not fit
  -> set it

1970-01-01T00:00:10Z  signature_invalid  commercelayer other
  /hooks/commercelayer/other
  the signature does not fit
  -> set it

commercelayer shop, 1970-01-01T00:00:30Z: 11 in a row";
        assert_eq!(shown, expected);
    }

    #[test]
    fn no_line_is_longer_than_the_terminal_is_wide() {
        let long = "x".repeat(200);
        let texts = ["", "short", &"word ".repeat(60), &long, &format!("a {long} b  c")];
        for text in texts {
            for line in wrapped(text, CURE, CURE_INDENT) {
                assert!(line.chars().count() <= COLUMNS, "{line}");
            }
        }
        assert_eq!(wrapped("a  b", "", ""), ["a  b"]);
        assert_eq!(wrapped(&"x".repeat(81), "", "  "), ["x".repeat(80), "  x".to_owned()]);
        let letters: usize =
            wrapped(&long, INDENT, INDENT).iter().map(|line| line.trim().len()).sum();
        assert_eq!(letters, 200);
    }
}
