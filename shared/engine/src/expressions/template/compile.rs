//! From YAML to a template: finding the expressions in its texts.

use super::super::{Expression, Missing, lexer};
use super::{Content, Piece, TemplateNode};
use crate::problems::Problem;
use crate::yaml::{Node, Yaml};

/// Compiles a value and everything in it.
pub(super) fn compile(node: &Node, problems: &mut Vec<Problem>) -> TemplateNode {
    let content = match &node.value {
        Yaml::Text(text) => compile_text(node, text, Missing::IsAnError, problems),
        Yaml::List(items) => {
            Content::List(items.iter().map(|item| compile(item, problems)).collect())
        }
        Yaml::Map(entries) => {
            let mut map = Vec::with_capacity(entries.len());
            for entry in entries {
                if entry.key.contains("${{") {
                    let message = "a key cannot hold an expression";
                    problems.push(Problem::new("expression_invalid", entry.place, message));
                }
                map.push((entry.key.clone(), entry.place, compile(&entry.value, problems)));
            }
            Content::Map(map)
        }
        _ => Content::Literal(node.to_json()),
    };
    TemplateNode { place: node.place, content }
}

/// Finds the expressions in one text.
pub(crate) fn compile_text(
    node: &Node,
    text: &str,
    missing: Missing,
    problems: &mut Vec<Problem>,
) -> Content {
    let mut pieces = Vec::new();
    let mut at = 0;
    while let Some(found) = text[at..].find("${{") {
        let start = at + found + 3;
        literal(node, text, at..start - 3, &mut pieces, problems);
        let Some(length) = lexer::end_of_placeholder(&text[start..]) else {
            let place = node.place_in_text(text, start - 3);
            let message = "the expression `${{` has no end `}}`";
            problems.push(Problem::new("expression_invalid", place, message));
            return Content::Literal(text.into());
        };
        let source = &text[start..start + length];
        let place = node.place_in_text(text, start);
        match Expression::compile_at(source, place, node.text_place.is_some(), missing) {
            Ok(expression) => pieces.push(Piece::Expression(expression)),
            Err(problem) => problems.push(problem),
        }
        at = start + length + 2;
    }
    literal(node, text, at..text.len(), &mut pieces, problems);
    content_of(text, pieces)
}

/// The line break at the end of a block does not make one whole expression a mixed text.
fn content_of(text: &str, mut pieces: Vec<Piece>) -> Content {
    let blank = |piece: &Piece| matches!(piece, Piece::Text(text) if text == "\n");
    let expressions = pieces.iter().filter(|piece| matches!(piece, Piece::Expression(_))).count();
    match expressions {
        0 => Content::Literal(text.into()),
        1 if pieces.iter().filter(|piece| !blank(piece)).count() == 1 => {
            pieces.retain(|piece| !blank(piece));
            match pieces.pop() {
                Some(Piece::Expression(expression)) => Content::Whole(expression),
                _ => Content::Literal(text.into()),
            }
        }
        _ => Content::Mixed(pieces),
    }
}

fn literal(
    node: &Node,
    text: &str,
    range: std::ops::Range<usize>,
    pieces: &mut Vec<Piece>,
    problems: &mut Vec<Problem>,
) {
    let part = &text[range.clone()];
    if let Some(at) = part.find("{{").or_else(|| part.find("{%")) {
        let place = node.place_in_text(text, range.start + at);
        let message = "`{{` and `{%` do nothing here";
        let help = "an expression is written `${{ … }}`; for the characters: `${{ '{{' }}`";
        problems.push(Problem::new("expression_invalid", place, message).with_help(help));
    }
    if !part.is_empty() {
        pieces.push(Piece::Text(part.to_owned()));
    }
}
