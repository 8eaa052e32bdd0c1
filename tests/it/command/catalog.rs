//! `tradewind catalog`: what the code knows, no more and no less.

use super::folder::Folder;
use expect_test::expect;
use serde_json::Value;
use tradewind_connectors::catalog::catalog;

#[test]
fn the_catalog_shows_every_action_event_and_provider() {
    let folder = Folder::empty();
    let said = folder.run(&["catalog"]);
    assert_eq!(said.code, 0);
    let document: Value = serde_json::from_str(&folder.run(&["catalog", "--json"]).out).unwrap();
    let catalog = catalog();
    let lists: [(&str, &str, Vec<&str>); 3] = [
        ("actions", "id", catalog.actions.iter().map(|action| action.id.as_str()).collect()),
        ("events", "name", catalog.events.iter().map(|event| event.name).collect()),
        (
            "providers",
            "id",
            catalog.providers.iter().map(|provider| provider.id.as_str()).collect(),
        ),
    ];
    for (kind, key, names) in lists {
        let shown: Vec<&str> = document[kind]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one[key].as_str().unwrap())
            .collect();
        assert_eq!(shown, names);
        for name in names {
            assert!(
                said.out.contains(&format!("\n{name} ")) || said.out.starts_with(name),
                "{name}"
            );
            let one = folder.run(&["catalog", kind, name]);
            assert_eq!(one.code, 0);
            assert!(one.out.contains(name), "{}", one.out);
        }
    }
}

#[test]
fn an_action_shows_its_fields_and_what_a_second_call_would_do() {
    let said = Folder::empty().run(&["catalog", "actions", "sheet.append_row"]);
    expect![[r#"
        sheet.append_row: Add one row to a spreadsheet, once for each key
        When an answer never comes and nobody can be asked: a person decides.

        PROVIDER       A SECOND CALL                                         LIMIT
        airtable       does nothing more: the result is the same             5 calls in 1 s
        csv            does nothing more: the result is the same             1 at the same time
        google_sheets  would do it twice, but the provider is asked first    30 calls in 60 s, 1 at the same time
        notion         would do it twice, but the provider is asked first    3 calls in 1 s, 1 at the same time
        sandbox        does nothing: the provider knows our key for 90 days

        with:
        FIELD  TYPE            WHAT
        sheet  text  required  The sheet (Google: the tab; CSV: the file without `.csv`).
        key    text  required  What makes the row unique, such as the order number; kept in the connection's key column.
        row    map   required  Cells by column name. A column that the sheet does not have is an error.

        steps.<id>:
        FIELD       TYPE                        WHAT
        row_number  integer        may be null  The row's number, from 1, the header included.
        appended    true or false               False: a row with this key was there before.
        exit 0
    "#]].assert_eq(&said.text());
}

#[test]
fn a_name_that_is_not_there_is_exit_5_with_the_nearest_one() {
    let said = Folder::empty().run(&["catalog", "providers", "sendgird"]);
    expect![[r#"
        error: there is no provider sendgird; did you mean sendgrid?
        exit 5
    "#]]
    .assert_eq(&said.text());
}
