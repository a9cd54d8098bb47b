//! How a client introduces itself: the owned form of a CONNECT. It does not know sockets.

use sluice_mqtt::{
    Connect, MessageRef, Packet, Properties, Property, PropertyList, QoS, Version, Will,
};

/// What a client says in CONNECT.
#[derive(Clone, Debug)]
pub struct ConnectOptions {
    /// The version that the connection speaks.
    pub version: Version,
    /// May be empty where the version allows it.
    pub client_id: String,
    /// Clean Start, or Clean Session before 5.0.
    pub clean_start: bool,
    /// Seconds; 0 turns it off.
    pub keep_alive: u16,
    /// User name.
    pub username: Option<String>,
    /// Password; binary.
    pub password: Option<Vec<u8>>,
    /// Will message.
    pub will: Option<WillOptions>,
    /// Session Expiry Interval; ignored before 5.0.
    pub session_expiry: Option<u32>,
    /// Further properties; ignored before 5.0.
    pub properties: PropertyList,
}

/// The will message of a [`ConnectOptions`].
#[derive(Clone, Debug)]
pub struct WillOptions {
    /// Topic name.
    pub topic: String,
    /// Any bytes.
    pub payload: Vec<u8>,
    /// QoS at which it is published.
    pub qos: QoS,
    /// RETAIN flag.
    pub retain: bool,
    /// Ignored before 5.0.
    pub properties: PropertyList,
}

impl ConnectOptions {
    /// A client with nothing special, for one that needs no session.
    #[must_use]
    pub fn new(version: Version, client_id: impl Into<String>) -> Self {
        Self {
            version,
            client_id: client_id.into(),
            clean_start: true,
            keep_alive: 0,
            username: None,
            password: None,
            will: None,
            session_expiry: None,
            properties: PropertyList::new(),
        }
    }

    /// Appends the CONNECT packet.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let mut properties = self.properties.clone();
        let has_expiry = properties.as_properties().session_expiry_interval().is_some();
        if let Some(seconds) = self.session_expiry
            && !has_expiry
        {
            properties.push(Property::SessionExpiryInterval(seconds));
        }
        let is_v5 = self.version == Version::V5;
        let connect = Connect {
            version: self.version,
            is_bridge: false,
            clean_start: self.clean_start,
            keep_alive: self.keep_alive,
            client_id: &self.client_id,
            will: self.will.as_ref().map(|will| will.borrow(is_v5)),
            username: self.username.as_deref(),
            password: self.password.as_deref(),
            properties: if is_v5 { properties.as_properties() } else { Properties::EMPTY },
        };
        Packet::Connect(connect).encode(self.version, out);
    }

    /// The largest packet that the client takes; `None`: as large as the wire allows.
    pub(crate) fn packet_bytes_max(&self) -> Option<u32> {
        self.properties.as_properties().maximum_packet_size()
    }

    /// How many topic aliases the client keeps.
    pub(crate) fn topic_aliases_max(&self) -> u16 {
        self.properties.as_properties().topic_alias_maximum().unwrap_or(0)
    }
}

impl WillOptions {
    fn borrow(&self, is_v5: bool) -> Will<'_> {
        Will {
            message: MessageRef {
                topic: &self.topic,
                payload: &self.payload,
                qos: self.qos,
                retain: self.retain,
                properties: if is_v5 { self.properties.as_properties() } else { Properties::EMPTY },
                expires_at: None,
            },
        }
    }
}
