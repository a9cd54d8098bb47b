//! One client, as state machines.
//!
//! Goes in: decoded packets, messages for the client, the time. Comes out: packets in the
//! connection's [`Link`], and what is to be done with a PUBLISH. Start reading at [`Session`] and
//! [`Connection`]. This crate does not know sockets, other clients, subscription matching or rules.

mod alias;
mod connection;
mod inflight;
mod limits;
mod link;
mod queue;
mod session;
mod will;

pub use alias::InboundAliases;
pub use connection::{Acknowledgement, Connection, Inbound, Open, Phase, Violation};
pub use inflight::{Acknowledged, InflightMessage};
pub use limits::{Limits, MillisSinceStart, Now, Turn};
pub use link::Link;
pub use queue::{Queue, Queued};
pub use session::{Dropped, Fate, Offer, Pumped, Session, SessionSubscription};
pub use will::Will;
