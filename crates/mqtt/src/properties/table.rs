//! The table of properties: format, packets and limits of each [MQTT5-2.2.2.2]. It does not know
//! how they are used.

use super::property::Value;
use crate::{DecodeError, reader::Reader, variable};

/// What a property list belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub(crate) enum Place {
    Connect = 1 << 0,
    Will = 1 << 1,
    ConnAck = 1 << 2,
    Publish = 1 << 3,
    /// PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK and UNSUBACK may all carry the same.
    Ack = 1 << 4,
    Subscribe = 1 << 5,
    Unsubscribe = 1 << 6,
    Disconnect = 1 << 7,
    Auth = 1 << 8,
    /// Kept properties, whose packet is no longer known.
    Anywhere = u16::MAX,
}

#[derive(Clone, Copy)]
pub(super) struct Places(u16);

impl Places {
    pub(super) const fn contains(self, place: Place) -> bool {
        self.0 & place as u16 != 0
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Byte,
    Flag,
    TwoBytes,
    FourBytes,
    Variable,
    Text,
    Binary,
    Pair,
}

impl Format {
    /// How many of the bytes the value takes, read no further than needed.
    #[inline]
    pub(super) fn size(self, bytes: &[u8]) -> Option<usize> {
        let prefixed = |bytes: &[u8]| {
            bytes.first_chunk().map(|length| 2 + usize::from(u16::from_be_bytes(*length)))
        };
        match self {
            Self::Byte | Self::Flag => Some(1),
            Self::TwoBytes => Some(2),
            Self::FourBytes => Some(4),
            Self::Variable => {
                let (_, rest) = variable::read(bytes).ok()??;
                Some(bytes.len() - rest.len())
            }
            Self::Text | Self::Binary => prefixed(bytes),
            Self::Pair => {
                let name = prefixed(bytes)?;
                Some(name + prefixed(bytes.get(name..)?)?)
            }
        }
    }

    pub(super) fn read<'b>(self, reader: &mut Reader<'b>) -> Result<Value<'b>, DecodeError> {
        Ok(match self {
            Self::Byte => Value::Byte(reader.byte()?),
            Self::Flag => Value::Flag(flag(reader.byte()?)?),
            Self::TwoBytes => Value::TwoBytes(reader.two_bytes()?),
            Self::FourBytes => Value::FourBytes(reader.four_bytes()?),
            Self::Variable => Value::Variable(reader.variable()?),
            Self::Text => Value::Text(reader.text()?),
            Self::Binary => Value::Binary(reader.binary()?),
            Self::Pair => Value::Pair(reader.text()?, reader.text()?),
        })
    }
}

fn flag(byte: u8) -> Result<bool, DecodeError> {
    match byte {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(DecodeError::protocol("a property that is neither 0 nor 1")),
    }
}

/// What a value must be beyond its format.
#[derive(Clone, Copy)]
pub(super) enum Limit {
    None,
    ZeroOrOne,
    NotZero,
    Alias,
    TopicName,
}

#[derive(Clone, Copy)]
pub(super) struct Row {
    pub(super) format: Format,
    pub(super) places: Places,
    pub(super) limit: Limit,
    repeats: Places,
}

impl Row {
    pub(super) const fn may_repeat(&self, place: Place) -> bool {
        self.repeats.contains(place)
    }
}

/// The row of an identifier; `None` where the specification has none.
#[inline]
pub(super) const fn row(id: u8) -> Option<&'static Row> {
    match TABLE.split_at_checked(id as usize) {
        Some((_, [Some(row), ..])) => Some(row),
        _ => None,
    }
}

/// Whether a broker passes the property on: as it came, in the order in which it came.
#[inline]
pub(super) const fn is_forwarded(id: u8) -> bool {
    matches!(
        id,
        PAYLOAD_FORMAT_INDICATOR | CONTENT_TYPE | RESPONSE_TOPIC | CORRELATION_DATA | USER_PROPERTY
    )
}

pub(super) const PAYLOAD_FORMAT_INDICATOR: u8 = 0x01;
pub(crate) const MESSAGE_EXPIRY_INTERVAL: u8 = 0x02;
pub(super) const CONTENT_TYPE: u8 = 0x03;
pub(super) const RESPONSE_TOPIC: u8 = 0x08;
pub(super) const CORRELATION_DATA: u8 = 0x09;
pub(crate) const SUBSCRIPTION_IDENTIFIER: u8 = 0x0B;
pub(super) const SESSION_EXPIRY_INTERVAL: u8 = 0x11;
pub(super) const ASSIGNED_CLIENT_IDENTIFIER: u8 = 0x12;
pub(super) const SERVER_KEEP_ALIVE: u8 = 0x13;
pub(super) const AUTHENTICATION_METHOD: u8 = 0x15;
pub(super) const AUTHENTICATION_DATA: u8 = 0x16;
pub(super) const REQUEST_PROBLEM_INFORMATION: u8 = 0x17;
pub(super) const WILL_DELAY_INTERVAL: u8 = 0x18;
pub(super) const REQUEST_RESPONSE_INFORMATION: u8 = 0x19;
pub(super) const RESPONSE_INFORMATION: u8 = 0x1A;
pub(super) const SERVER_REFERENCE: u8 = 0x1C;
pub(super) const REASON_STRING: u8 = 0x1F;
pub(super) const RECEIVE_MAXIMUM: u8 = 0x21;
pub(super) const TOPIC_ALIAS_MAXIMUM: u8 = 0x22;
pub(super) const TOPIC_ALIAS: u8 = 0x23;
pub(super) const MAXIMUM_QOS: u8 = 0x24;
pub(super) const RETAIN_AVAILABLE: u8 = 0x25;
pub(super) const USER_PROPERTY: u8 = 0x26;
pub(super) const MAXIMUM_PACKET_SIZE: u8 = 0x27;
pub(super) const WILDCARD_SUBSCRIPTION_AVAILABLE: u8 = 0x28;
pub(super) const SUBSCRIPTION_IDENTIFIERS_AVAILABLE: u8 = 0x29;
pub(super) const SHARED_SUBSCRIPTION_AVAILABLE: u8 = 0x2A;

const CONNECT: u16 = Place::Connect as u16;
const WILL: u16 = Place::Will as u16;
const CONNACK: u16 = Place::ConnAck as u16;
const PUBLISH: u16 = Place::Publish as u16;
const ACK: u16 = Place::Ack as u16;
const SUBSCRIBE: u16 = Place::Subscribe as u16;
const DISCONNECT: u16 = Place::Disconnect as u16;
const AUTH: u16 = Place::Auth as u16;
const EVERYWHERE: u16 = u16::MAX;

#[rustfmt::skip]
const ROWS: [(u8, Format, u16, Limit); 27] = [
    (PAYLOAD_FORMAT_INDICATOR, Format::Byte, PUBLISH | WILL, Limit::ZeroOrOne),
    (MESSAGE_EXPIRY_INTERVAL, Format::FourBytes, PUBLISH | WILL, Limit::None),
    (CONTENT_TYPE, Format::Text, PUBLISH | WILL, Limit::None),
    (RESPONSE_TOPIC, Format::Text, PUBLISH | WILL, Limit::TopicName),
    (CORRELATION_DATA, Format::Binary, PUBLISH | WILL, Limit::None),
    (SUBSCRIPTION_IDENTIFIER, Format::Variable, PUBLISH | SUBSCRIBE, Limit::NotZero),
    (SESSION_EXPIRY_INTERVAL, Format::FourBytes, CONNECT | CONNACK | DISCONNECT, Limit::None),
    (ASSIGNED_CLIENT_IDENTIFIER, Format::Text, CONNACK, Limit::None),
    (SERVER_KEEP_ALIVE, Format::TwoBytes, CONNACK, Limit::None),
    (AUTHENTICATION_METHOD, Format::Text, CONNECT | CONNACK | AUTH, Limit::None),
    (AUTHENTICATION_DATA, Format::Binary, CONNECT | CONNACK | AUTH, Limit::None),
    (REQUEST_PROBLEM_INFORMATION, Format::Flag, CONNECT, Limit::None),
    (WILL_DELAY_INTERVAL, Format::FourBytes, WILL, Limit::None),
    (REQUEST_RESPONSE_INFORMATION, Format::Flag, CONNECT, Limit::None),
    (RESPONSE_INFORMATION, Format::Text, CONNACK, Limit::None),
    (SERVER_REFERENCE, Format::Text, CONNACK | DISCONNECT, Limit::None),
    (REASON_STRING, Format::Text, CONNACK | ACK | DISCONNECT | AUTH, Limit::None),
    (RECEIVE_MAXIMUM, Format::TwoBytes, CONNECT | CONNACK, Limit::NotZero),
    (TOPIC_ALIAS_MAXIMUM, Format::TwoBytes, CONNECT | CONNACK, Limit::None),
    (TOPIC_ALIAS, Format::TwoBytes, PUBLISH, Limit::Alias),
    (MAXIMUM_QOS, Format::Byte, CONNACK, Limit::ZeroOrOne),
    (RETAIN_AVAILABLE, Format::Flag, CONNACK, Limit::None),
    (USER_PROPERTY, Format::Pair, EVERYWHERE, Limit::None),
    (MAXIMUM_PACKET_SIZE, Format::FourBytes, CONNECT | CONNACK, Limit::NotZero),
    (WILDCARD_SUBSCRIPTION_AVAILABLE, Format::Flag, CONNACK, Limit::None),
    (SUBSCRIPTION_IDENTIFIERS_AVAILABLE, Format::Flag, CONNACK, Limit::None),
    (SHARED_SUBSCRIPTION_AVAILABLE, Format::Flag, CONNACK, Limit::None),
];

/// By identifier.
static TABLE: [Option<Row>; 43] = {
    let mut table = [None; 43];
    let mut rows: &[(u8, Format, u16, Limit)] = &ROWS;
    while let [(id, format, places, limit), rest @ ..] = rows {
        let repeats = match *id {
            USER_PROPERTY => EVERYWHERE,
            SUBSCRIPTION_IDENTIFIER => PUBLISH,
            _ => 0,
        };
        let row = Row {
            format: *format,
            places: Places(*places),
            limit: *limit,
            repeats: Places(repeats),
        };
        if let Some((_, [slot, ..])) = table.split_at_mut_checked(*id as usize) {
            *slot = Some(row);
        }
        rows = rest;
    }
    table
};
