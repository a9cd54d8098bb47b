//! Everything the broker decides, for the connections of one core.
//!
//! Goes in: one socket read, one batch of another worker, one deadline ([`Input`]), with the time
//! and random bits as arguments. Comes out: bytes in the connections' links, batches for other
//! workers, and a few [`Effects`]. Start reading at [`Worker`]. This crate does not know sockets,
//! threads, clocks or files; `broker` and the simulation in `testkit` drive the same code.

mod batch;
mod core;
mod counters;
mod effects;
mod entropy;
mod links;
mod packet;
mod read;
mod sessions;
mod shared;
mod slots;
mod timers;
mod worker;

pub use batch::{Batch, BatchedMessage, Receiver};
pub use counters::Counters;
pub use effects::{ConnectionId, Effects, Report};
pub use entropy::Entropy;
pub use shared::Shared;
pub use slots::Slots;
pub use worker::{CloseReason, Input, Placement, Worker};
