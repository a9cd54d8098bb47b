//! The REST endpoint.
