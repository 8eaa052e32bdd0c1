//! One expression: compiled once, evaluated as often as needed.

use super::error::{ExpressionCode, ExpressionError, Fault};
use super::missing::Missing;
use super::output::{self, Budget, Escape};
use super::reading::{self, Reading};
use super::{Scope, comparisons, language, lexer};
use crate::problems::{Place, Problem};
use minijinja::value::ValueKind;
use minijinja::{ErrorKind, Value};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A compiled expression.
#[derive(Clone, Debug)]
pub struct Expression {
    source: String,
    place: Place,
    counts_columns: bool,
    missing: Missing,
    compiled: Arc<minijinja::Expression<'static, 'static>>,
    reading: Arc<Reading>,
    references: BTreeSet<String>,
    /// Whether it is a dotted path and nothing else.
    is_path: bool,
}

impl Expression {
    /// Compiles a bare expression; a text that is one whole `${{ }}` is taken as what is inside.
    pub fn compile(source: &str, place: Place) -> Result<Self, Problem> {
        Self::compile_at(source, place, true, Missing::IsAnError)
    }

    /// Compiles; whether columns can be counted from the place on is for the caller to say: not in
    /// a block or with escapes.
    pub(crate) fn compile_at(
        source: &str,
        place: Place,
        counts_columns: bool,
        missing: Missing,
    ) -> Result<Self, Problem> {
        let (bare, skipped) = unwrapped(source);
        let place = if counts_columns { place.after(skipped) } else { place };
        let located = |at: usize| place_at(bare, place, counts_columns, at);
        let mut reading = reading::read(bare, missing).map_err(|refusal| {
            let problem = Problem::new(refusal.code, located(refusal.at), refusal.message);
            Problem { help: refusal.help, ..problem }
        })?;
        let compiled = compiled(bare, missing).map_err(|error| {
            let at = error.range().map_or(0, |range| range.start);
            let message = error.detail().unwrap_or("the expression cannot be read");
            Problem::new("expression_invalid", located(at), message)
        })?;
        let indent = bare.len() - bare.trim_start().len();
        // Counted from where the source begins that is kept.
        reading.compared.iter_mut().for_each(|one| one.at = one.at.saturating_sub(indent));
        let source = bare.trim().to_owned();
        let expression = Self {
            is_path: reading.paths.iter().eq([&source]),
            source,
            place: located(indent),
            counts_columns,
            missing,
            compiled: Arc::new(compiled),
            references: reading.paths.iter().cloned().collect(),
            reading: Arc::new(reading),
        };
        expression.refuse_constant_error()?;
        Ok(expression)
    }

    /// The value, with its type; never undefined.
    pub fn evaluate(&self, scope: &Scope) -> Result<serde_json::Value, ExpressionError> {
        self.evaluate_within(scope, 1, &mut Budget::new())
    }

    /// The value with its type, at a depth of a larger whole that has a budget.
    pub(crate) fn evaluate_within(
        &self,
        scope: &Scope,
        depth: usize,
        budget: &mut Budget,
    ) -> Result<serde_json::Value, ExpressionError> {
        let value = self.value(scope)?;
        output::to_json(&value, Escape::None, self.missing, depth, budget)
            .map_err(|fault| self.error(fault, scope))
    }

    /// The value as text; never of null, a list or a map.
    pub fn text(&self, scope: &Scope) -> Result<String, ExpressionError> {
        self.text_within(scope, &mut Budget::new())
    }

    /// The value as a piece of a text that has a budget.
    pub(crate) fn text_within(
        &self,
        scope: &Scope,
        budget: &mut Budget,
    ) -> Result<String, ExpressionError> {
        let value = self.value(scope)?;
        output::to_text(&value, Escape::None, self.missing, budget)
            .map_err(|fault| self.error(fault, scope))
    }

    /// Whether the condition holds; it must come to `true` or `false`.
    pub fn holds(&self, scope: &Scope) -> Result<bool, ExpressionError> {
        let value = self.value(scope)?;
        match value.kind() {
            ValueKind::Bool => Ok(value.is_true()),
            ValueKind::Undefined if self.missing == Missing::IsAnError => {
                Err(self.error(Fault::undefined(), scope))
            }
            kind => {
                let name = output::name_of(self.missing.seen_as(kind));
                let message = format!("a condition must be true or false, but this is {name}");
                Err(self.error(Fault::kind(message), scope))
            }
        }
    }

    /// The dotted paths it refers to, such as `trigger.order.customer.email`; a path ends where a
    /// list is indexed, and stands for everything below it.
    pub fn references(&self) -> &BTreeSet<String> {
        &self.references
    }

    /// Those of them whose value matters; of the others it asks only whether they are there.
    pub fn values_used(&self) -> &BTreeSet<String> {
        &self.reading.used
    }

    /// Those whose value it cannot do without: it asks nowhere whether they are there, and has no default for them.
    pub fn needed(&self) -> impl Iterator<Item = &str> {
        self.reading.used.iter().map(String::as_str).filter(|path| !self.asks_for(path))
    }

    /// Whether it asks whether the value of that path is there, or that of one which it stands below, or has a
    /// default for it.
    pub fn asks_for(&self, path: &str) -> bool {
        let ends = path.match_indices('.').map(|(end, _)| end).chain([path.len()]);
        ends.into_iter().any(|end| self.reading.may_be_missing.contains(&path[..end]))
    }

    /// The expression as it is written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Where it is written.
    pub fn place(&self) -> Place {
        self.place
    }

    /// Where a path it refers to stands, as exactly as it is known.
    pub(crate) fn place_of(&self, path: &str) -> Place {
        let at = self.source.find(path).unwrap_or(0);
        place_at(&self.source, self.place, self.counts_columns, at)
    }

    /// The paths that it compares with texts, and where these stand, as exactly as it is known.
    pub(crate) fn compared(&self) -> impl Iterator<Item = (&str, &str, Place)> {
        self.reading.compared.iter().map(|one| {
            let place = place_at(&self.source, self.place, self.counts_columns, one.at);
            (one.path.as_str(), one.text.as_str(), place)
        })
    }

    /// Whether it uses a filter or a test of this name.
    pub(crate) fn uses(&self, name: &str) -> bool {
        self.reading.uses.contains(name)
    }

    /// What it comes to; may be undefined.
    pub(super) fn value(&self, scope: &Scope) -> Result<Value, ExpressionError> {
        // Most expressions are nothing else, and what they lead to needs no evaluation.
        if let Some(found) = self.is_path.then(|| scope.at(&self.source)).flatten() {
            return Ok(found);
        }
        self.compiled.eval(scope.context()).map_err(|error| {
            let fault = fault_of(&error);
            self.error(fault, scope)
        })
    }

    /// The fault as an error of this expression; says which path is undefined.
    pub(super) fn error(&self, fault: Fault, scope: &Scope) -> ExpressionError {
        let undefined = fault.code == ExpressionCode::TemplateUndefined;
        let message = match fault.message {
            message if !message.is_empty() => message,
            _ if undefined => {
                let missing = self.reading.paths.iter().find(|path| !scope.has(path));
                missing.unwrap_or(&self.source).clone()
            }
            _ => format!("the values do not fit what `{}` does with them", self.source),
        };
        ExpressionError { code: fault.code, expression: self.source.clone(), field: None, message }
    }

    /// An expression without references always comes to the same: its error is known now.
    fn refuse_constant_error(&self) -> Result<(), Problem> {
        if !self.references.is_empty() {
            return Ok(());
        }
        let nothing = Scope::new(&serde_json::Value::Null, &serde_json::Value::Null);
        self.evaluate(&nothing).map(|_| ()).map_err(|error| {
            let message = format!("the expression always fails: {error}");
            Problem::new("expression_invalid", self.place, message)
        })
    }
}

/// Syntax errors come from the source as it is written, so that their places are right.
fn compiled(
    source: &str,
    missing: Missing,
) -> Result<minijinja::Expression<'static, 'static>, minijinja::Error> {
    let environment = language::environment(missing);
    let as_written = environment.compile_expression_owned(source.to_owned())?;
    match comparisons::strict(source, missing) {
        Some(strict) => environment.compile_expression_owned(strict),
        None => Ok(as_written),
    }
}

/// What is inside of one whole `${{ }}`, or the source itself; and how many characters before it.
fn unwrapped(source: &str) -> (&str, usize) {
    let inside = source.trim().strip_prefix("${{").and_then(|rest| {
        let end = lexer::end_of_placeholder(rest)?;
        (end + 2 == rest.len()).then(|| &rest[..end])
    });
    match inside {
        Some(inside) => (inside, source.len() - source.trim_start().len() + 3),
        None => (source, 0),
    }
}

fn place_at(source: &str, place: Place, counts_columns: bool, at: usize) -> Place {
    let before = source.get(..at).unwrap_or_default();
    let counted = counts_columns && !before.contains('\n');
    place.after(if counted { before.chars().count() } else { 0 })
}

fn fault_of(error: &minijinja::Error) -> Fault {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(fault) = error.downcast_ref::<Fault>() {
            return fault.clone();
        }
        cause = error.source();
    }
    match error.kind() {
        ErrorKind::OutOfFuel => Fault::limit("fuel"),
        ErrorKind::UndefinedError => Fault::undefined(),
        _ => Fault::kind(""),
    }
}
