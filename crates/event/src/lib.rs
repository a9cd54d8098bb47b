//! What happened in the broker, as data.
//!
//! Goes in: nothing; these are plain types. Comes out: [`Event`]s that `hub` raises and `rule`
//! evaluates. This crate does not know rules, columns, sessions or who listens.

mod client;
mod delivery;
mod event;
mod kind;

pub use client::{ClientFacts, Publisher};
pub use delivery::{
    Author, DeliveryDropReason, DeliveryDropped, MessageAcked, MessageDelivered, Provenance,
    PublishedFacts,
};
pub use event::{
    ClientConnack, ClientConnected, ClientDisconnected, ClientPing, DropReason, Event,
    MessageDropped, MessageId, MessagePublished, SessionSubscribed, SessionUnsubscribed,
};
pub use kind::{EventKind, EventKinds};
