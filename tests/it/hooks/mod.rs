//! Webhooks over real HTTP: what is accepted, what is refused and with which words.

mod accepted;
mod addresses;
mod broken;
mod documents;
mod forms;
mod large;
mod refused;
mod secrets;
mod shop;
mod topics;
mod unmapped;
mod visible;
