//! What files say that none of the catalog says yet.

mod oauth;
mod own;
