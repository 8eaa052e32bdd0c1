//! A tree of values with expressions in it: the `with` of a step.

mod compile;
mod render;

pub(crate) use compile::compile_text;

use super::error::ExpressionError;
use super::{Expression, Scope};
use crate::problems::{Place, Problem};
use crate::yaml::Node;
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
pub enum Piece {
    /// As it is written.
    Text(String),
    /// What comes from an expression.
    Expression(Expression),
}

impl Piece {
    /// The expression, if it is one.
    pub fn expression(&self) -> Option<&Expression> {
        match self {
            Self::Text(_) => None,
            Self::Expression(expression) => Some(expression),
        }
    }
}

impl Template {
    /// Compiles a tree, or says everything that is wrong with it.
    pub fn compile(node: &Node) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let root = compile::compile(node, &mut problems);
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
        render::render(&self.root, scope, html_fields)
    }

    /// What stands in a field of the top and where, if it has no expression in it.
    pub fn literal(&self, field: &str) -> Option<(Place, serde_json::Value)> {
        let Content::Map(entries) = &self.root.content else { return None };
        let (.., node) = entries.iter().find(|(key, ..)| key == field)?;
        Some((node.place, literal(node)?))
    }

    /// The names of its fields at the top, and where each stands.
    pub fn fields(&self) -> impl Iterator<Item = (&str, Place)> {
        let entries = match &self.root.content {
            Content::Map(entries) => &entries[..],
            _ => &[],
        };
        entries.iter().map(|(name, place, _)| (name.as_str(), *place))
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

fn literal(node: &TemplateNode) -> Option<serde_json::Value> {
    match &node.content {
        Content::Literal(value) => Some(value.clone()),
        Content::Whole(_) | Content::Mixed(_) => None,
        Content::List(items) => items.iter().map(literal).collect(),
        Content::Map(entries) => {
            entries.iter().map(|(key, _, entry)| Some((key.clone(), literal(entry)?))).collect()
        }
    }
}

fn collect<'a>(node: &'a TemplateNode, expressions: &mut Vec<&'a Expression>) {
    match &node.content {
        Content::Literal(_) => {}
        Content::Whole(expression) => expressions.push(expression),
        Content::Mixed(pieces) => {
            expressions.extend(pieces.iter().filter_map(Piece::expression));
        }
        Content::List(items) => items.iter().for_each(|item| collect(item, expressions)),
        Content::Map(entries) => {
            entries.iter().for_each(|(_, _, entry)| collect(entry, expressions));
        }
    }
}
