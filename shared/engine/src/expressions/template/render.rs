//! From a template and the data of a run to JSON.

use super::super::error::{ExpressionCode, ExpressionError};
use super::super::output::{self, Budget, Escape};
use super::super::{Missing, Scope};
use super::{Content, Piece, TemplateNode};

/// The tree with all expressions evaluated.
pub(super) fn render(
    root: &TemplateNode,
    scope: &Scope,
    html_fields: &[&str],
) -> Result<serde_json::Value, ExpressionError> {
    let (escape, budget, path) = (Escape::None, Budget::new(), Vec::new());
    Rendering { scope, html_fields, escape, budget, path }.node(root)
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
                let (depth, missing) = (self.path.len() + 1, Missing::IsAnError);
                output::to_json(&value, self.escape, missing, depth, &mut self.budget)
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
                    let piece =
                        output::to_text(&value, self.escape, Missing::IsAnError, &mut self.budget)
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
        let code = ExpressionCode::TemplateLimit;
        self.here(ExpressionError { code, expression: String::new(), field: None, message })
    }
}
