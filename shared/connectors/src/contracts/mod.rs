//! What can be done, whoever does it: one file for each object.

pub mod chat;
pub mod email;
pub mod http;
pub mod order;
pub mod sheet;
pub mod text;

pub use chat::ChatPost;
pub use email::EmailSend;
pub use http::HttpRequest;
pub use order::{OrderApprove, OrderGet};
pub use sheet::SheetAppendRow;
