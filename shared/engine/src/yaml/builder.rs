//! From the events of the YAML parser to the tree.

use super::{DEPTH_MAX, Entry, Node, SOURCE_BYTES_MAX, Yaml, hints, scalars};
use crate::problems::{Place, Problem};
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span};
use std::collections::HashMap;

/// Reads one YAML document, or says everything that is wrong with it.
pub fn parse(source: &str) -> Result<Node, Vec<Problem>> {
    if source.len() > SOURCE_BYTES_MAX {
        let message = format!("the file is larger than {} KB", SOURCE_BYTES_MAX / 1024);
        return Err(vec![Problem::new("file_too_large", Place::START, message)]);
    }
    let mut tree = Tree { lines: source.lines().collect(), ..Tree::default() };
    for event in Parser::new_from_str(source) {
        let outcome = match event {
            Ok((event, span)) => tree.handle_event(event, span),
            Err(error) => Err(syntax_problem(source, &error)),
        };
        if let Err(problem) = outcome {
            tree.problems.push(problem);
            return Err(tree.problems);
        }
    }
    let nothing = Node { value: Yaml::Null, place: Place::START, text_place: None };
    if tree.problems.is_empty() { Ok(tree.root.unwrap_or(nothing)) } else { Err(tree.problems) }
}

#[derive(Default)]
struct Tree<'a> {
    lines: Vec<&'a str>,
    root: Option<Node>,
    open: Vec<Open>,
    documents: usize,
    problems: Vec<Problem>,
}

/// A list or map whose end has not come yet.
enum Open {
    List { place: Place, items: Vec<Node> },
    Map { place: Place, entries: Vec<Entry>, key: Option<Key>, seen: HashMap<String, Place> },
}

struct Key {
    text: String,
    place: Place,
    repeated: bool,
}

impl Tree<'_> {
    /// An error ends the reading; what can be read past is collected in `problems`.
    fn handle_event(&mut self, event: Event<'_>, span: Span) -> Result<(), Problem> {
        let place = place_of(&span.start);
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(Problem::new("yaml_invalid", place, "a file holds one document"));
                }
                Ok(())
            }
            Event::Alias(_) => {
                let message = "an alias (`*name`) is not supported: write the value out";
                self.problems.push(Problem::new("yaml_unsupported", place, message));
                self.insert_node(Node { value: Yaml::Null, place, text_place: None });
                Ok(())
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse_extras(anchor, tag.is_some(), place);
                self.scalar(&text, style, span);
                Ok(())
            }
            Event::SequenceStart(anchor, tag) => {
                self.refuse_extras(anchor, tag.is_some(), place);
                self.start(place, Open::List { place, items: Vec::new() })
            }
            Event::MappingStart(anchor, tag) => {
                self.refuse_extras(anchor, tag.is_some(), place);
                let (entries, seen) = (Vec::new(), HashMap::new());
                self.start(place, Open::Map { place, entries, key: None, seen })
            }
            Event::SequenceEnd | Event::MappingEnd => {
                self.end();
                Ok(())
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
        }
    }

    fn refuse_extras(&mut self, anchor: usize, tagged: bool, place: Place) {
        if anchor > 0 {
            let message =
                "an anchor (`&name`) is not supported: write the value out where it is used";
            self.problems.push(Problem::new("yaml_unsupported", place, message));
        }
        if tagged {
            let message = "a tag (`!name`) is not supported: put text in quotes";
            self.problems.push(Problem::new("yaml_unsupported", place, message));
        }
    }

    fn start(&mut self, place: Place, open: Open) -> Result<(), Problem> {
        if let Some(Open::Map { key: None, .. }) = self.open.last() {
            let problem = Problem::new("yaml_invalid", place, "a key must be text");
            return Err(problem.with_help(hints::QUOTE_PLACEHOLDER));
        }
        if self.open.len() >= DEPTH_MAX {
            let message = format!("lists and maps are nested more than {DEPTH_MAX} deep");
            return Err(Problem::new("yaml_too_deep", place, message));
        }
        self.open.push(open);
        Ok(())
    }

    fn end(&mut self) {
        let node = match self.open.pop() {
            Some(Open::List { place, items }) => (Yaml::List(items), place),
            Some(Open::Map { place, entries, .. }) => (Yaml::Map(entries), place),
            None => return,
        };
        self.insert_node(Node { value: node.0, place: node.1, text_place: None });
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, span: Span) {
        let place = place_of(&span.start);
        if let Some(Open::Map { key: key @ None, seen, .. }) = self.open.last_mut() {
            let before = seen.get(text).copied();
            if let Some(before) = before {
                let message = format!("the key `{text}` is already on line {}", before.line);
                self.problems.push(Problem::new("duplicate_key", place, message));
            } else {
                seen.insert(text.to_owned(), place);
            }
            *key = Some(Key { text: text.to_owned(), place, repeated: before.is_some() });
            return;
        }
        let plain = style == ScalarStyle::Plain;
        if plain && hints::lost_its_end(text) {
            let message = "the expression `${{` has no end `}}`";
            self.problems.push(
                Problem::new("yaml_invalid", place, message).with_help(hints::QUOTE_PLACEHOLDER),
            );
        }
        let value = if plain { scalars::resolve(text) } else { Yaml::Text(text.to_owned()) };
        self.insert_node(Node { value, place, text_place: self.text_place(text, style, place) });
    }

    /// The place of the first character, if the text lies on one line exactly as it reads.
    fn text_place(&self, text: &str, style: ScalarStyle, place: Place) -> Option<Place> {
        let start = match style {
            ScalarStyle::Plain => place,
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => place.after(1),
            ScalarStyle::Literal | ScalarStyle::Folded => return None,
        };
        let line = self.lines.get(usize::try_from(start.line - 1).ok()?)?;
        let (at, _) = line.char_indices().nth(usize::try_from(start.column - 1).ok()?)?;
        line[at..].starts_with(text).then_some(start)
    }

    fn insert_node(&mut self, node: Node) {
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open::List { items, .. }) => items.push(node),
            Some(Open::Map { entries, key, .. }) => match key.take() {
                Some(key) if key.repeated => {}
                Some(key) => {
                    entries.push(Entry { key: key.text, place: key.place, value: node });
                }
                // Only an alias comes here, and that is a problem already.
                None => *key = Some(Key { text: String::new(), place: node.place, repeated: true }),
            },
        }
    }
}

fn place_of(marker: &Marker) -> Place {
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Place { line: number(marker.line()).max(1), column: number(marker.col()).saturating_add(1) }
}

fn syntax_problem(source: &str, error: &saphyr_parser::ScanError) -> Problem {
    let place = place_of(error.marker());
    let problem = Problem::new("yaml_invalid", place, error.info());
    match hints::for_syntax_error(source, error.marker().line()) {
        Some(help) => problem.with_help(help),
        None => problem,
    }
}
