use super::examples::example;
use super::*;

fn check_not_carried(name: &str, action: &str, expected: &[&str]) {
    let (description, known) = (parse(example(name)), known());
    let action = description.action(action).unwrap();
    let own = action.own.as_ref().map(|own| &own.input);
    let input = own.or_else(|| known.action_input(&action.id)).unwrap();
    assert_eq!(not_carried(action, &description.parts, input), expected, "{name}");
}

#[test]
fn a_provider_tells_what_it_cannot_carry() {
    check_not_carried("postmark", "email.send", &[]);
    check_not_carried("sendgrid", "email.send", &[]);
    check_not_carried("slack", "chat.post", &[]);
    check_not_carried("hubspot", "contact.upsert", &[]);
    check_not_carried("klaviyo", "event.track", &[]);
    check_not_carried("erpnext", "order.export", &[]);
    check_not_carried("acme", "acme.create_ticket", &[]);
    // It takes an amount, and no currency: a part of a field is carried.
    check_not_carried("stripe", "payment.capture", &[]);
}

#[test]
fn what_only_a_condition_asks_for_is_not_carried_and_parts_are_followed() {
    let without = |name: &str, from: &str, to: &str| {
        let source = example(name);
        assert!(source.contains(from), "{from}");
        let description = parse(&source.replace(from, to));
        let action = &description.actions[0];
        let known = known();
        not_carried(action, &description.parts, known.action_input(&action.id).unwrap()).join(" ")
    };
    assert_eq!(without("postmark", "ReplyTo: ${{ input.reply_to }}", "ReplyTo: no"), "reply_to");
    assert_eq!(
        without("sendgrid", "email: \"${{ input.reply_to }}\"", "email: \"${{ settings.from }}\""),
        "reply_to"
    );
    // To decide by a field is not to send it.
    let decided = "$if: \"${{ input.reply_to == 'x' }}\", email: \"${{ settings.from }}\"";
    let written = "$if: \"${{ input.reply_to is not none }}\", email: \"${{ input.reply_to }}\"";
    assert_eq!(without("sendgrid", written, decided), "reply_to");
    assert_eq!(without("brevo", "LASTNAME: \"${{ it.last_name }}\"", "LASTNAME: no"), "last_name");
}
