//! Dev only: the whole broker on virtual time.
//!
//! Goes in: a seed. Comes out: one run that can be repeated exactly, with latency, cut streams,
//! lost connections, takeovers, slow readers, full sink buffers and late commits, and whatever the
//! checkers found wrong in it. Start reading at [`Simulation`]; scenes that are written by hand
//! drive the [`Engine`]. This crate does not know clocks, threads or sockets.

mod client;
mod engine;
mod ledger;
mod log;
mod random;
mod schedule;
mod shared;
mod simulation;
mod time;
mod trace;
mod workload;

pub use engine::{
    Conditions, End, Engine, Notice, SINKS, SinkConditions, SinkSeen, Tapped, TappedPacket,
    Weather, WireId,
};
pub use log::{Fact, Log, Logged};
pub use random::Random;
pub use simulation::{Outcome, Simulation};
pub use time::Time;
pub use trace::Trace;
