//! One property, by its name. It does not know where it may stand.

use super::table as id;
use crate::writer::Writer;

/// One property [MQTT5-2.2.2.2].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Property<'b> {
    /// 0x01
    PayloadFormatIndicator(u8),
    /// 0x02, seconds
    MessageExpiryInterval(u32),
    /// 0x03
    ContentType(&'b str),
    /// 0x08
    ResponseTopic(&'b str),
    /// 0x09
    CorrelationData(&'b [u8]),
    /// 0x0B
    SubscriptionIdentifier(u32),
    /// 0x11, seconds
    SessionExpiryInterval(u32),
    /// 0x12
    AssignedClientIdentifier(&'b str),
    /// 0x13, seconds
    ServerKeepAlive(u16),
    /// 0x15
    AuthenticationMethod(&'b str),
    /// 0x16
    AuthenticationData(&'b [u8]),
    /// 0x17
    RequestProblemInformation(bool),
    /// 0x18, seconds
    WillDelayInterval(u32),
    /// 0x19
    RequestResponseInformation(bool),
    /// 0x1A
    ResponseInformation(&'b str),
    /// 0x1C
    ServerReference(&'b str),
    /// 0x1F
    ReasonString(&'b str),
    /// 0x21
    ReceiveMaximum(u16),
    /// 0x22
    TopicAliasMaximum(u16),
    /// 0x23
    TopicAlias(u16),
    /// 0x24
    MaximumQoS(u8),
    /// 0x25
    RetainAvailable(bool),
    /// 0x26
    UserProperty(&'b str, &'b str),
    /// 0x27, bytes
    MaximumPacketSize(u32),
    /// 0x28
    WildcardSubscriptionAvailable(bool),
    /// 0x29
    SubscriptionIdentifiersAvailable(bool),
    /// 0x2A
    SharedSubscriptionAvailable(bool),
}

/// The value of a property, by its format on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value<'b> {
    Byte(u8),
    /// A byte that is 0 or 1.
    Flag(bool),
    TwoBytes(u16),
    FourBytes(u32),
    Variable(u32),
    Text(&'b str),
    Binary(&'b [u8]),
    Pair(&'b str, &'b str),
}

impl<'b> Property<'b> {
    /// `None` where the value has not the format of that property.
    pub(super) fn from_parts(id: u8, value: Value<'b>) -> Option<Self> {
        Some(match (id, value) {
            (id::PAYLOAD_FORMAT_INDICATOR, Value::Byte(v)) => Self::PayloadFormatIndicator(v),
            (id::MESSAGE_EXPIRY_INTERVAL, Value::FourBytes(v)) => Self::MessageExpiryInterval(v),
            (id::CONTENT_TYPE, Value::Text(v)) => Self::ContentType(v),
            (id::RESPONSE_TOPIC, Value::Text(v)) => Self::ResponseTopic(v),
            (id::CORRELATION_DATA, Value::Binary(v)) => Self::CorrelationData(v),
            (id::SUBSCRIPTION_IDENTIFIER, Value::Variable(v)) => Self::SubscriptionIdentifier(v),
            (id::SESSION_EXPIRY_INTERVAL, Value::FourBytes(v)) => Self::SessionExpiryInterval(v),
            (id::ASSIGNED_CLIENT_IDENTIFIER, Value::Text(v)) => Self::AssignedClientIdentifier(v),
            (id::SERVER_KEEP_ALIVE, Value::TwoBytes(v)) => Self::ServerKeepAlive(v),
            (id::AUTHENTICATION_METHOD, Value::Text(v)) => Self::AuthenticationMethod(v),
            (id::AUTHENTICATION_DATA, Value::Binary(v)) => Self::AuthenticationData(v),
            (id::REQUEST_PROBLEM_INFORMATION, Value::Flag(v)) => Self::RequestProblemInformation(v),
            (id::WILL_DELAY_INTERVAL, Value::FourBytes(v)) => Self::WillDelayInterval(v),
            (id::REQUEST_RESPONSE_INFORMATION, Value::Flag(v)) => {
                Self::RequestResponseInformation(v)
            }
            (id::RESPONSE_INFORMATION, Value::Text(v)) => Self::ResponseInformation(v),
            (id::SERVER_REFERENCE, Value::Text(v)) => Self::ServerReference(v),
            (id::REASON_STRING, Value::Text(v)) => Self::ReasonString(v),
            (id::RECEIVE_MAXIMUM, Value::TwoBytes(v)) => Self::ReceiveMaximum(v),
            (id::TOPIC_ALIAS_MAXIMUM, Value::TwoBytes(v)) => Self::TopicAliasMaximum(v),
            (id::TOPIC_ALIAS, Value::TwoBytes(v)) => Self::TopicAlias(v),
            (id::MAXIMUM_QOS, Value::Byte(v)) => Self::MaximumQoS(v),
            (id::RETAIN_AVAILABLE, Value::Flag(v)) => Self::RetainAvailable(v),
            (id::USER_PROPERTY, Value::Pair(name, v)) => Self::UserProperty(name, v),
            (id::MAXIMUM_PACKET_SIZE, Value::FourBytes(v)) => Self::MaximumPacketSize(v),
            (id::WILDCARD_SUBSCRIPTION_AVAILABLE, Value::Flag(v)) => {
                Self::WildcardSubscriptionAvailable(v)
            }
            (id::SUBSCRIPTION_IDENTIFIERS_AVAILABLE, Value::Flag(v)) => {
                Self::SubscriptionIdentifiersAvailable(v)
            }
            (id::SHARED_SUBSCRIPTION_AVAILABLE, Value::Flag(v)) => {
                Self::SharedSubscriptionAvailable(v)
            }
            _ => return None,
        })
    }

    const fn into_parts(self) -> (u8, Value<'b>) {
        match self {
            Self::PayloadFormatIndicator(v) => (id::PAYLOAD_FORMAT_INDICATOR, Value::Byte(v)),
            Self::MessageExpiryInterval(v) => (id::MESSAGE_EXPIRY_INTERVAL, Value::FourBytes(v)),
            Self::ContentType(v) => (id::CONTENT_TYPE, Value::Text(v)),
            Self::ResponseTopic(v) => (id::RESPONSE_TOPIC, Value::Text(v)),
            Self::CorrelationData(v) => (id::CORRELATION_DATA, Value::Binary(v)),
            Self::SubscriptionIdentifier(v) => (id::SUBSCRIPTION_IDENTIFIER, Value::Variable(v)),
            Self::SessionExpiryInterval(v) => (id::SESSION_EXPIRY_INTERVAL, Value::FourBytes(v)),
            Self::AssignedClientIdentifier(v) => (id::ASSIGNED_CLIENT_IDENTIFIER, Value::Text(v)),
            Self::ServerKeepAlive(v) => (id::SERVER_KEEP_ALIVE, Value::TwoBytes(v)),
            Self::AuthenticationMethod(v) => (id::AUTHENTICATION_METHOD, Value::Text(v)),
            Self::AuthenticationData(v) => (id::AUTHENTICATION_DATA, Value::Binary(v)),
            Self::RequestProblemInformation(v) => (id::REQUEST_PROBLEM_INFORMATION, Value::Flag(v)),
            Self::WillDelayInterval(v) => (id::WILL_DELAY_INTERVAL, Value::FourBytes(v)),
            Self::RequestResponseInformation(v) => {
                (id::REQUEST_RESPONSE_INFORMATION, Value::Flag(v))
            }
            Self::ResponseInformation(v) => (id::RESPONSE_INFORMATION, Value::Text(v)),
            Self::ServerReference(v) => (id::SERVER_REFERENCE, Value::Text(v)),
            Self::ReasonString(v) => (id::REASON_STRING, Value::Text(v)),
            Self::ReceiveMaximum(v) => (id::RECEIVE_MAXIMUM, Value::TwoBytes(v)),
            Self::TopicAliasMaximum(v) => (id::TOPIC_ALIAS_MAXIMUM, Value::TwoBytes(v)),
            Self::TopicAlias(v) => (id::TOPIC_ALIAS, Value::TwoBytes(v)),
            Self::MaximumQoS(v) => (id::MAXIMUM_QOS, Value::Byte(v)),
            Self::RetainAvailable(v) => (id::RETAIN_AVAILABLE, Value::Flag(v)),
            Self::UserProperty(name, v) => (id::USER_PROPERTY, Value::Pair(name, v)),
            Self::MaximumPacketSize(v) => (id::MAXIMUM_PACKET_SIZE, Value::FourBytes(v)),
            Self::WildcardSubscriptionAvailable(v) => {
                (id::WILDCARD_SUBSCRIPTION_AVAILABLE, Value::Flag(v))
            }
            Self::SubscriptionIdentifiersAvailable(v) => {
                (id::SUBSCRIPTION_IDENTIFIERS_AVAILABLE, Value::Flag(v))
            }
            Self::SharedSubscriptionAvailable(v) => {
                (id::SHARED_SUBSCRIPTION_AVAILABLE, Value::Flag(v))
            }
        }
    }

    pub(super) fn write(self, writer: &mut Writer<'_>) {
        let (id, value) = self.into_parts();
        writer.byte(id);
        match value {
            Value::Byte(value) => writer.byte(value),
            Value::Flag(value) => writer.byte(u8::from(value)),
            Value::TwoBytes(value) => writer.two_bytes(value),
            Value::FourBytes(value) => writer.four_bytes(value),
            Value::Variable(value) => writer.variable(value),
            Value::Text(text) => writer.text(text),
            Value::Binary(bytes) => writer.binary(bytes),
            Value::Pair(name, value) => {
                writer.text(name);
                writer.text(value);
            }
        }
    }
}
