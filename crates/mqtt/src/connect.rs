//! CONNECT [MQTT5-3.1]: reading and writing it in three versions. It does not know who may connect.

use crate::{
    DecodeError, Frame, MessageRef, PacketType, Properties, QoS, ReasonCode, Version,
    properties::Place, reader::Reader, variable, writer,
};

/// CONNECT [MQTT5-3.1].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connect<'b> {
    /// The version the rest of the connection speaks.
    pub version: Version,
    /// Bridges set bit 7 of the protocol level (0x83, 0x84); kept as a fact for rules.
    pub is_bridge: bool,
    /// Clean Start, or Clean Session before 5.0.
    pub clean_start: bool,
    /// Seconds between packets; 0 turns it off.
    pub keep_alive: u16,
    /// May be empty: the server then assigns one.
    pub client_id: &'b str,
    /// What to publish when the connection ends abnormally.
    pub will: Option<Will<'b>>,
    /// User name, when given.
    pub username: Option<&'b str>,
    /// Password, when given; binary.
    pub password: Option<&'b [u8]>,
    /// Empty before 5.0.
    pub properties: Properties<'b>,
}

/// The will message in a CONNECT [MQTT5-3.1.3.2].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Will<'b> {
    /// Topic, payload, QoS, retain; its properties include the Will Delay Interval, which is not
    /// forwarded.
    pub message: MessageRef<'b>,
}

impl<'b> Connect<'b> {
    /// The version that the CONNECT at the start of `bytes` names, also where the rest of it is
    /// malformed, too large or not there yet: it decides whether a CONNACK tells the client so.
    /// `None` where it names none that is spoken here.
    #[must_use]
    pub fn version_at(bytes: &[u8]) -> Option<Version> {
        let (&header, after) = bytes.split_first()?;
        if PacketType::from_header(header) != Some(PacketType::Connect) {
            return None;
        }
        let (length, after) = variable::read(after).ok()??;
        let body = after.get(..length as usize).unwrap_or(after);
        read_version(&mut Reader::new(body)).ok().map(|(version, _)| version)
    }

    /// Reads the packet that opens a connection.
    ///
    /// # Errors
    /// `UnsupportedProtocolVersion` for a protocol name or level that is not spoken here, which is
    /// answered in the format of 3.1.1 [MQTT3-3.1.2-2]; else as any packet.
    pub fn decode(frame: &Frame<'b>) -> Result<Self, DecodeError> {
        // The version is not known before the body is read, and 3.1 is the most lenient of them.
        let mut reader = frame.reader(PacketType::Connect, Version::V3_1)?;
        let (version, is_bridge) = read_version(&mut reader)?;
        frame.reader(PacketType::Connect, version)?;
        let flags = Flags::read(&mut reader, version)?;
        let keep_alive = reader.two_bytes()?;
        let properties = read_properties(&mut reader, version, Place::Connect)?;
        let client_id = reader.text()?;
        let will = match flags.will {
            Some(will) => Some(will.read(&mut reader, version)?),
            None => None,
        };
        let username = match flags.has(Flags::USER_NAME, &reader, version) {
            true => Some(reader.text()?),
            false => None,
        };
        let password = match flags.has(Flags::PASSWORD, &reader, version) {
            true => Some(reader.binary()?),
            false => None,
        };
        reader.end()?;
        Ok(Self {
            version,
            is_bridge,
            clean_start: flags.bits & Flags::CLEAN_START != 0,
            keep_alive,
            client_id,
            will,
            username,
            password,
            properties,
        })
    }

    /// Appends the packet in its own version.
    pub fn encode(&self, out: &mut Vec<u8>) {
        writer::packet(PacketType::Connect, out, |writer| {
            let name = match self.version {
                Version::V3_1 => "MQIsdp",
                Version::V3_1_1 | Version::V5 => "MQTT",
            };
            writer.text(name);
            let bridge = if self.is_bridge && self.version != Version::V5 { BRIDGE } else { 0 };
            writer.byte(self.version.level() | bridge);
            writer.byte(Flags::bits_of(self));
            writer.two_bytes(self.keep_alive);
            writer.properties_of(self.version, self.properties);
            writer.text(self.client_id);
            if let Some(Will { message }) = &self.will {
                writer.properties_of(self.version, message.properties);
                writer.text(message.topic);
                writer.binary(message.payload);
            }
            if let Some(username) = self.username {
                writer.text(username);
            }
            if let Some(password) = self.password {
                writer.binary(password);
            }
        });
    }
}

/// Bit 7 of the protocol level, by which bridges of 3.1 and 3.1.1 make themselves known.
const BRIDGE: u8 = 0x80;

fn read_version(reader: &mut Reader<'_>) -> Result<(Version, bool), DecodeError> {
    let name = reader.binary()?;
    let level = reader.byte()?;
    match (name, level) {
        (b"MQTT", 5) => Ok((Version::V5, false)),
        (b"MQTT", 4) => Ok((Version::V3_1_1, false)),
        (b"MQIsdp", 3) => Ok((Version::V3_1, false)),
        (b"MQTT", 0x84) => Ok((Version::V3_1_1, true)),
        (b"MQIsdp", 0x83) => Ok((Version::V3_1, true)),
        _ => Err(DecodeError::new(
            ReasonCode::UnsupportedProtocolVersion,
            "a protocol name or level that is not spoken here",
        )),
    }
}

fn read_properties<'b>(
    reader: &mut Reader<'b>,
    version: Version,
    place: Place,
) -> Result<Properties<'b>, DecodeError> {
    if version.has_properties() { Properties::read(reader, place) } else { Ok(Properties::EMPTY) }
}

/// The connect flags byte, found valid.
#[derive(Clone, Copy)]
struct Flags {
    bits: u8,
    will: Option<WillFlags>,
}

#[derive(Clone, Copy)]
struct WillFlags {
    qos: QoS,
    retain: bool,
}

impl Flags {
    const RESERVED: u8 = 0x01;
    const CLEAN_START: u8 = 0x02;
    const WILL: u8 = 0x04;
    const WILL_QOS: u8 = 0x18;
    const WILL_RETAIN: u8 = 0x20;
    const PASSWORD: u8 = 0x40;
    const USER_NAME: u8 = 0x80;

    fn read(reader: &mut Reader<'_>, version: Version) -> Result<Self, DecodeError> {
        let bits = reader.byte()?;
        if bits & Self::RESERVED != 0 {
            // [MQTT5-3.1.2-3, MQTT3-3.1.2-3]
            return Err(DecodeError::malformed("the reserved connect flag is set"));
        }
        if version != Version::V5 && bits & (Self::USER_NAME | Self::PASSWORD) == Self::PASSWORD {
            // [MQTT3-3.1.2-22]
            return Err(DecodeError::malformed("a password without a user name"));
        }
        let will = if bits & Self::WILL != 0 {
            // [MQTT5-3.1.2-12, MQTT3-3.1.2-14]
            let qos = QoS::from_bits((bits & Self::WILL_QOS) >> 3)
                .ok_or(const { DecodeError::malformed("will QoS 3") })?;
            Some(WillFlags { qos, retain: bits & Self::WILL_RETAIN != 0 })
        } else if bits & (Self::WILL_QOS | Self::WILL_RETAIN) != 0 {
            // [MQTT5-3.1.2-11, MQTT5-3.1.2-13, MQTT3-3.1.2-11]
            return Err(DecodeError::malformed("will flags without a will"));
        } else {
            None
        };
        Ok(Self { bits, will })
    }

    /// Whether the field of this flag follows. In 3.1 the end of the packet takes precedence over
    /// the flag: a name or password that is announced and missing is valid there.
    const fn has(&self, flag: u8, reader: &Reader<'_>, version: Version) -> bool {
        self.bits & flag != 0 && !(matches!(version, Version::V3_1) && reader.is_empty())
    }

    fn bits_of(connect: &Connect<'_>) -> u8 {
        let will = connect.will.as_ref().map_or(0, |Will { message }| {
            Self::WILL
                | message.qos.as_u8() << 3
                | if message.retain { Self::WILL_RETAIN } else { 0 }
        });
        will | if connect.clean_start { Self::CLEAN_START } else { 0 }
            | if connect.username.is_some() { Self::USER_NAME } else { 0 }
            | if connect.password.is_some() { Self::PASSWORD } else { 0 }
    }
}

impl WillFlags {
    fn read<'b>(self, reader: &mut Reader<'b>, version: Version) -> Result<Will<'b>, DecodeError> {
        let properties = read_properties(reader, version, Place::Will)?;
        let topic = reader.topic_name()?;
        if topic.is_empty() {
            // [MQTT5-4.7.3-1, MQTT3-4.7.3-1]
            return Err(DecodeError::new(ReasonCode::TopicNameInvalid, "an empty will topic"));
        }
        let payload = reader.binary()?;
        Ok(Will {
            message: MessageRef {
                topic,
                payload,
                qos: self.qos,
                retain: self.retain,
                properties,
                expires_at: None,
            },
        })
    }
}

#[cfg(test)]
mod tests;
