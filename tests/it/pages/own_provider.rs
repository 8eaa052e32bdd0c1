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
    let [build, show, own_action, tells] = blocks[..] else {
        panic!("four blocks, not {}", blocks.len())
    };
    let file = build.split("acme.yaml <<'EOF'\n").nth(1).unwrap().split("\nEOF").next().unwrap();
    assert!(file.lines().count() <= 20, "{} lines", file.lines().count());

    let typed = Typed::new();
    let (said, is_right) = typed.run(&format!("{build}\n{show}"));
    assert!(is_right, "{said}");
    for expected in [
        "acme      email.send  2",
        "no problems: 2 connections, 0 workflows",
        "authorization: Bearer [acme]",
        "not now, in 30 s: Acme Mail answered 503",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    assert!(typed.read("providers/acme.fixtures.yaml").contains("POST https://api.acme.example"));

    let allow = "export TRADEWIND_ALLOW_HOSTS=api.acme.example";
    let look = "tradewind catalog actions acme.create_ticket";
    let (said, is_right) = typed.run(&format!("{allow}\n{own_action}\n{look}"));
    assert!(is_right, "{said}");
    for expected in [
        "acme      email.send, acme.create_ticket  3",
        "no problems: 2 connections, 1 workflow",
        "acme.create_ticket: Acme Mail: create ticket (an action of this project's own)",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    let fixtures = typed.read("providers/acme.fixtures.yaml");
    for written in ["POST https://api.acme.example/v1/tickets", "done: {\"id\":\"T-1\"}"] {
        assert!(fixtures.contains(written), "{written}: {fixtures}");
    }

    let (said, is_right) = typed.run(&format!("{allow}\n{tells}"));
    assert!(is_right && said.contains("no problems: 3 connections, 1 workflow"), "{said}");
    assert!(typed.read("providers/acme_shop.fixtures.yaml").contains("received: sold, id d-1"));
}

#[test]
fn an_action_of_its_own_is_begun_from_a_vendors_description() {
    let typed = Typed::new();
    std::fs::write(typed.0.path().join("openapi.json"), OPENAPI).unwrap();
    let new = "tradewind new provider beta --action beta.send_message";
    let (said, is_right) = typed.run(&format!("{new} --from openapi.json --operation sendMessage"));
    assert!(is_right, "{said}");
    let file = typed.read("providers/beta.yaml");
    for taken in [
        "      box: text\n      recipient: text\n      note: text\n    optional: [note]\n",
        "    post: \"/boxes/${{ input.box }}/messages\"\n",
        "      \"recipient\": ${{ input.recipient }}\n      \"note\": ${{ input.note }}\n",
        "    output:\n      id: text\n",
        "class: TODO",
    ] {
        assert!(file.contains(taken), "{taken}: {file}");
    }
    let answered = "sed -i 's/class: TODO/class: neither/; s/TODO: what it is/what it is/' \
        providers/beta.yaml && tradewind test --update && tradewind check";
    let (said, is_right) = typed.run(answered);
    assert!(is_right && said.contains("beta.send_message"), "{said}\n{file}");
    assert!(typed.read("providers/beta.fixtures.yaml").contains("/v2/boxes/a%20box/messages"));
}

#[test]
fn an_action_of_its_own_is_begun_with_what_a_person_has_to_say_and_tried() {
    let typed = Typed::new();
    let (said, is_right) = typed.run("tradewind new provider desk --action desk.open_ticket");
    assert!(is_right, "{said}");
    let (said, is_right) = typed.run("tradewind check");
    assert!(!is_right && said.matches("todo_left").count() >= 4, "{said}");
    let script = r#"sed -i 's/a_field: TODO/title: text/; s/id: TODO/id: text/; s/class: TODO/class: neither/
        s/TODO, the vendor.s page/desk.example/; s#/TODO#/tickets#; s/TODO: what it is/what it is/' providers/desk.yaml
        sed -i 's/a_field: a value/title: a title/' providers/desk.fixtures.yaml
        tradewind test --update
        echo '  desk: { provider: desk, token: "${{ secret.desk }}" }' >> tradewind.yaml
        export TRADEWIND_ALLOW_HOSTS=api.desk.example
        printf 'title: Late\n' > with.yaml; printf 'titel: Late\n' > wrong.yaml
        printf 'status: 200\njson: { id: 17 }\n' > answer.yaml
        try="tradewind try provider desk desk.open_ticket --connection desk"
        $try --input with.yaml --answer answer.yaml
        $try --input wrong.yaml"#;
    let (said, is_right) = typed.run(script);
    assert!(is_right, "{said}");
    for expected in [
        "desk      desk.open_ticket  1",
        "POST https://api.desk.example/tickets",
        "unknown: answer_invalid: `output.id` must be text or null, but is a whole number",
        "refused: input_invalid: `with` has no field `titel`",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    let (said, is_right) = typed.run("tradewind new provider acme --action beta.send_message");
    assert!(!is_right && said.contains("whatever is called acme.…, which is its own"), "{said}");
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

#[test]
fn a_provider_like_another_one_asks_for_all_that_is_the_vendors_own() {
    let typed = Typed::new();
    let (said, is_right) = typed.run("tradewind new provider acme --like postmark");
    assert!(is_right, "{said}");
    let file = typed.read("providers/acme.yaml");
    assert!(!file.contains("https://"), "{file}");
    for copied in ["provider: acme\n", "class: TODO\n", "TextBody:"] {
        assert!(file.contains(copied), "{copied}: {file}");
    }
    let (said, is_right) = typed.run("tradewind check");
    assert!(!is_right && said.contains("todo_left"), "{said}");
    let (said, is_right) = typed.run("tradewind new provider other --like commercelayer");
    assert!(
        !is_right && said.contains("no provider of the catalog that a file describes"),
        "{said}"
    );
}
