//! What can be done, whoever does it: one file for each object.

pub mod chat;
pub mod contact;
pub mod email;
pub mod event;
pub mod http;
pub mod newsletter;
pub mod order;
mod plain;
pub mod sheet;
pub mod sms;
pub mod text;
pub mod webhook;

pub use chat::ChatPost;
pub use contact::ContactUpsert;
pub use email::EmailSend;
pub use event::EventTrack;
pub use http::HttpRequest;
pub use newsletter::{NewsletterSubscribe, NewsletterUnsubscribe};
pub use order::export::OrderExport;
pub use order::{OrderApprove, OrderGet};
pub use sheet::SheetAppendRow;
pub use sms::SmsSend;
pub use webhook::WebhookSend;
