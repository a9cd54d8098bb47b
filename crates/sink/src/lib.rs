//! What every destination of rows has in common: the contract that each fulfils, and the driver
//! that each runs under.
//!
//! Goes in: rows from the hub, by [`sluice_rule::Outbox`]. Comes out: batches for a [`Sink`], and
//! counts of what became of them. Start reading at [`contract`](Sink).
//! This crate does not know any single destination, nor which rules there are.

mod contract;

pub use contract::{
    BoxError, BoxFuture, BuildError, Connector, ConnectorType, Defaults, OpenError, Remedy,
    Resolve, Sink, Unavailable, WriteError, Written,
};
