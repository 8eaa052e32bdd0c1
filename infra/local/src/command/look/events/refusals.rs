//! `tradewind events --refused`: which deliveries were refused, where they came to, and what to do.
//!
//! Invariant: no line is longer than the narrowest terminal is wide.

use crate::command::cx::Cx;
use crate::command::error::Error;
use crate::command::printing::output::{Line, Mood};
use crate::command::printing::words;
use crate::command::printing::wrap::{INDENT, wrapped};
use std::collections::BTreeSet;
use tradewind_api::types::{RefusalList, RefusedDelivery};

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
}
