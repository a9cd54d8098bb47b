//! The wire: packets of MQTT 3.1, 3.1.1 and 5.0, their codecs, reason codes, and the message that a
//! PUBLISH carries.
//!
//! Goes in: bytes of a connection. Comes out: [`Frame`], then [`Packet`], both borrowed from those
//! bytes; and the way back. Start reading at [`Packet`]. This crate does not know sessions,
//! subscriptions, sockets or time.

mod ack;
mod connack;
mod connect;
mod decode_error;
mod delivery;
mod disconnect;
mod frame;
#[doc(hidden)]
pub mod fuzz;
mod message;
mod packet;
mod properties;
mod publish;
mod reader;
mod reason;
mod reason_set;
mod suback;
mod subscribe;
mod unsubscribe;
mod variable;
mod version;
mod writer;

pub use ack::{Ack, AckType, encode_ack};
pub use connack::ConnAck;
pub use connect::{Connect, Will};
pub use decode_error::DecodeError;
pub use delivery::Delivery;
pub use disconnect::{Auth, Disconnect};
pub use frame::{Frame, PacketType};
pub use message::{Message, MessageRef, UnixMillis};
pub use packet::Packet;
pub use properties::{Properties, Property, PropertyList};
pub use publish::Publish;
pub use reason::ReasonCode;
pub use reason_set::ReasonCodes;
pub use suback::{SubAck, UnsubAck};
pub use subscribe::{
    RetainHandling, Subscribe, SubscribeEntry, SubscriptionOptions, encode_subscribe,
};
pub use unsubscribe::{Unsubscribe, encode_unsubscribe};
pub use version::{PacketId, QoS, Version};
