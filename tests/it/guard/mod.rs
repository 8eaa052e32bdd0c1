//! The guard on every host, attacked as the author of a project, a holder of the token and a provider
//! would: nothing may be sent to a host that neither the catalog nor the operator names.

mod forms;
mod hostile;
mod moving;
mod named;
mod trap;
