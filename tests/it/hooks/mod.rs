//! Webhooks over real HTTP: what is accepted, what is refused and with which words.

mod accepted;
mod broken;
mod large;
mod refused;
mod shop;
mod unmapped;
mod visible;
