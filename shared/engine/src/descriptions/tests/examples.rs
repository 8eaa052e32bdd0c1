use super::*;

const EXAMPLES: [(&str, &str); 12] = [
    ("acme", include_str!("files/acme.yaml")),
    ("airtable", include_str!("files/airtable.yaml")),
    ("brevo", include_str!("files/brevo.yaml")),
    ("erpnext", include_str!("files/erpnext.yaml")),
    ("hubspot", include_str!("files/hubspot.yaml")),
    ("klaviyo", include_str!("files/klaviyo.yaml")),
    ("postmark", include_str!("../../../../connectors/providers/postmark.yaml")),
    ("sendgrid", include_str!("../../../../connectors/providers/sendgrid.yaml")),
    ("slack", include_str!("../../../../connectors/providers/slack.yaml")),
    ("stripe", include_str!("files/stripe.yaml")),
    ("twilio", include_str!("files/twilio.yaml")),
    ("woocommerce", include_str!("files/woocommerce.yaml")),
];

pub(super) fn example(name: &str) -> &'static str {
    EXAMPLES.iter().find(|(example, _)| *example == name).map(|(_, source)| *source).unwrap()
}

#[test]
fn the_files_of_twelve_services_are_read_and_have_no_problem() {
    for (name, source) in EXAMPLES {
        let description = parse(source);
        assert_eq!(description.provider.as_str(), name);
        assert_eq!(shown(&check(&description, &known())), "", "{name}");
    }
}

#[test]
fn a_file_with_a_line_missing_is_read_or_refused() {
    for (_, source) in EXAMPLES {
        let lines: Vec<_> = source.lines().collect();
        for missing in 0..lines.len() {
            let rest = [&lines[..missing], &lines[missing + 1..]].concat().join("\n");
            match Description::parse(&rest) {
                Ok(description) => drop(check(&description, &known())),
                Err(problems) => assert!(!problems.is_empty(), "{rest}"),
            }
        }
    }
}
