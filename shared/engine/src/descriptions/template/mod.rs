//! Forms: trees of values with expressions in them, and what may stand beside these. There are four such
//! words and no more: `$if`, `$each`, `$use` and `$merge`.

mod read;
mod render;
mod text;

pub(super) use read::{form, members, part};
pub use text::TextForm;

use crate::expressions::{Expression, Piece};
use crate::problems::Place;
use serde_json::Value;

/// A value and where it stands.
#[derive(Clone, Debug)]
pub struct Form {
    /// Where it begins.
    pub place: Place,
    /// What it is.
    pub content: FormContent,
}

/// What stands in one place of a form.
#[derive(Clone, Debug)]
pub enum FormContent {
    /// A value without expressions.
    Literal(Value),
    /// One whole `${{ }}`: keeps its type.
    Whole(Expression),
    /// Text with expressions in it.
    Mixed(Vec<Piece>),
    /// A list.
    List(Vec<Form>),
    /// A map.
    Map(Box<FormMap>),
    /// A list made of another one.
    Each(Box<Each>),
}

/// A map.
#[derive(Clone, Debug, Default)]
pub struct FormMap {
    /// `$if`: the map is there only where it holds.
    pub condition: Option<Expression>,
    /// `$use`: the members of a part.
    pub using: Option<Using>,
    /// `$merge`: the members of another map. They win over those of the part.
    pub merge: Option<Expression>,
    /// Its own members, which win over all others.
    pub members: Vec<FormMember>,
}

/// A member of a map.
#[derive(Clone, Debug)]
pub struct FormMember {
    /// Its name.
    pub name: String,
    /// Where the name stands.
    pub place: Place,
    /// Its value.
    pub value: Form,
}

/// A part that is used.
#[derive(Clone, Debug)]
pub struct Using {
    /// The name of the part.
    pub part: String,
    /// Where that name stands.
    pub place: Place,
    /// `$of`: what the part sees as `it`, and what stands beside it too. Of null the map is null.
    pub of: Expression,
}

/// `$each`, `$as`, `$item`: for each item of a list one of another; with `$key` beside them, a member of a map.
#[derive(Clone, Debug)]
pub struct Each {
    /// `$if`: the list is there only where it holds.
    pub condition: Option<Expression>,
    /// The list.
    pub items: Expression,
    /// What the item is called.
    pub name: String,
    /// Where that stands.
    pub name_place: Place,
    /// `$key`: the name of what is made of it, in a map.
    pub key: Option<Expression>,
    /// What is made of it.
    pub item: Form,
}

/// What becomes of a member that comes to null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nulls {
    /// It is left out, in requests. A null that is written as such is sent.
    LeftOut,
    /// It stays, in outputs and events.
    Kept,
}

/// The named forms of a description.
#[derive(Clone, Debug, Default)]
pub struct Parts(Vec<Part>);

/// A named form.
#[derive(Clone, Debug)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// Where the name stands.
    pub place: Place,
    /// What it is.
    pub form: Form,
}

impl Parts {
    /// Of these.
    pub(super) fn of(parts: Vec<Part>) -> Self {
        Self(parts)
    }

    /// The part of that name.
    pub fn get(&self, name: &str) -> Option<&Part> {
        self.0.iter().find(|part| part.name == name)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Part> + Clone {
        self.0.iter()
    }
}

impl Form {
    /// What a key that is not there stands for.
    pub(super) fn literal(value: Value, place: Place) -> Self {
        Self { place, content: FormContent::Literal(value) }
    }

    /// All expressions in it, without those of the parts it uses.
    pub fn expressions(&self) -> Vec<&Expression> {
        let mut found = Vec::new();
        self.collect(&mut found);
        found
    }

    /// Those of them that are in the tree whatever the data are: below no `$if` and no `$each`.
    pub(crate) fn unconditional(&self) -> Vec<&Expression> {
        match &self.content {
            FormContent::Literal(_) | FormContent::Each(_) => Vec::new(),
            FormContent::Whole(expression) => vec![expression],
            FormContent::Mixed(pieces) => pieces.iter().filter_map(Piece::expression).collect(),
            FormContent::List(items) => items.iter().flat_map(Self::unconditional).collect(),
            FormContent::Map(map) if map.condition.is_some() => Vec::new(),
            FormContent::Map(map) => {
                map.members.iter().flat_map(|member| member.value.unconditional()).collect()
            }
        }
    }

    fn collect<'a>(&'a self, found: &mut Vec<&'a Expression>) {
        match &self.content {
            FormContent::Literal(_) => {}
            FormContent::Whole(expression) => found.push(expression),
            FormContent::Mixed(pieces) => found.extend(pieces.iter().filter_map(Piece::expression)),
            FormContent::List(items) => items.iter().for_each(|item| item.collect(found)),
            FormContent::Map(map) => {
                found.extend(&map.condition);
                found.extend(map.using.as_ref().map(|using| &using.of));
                found.extend(&map.merge);
                map.members.iter().for_each(|member| member.value.collect(found));
            }
            FormContent::Each(each) => {
                found.extend(&each.condition);
                found.push(&each.items);
                found.extend(&each.key);
                each.item.collect(found);
            }
        }
    }

    /// The parts it uses itself.
    pub fn uses(&self) -> Vec<&Using> {
        match &self.content {
            FormContent::Literal(_) | FormContent::Whole(_) | FormContent::Mixed(_) => Vec::new(),
            FormContent::List(items) => items.iter().flat_map(Self::uses).collect(),
            FormContent::Map(map) => {
                let within = map.members.iter().flat_map(|member| member.value.uses());
                map.using.iter().chain(within).collect()
            }
            FormContent::Each(each) => each.item.uses(),
        }
    }
}
