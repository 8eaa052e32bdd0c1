//! From a form and what expressions see to JSON. Text never becomes anything but text.

use super::{Each, Form, FormContent, FormMap, Nulls, Parts};
use crate::descriptions::limits::{BODY_BYTES_MAX, EACH_MAX, FORM_DEPTH_MAX};
use crate::expressions::{Budget, Expression, ExpressionCode, ExpressionError, Piece, Scope};
use serde_json::{Map, Value};

/// The most that is read of lists and maps of which other expressions put out a part: those of one input, and as
/// much again.
const READ_BYTES_MAX: usize = 2 * BODY_BYTES_MAX;

impl Form {
    /// The tree with all expressions evaluated.
    pub fn render(
        &self,
        scope: &Scope,
        parts: &Parts,
        nulls: Nulls,
    ) -> Result<Value, ExpressionError> {
        let (budget, read) = (Budget::of(BODY_BYTES_MAX), Budget::of(READ_BYTES_MAX));
        let mut rendering = Rendering { parts, nulls, budget, read, path: Vec::new(), depth: 0 };
        Ok(rendering.form(self, scope)?.value())
    }
}

/// What a form came to.
enum Outcome {
    /// A value that is there, which may be a null that is written as such.
    There(Value),
    /// Null.
    Nothing,
    /// Its `$if` does not hold.
    Gone,
}

impl Outcome {
    fn of(value: Value) -> Self {
        if value.is_null() { Self::Nothing } else { Self::There(value) }
    }

    fn value(self) -> Value {
        match self {
            Self::There(value) => value,
            Self::Nothing | Self::Gone => Value::Null,
        }
    }
}

struct Rendering<'a> {
    parts: &'a Parts,
    nulls: Nulls,
    budget: Budget,
    /// For what is looked through and not put out itself.
    read: Budget,
    path: Vec<String>,
    depth: usize,
}

impl Rendering<'_> {
    fn form(&mut self, form: &Form, scope: &Scope) -> Result<Outcome, ExpressionError> {
        // Parts may stand in parts.
        if self.depth > 2 * FORM_DEPTH_MAX {
            return Err(self.limit("depth"));
        }
        self.depth += 1;
        let outcome = match &form.content {
            FormContent::Literal(value) => {
                let bytes = value.as_str().map_or(1, str::len);
                self.budget.spend_on_literal(bytes).map_err(|error| self.here(error))?;
                Outcome::There(value.clone())
            }
            FormContent::Whole(expression) => Outcome::of(self.whole(expression, scope)?),
            FormContent::Mixed(pieces) => Outcome::There(self.mixed(pieces, scope)?.into()),
            FormContent::List(items) => {
                let mut list = Vec::with_capacity(items.len());
                for (index, item) in items.iter().enumerate() {
                    self.item(index, item, scope, &mut list)?;
                }
                Outcome::There(list.into())
            }
            FormContent::Map(map) => self.map(map, scope)?,
            FormContent::Each(each) => self.each(each, scope)?,
        };
        self.depth -= 1;
        Ok(outcome)
    }

    fn whole(&mut self, one: &Expression, scope: &Scope) -> Result<Value, ExpressionError> {
        one.evaluate_within(scope, self.depth, &mut self.budget).map_err(|error| self.here(error))
    }

    /// What a part or the items of a list are made of.
    fn source(&mut self, one: &Expression, scope: &Scope) -> Result<Value, ExpressionError> {
        one.evaluate_within(scope, self.depth, &mut self.read).map_err(|error| self.here(error))
    }

    fn mixed(&mut self, pieces: &[Piece], scope: &Scope) -> Result<String, ExpressionError> {
        let mut text = String::new();
        for piece in pieces {
            let piece = match piece {
                Piece::Text(text) => {
                    self.budget.spend_on_literal(text.len()).map(|()| text.clone())
                }
                Piece::Expression(expression) => expression.text_within(scope, &mut self.budget),
            };
            text.push_str(&piece.map_err(|error| self.here(error))?);
        }
        Ok(text)
    }

    fn holds(
        &self,
        condition: Option<&Expression>,
        scope: &Scope,
    ) -> Result<bool, ExpressionError> {
        let holds = condition.map_or(Ok(true), |condition| condition.holds(scope));
        holds.map_err(|error| self.here(error))
    }

    fn map(&mut self, form: &FormMap, scope: &Scope) -> Result<Outcome, ExpressionError> {
        if !self.holds(form.condition.as_ref(), scope)? {
            return Ok(Outcome::Gone);
        }
        let mut map = Map::new();
        let mut within = None;
        if let Some(using) = &form.using {
            let it = self.source(&using.of, scope)?;
            let Some(part) = self.parts.get(&using.part).filter(|_| !it.is_null()) else {
                return Ok(Outcome::Nothing);
            };
            let scope = within.insert(scope.clone().with_item("it", &it));
            match self.form(&part.form, scope)? {
                Outcome::There(Value::Object(members)) => map = members,
                Outcome::There(_) => return Err(self.wrong("the part", "a map")),
                other => return Ok(other),
            }
        }
        let scope = within.as_ref().unwrap_or(scope);
        if let Some(merge) = &form.merge {
            match self.whole(merge, scope)? {
                Value::Null => {}
                Value::Object(members) => {
                    let kept = self.nulls == Nulls::Kept;
                    map.extend(members.into_iter().filter(|(_, value)| kept || !value.is_null()));
                }
                _ => return Err(self.wrong("`$merge`", "a map")),
            }
        }
        for member in &form.members {
            let spent = self.budget.spend_on_literal(member.name.len());
            spent.map_err(|error| self.here(error))?;
            self.path.push(member.name.clone());
            match self.form(&member.value, scope)? {
                Outcome::Nothing | Outcome::Gone if self.nulls == Nulls::LeftOut => {}
                outcome => {
                    map.insert(member.name.clone(), outcome.value());
                }
            }
            self.path.pop();
        }
        Ok(Outcome::There(map.into()))
    }

    fn each(&mut self, each: &Each, scope: &Scope) -> Result<Outcome, ExpressionError> {
        if !self.holds(each.condition.as_ref(), scope)? {
            return Ok(Outcome::Gone);
        }
        let items = match self.source(&each.items, scope)? {
            Value::Null => return Ok(Outcome::Nothing),
            Value::Array(items) if items.len() <= EACH_MAX => items,
            Value::Array(_) => return Err(self.limit("items")),
            _ => return Err(self.wrong("`$each`", "a list")),
        };
        if let Some(key) = &each.key {
            return self.members(each, key, &items, scope);
        }
        let mut list = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let scope = scope.clone().with_item(&each.name, item);
            self.item(index, &each.item, &scope, &mut list)?;
        }
        Ok(Outcome::There(list.into()))
    }

    /// A map in place of the list. Of two of one name the later counts.
    fn members(
        &mut self,
        each: &Each,
        key: &Expression,
        items: &[Value],
        scope: &Scope,
    ) -> Result<Outcome, ExpressionError> {
        let mut map = Map::new();
        for item in items {
            let scope = scope.clone().with_item(&each.name, item);
            let Value::String(name) = self.whole(key, &scope)? else {
                return Err(self.wrong("`$key`", "a text"));
            };
            self.path.push(name.clone());
            match self.form(&each.item, &scope)? {
                Outcome::Gone => {}
                Outcome::Nothing if self.nulls == Nulls::LeftOut => {}
                outcome => {
                    map.insert(name, outcome.value());
                }
            }
            self.path.pop();
        }
        Ok(Outcome::There(map.into()))
    }

    /// A null stays an item: who reads the list counts on places.
    fn item(
        &mut self,
        index: usize,
        item: &Form,
        scope: &Scope,
        list: &mut Vec<Value>,
    ) -> Result<(), ExpressionError> {
        self.path.push(index.to_string());
        match self.form(item, scope)? {
            Outcome::Gone => {}
            outcome => list.push(outcome.value()),
        }
        self.path.pop();
        Ok(())
    }

    fn here(&self, error: ExpressionError) -> ExpressionError {
        let field = (!self.path.is_empty()).then(|| self.path.join("."));
        ExpressionError { field, ..error }
    }

    fn limit(&self, what: &str) -> ExpressionError {
        self.failed(ExpressionCode::TemplateLimit, what.to_owned())
    }

    fn wrong(&self, what: &str, wanted: &str) -> ExpressionError {
        self.failed(ExpressionCode::TemplateType, format!("{what} must come to {wanted}"))
    }

    fn failed(&self, code: ExpressionCode, message: String) -> ExpressionError {
        self.here(ExpressionError { code, expression: String::new(), field: None, message })
    }
}
