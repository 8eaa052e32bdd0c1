//! The catalog as the workflow language sees it.

use serde_json::Value;
use tradewind_connectors::catalog::Catalog;
use tradewind_connectors::events::OWN_EVENTS;
use tradewind_engine::ids::{ActionId, ProviderId};
use tradewind_engine::workflows::Vocabulary;

/// The words that a workflow may use.
pub struct CatalogWords<'a>(pub &'a Catalog);

impl Vocabulary for CatalogWords<'_> {
    fn events(&self) -> Vec<&str> {
        let names = self.0.events.iter().map(|event| event.name);
        names.filter(|name| *name != OWN_EVENTS).collect()
    }

    fn event_schema(&self, event: &str) -> Option<&Value> {
        self.0.event(event).map(|event| &*event.schema)
    }

    fn actions(&self) -> Vec<&str> {
        self.0.actions.iter().map(|action| action.id.as_str()).collect()
    }

    fn action_input(&self, action: &ActionId) -> Option<&Value> {
        self.0.action(action.as_str()).map(|action| &action.input)
    }

    fn action_output(&self, action: &ActionId) -> Option<&Value> {
        self.0.action(action.as_str()).map(|action| &action.output)
    }

    fn serves(&self, action: &ActionId, provider: &ProviderId) -> bool {
        self.0
            .action(action.as_str())
            .is_some_and(|action| action.implementation(provider.as_str()).is_some())
    }

    fn providers_of(&self, action: &ActionId) -> Vec<&str> {
        self.0.action(action.as_str()).map_or_else(Vec::new, |action| action.providers().collect())
    }

    fn emits(&self, provider: &ProviderId, event: &str) -> bool {
        let provider = self.0.provider(provider.as_str());
        let endpoint = provider.and_then(|provider| provider.trigger.as_ref());
        endpoint.is_some_and(|endpoint| endpoint.topics().iter().any(|topic| topic.event == event))
    }
}

#[cfg(test)]
mod tests {
    use super::CatalogWords;
    use tradewind_connectors::catalog::catalog;
    use tradewind_engine::workflows::{Workflow, check};

    /// The problems of a step that sends a mail with this `with`.
    fn check_mail(with: &str, expected: &[&str]) {
        let source = format!(
            "trigger: {{ event: order.placed, from: shop }}\nsteps:\n  - id: a\n    uses: email.send\n\
             \x20   via: mail\n    with: {with}\n"
        );
        let workflow = Workflow::parse(&"mail".into(), &source).unwrap();
        let connections = [("shop", "commercelayer"), ("mail", "postmark")];
        let connections = connections.map(|(name, provider)| (name.into(), provider.into())).into();
        let found = check(&workflow, &CatalogWords(&catalog()), &connections);
        let found: Vec<_> = found.iter().map(ToString::to_string).collect();
        assert_eq!(found, expected, "{with}");
    }

    #[test]
    fn a_mail_has_a_subject_and_a_body_or_a_template() {
        check_mail("{ to: a@b, subject: s, html: h }", &[]);
        check_mail("{ to: a@b, subject: s, text: \"${{ trigger.order.number }}\" }", &[]);
        check_mail(
            "{ to: a@b, template_id: \"7\", data: { order: \"${{ trigger.order }}\" } }",
            &[],
        );
        let missing = "6:11: missing_field: `with` needs `subject` and `html`, or `subject` and `text`, or `template_id`";
        for with in [
            "{ to: a@b }",
            "{ to: a@b, subject: s }",
            "{ to: a@b, text: t }",
            "{ to: a@b, template_id: null }",
        ] {
            check_mail(with, &[missing]);
        }
    }

    #[test]
    fn copies_and_files_are_checked_like_all_fields() {
        check_mail(
            "{ to: a@b, subject: s, text: t, cc: [c], bcc: d@e, attachments: [{ name: n, content: YQ== }] }",
            &[
                "6:48: address_invalid: `cc[0]` must be one mail address without a name",
                "6:57: type_mismatch: `bcc` must be a list or null, but is text",
                "6:76: missing_field: `attachments[0]` needs the field `content_type`",
            ],
        );
    }
}
