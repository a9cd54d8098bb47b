//! What every destination of rows has in common: the contract that each fulfils, and the driver
//! that each runs under.
//!
//! Goes in: rows from the hub, by [`sluice_rule::Outbox`]. Comes out: batches for a [`Sink`], and
//! counts of what became of them. Start reading at [`contract`](Sink), then [`Sinks`].
//! This crate does not know any single destination, nor which rules there are.

mod back_off;
mod buffer;
mod connectors;
mod contract;
mod driver;
#[cfg(test)]
mod fake;
mod guarded;
mod health;
mod ledger;
mod quiet;
mod search;
mod set_aside;
mod settings;
mod sink_handle;
mod sinks;
mod target;
mod verdict;

pub use connectors::{ConnectorHandle, Connectors, ProbeError};
pub use contract::{
    BoxError, BoxFuture, Build, BuildError, Connector, ConnectorType, Defaults, OpenError, Remedy,
    Resolve, Sink, Unavailable, WriteError, Written,
};
pub use health::{Health, Status};
pub use ledger::SinkStats;
pub use set_aside::SetAside;
pub use settings::Settings;
pub use sink_handle::SinkHandle;
pub use sinks::Sinks;
