//! What files say that none of the catalog says yet.

mod oauth;
mod own;

#[test]
fn the_question_whether_it_happened_is_a_call_of_every_attempt() {
    let calls = |action: &str, provider: &str| {
        crate::catalog::catalog()
            .action(action)
            .unwrap()
            .implementation(provider)
            .unwrap()
            .calls
            .get()
    };
    assert_eq!((calls("order.export", "erpnext"), calls("email.send", "postmark")), (2, 1));
}
