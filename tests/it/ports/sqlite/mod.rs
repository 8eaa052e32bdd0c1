//! What only the durable store owes: it survives.
