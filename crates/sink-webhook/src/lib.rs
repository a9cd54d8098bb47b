//! Rows to HTTP servers.
//!
//! Goes in: rows and the settings of a connector and an action. Comes out: one request for each
//! row, and what its answer means: delivered, to be tried again, or refused. Start reading at
//! [`TYPE`], then `sink`.
//! This crate does not know rules, buffers or when to try again.

mod answer;
mod base;
mod connector;
mod headers;
mod request;
mod settings;
mod sink;

use sluice_sink::ConnectorType;

/// `type = "webhook"` of a connector.
pub const TYPE: ConnectorType = ConnectorType { name: "webhook", build: connector::build };

#[cfg(test)]
mod tests;
