//! Webhooks of services without a connector of their own.
