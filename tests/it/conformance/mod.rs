//! Every provider at every contract that it fulfils, against a service that plays by script over
//! real HTTP: what exactly is sent, and what is made of whatever comes back.

mod accounts;
mod commercelayer;
mod coverage;
mod csv;
mod described;
mod fixtures;
mod google_sheets;
mod network;
mod sandbox;
mod stage;
mod trouble;
