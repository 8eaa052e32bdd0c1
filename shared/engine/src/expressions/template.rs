//! A tree of values with expressions in it: the `with` of a step.

use super::error::ExpressionError;
use super::output::{self, Budget, Escape};
use super::{Expression, Scope, lexer};
use crate::problems::{Place, Problem};
use crate::yaml::{Node, Yaml};
use std::collections::BTreeSet;

/// A compiled `with`.
#[derive(Clone, Debug)]
pub struct Template {
    root: TemplateNode,
    references: BTreeSet<String>,
}

/// A value of a template and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct TemplateNode {
    pub(crate) place: Place,
    pub(crate) content: Content,
}

/// What a template holds in one place.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    /// A value without expressions.
    Literal(serde_json::Value),
    /// One whole `${{ }}`: keeps its type.
    Whole(Expression),
    /// Text with expressions in it.
    Mixed(Vec<Piece>),
    List(Vec<TemplateNode>),
    Map(Vec<(String, Place, TemplateNode)>),
}

/// A piece of a mixed text.
#[derive(Clone, Debug)]
pub(crate) enum Piece {
    Text(String),
    Expression(Expression),
}

impl Template {
    /// Compiles a tree, or says everything that is wrong with it.
    pub fn compile(node: &Node) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let root = compile(node, &mut problems);
        if !problems.is_empty() {
            return Err(problems);
        }
        let mut template = Self { root, references: BTreeSet::new() };
        let paths = template.expressions().into_iter().flat_map(Expression::references).cloned();
        template.references = paths.collect();
        Ok(template)
    }

    /// A `with` that is not there: an empty map.
    pub fn empty(place: Place) -> Self {
        let root = TemplateNode { place, content: Content::Map(Vec::new()) };
        Self { root, references: BTreeSet::new() }
    }

    /// The tree with all expressions evaluated. In the top-level fields that are listed as HTML,
    /// what comes out of an expression is escaped, unless a filter made it as HTML.
    pub fn render(
        &self,
        scope: &Scope,
        html_fields: &[&str],
    ) -> Result<serde_json::Value, ExpressionError> {
        let mut rendering = Rendering {
            scope,
            html_fields,
            escape: Escape::None,
            budget: Budget::new(),
            path: Vec::new(),
        };
        rendering.node(&self.root)
    }

    /// The dotted paths its expressions refer to.
    pub fn references(&self) -> &BTreeSet<String> {
        &self.references
    }

    /// All its expressions.
    pub(crate) fn expressions(&self) -> Vec<&Expression> {
        let mut expressions = Vec::new();
        collect(&self.root, &mut expressions);
        expressions
    }

    /// The tree.
    pub(crate) fn root(&self) -> &TemplateNode {
        &self.root
    }
}

struct Rendering<'a> {
    scope: &'a Scope,
    html_fields: &'a [&'a str],
    escape: Escape,
    budget: Budget,
    path: Vec<String>,
}

impl Rendering<'_> {
    fn node(&mut self, node: &TemplateNode) -> Result<serde_json::Value, ExpressionError> {
        match &node.content {
            Content::Literal(value) => {
                let bytes = value.as_str().map_or(1, str::len);
                self.budget.spend(bytes).map_err(|fault| self.too_large(fault.message))?;
                Ok(value.clone())
            }
            Content::Whole(expression) => {
                let value = expression.value(self.scope).map_err(|error| self.here(error))?;
                let depth = self.path.len() + 1;
                output::to_json(&value, self.escape, depth, &mut self.budget)
                    .map_err(|fault| self.here(expression.error(fault, self.scope)))
            }
            Content::Mixed(pieces) => self.mixed(pieces).map(Into::into),
            Content::List(items) => {
                let mut list = Vec::with_capacity(items.len());
                for (index, item) in items.iter().enumerate() {
                    list.push(self.member(index.to_string(), item)?);
                }
                Ok(list.into())
            }
            Content::Map(entries) => {
                let mut map = serde_json::Map::new();
                for (key, _, entry) in entries {
                    if self.path.is_empty() {
                        let html = self.html_fields.contains(&key.as_str());
                        self.escape = if html { Escape::Html } else { Escape::None };
                    }
                    map.insert(key.clone(), self.member(key.clone(), entry)?);
                }
                Ok(map.into())
            }
        }
    }

    fn member(
        &mut self,
        name: String,
        node: &TemplateNode,
    ) -> Result<serde_json::Value, ExpressionError> {
        self.path.push(name);
        let value = self.node(node)?;
        self.path.pop();
        Ok(value)
    }

    fn mixed(&mut self, pieces: &[Piece]) -> Result<String, ExpressionError> {
        let mut text = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(literal) => {
                    let spent = self.budget.spend(literal.len());
                    spent.map_err(|fault| self.too_large(fault.message))?;
                    text.push_str(literal);
                }
                Piece::Expression(expression) => {
                    let value = expression.value(self.scope).map_err(|error| self.here(error))?;
                    let piece = output::to_text(&value, self.escape, &mut self.budget)
                        .map_err(|fault| self.here(expression.error(fault, self.scope)))?;
                    text.push_str(&piece);
                }
            }
        }
        Ok(text)
    }

    fn here(&self, error: ExpressionError) -> ExpressionError {
        let field = (!self.path.is_empty()).then(|| self.path.join("."));
        ExpressionError { field, ..error }
    }

    fn too_large(&self, message: String) -> ExpressionError {
        let code = super::ExpressionCode::TemplateLimit;
        self.here(ExpressionError { code, expression: String::new(), field: None, message })
    }
}

fn compile(node: &Node, problems: &mut Vec<Problem>) -> TemplateNode {
    let content = match &node.value {
        Yaml::Text(text) => compile_text(node, text, problems),
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

fn compile_text(node: &Node, text: &str, problems: &mut Vec<Problem>) -> Content {
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
        let place = node.place_in_text(text, start);
        let exact = |at: usize| node.text_place.is_none().then_some(place).filter(|_| at > 0);
        match Expression::compile_with(&text[start..start + length], place, exact) {
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

fn collect<'a>(node: &'a TemplateNode, expressions: &mut Vec<&'a Expression>) {
    match &node.content {
        Content::Literal(_) => {}
        Content::Whole(expression) => expressions.push(expression),
        Content::Mixed(pieces) => {
            expressions.extend(pieces.iter().filter_map(|piece| match piece {
                Piece::Expression(expression) => Some(expression),
                Piece::Text(_) => None,
            }))
        }
        Content::List(items) => items.iter().for_each(|item| collect(item, expressions)),
        Content::Map(entries) => {
            entries.iter().for_each(|(_, _, entry)| collect(entry, expressions));
        }
    }
}
