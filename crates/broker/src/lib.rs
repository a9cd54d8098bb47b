//! The shell around `hub`: worker threads with their sockets, what they share, and how they reach
//! each other.
//!
//! Goes in: listening sockets, rules, limits. Comes out: MQTT on those sockets. Start reading at
//! [`Broker`], then `worker`, which is the loop of one thread. It decides nothing: everything the
//! broker decides is in `hub`. This crate does not know configuration files, transports beyond a
//! byte stream, or REST.

mod broker;
mod clock;
mod inbox;
mod ready;
mod report_log;
mod shared;
mod socket;
mod sys;
mod worker;

pub use broker::{Broker, BrokerConfig, Stats};
pub use sluice_hub::Counters;
pub use sluice_router::RetainedLimits;
pub use sluice_session::Limits;
pub use sys::publish_sys;
