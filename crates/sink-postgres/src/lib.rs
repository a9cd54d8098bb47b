//! Rows into PostgreSQL.
//!
//! This crate does not know rules, buffers or when to try again.
