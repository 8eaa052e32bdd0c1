//! Who fulfils which contract: one function for each action. A program that serves a single action
//! calls its function, so that no other provider is linked into it.

use crate::action::Action;
use crate::contracts::{chat, email, order, sheet};
use crate::providers::{commercelayer, csv, google_sheets, postmark, sandbox, sendgrid, slack};

/// `email.send`.
pub fn email_send() -> Action {
    email::send().by(sendgrid::email_send()).by(postmark::email_send()).by(sandbox::email_send())
}

/// `sheet.append_row`.
pub fn sheet_append_row() -> Action {
    sheet::append_row()
        .by(google_sheets::sheet_append_row())
        .by(csv::sheet_append_row())
        .by(sandbox::sheet_append_row())
}

/// `order.get`.
pub fn order_get() -> Action {
    order::get().by(commercelayer::order_get()).by(sandbox::order_get())
}

/// `order.approve`.
pub fn order_approve() -> Action {
    order::approve().by(commercelayer::order_approve()).by(sandbox::order_approve())
}

/// `chat.post`.
pub fn chat_post() -> Action {
    chat::post().by(slack::chat_post()).by(sandbox::chat_post())
}
