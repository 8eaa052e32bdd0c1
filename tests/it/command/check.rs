//! `tradewind check`: every problem with its place.

use super::folder::Folder;
use expect_test::{Expect, expect};

const PUBLIC: &str = "\
public_url: https://automation.example.com
connections:
  shop: { provider: commercelayer, webhook_secret: \"${{ secret.cl_webhook }}\" }
  mail: { provider: sandbox }
";
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
              "notes": [],
              "workflows": [
                "mail/thanks"
              ]
            }
            exit 0
        "#]],
    );
}

#[test]
fn a_mail_address_that_is_written_out_is_one() {
    let approval = "trigger: { event: order.placed, from: shop }\nsteps:\n  - id: ask\n    approval:\n      \
        to: [{ via: mail, email: owner at example.com }]\n      deadline: 1h\n";
    let folder =
        Folder::project().with("tradewind.yaml", PUBLIC).with("workflows/ask.yaml", approval).with(
            "workflows/mail.yaml",
            &WORKFLOW.replace("${{ trigger.order.customer.email }}", "a@b,c"),
        );
    check(
        &folder,
        &["check"],
        expect![[r#"
        workflows/ask.yaml:5:32: address_invalid: `to` must be one mail address without a name
        workflows/mail.yaml:7:11: address_invalid: `to` must be one mail address without a name
        2 problems
        exit 3
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
    let project = "connections:\n  shop: { provider: commercelayer, organization: \"${{ env.ORGANIZATION }}\" }\n";
    let folder = Folder::empty().with("tradewind.yaml", project);
    check(
        &folder,
        &["check"],
        expect![[r#"
            tradewind.yaml:2:36: env_missing: connection shop, organization: $ORGANIZATION is not set
                help: set the environment variable ORGANIZATION
            1 problem
            exit 3
        "#]],
    );
    let said = folder.run_in(&["check"], &[("ORGANIZATION", "acme")], "");
    assert_eq!(said.code, 0, "{}", said.text());
}

#[test]
fn an_address_that_is_no_text_is_told_and_not_passed_over() {
    let project = "connections:\n  mail: { provider: sendgrid, api_key: \"${{ secret.key }}\", from: a@example.com, base_url: [ \"http://127.0.0.1:1\" ] }\n";
    check(
        &Folder::empty().with("tradewind.yaml", project),
        &["check"],
        expect![[r#"
            tradewind.yaml:2:82: type_mismatch: connection mail, base_url: this has to be a text
                help: write an address such as https://api.example.com
            1 problem
            exit 3
        "#]],
    );
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

/// Where secrets stand, and where they do not.
const MISPLACED: &str = "\
connections:
  shop:
    provider: commercelayer
    organization: ${{ secret.organization }}
    client_id: ${{ env.CL_CLIENT_ID }}
    client_secret: ${{ env.CL_CLIENT_SECRET }}
    webhook_secret:
      - ${{ secret.cl_webhook }}
      - written-out
    base_url: ${{ secret.address }}
  table: { provider: csv, path: \"${{ secret.folder }}\" }
  sheets:
    provider: google_sheets
    spreadsheet_id: sheet
    service_account:
      client_email: robot@example.com
      private_key: ${{ secret.google }}
  hooks:
    provider: webhook
    verify:
      scheme: ${{ secret.scheme }}
      secret: ${{ env.HOOKS }}
  mail:
    provider: sendgrid
    api_key: { value: written-out }
    from: ${{ env.TRADEWIND_SECRET_MAIL }}
    rate_limit: { calls: 5, per: \"${{ secret.per }}\" }
";

#[test]
fn a_secret_stands_where_it_is_kept_secret_and_nowhere_else() {
    let folder = Folder::empty().with("tradewind.yaml", MISPLACED);
    let variables = [
        ("CL_CLIENT_ID", "id"),
        ("CL_CLIENT_SECRET", "hush"),
        ("HOOKS", "hush"),
        ("TRADEWIND_SECRET_MAIL", "hush"),
    ];
    let said = folder.run_in(&["check"], &variables, "");
    expect![[r#"
        tradewind.yaml:4:5: secret_misplaced: connection shop: organization is stored and shown as it is, so that the secret organization would be no secret there
            help: write it out, or take it from `${{ env.NAME }}`; the secret settings of commercelayer are client_secret, webhook_secret
        tradewind.yaml:6:5: secret_from_environment: connection shop: client_secret is a secret, and $CL_CLIENT_SECRET would be stored in clear
            help: write `${{ secret.shop_client_secret }}` and set it with `tradewind secret set shop_client_secret`, or by $TRADEWIND_SECRET_SHOP_CLIENT_SECRET
        tradewind.yaml:9:9: secret_in_file: connection shop: webhook_secret is a secret
            help: write `${{ secret.shop_webhook_secret }}` and set it with `tradewind secret set shop_webhook_secret`
        tradewind.yaml:10:5: secret_misplaced: connection shop: base_url is stored and shown as it is, so that the secret address would be no secret there
            help: write it out, or take it from `${{ env.NAME }}`; the secret settings of commercelayer are client_secret, webhook_secret
        tradewind.yaml:11:27: secret_misplaced: connection table: path is stored and shown as it is, so that the secret folder would be no secret there
            help: write it out, or take it from `${{ env.NAME }}`; csv has no secret settings
        tradewind.yaml:16:7: secret_in_file: connection sheets: service_account.client_email is a secret
            help: write `${{ secret.sheets_service_account_client_email }}` and set it with `tradewind secret set sheets_service_account_client_email`
        tradewind.yaml:21:7: secret_misplaced: connection hooks: verify.scheme is stored and shown as it is, so that the secret scheme would be no secret there
            help: write it out, or take it from `${{ env.NAME }}`; the secret settings of webhook are verify.secret
        tradewind.yaml:22:7: secret_from_environment: connection hooks: verify.secret is a secret, and $HOOKS would be stored in clear
            help: write `${{ secret.hooks_verify_secret }}` and set it with `tradewind secret set hooks_verify_secret`, or by $TRADEWIND_SECRET_HOOKS_VERIFY_SECRET
        tradewind.yaml:25:5: type_mismatch: connection mail: api_key is a secret, which is one text and not a map
            help: write `${{ secret.mail_api_key }}` and set it with `tradewind secret set mail_api_key`
        tradewind.yaml:26:5: secret_misplaced: connection mail: from is stored and shown as it is, so that the secret in $TRADEWIND_SECRET_MAIL would be no secret there
            help: write it out, or take it from `${{ env.NAME }}`; the secret settings of sendgrid are api_key
        tradewind.yaml:27:29: secret_misplaced: connection mail: rate_limit.per is stored and shown as it is, so that the secret per would be no secret there
            help: write it out, or take it from `${{ env.NAME }}`; the secret settings of sendgrid are api_key
        11 problems
        exit 3
    "#]].assert_eq(&said.text());
    assert!(!said.text().contains("hush") && !said.text().contains("written-out"));
    let refused = folder.run_in(&["up", "--port", "0"], &variables, "");
    assert_eq!(refused.code, 3, "{}", refused.text());
}
