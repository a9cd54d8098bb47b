//! Rows into PostgreSQL.
//!
//! Goes in: rows, and the settings of a connector and an action. Comes out: one statement for each
//! batch, its values bound as parameters, and what the server's answer means. Start reading at
//! [`TYPE`], then `statement` and `sink`. [`migrate()`] makes the tables that Sluice keeps there.
//! This crate does not know rules, buffers or when to try again.

mod config;
mod connector;
mod encode;
mod failure;
mod migrate;
mod parameter;
mod plan;
mod pool;
mod scan;
mod sink;
mod statement;
mod syntax;

use sluice_sink::ConnectorType;

pub use migrate::{Applied, MigrateError, Migration, migrate};

/// `type = "postgres"` of a connector.
pub const TYPE: ConnectorType = ConnectorType { name: "postgres", build: connector::build };
