//! The wire: packets of MQTT 3.1, 3.1.1 and 5.0, their codecs, reason codes, and the message that a
//! PUBLISH carries.
//!
//! Goes in: bytes of a connection. Comes out: [`Frame`], then [`Packet`], both borrowed from those bytes;
//! and the way back. Start reading at [`Packet`].
//! This crate does not know sessions, subscriptions, sockets or time.

mod frame;
mod message;
mod packet;
mod properties;
mod reason;

pub use frame::{DecodeError, Frame};
pub use message::{Message, MessageRef, UnixMillis};
pub use packet::{
    Ack, Auth, ConnAck, Connect, Disconnect, Packet, PacketId, Publish, QoS, RetainHandling,
    SubAck, Subscribe, SubscribeEntry, SubscriptionOptions, UnsubAck, Unsubscribe, Version, Will,
};
pub use properties::{Properties, Property};
pub use reason::ReasonCode;
