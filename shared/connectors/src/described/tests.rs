//! The files of the catalog say what the providers that are written in Rust say of themselves.

use crate::catalog::catalog;
use tradewind_engine::descriptions::{Description, check, not_carried};

const FILES: [(&str, &str); 3] = [
    ("postmark", include_str!("../../providers/postmark.yaml")),
    ("sendgrid", include_str!("../../providers/sendgrid.yaml")),
    ("slack", include_str!("../../providers/slack.yaml")),
];

#[test]
fn every_file_is_read_and_fits_the_contracts() {
    let catalog = catalog();
    for (provider, source) in FILES {
        let description = Description::parse(source).unwrap();
        assert_eq!(check(&description, &catalog), [], "{provider}");
        for action in &description.actions {
            let input = &catalog.action(action.id.as_str()).unwrap().input;
            assert!(not_carried(action, &description.parts, input).is_empty(), "{provider}");
        }
    }
}

#[test]
fn a_file_says_of_its_provider_what_is_said_in_rust() {
    let catalog = catalog();
    for (id, source) in FILES {
        let described = Description::parse(source).unwrap();
        let provider = catalog.provider(id).unwrap();
        assert_eq!(described.provider.as_str(), id);
        assert_eq!(
            (described.title.as_str(), described.documentation.as_str()),
            (provider.title, provider.documentation)
        );
        let limit = provider.limit.map(|limit| (limit.calls, limit.per));
        assert_eq!((described.limit, described.concurrency), (limit, provider.concurrency), "{id}");
        let secrets = described.settings.iter().filter(|setting| setting.secret);
        let secrets: Vec<_> = secrets.map(|setting| setting.name.as_str()).collect();
        assert_eq!(secrets, provider.secrets, "{id}");
        let schema = (provider.settings)();
        for (name, member) in schema["properties"].as_object().unwrap() {
            let setting = described.setting(name).unwrap();
            assert_eq!(member["description"], setting.help.as_str(), "{id}: {name}");
            assert_eq!(member.get("default"), setting.default.as_ref(), "{id}: {name}");
        }
    }
}
