//! Webhooks over real HTTP: what is accepted, what is refused and with which words.

mod accepted;
mod broken;
mod refused;
mod shop;
mod visible;
