//! `tradewind secret`, and the secrets as a running process reads them.

use super::folder::Folder;
use expect_test::expect;
use secrecy::ExposeSecret;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use tradewind::secrets::{LocalSecrets, SecretsFile};
use tradewind_engine::ports::{SecretText, Secrets};

async fn read(folder: &Folder, environment: &[(&str, &str)], name: &str) -> Result<String, String> {
    let environment: BTreeMap<String, String> =
        environment.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let secrets = LocalSecrets::new(&folder.data_dir(), &environment);
    match secrets.read(&"slack".into(), name, false).await {
        Ok(Some(secret)) => Ok(secret.expose_secret().to_owned()),
        Ok(None) => Ok("not set".to_owned()),
        Err(error) => {
            let folder = folder.path().to_str().unwrap();
            Err(error.to_string().replace(folder, "FOLDER"))
        }
    }
}

fn set(folder: &Folder, name: &str, value: &str) {
    let said = folder.run_in(&["secret", "set", name, "--from-stdin"], &[], value);
    assert_eq!(said.code, 0, "{}", said.text());
}

#[tokio::test]
async fn a_value_that_may_stand_in_ordinary_texts_is_said_to_be_so() {
    let folder = Folder::empty();
    for (value, is_ordinary) in [
        ("hush", true),
        ("orders-hook", true),
        ("Customer", true),
        ("123456789", true),
        ("whsec_4711abcd", false),
        ("correct-horse-battery-staple", false),
    ] {
        let said = folder.run_in(&["secret", "set", "a", "--from-stdin"], &[], value);
        let lines = said.err.lines().filter(|line| line.contains("ordinary texts")).count();
        assert_eq!(lines, usize::from(is_ordinary), "{value}: {}", said.text());
        assert!(!said.text().contains(value), "{}", said.text());
    }
}

/// Changes the file of secrets as text.
fn tamper(folder: &Folder, change: impl Fn(&str) -> String) {
    let path = folder.data_dir().join("secrets.json");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, change(&text)).unwrap();
}

#[tokio::test]
async fn a_secret_comes_back_as_it_was_set_and_is_never_written_in_clear() {
    let folder = Folder::empty();
    set(&folder, "slack_url", "https://hooks.example/ü \n");
    assert_eq!(read(&folder, &[], "slack_url").await.unwrap(), "https://hooks.example/ü ");
    set(&folder, "slack_url", "second");
    assert_eq!(read(&folder, &[], "slack_url").await.unwrap(), "second");
    assert_eq!(read(&folder, &[], "other").await.unwrap(), "not set");
    for file in ["secrets.json", "secrets.key"] {
        let path = folder.data_dir().join(file);
        assert!(!fs::read_to_string(&path).unwrap().contains("second"));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{file}");
    }
    let mode = fs::metadata(folder.data_dir()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[tokio::test]
async fn the_environment_wins_and_a_change_holds_at_once() {
    let folder = Folder::empty();
    let secrets = LocalSecrets::new(&folder.data_dir(), &BTreeMap::new());
    assert!(secrets.read(&"slack".into(), "a", false).await.unwrap().is_none());
    set(&folder, "a", "from the file");
    let found = secrets.read(&"slack".into(), "a", false).await.unwrap().unwrap();
    assert_eq!(found.expose_secret(), "from the file");
    let environment = [("TRADEWIND_SECRET_A", "from the environment")];
    assert_eq!(read(&folder, &environment, "a").await.unwrap(), "from the environment");
}

#[tokio::test]
async fn the_same_value_is_sealed_differently_each_time() {
    let folder = Folder::empty();
    set(&folder, "a", "same");
    let first = fs::read_to_string(folder.data_dir().join("secrets.json")).unwrap();
    set(&folder, "a", "same");
    assert_ne!(first, fs::read_to_string(folder.data_dir().join("secrets.json")).unwrap());
}

#[tokio::test]
async fn a_secret_that_was_changed_or_moved_does_not_open() {
    let folder = Folder::empty();
    set(&folder, "mail", "one");
    tamper(&folder, |text| text.replace("\"mail\"", "\"chat\""));
    let refused = read(&folder, &[], "chat").await.unwrap_err();
    expect!["the file of secrets is unavailable: the secret chat does not open: FOLDER/.tradewind/secrets.json was changed, or secrets.key is another one"].assert_eq(&refused);
}

#[tokio::test]
async fn another_key_no_key_and_a_broken_file_are_told_apart() {
    let folder = Folder::empty();
    set(&folder, "mail", "one");
    let key = folder.data_dir().join("secrets.key");
    fs::write(&key, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").unwrap();
    let another = read(&folder, &[], "mail").await.unwrap_err();
    fs::write(&key, "short").unwrap();
    let not_a_key = read(&folder, &[], "mail").await.unwrap_err();
    fs::remove_file(&key).unwrap();
    let missing = read(&folder, &[], "mail").await.unwrap_err();
    // A new key would close the other secrets for good.
    let set = SecretsFile::in_folder(&folder.data_dir()).set("b", &SecretText::from("two"));
    assert!(set.is_err());
    tamper(&folder, |_| "{".to_owned());
    let broken = read(&folder, &[], "mail").await.unwrap_err();
    let all = [another, not_a_key, missing, broken].join("\n");
    expect![[r#"
        the file of secrets is unavailable: the secret mail does not open: FOLDER/.tradewind/secrets.json was changed, or secrets.key is another one
        the file of secrets is unavailable: FOLDER/.tradewind/secrets.key does not hold a key: restore it
        the file of secrets is unavailable: the key FOLDER/.tradewind/secrets.key is missing: restore it beside secrets.json, or remove secrets.json and set all secrets again
        the file of secrets is unavailable: FOLDER/.tradewind/secrets.json is not a file of secrets (EOF while parsing an object at line 1 column 1): restore it, or remove it and set all secrets again"#]].assert_eq(&all);
}

#[test]
fn the_list_says_what_is_set_and_what_is_missing() {
    let project = "connections:\n  ops: { provider: slack, url: \"${{ secret.slack_url }}\" }\n  \
        mail: { provider: postmark, server_token: \"${{ secret.pm }}\", from: a@example.com }\n";
    let folder = Folder::empty().with("tradewind.yaml", project);
    set(&folder, "slack_url", "x");
    set(&folder, "old", "x");
    let environment = [("TRADEWIND_SECRET_OLD", "y")];
    expect![[r#"
        SET IN       NAME       USED BY
        environment  old
        not set      pm         mail
        file         slack_url  ops
        exit 0
    "#]]
    .assert_eq(&folder.run_in(&["secret", "list"], &environment, "").text());
}

#[test]
fn what_cannot_be_done_with_secrets_says_why() {
    let folder = Folder::empty();
    let run = |arguments: &[&str]| folder.run(arguments).text();
    let all = [
        run(&["secret", "list"]),
        run(&["secret", "remove", "nope"]),
        run(&["secret", "set", "no-dash", "--from-stdin"]),
        run(&["secret", "set", "empty", "--from-stdin"]),
        run(&["secret", "set", "asked"]),
    ];
    expect![[r#"
        no secrets: keep one with `tradewind secret set NAME`
        exit 0
        error: there is no secret nope
        exit 5
        error: `no-dash` cannot name a secret: letters, digits and `_`, at most 100 of them
        exit 2
        error: an empty secret is not kept; to take one away, use `tradewind secret remove`
        exit 1
        error: nobody is there to be asked for the value: use --from-stdin
        exit 2
    "#]]
    .assert_eq(&all.join(""));
    assert!(!folder.data_dir().join("secrets.json").exists());
}

#[test]
fn secrets_of_a_stage_are_set_by_a_command_that_is_printed() {
    let project = "connections:\n  ops: { provider: slack, url: \"${{ secret.slack_url }}\" }\n";
    let folder = Folder::empty().with("tradewind.yaml", project);
    let run = |arguments: &[&str]| {
        let stage = ["secret", "--stage", "test", "--url", "https://shop.example.com"];
        folder.run(&[&stage, arguments].concat()).text()
    };
    expect![[r#"
        read -rs VALUE && printf %s "$VALUE" | aws ssm put-parameter --type SecureString --overwrite --name /tradewind/test/secrets/slack/slack_url --value file:///dev/stdin; unset VALUE
        aws ssm put-parameter --type SecureString --overwrite --name /tradewind/test/secrets/slack/slack_url --value file://PATH
        the API of a stage neither reads nor writes secrets
        for a value that you type:
        for a file:
        exit 0
    "#]].assert_eq(&run(&["set", "slack_url"]));
    expect![[r#"
        error: no connection in tradewind.yaml uses the secret nobodys, so its place is not known
        exit 5
    "#]]
    .assert_eq(&run(&["set", "nobodys"]));
    expect![[r#"
        aws ssm get-parameters-by-path --recursive --path /tradewind/test/secrets/ --query Parameters[].Name
        the API of a stage neither reads nor writes secrets
        run this instead:
        exit 0
    "#]].assert_eq(&run(&["list"]));
    expect![[r#"
        aws ssm delete-parameter --name /tradewind/test/secrets/slack/slack_url
        the API of a stage neither reads nor writes secrets
        run this instead:
        exit 0
    "#]]
    .assert_eq(&run(&["remove", "slack_url"]));
    assert!(!folder.data_dir().exists());
}

#[test]
fn a_process_on_this_machine_is_told_apart_from_a_stage() {
    let project = "connections:\n  ops: { provider: slack, url: \"${{ secret.slack_url }}\" }\n";
    let folder = Folder::empty().with("tradewind.yaml", project);
    for url in ["http://127.0.0.1:1", "http://[::1]:8080", "https://localhost"] {
        for arguments in [&["set", "slack_url"][..], &["list"], &["remove", "slack_url"]] {
            let said = folder.run(&[&["secret", "--url", url], arguments].concat());
            assert_eq!((said.code, said.out.as_str()), (2, ""), "{url}: {}", said.text());
            assert!(said.err.contains("that is no stage on AWS"), "{url}: {}", said.err);
        }
    }
}
