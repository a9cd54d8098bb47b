//! Which rules and connectors there are, whoever wrote them.
//!
//! This crate does not know HTTP, destinations or how rules are evaluated.
