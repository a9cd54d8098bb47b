//! Who did it. Facts of a client that stay the same for one network connection.

use std::net::SocketAddr;

use sluice_mqtt::{UnixMillis, Version};

/// What is known of a client once its CONNECT was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientFacts {
    /// The client identifier, assigned by the server where CONNECT left it empty.
    pub client_id: Box<str>,
    /// The user name, when CONNECT gave one.
    pub username: Option<Box<str>>,
    /// The client's end of the connection.
    pub peer: SocketAddr,
    /// The server's end of the connection.
    pub local: SocketAddr,
    /// The protocol version of CONNECT.
    pub version: Version,
    /// Whether CONNECT had the bridge bit set.
    pub is_bridge: bool,
    /// Clean Start, or Clean Session before 5.0.
    pub clean_start: bool,
    /// Seconds; the value in force, 0 = off.
    pub keep_alive: u16,
    /// Towards the client: how many QoS 1 and 2 publishes may be unacknowledged.
    pub receive_maximum: u16,
    /// Seconds; `u32::MAX` = never.
    pub session_expiry: u32,
    /// When CONNECT was accepted.
    pub connected_at: UnixMillis,
    /// Encoded CONNECT properties, for `conn_props`; empty before 5.0.
    pub connect_properties: Box<[u8]>,
}

/// Who published a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Publisher<'e> {
    /// The client identifier, or the rule's id for a derived message; empty for the broker itself.
    pub client_id: &'e str,
    /// The user name of that client.
    pub username: Option<&'e str>,
    /// The client's address; `None` for derived messages.
    pub peer: Option<SocketAddr>,
}

impl Publisher<'_> {
    /// The broker itself, which has neither name nor address.
    pub const BROKER: Self = Self { client_id: "", username: None, peer: None };
}

impl<'e> From<&'e ClientFacts> for Publisher<'e> {
    fn from(client: &'e ClientFacts) -> Self {
        Self {
            client_id: &client.client_id,
            username: client.username.as_deref(),
            peer: Some(client.peer),
        }
    }
}
