//! The draft of an action that only the provider itself has: what it takes and gives is for its file to say.

use super::{Operation, put_class, put_success, quoted};
use std::fmt::Write as _;

/// What the file says of such an action.
pub(super) struct OwnAction<'a> {
    pub(super) operation: Option<&'a Operation>,
}

/// One field of what it takes, or of what it gives.
struct Field<'a> {
    /// What it is called here.
    name: String,
    /// What the vendor calls it.
    vendors: &'a str,
    /// The word for what it is.
    word: &'static str,
    is_required: bool,
}

impl OwnAction<'_> {
    /// Its lines in the file, but for the reason.
    pub(super) fn put(&self, text: &mut String) {
        let (inputs, body) = (self.inputs(), self.body());
        text.push_str(
            "    # What a step says: each field is text, integer, number, boolean, money, time, address, list, map, or the list\n    \
             # of the words that it may be. Those that a step may leave out are named too: `optional: [priority]`.\n    input:\n",
        );
        for field in &inputs {
            let _ = writeln!(text, "      {}: {}", field.name, field.word);
        }
        if inputs.is_empty() {
            text.push_str("      a_field: TODO\n");
        }
        let optional: Vec<&str> =
            inputs.iter().filter(|one| !one.is_required).map(|one| one.name.as_str()).collect();
        if !optional.is_empty() {
            let _ = writeln!(text, "    optional: [{}]", optional.join(", "));
        }
        put_class(text);
        let (method, path) =
            self.operation.map_or(("post", "/TODO"), |one| (one.method, &one.path));
        let _ = writeln!(text, "    {method}: {}", quoted(&with_inputs(path)));
        let kind = if self.operation.is_some_and(|one| one.is_form) { "form" } else { "json" };
        if self.operation.is_none() {
            text.push_str("    json: ${{ input }}\n");
        } else if !body.is_empty() {
            let _ = writeln!(text, "    {kind}:");
            for field in &body {
                let vendors = quoted(field.vendors);
                let _ = writeln!(text, "      {vendors}: ${{{{ input.{} }}}}", field.name);
            }
        }
        put_success(text, self.operation);
        self.put_output(text);
    }

    fn put_output(&self, text: &mut String) {
        text.push_str(
            "    # What the step gives: `id: text` is the text `answer.body.id`.\n    output:\n",
        );
        let answered = self.operation.map(|one| &one.answered[..]).unwrap_or_default();
        for field in answered.iter().filter_map(Field::of) {
            let (name, word) = (&field.name, field.word);
            // Another name than the vendor's has to say where it is found.
            let _ = if *name == field.vendors {
                writeln!(text, "      {name}: {word}")
            } else {
                let of = format!("${{{{ answer.body.{} }}}}", field.vendors);
                writeln!(text, "      {name}: {{ type: {word}, of: {} }}", quoted(&of))
            };
        }
        if answered.is_empty() {
            text.push_str("      id: TODO\n");
        }
    }

    /// The input of the fixtures: what has to be there.
    pub(super) fn put_examples(&self, text: &mut String) {
        let inputs = self.inputs();
        for field in inputs.iter().filter(|field| field.is_required) {
            let _ = writeln!(text, "  {}: {}", field.name, example(field));
        }
        if inputs.is_empty() {
            text.push_str("  a_field: a value\n");
        }
    }

    /// The parameters of the path, and what the body is made of.
    fn inputs(&self) -> Vec<Field<'_>> {
        let path = self.operation.map(|one| one.path.as_str()).unwrap_or_default();
        let parameters = parameters(path).map(|vendors| Field {
            name: snake(vendors),
            vendors,
            word: "text",
            is_required: true,
        });
        let mut inputs: Vec<Field<'_>> = Vec::new();
        for field in parameters.chain(self.body()) {
            if inputs.iter().all(|known| known.name != field.name) {
                inputs.push(field);
            }
        }
        inputs
    }

    fn body(&self) -> Vec<Field<'_>> {
        let operation = self.operation.filter(|one| one.method != "get");
        let fields = operation.map(|one| &one.fields[..]).unwrap_or_default();
        fields.iter().filter_map(Field::of).collect()
    }
}

impl<'a> Field<'a> {
    /// Nothing where no name can be made of the vendor's.
    fn of(field: &'a super::Field) -> Option<Self> {
        let word = match field.kind.as_str() {
            "integer" => "integer",
            "number" => "number",
            "boolean" => "boolean",
            "array" => "list",
            "object" => "map",
            _ => "text",
        };
        let (name, is_required) = (snake(&field.name), field.is_required);
        let is_name = name.starts_with(|first: char| first.is_ascii_lowercase());
        is_name.then_some(Self { name, vendors: &field.name, word, is_required })
    }
}

fn example(field: &Field<'_>) -> String {
    match field.word {
        "integer" | "number" => "1".to_owned(),
        "boolean" => "true".to_owned(),
        "list" => "[]".to_owned(),
        "map" => "{}".to_owned(),
        _ => format!("a {}", field.name.replace('_', " ")),
    }
}

/// The parameters of a path such as `/boxes/{box}/messages`.
fn parameters(path: &str) -> impl Iterator<Item = &str> {
    path.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name)
}

/// The path with inputs in the places of its parameters.
fn with_inputs(path: &str) -> String {
    let mut path = path.to_owned();
    let names: Vec<String> = parameters(&path).map(str::to_owned).collect();
    for name in names {
        path = path.replace(&format!("{{{name}}}"), &format!("${{{{ input.{} }}}}", snake(&name)));
    }
    path
}

/// A name as files have them: `due_date` for `dueDate`.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    let mut is_after_small = false;
    for character in name.chars() {
        if character.is_ascii_alphanumeric() {
            if character.is_ascii_uppercase() && is_after_small {
                snake.push('_');
            }
            snake.push(character.to_ascii_lowercase());
        } else if !snake.ends_with('_') && !snake.is_empty() {
            snake.push('_');
        }
        is_after_small = character.is_ascii_lowercase() || character.is_ascii_digit();
    }
    snake.trim_end_matches('_').to_owned()
}

#[cfg(test)]
mod tests {
    use super::{snake, with_inputs};

    #[test]
    fn the_vendors_names_become_names_of_fields() {
        for (vendors, name) in [
            ("title", "title"),
            ("dueDate", "due_date"),
            ("HTMLBody", "htmlbody"),
            ("X-Ref--Id", "x_ref_id"),
            ("line2Total", "line2_total"),
            ("_links", "links"),
            ("?", ""),
        ] {
            assert_eq!(snake(vendors), name);
        }
        assert_eq!(
            with_inputs("/boxes/{boxId}/notes/{id}"),
            "/boxes/${{ input.box_id }}/notes/${{ input.id }}"
        );
    }
}
