//! `tradewind check`: every problem with its place.

use super::folder::Folder;
use expect_test::{Expect, expect};

const WORKFLOW: &str = "\
trigger: { event: order.placed, from: shop }
steps:
  - id: thank
    uses: email.send
    via: mail
    with:
      to: ${{ trigger.order.customer.email }}
      subject: Thank you
      text: We will tell you when it ships.
";

fn check(folder: &Folder, arguments: &[&str], expected: Expect) {
    expected.assert_eq(&folder.run(arguments).text());
}

#[test]
fn a_good_folder_has_no_problems() {
    let folder = Folder::project().with("workflows/mail/thanks.yaml", WORKFLOW);
    check(
        &folder,
        &["check"],
        expect![[r#"
            no problems: 2 connections, 1 workflow
            exit 0
        "#]],
    );
    check(
        &folder,
        &["check", "--json"],
        expect![[r#"
            {
              "problems": [],
              "workflows": [
                "mail/thanks"
              ]
            }
            exit 0
        "#]],
    );
}

#[test]
fn a_project_without_workflows_is_told_what_comes_next() {
    check(
        &Folder::project(),
        &["check"],
        expect![[r#"
        no problems: 2 connections, 0 workflows
        Nothing happens yet: put a workflow into workflows/<id>.yaml.
        exit 0
    "#]],
    );
}

#[test]
fn all_problems_of_all_files_are_told_at_once_by_their_places() {
    let workflow = WORKFLOW.replace("email.send", "email.sent").replace("shop }", "shopp }");
    let folder = Folder::project()
        .with("workflows/thanks.yaml", &workflow)
        .with("workflows/broken.yaml", "trigger: {\n")
        .with("workflows/other.yml", WORKFLOW);
    check(
        &folder,
        &["check"],
        expect![[r#"
        workflows/broken.yaml:2:1: yaml_invalid: while parsing a node, did not find expected node content
        workflows/other.yml:1:1: file_name_invalid: this cannot name a workflow's file
            help: small and capital letters, digits, `-`, `_` and `.yaml` at the end
        workflows/thanks.yaml:1:39: unknown_connection: there is no connection `shopp` in tradewind.yaml
            help: did you mean `shop`?
        workflows/thanks.yaml:4:11: unknown_action: there is no action `email.sent`
            help: did you mean `email.send`?
        4 problems
        exit 3
    "#]],
    );
    let said = folder.run(&["check", "--json"]);
    let document: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!((said.code, said.err.as_str()), (3, ""));
    assert_eq!(document["problems"][0]["file"], "workflows/broken.yaml");
}

#[test]
fn a_setting_may_come_from_the_environment() {
    let project = "connections:\n  shop: { provider: slack, url: \"${{ env.SLACK_URL }}\" }\n";
    let folder = Folder::empty().with("tradewind.yaml", project);
    check(
        &folder,
        &["check"],
        expect![[r#"
            tradewind.yaml:2:28: env_missing: connection shop, url: $SLACK_URL is not set
                help: set the environment variable SLACK_URL
            1 problem
            exit 3
        "#]],
    );
    let said = folder.run_in(&["check"], &[("SLACK_URL", "https://hooks.slack.com")], "");
    assert_eq!(said.code, 0, "{}", said.text());
}

#[test]
fn a_folder_without_a_project_is_told_what_to_create() {
    check(
        &Folder::empty(),
        &["check"],
        expect![[r#"
        error: FOLDER has no tradewind.yaml: create one with a `connections:` map, and workflows/<id>.yaml beside it; or name another folder with --dir
        exit 5
    "#]],
    );
    check(
        &Folder::empty(),
        &["check", "--json"],
        expect![[r#"
        {
          "error": {
            "code": "not_found",
            "message": "FOLDER has no tradewind.yaml: create one with a `connections:` map, and workflows/<id>.yaml beside it; or name another folder with --dir"
          }
        }
        exit 5
    "#]],
    );
}
