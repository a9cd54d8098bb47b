//! Packets by hand: bytes from their fields, and the few fields that tests read back.

/// A packet as it came: first byte, and what the remaining length covers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Packet {
    pub(crate) first: u8,
    pub(crate) body: Vec<u8>,
}

/// A PUBLISH that came.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Received {
    pub(crate) topic: String,
    pub(crate) payload: String,
    pub(crate) qos: u8,
    pub(crate) dup: bool,
    pub(crate) retain: bool,
    /// 0 with QoS 0.
    pub(crate) packet_id: u16,
    /// As on the wire, without their length.
    pub(crate) properties: Vec<u8>,
}

impl Packet {
    #[track_caller]
    pub(crate) fn publish(&self, level: u8) -> Received {
        assert_eq!(self.first >> 4, 3, "a PUBLISH was awaited, came {self:02x?}");
        let qos = (self.first >> 1) & 3;
        let (topic, mut rest) = cut_text(&self.body);
        let mut packet_id = 0;
        if qos > 0 {
            packet_id = u16::from_be_bytes([rest[0], rest[1]]);
            rest = &rest[2..];
        }
        let mut properties = Vec::new();
        if level == 5 {
            // One byte of length is enough for what the tests send.
            assert!(rest[0] < 0x80, "long properties: {self:02x?}");
            let (found, payload) = rest[1..].split_at(usize::from(rest[0]));
            properties = found.to_vec();
            rest = payload;
        }
        Received {
            topic,
            payload: String::from_utf8_lossy(rest).into_owned(),
            qos,
            dup: self.first & 8 != 0,
            retain: self.first & 1 != 0,
            packet_id,
            properties,
        }
    }

    /// The packet identifier of an acknowledgement, or of a PUBREL.
    pub(crate) fn packet_id(&self) -> u16 {
        u16::from_be_bytes([self.body[0], self.body[1]])
    }

    /// The reason code behind a packet identifier; left out it is 0.
    pub(crate) fn reason(&self) -> u8 {
        self.body.get(2).copied().unwrap_or(0)
    }
}

fn cut_text(bytes: &[u8]) -> (String, &[u8]) {
    let length = usize::from(u16::from_be_bytes([bytes[0], bytes[1]]));
    let (found, rest) = bytes[2..].split_at(length);
    (String::from_utf8(found.to_vec()).unwrap(), rest)
}

/// A CONNECT. Fields are open: tests bend them.
#[derive(Clone)]
pub(crate) struct Connect {
    pub(crate) level: u8,
    /// Connect flags without those of will, user name and password.
    pub(crate) flags: u8,
    pub(crate) keep_alive: u16,
    pub(crate) properties: Vec<u8>,
    pub(crate) client_id: Vec<u8>,
    pub(crate) will: Option<Will>,
    pub(crate) username: Option<Vec<u8>>,
    pub(crate) password: Option<Vec<u8>>,
}

#[derive(Clone)]
pub(crate) struct Will {
    qos: u8,
    retain: bool,
    properties: Vec<u8>,
    topic: Vec<u8>,
    payload: Vec<u8>,
}

impl Connect {
    /// 5.0, Clean Start 1.
    pub(crate) fn v5(client_id: &str) -> Self {
        Self {
            level: 5,
            flags: 2,
            keep_alive: 0,
            properties: Vec::new(),
            client_id: client_id.into(),
            will: None,
            username: None,
            password: None,
        }
    }

    /// 3.1.1, Clean Session 1.
    pub(crate) fn v3(client_id: &str) -> Self {
        Self { level: 4, ..Self::v5(client_id) }
    }

    /// Clean Start or Clean Session 0.
    pub(crate) fn resume(mut self) -> Self {
        self.flags &= !2;
        self
    }

    pub(crate) fn property(mut self, bytes: &[u8]) -> Self {
        self.properties.extend_from_slice(bytes);
        self
    }

    /// Session Expiry Interval.
    pub(crate) fn expiry(self, seconds: u32) -> Self {
        self.property(&four_bytes(0x11, seconds))
    }

    /// Receive Maximum.
    pub(crate) fn receive_maximum(self, publishes: u16) -> Self {
        let [high, low] = publishes.to_be_bytes();
        self.property(&[0x21, high, low])
    }

    /// Maximum Packet Size.
    pub(crate) fn maximum_packet_size(self, bytes: u32) -> Self {
        self.property(&four_bytes(0x27, bytes))
    }

    pub(crate) fn keep_alive(mut self, seconds: u16) -> Self {
        self.keep_alive = seconds;
        self
    }

    pub(crate) fn will(mut self, topic: impl AsRef<[u8]>, payload: &str) -> Self {
        self.will = Some(Will {
            qos: 1,
            retain: false,
            properties: Vec::new(),
            topic: topic.as_ref().to_vec(),
            payload: payload.into(),
        });
        self
    }

    #[track_caller]
    pub(crate) fn will_property(mut self, bytes: &[u8]) -> Self {
        self.will.as_mut().unwrap().properties.extend_from_slice(bytes);
        self
    }

    /// Will Delay Interval.
    #[track_caller]
    pub(crate) fn will_delay(self, seconds: u32) -> Self {
        self.will_property(&four_bytes(0x18, seconds))
    }

    #[track_caller]
    pub(crate) fn will_retained(mut self) -> Self {
        self.will.as_mut().unwrap().retain = true;
        self
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut flags = self.flags;
        let mut payload = binary(&self.client_id);
        if let Some(will) = &self.will {
            flags |= 4 | will.qos << 3 | u8::from(will.retain) << 5;
            if self.level == 5 {
                payload.extend(properties(&will.properties));
            }
            payload.extend(binary(&will.topic));
            payload.extend(binary(&will.payload));
        }
        if let Some(username) = &self.username {
            flags |= 0x80;
            payload.extend(binary(username));
        }
        if let Some(password) = &self.password {
            flags |= 0x40;
            payload.extend(binary(password));
        }
        let mut head = text("MQTT");
        head.extend([self.level, flags]);
        head.extend(self.keep_alive.to_be_bytes());
        if self.level == 5 {
            head.extend(properties(&self.properties));
        }
        frame(0x10, &[&head, &payload])
    }
}

/// A PUBLISH to send.
#[derive(Clone)]
pub(crate) struct Publish {
    first: u8,
    topic: Vec<u8>,
    packet_id: u16,
    properties: Vec<u8>,
    payload: Vec<u8>,
}

impl Publish {
    /// QoS 0, not retained.
    pub(crate) fn new(topic: impl AsRef<[u8]>, payload: &str) -> Self {
        Self {
            first: 0x30,
            topic: topic.as_ref().to_vec(),
            packet_id: 0,
            properties: Vec::new(),
            payload: payload.into(),
        }
    }

    pub(crate) fn qos(mut self, qos: u8, packet_id: u16) -> Self {
        self.first |= qos << 1;
        self.packet_id = packet_id;
        self
    }

    pub(crate) fn dup(mut self) -> Self {
        self.first |= 8;
        self
    }

    pub(crate) fn retain(mut self) -> Self {
        self.first |= 1;
        self
    }

    pub(crate) fn property(mut self, bytes: &[u8]) -> Self {
        self.properties.extend_from_slice(bytes);
        self
    }

    pub(crate) fn bytes(&self, level: u8) -> Vec<u8> {
        let mut head = binary(&self.topic);
        if self.first & 6 != 0 {
            head.extend(self.packet_id.to_be_bytes());
        }
        if level == 5 {
            head.extend(properties(&self.properties));
        }
        frame(self.first, &[&head, &self.payload])
    }
}

/// A SUBSCRIBE with its filters and option bytes.
pub(crate) fn subscribe(
    level: u8,
    packet_id: u16,
    own_properties: &[u8],
    filters: &[(&str, u8)],
) -> Vec<u8> {
    let mut body = packet_id.to_be_bytes().to_vec();
    if level == 5 {
        body.extend(properties(own_properties));
    }
    for (filter, options) in filters {
        body.extend(text(filter));
        body.push(*options);
    }
    frame(0x82, &[&body])
}

/// An UNSUBSCRIBE.
pub(crate) fn unsubscribe(level: u8, packet_id: u16, filters: &[&str]) -> Vec<u8> {
    let mut body = packet_id.to_be_bytes().to_vec();
    if level == 5 {
        body.extend(properties(&[]));
    }
    for filter in filters {
        body.extend(text(filter));
    }
    frame(0xa2, &[&body])
}

/// A packet that holds only a packet identifier: PUBACK, PUBREC, PUBREL or PUBCOMP by `first`.
pub(crate) fn packet_id(first: u8, packet_id: u16) -> Vec<u8> {
    frame(first, &[&packet_id.to_be_bytes()])
}

/// A packet from its first byte and its parts.
pub(crate) fn frame(first: u8, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let mut bytes = vec![first];
    bytes.extend(variable_byte_integer(body.len()));
    bytes.extend(body);
    bytes
}

/// A UTF-8 string with its length before it.
pub(crate) fn text(text: &str) -> Vec<u8> {
    binary(text.as_bytes())
}

/// A block of properties with its length before it.
pub(crate) fn properties(bytes: &[u8]) -> Vec<u8> {
    let mut block = variable_byte_integer(bytes.len());
    block.extend(bytes);
    block
}

/// A User Property.
pub(crate) fn user_property(name: &str, value: &str) -> Vec<u8> {
    [vec![0x26], text(name), text(value)].concat()
}

fn binary(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap();
    [&length.to_be_bytes(), bytes].concat()
}

fn four_bytes(property: u8, value: u32) -> Vec<u8> {
    [&[property], value.to_be_bytes().as_slice()].concat()
}

fn variable_byte_integer(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = u8::try_from(value & 0x7f).unwrap();
        value >>= 7;
        bytes.push(if value > 0 { low | 0x80 } else { low });
        if value == 0 {
            return bytes;
        }
    }
}
