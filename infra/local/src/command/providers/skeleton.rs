//! The first draft of a provider's file: whatever the contract and the vendor's own description tell of it.

mod own;

use own::OwnAction;
use serde_json::{Map, Value};
use std::fmt::Write as _;
use tradewind_connectors::action::Action;

/// How deep references of a description lead on.
const REFERENCES_MAX: usize = 16;
/// More fields of a body than that are left to the person.
const FIELDS_MAX: usize = 40;
/// How the pattern of a phone's number begins in the schemas of contracts.
const PHONE_PATTERN: &str = "^\\+";
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// One operation of an OpenAPI description.
pub(super) struct Operation {
    title: String,
    documentation: Option<String>,
    base_url: Option<String>,
    auth: Auth,
    method: &'static str,
    path: String,
    is_form: bool,
    fields: Vec<Field>,
    statuses: Vec<String>,
    /// Members of the answer to a success.
    answered: Vec<Field>,
    /// The member of an error that says why, where one is described.
    message: Option<String>,
}

struct Field {
    name: String,
    kind: String,
    is_required: bool,
}

/// How a description says that a call proves who makes it.
enum Auth {
    Bearer,
    Basic,
    Header(String),
}

/// A file to be begun.
pub(super) struct Draft<'a> {
    pub(super) id: &'a str,
    pub(super) does: Does<'a>,
    pub(super) operation: Option<&'a Operation>,
}

/// What the provider is to do.
pub(super) enum Does<'a> {
    /// What others do too.
    Contract(&'a Action),
    /// What it alone does: the id.
    Own(&'a str),
}

impl Operation {
    /// The operation of that id; nothing where there is none.
    pub(super) fn of(document: &Value, id: &str) -> Option<Self> {
        let paths = document["paths"].as_object()?;
        let (path, method, operation) = paths.iter().find_map(|(path, item)| {
            let found = METHODS.iter().find(|method| item[**method]["operationId"] == id)?;
            Some((path, *found, &item[*found]))
        })?;
        let body = resolved(document, &operation["requestBody"]);
        let content = body["content"].as_object();
        let form = "application/x-www-form-urlencoded";
        let is_form = content.is_some_and(|content| {
            content.contains_key(form) && !content.contains_key("application/json")
        });
        let kind = if is_form { form } else { "application/json" };
        let responses = operation["responses"].as_object();
        let statuses = responses.into_iter().flat_map(Map::keys).filter(|one| one.starts_with('2'));
        let statuses: Vec<String> =
            statuses.filter(|one| one.len() == 3 && !one.contains('X')).cloned().collect();
        let answered = statuses.first().map(|status| &operation["responses"][status]);
        let failed = responses.into_iter().flatten().find(|(status, _)| !status.starts_with('2'));
        let members = |response: &Value| -> Vec<Field> {
            let response = resolved(document, response);
            fields(document, resolved(document, &response["content"]["application/json"]["schema"]))
        };
        let reasons = failed.map(|(_, response)| members(response)).unwrap_or_default();
        Some(Self {
            title: text(&document["info"]["title"]).unwrap_or_default(),
            documentation: text(&operation["externalDocs"]["url"])
                .or_else(|| text(&document["externalDocs"]["url"])),
            base_url: text(&document["servers"][0]["url"])
                .map(|url| url.trim_end_matches('/').to_owned())
                .filter(|url| url.starts_with("https://") && !url.contains('{')),
            auth: auth(document, operation),
            method,
            path: path.clone(),
            is_form,
            fields: fields(document, resolved(document, &body["content"][kind]["schema"])),
            statuses,
            answered: answered.map(members).unwrap_or_default(),
            message: ["message", "detail", "error", "title"]
                .into_iter()
                .find(|name| reasons.iter().any(|one| one.name == *name))
                .map(str::to_owned),
        })
    }
}

fn auth(document: &Value, operation: &Value) -> Auth {
    let required = match &operation["security"] {
        Value::Null => &document["security"],
        own => own,
    };
    let name = required[0].as_object().and_then(|schemes| schemes.keys().next());
    let schemes = &document["components"]["securitySchemes"];
    let scheme = match name {
        Some(name) => resolved(document, &schemes[name]),
        None => schemes.as_object().and_then(|all| all.values().next()).unwrap_or(&Value::Null),
    };
    match (scheme["type"].as_str(), scheme["scheme"].as_str(), scheme["in"].as_str()) {
        (Some("http"), Some(scheme), _) if scheme.eq_ignore_ascii_case("basic") => Auth::Basic,
        (Some("apiKey"), _, Some("header")) => {
            Auth::Header(text(&scheme["name"]).unwrap_or_else(|| "TODO".to_owned()))
        }
        _ => Auth::Bearer,
    }
}

/// What a reference leads to.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let mut found = value;
    for _ in 0..REFERENCES_MAX {
        let Some(reference) = found["$ref"].as_str().and_then(|one| one.strip_prefix('#')) else {
            break;
        };
        found = document.pointer(reference).unwrap_or(&Value::Null);
    }
    found
}

/// The members of an object, those of all its parts.
fn fields(document: &Value, schema: &Value) -> Vec<Field> {
    let parts = schema["allOf"].as_array().into_iter().flatten();
    let parts = parts.map(|part| resolved(document, part)).chain([schema]);
    let mut found: Vec<Field> = Vec::new();
    for part in parts {
        let required = part["required"].as_array();
        for (name, field) in part["properties"].as_object().into_iter().flatten() {
            let field = resolved(document, field);
            let is_required = required.is_some_and(|names| names.iter().any(|one| one == name));
            let kind = text(&field["type"]).unwrap_or_else(|| "any".to_owned());
            if found.len() < FIELDS_MAX && found.iter().all(|known| known.name != *name) {
                found.push(Field { name: name.clone(), kind, is_required });
            }
        }
    }
    // What is required comes first.
    found.sort_by_key(|field| !field.is_required);
    found
}

fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

impl Draft<'_> {
    /// The text of the file.
    pub(super) fn file(&self) -> String {
        let operation = self.operation;
        let title = operation.map(|one| one.title.clone()).filter(|title| !title.is_empty());
        let title = title.unwrap_or_else(|| capitalised(self.id));
        let page = operation.and_then(|one| one.documentation.clone());
        let page = page.unwrap_or_else(|| "https://TODO, the vendor's page".to_owned());
        let base = operation.and_then(|one| one.base_url.clone());
        let base =
            base.unwrap_or_else(|| format!("https://api.{}.example", self.id.replace('_', "-")));
        let mut text = format!(
            "format: 1\nprovider: {}\ntitle: {}\ndocumentation: {}\nsettings:\n",
            self.id,
            quoted(&title),
            quoted(&page)
        );
        let help = "\"TODO: what it is, and where it is found in the vendor's pages.\"";
        let (settings, auth): (&[&str], String) = match operation.map(|one| &one.auth) {
            None | Some(Auth::Bearer) => (&["token"], "{ bearer: token }".to_owned()),
            Some(Auth::Basic) => {
                (&["user", "password"], "{ basic: [\"{user}\", \"{password}\"] }".to_owned())
            }
            Some(Auth::Header(name)) => {
                let name = quoted(name);
                (&["api_key"], format!("{{ headers: {{ {name}: \"{{api_key}}\" }} }}"))
            }
        };
        for setting in settings {
            let secret = if *setting == "user" { "" } else { "secret: true, " };
            let _ = writeln!(text, "  {setting}: {{ {secret}help: {help} }}");
        }
        let base = quoted(&base);
        let action = match self.does {
            Does::Contract(action) => action.id.as_str(),
            Does::Own(id) => id,
        };
        let _ = writeln!(text, "base_url: {base}\nauth: {auth}\nactions:\n  {action}:");
        match self.does {
            Does::Contract(action) => self.put_action(&mut text, action),
            Does::Own(_) => self.own_action().put(&mut text),
        }
        if let Some(message) = self.operation.and_then(|one| one.message.as_ref()) {
            let reason = format!(
                "{title} answered ${{{{ answer.status }}}}: ${{{{ answer.body.{message} }}}}"
            );
            let _ = writeln!(text, "    reason:\n      - {}", quoted(&reason));
        }
        text
    }

    fn own_action(&self) -> OwnAction<'_> {
        OwnAction { operation: self.operation }
    }

    fn put_action(&self, text: &mut String, action: &Action) {
        let operation = self.operation;
        put_class(text);
        let (method, path) = operation.map_or(("post", "/TODO"), |one| (one.method, &one.path));
        let path = path.replace('{', "${{ input.TODO_").replace('}', " }}");
        let _ = writeln!(text, "    {method}: {}", quoted(&path));
        if method != "get" {
            let kind = if operation.is_some_and(|one| one.is_form) { "form" } else { "json" };
            let _ = writeln!(text, "    {kind}:");
            match operation.filter(|one| !one.fields.is_empty()) {
                Some(operation) => operation.fields.iter().for_each(|field| put_field(text, field)),
                None => {
                    for (name, _) in properties(&action.input) {
                        let _ = writeln!(text, "      {name}: ${{{{ input.{name} }}}}");
                    }
                }
            }
        }
        put_success(text, operation);
        text.push_str("    output:\n");
        let answered = operation.map(|one| &one.answered[..]).unwrap_or_default();
        for (name, _) in properties(&action.output) {
            let member = [name.as_str(), "id"]
                .into_iter()
                .find(|one| answered.iter().any(|field| field.name == *one));
            let member = member.unwrap_or("TODO");
            let _ = writeln!(text, "      {name}: ${{{{ answer.body.{member} }}}}");
        }
    }
}

/// What only a person can know.
fn put_class(text: &mut String) {
    text.push_str(
        "    # What would a second call do? `natural`: nothing more. `keyed`: nothing more, by an idempotency key. \
         `queryable`:\n    # it can be looked for first, with `find`. `neither`: it would happen twice.\n    class: TODO\n",
    );
}

fn put_success(text: &mut String, operation: Option<&Operation>) {
    let statuses = operation.map(|one| one.statuses.join(", ")).filter(|all| !all.is_empty());
    let statuses = statuses.unwrap_or_else(|| "200".to_owned());
    let _ = writeln!(text, "    success: {{ status: [{statuses}] }}");
}

/// A field whose value only a person knows; what is not required stands there as a comment.
fn put_field(text: &mut String, field: &Field) {
    let mark = if field.is_required { "" } else { "# " };
    let (name, kind) = (quoted(&field.name), quoted(&field.kind));
    let _ = writeln!(text, "      {mark}{name}: ${{{{ input.TODO }}}}   # {kind}");
}

impl Draft<'_> {
    /// The text of the fixtures: one case, whose texts `test --update` writes.
    pub(super) fn fixtures(&self) -> String {
        let settings = match self.operation.map(|one| &one.auth) {
            None | Some(Auth::Bearer) => "token: t0ken-that-is-made-up",
            Some(Auth::Basic) => "user: a-user, password: passw0rd-that-is-made-up",
            Some(Auth::Header(_)) => "api_key: k3y-that-is-made-up",
        };
        self.fixtures_with(&format!("settings: {{ {settings} }}\n"))
    }

    /// The same with that line of settings.
    pub(super) fn fixtures_with(&self, settings: &str) -> String {
        let status = self.operation.and_then(|one| one.statuses.first());
        let status = status.map_or("200", String::as_str);
        let mut text = format!("{settings}input:\n");
        let action = match self.does {
            Does::Contract(action) => {
                put_examples(&mut text, action);
                action.id.as_str()
            }
            Does::Own(id) => {
                self.own_action().put_examples(&mut text);
                id
            }
        };
        let _ = write!(
            text,
            "cases:\n  - it is done:\n      action: {action}\n      sends:\n      answer: {{ status: {status}, json: {{ id: \"4711\" }} }}\n      outcome:\n"
        );
        text
    }
}

fn put_examples(text: &mut String, action: &Action) {
    let required = [&action.input["required"], &action.input["anyOf"][0]["required"]];
    let required: Vec<&Value> =
        required.into_iter().filter_map(Value::as_array).flatten().collect();
    for (name, schema) in properties(&action.input) {
        if required.iter().any(|one| *one == name) {
            let _ = writeln!(text, "  {name}: {}", example(name, schema));
        }
    }
}

fn example(name: &str, schema: &Value) -> String {
    if schema["pattern"].as_str().is_some_and(|pattern| pattern.starts_with(PHONE_PATTERN)) {
        return "\"+393331234567\"".to_owned();
    }
    match (schema["type"].as_str(), schema["format"].as_str()) {
        (Some("string"), Some("email")) => "ada@example.com".to_owned(),
        (Some("string"), Some("date-time")) => "\"2026-11-23T12:00:00Z\"".to_owned(),
        (Some("string"), _) => format!("a {name}"),
        (Some("integer" | "number"), _) => "1".to_owned(),
        (Some("boolean"), _) => "true".to_owned(),
        (Some("array"), _) => "[]".to_owned(),
        _ => "{}".to_owned(),
    }
}

fn properties(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema["properties"].as_object().into_iter().flatten()
}

fn capitalised(id: &str) -> String {
    let mut characters = id.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(characters).collect()
}

/// As a text of YAML that is nothing else.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
