//! The provider of one's own that CONNECT.md builds, typed as it stands there.

use super::page;
use std::process::Command;
use tempfile::TempDir;

const HEADING: &str = "## A provider of your own";
const PROJECT: &str = "connections:\n  mail: { provider: sandbox }\n";
/// What a vendor publishes, shortened.
const OPENAPI: &str = r##"{
  "openapi": "3.1.0",
  "info": { "title": "Beta Mail" },
  "externalDocs": { "url": "https://beta.example/docs" },
  "servers": [{ "url": "https://api.beta.example/v2/" }],
  "components": {
    "securitySchemes": { "key": { "type": "apiKey", "in": "header", "name": "X-Api-Key" } },
    "schemas": { "Message": {
      "required": ["recipient"],
      "properties": { "note": { "type": "string" }, "recipient": { "type": "string" } }
    } }
  },
  "security": [{ "key": [] }],
  "paths": { "/boxes/{box}/messages": { "post": {
    "operationId": "sendMessage",
    "requestBody": { "content": { "application/json": {
      "schema": { "$ref": "#/components/schemas/Message" }
    } } },
    "responses": {
      "202": { "content": { "application/json": { "schema": { "properties": { "id": {} } } } } },
      "400": { "content": { "application/json": { "schema": { "properties": { "detail": {} } } } } }
    }
  } } }
}"##;

/// A project folder in which a person types.
struct Typed(TempDir);

impl Typed {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("tradewind.yaml"), PROJECT).unwrap();
        Self(folder)
    }

    /// What a script says, and whether all of it went well.
    fn run(&self, script: &str) -> (String, bool) {
        let binary = std::path::Path::new(env!("CARGO_BIN_EXE_tradewind"));
        let path = format!("{}:/usr/bin:/bin", binary.parent().unwrap().display());
        let mut shell = Command::new("timeout");
        shell.args(["120", "bash", "-euc", &format!("exec 2>&1\n{script}")]);
        shell.current_dir(self.0.path()).env_clear().env("PATH", path).env("HOME", self.0.path());
        let output = shell.output().unwrap();
        (String::from_utf8(output.stdout).unwrap(), output.status.success())
    }

    fn read(&self, file: &str) -> String {
        std::fs::read_to_string(self.0.path().join(file)).unwrap()
    }
}

#[test]
fn the_provider_of_the_page_is_built_tested_and_tried_as_it_is_written() {
    let page = page("shared/connectors/CONNECT.md");
    let section = page.text.split_once(HEADING).unwrap().1;
    let blocks: Vec<&str> = section.split("```sh\n").skip(1).collect();
    let blocks: Vec<&str> =
        blocks.iter().map(|block| block.split("\n```").next().unwrap()).collect();
    let [build, show, tells] = blocks[..] else { panic!("three blocks, not {}", blocks.len()) };
    let file = build.split("acme.yaml <<'EOF'\n").nth(1).unwrap().split("\nEOF").next().unwrap();
    assert!(file.lines().count() <= 20, "{} lines", file.lines().count());

    let typed = Typed::new();
    let (said, is_right) = typed.run(&format!("{build}\n{show}\n{tells}"));
    assert!(is_right, "{said}");
    for expected in [
        "acme      email.send  2",
        "no problems: 2 connections, 0 workflows",
        "authorization: Bearer [acme]",
        "not now, in 30 s: Acme Mail answered 503",
        "no problems: 3 connections, 0 workflows",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    assert!(typed.read("providers/acme.fixtures.yaml").contains("POST https://api.acme.example"));
    assert!(typed.read("providers/acme_shop.fixtures.yaml").contains("received: sold, id d-1"));
}

#[test]
fn a_host_of_a_projects_own_provider_is_the_operators_word() {
    let page = page("shared/connectors/CONNECT.md");
    let section = page.text.split_once(HEADING).unwrap().1;
    let build = section.split("```sh\n").nth(1).unwrap().split("\n```").next().unwrap();
    let build = build.replace("export TRADEWIND_ALLOW_HOSTS=api.acme.example", "true");
    let (said, is_right) = Typed::new().run(&build);
    assert!(
        !is_right && said.contains("url_blocked") && said.contains("api.acme.example"),
        "{said}"
    );
}

#[test]
fn a_file_begun_from_a_vendors_description_asks_for_what_no_description_says() {
    let typed = Typed::new();
    std::fs::write(typed.0.path().join("openapi.json"), OPENAPI).unwrap();
    let new = "tradewind new provider beta --action email.send --from openapi.json --operation";
    let (said, is_right) = typed.run(&format!("{new} sendMessage"));
    assert!(is_right, "{said}");
    let file = typed.read("providers/beta.yaml");
    for taken in [
        "title: \"Beta Mail\"",
        "documentation: \"https://beta.example/docs\"",
        "base_url: \"https://api.beta.example/v2\"\n",
        "headers: { \"X-Api-Key\": \"{api_key}\" }",
        "status: [202]",
        "message_id: ${{ answer.body.id }}",
        "answer.body.detail",
        "class: TODO",
    ] {
        assert!(file.contains(taken), "{taken}: {file}");
    }
    let (said, is_right) = typed.run("tradewind check");
    assert!(!is_right && said.contains("providers/beta.yaml:13:12: todo_left"), "{said}");
    assert!(said.contains("todo_left"), "{said}");
    let (said, is_right) = typed.run(&format!("{new} sendMessage"));
    assert!(
        !is_right && typed.read("providers/beta.yaml") == file,
        "nothing is written over: {said}"
    );
    let (said, is_right) = typed.run("tradewind new provider slack");
    assert!(!is_right && said.contains("slack is there already"), "{said}");
    let missing = new.replace("beta", "gamma");
    let (said, is_right) = typed.run(&format!("{missing} deleteMessage"));
    assert!(!is_right && said.contains("no operation `deleteMessage`"), "{said}");
}

#[test]
fn a_new_provider_without_a_description_has_every_field_of_the_contract() {
    let typed = Typed::new();
    let (said, is_right) = typed.run("tradewind new provider acme --action sms.send");
    assert!(is_right, "{said}");
    let file = typed.read("providers/acme.yaml");
    for field in ["to: ${{ input.to }}", "text: ${{ input.text }}", "from: ${{ input.from }}"] {
        assert!(file.contains(field), "{field}: {file}");
    }
    let (said, is_right) = typed.run(
        "sed -i 's/class: TODO/class: neither/; s/answer.body.TODO/answer.body.id/; s/TODO, the vendor.s page/acme.example/; s#/TODO#/sms#; s/TODO: what it is/what it is/' \
         providers/acme.yaml && tradewind test --update && tradewind catalog providers acme",
    );
    assert!(is_right, "{said}\n{file}");
}
