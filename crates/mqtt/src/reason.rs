//! Reason codes [MQTT5-2.4]. It does not know which packet carries one.

/// A reason code of MQTT 5.0; from 0x80 on it is a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum ReasonCode {
    /// Also Normal disconnection and Granted QoS 0.
    Success = 0x00,
    /// SUBACK.
    GrantedQoS1 = 0x01,
    /// SUBACK.
    GrantedQoS2 = 0x02,
    /// DISCONNECT: the will is published all the same.
    DisconnectWithWill = 0x04,
    /// PUBACK, PUBREC.
    NoMatchingSubscribers = 0x10,
    /// UNSUBACK.
    NoSubscriptionExisted = 0x11,
    /// AUTH.
    ContinueAuthentication = 0x18,
    /// AUTH.
    ReAuthenticate = 0x19,
    /// Unspecified error.
    UnspecifiedError = 0x80,
    /// The bytes are no packet of this version.
    MalformedPacket = 0x81,
    /// A packet that is not allowed here.
    ProtocolError = 0x82,
    /// Valid, but not accepted by this server.
    ImplementationSpecificError = 0x83,
    /// CONNACK.
    UnsupportedProtocolVersion = 0x84,
    /// CONNACK.
    ClientIdentifierNotValid = 0x85,
    /// CONNACK.
    BadUserNameOrPassword = 0x86,
    /// Not authorized.
    NotAuthorized = 0x87,
    /// CONNACK.
    ServerUnavailable = 0x88,
    /// Server busy.
    ServerBusy = 0x89,
    /// CONNACK.
    Banned = 0x8A,
    /// DISCONNECT.
    ServerShuttingDown = 0x8B,
    /// Bad authentication method.
    BadAuthenticationMethod = 0x8C,
    /// DISCONNECT.
    KeepAliveTimeout = 0x8D,
    /// DISCONNECT.
    SessionTakenOver = 0x8E,
    /// Topic filter invalid.
    TopicFilterInvalid = 0x8F,
    /// Topic name invalid.
    TopicNameInvalid = 0x90,
    /// PUBACK, PUBREC, SUBACK, UNSUBACK.
    PacketIdentifierInUse = 0x91,
    /// PUBREL, PUBCOMP.
    PacketIdentifierNotFound = 0x92,
    /// DISCONNECT.
    ReceiveMaximumExceeded = 0x93,
    /// DISCONNECT.
    TopicAliasInvalid = 0x94,
    /// Packet too large.
    PacketTooLarge = 0x95,
    /// DISCONNECT.
    MessageRateTooHigh = 0x96,
    /// Quota exceeded.
    QuotaExceeded = 0x97,
    /// DISCONNECT.
    AdministrativeAction = 0x98,
    /// Payload format invalid.
    PayloadFormatInvalid = 0x99,
    /// Retain not supported.
    RetainNotSupported = 0x9A,
    /// QoS not supported.
    QoSNotSupported = 0x9B,
    /// Use another server.
    UseAnotherServer = 0x9C,
    /// Server moved.
    ServerMoved = 0x9D,
    /// Shared subscriptions not supported.
    SharedSubscriptionsNotSupported = 0x9E,
    /// Connection rate exceeded.
    ConnectionRateExceeded = 0x9F,
    /// DISCONNECT.
    MaximumConnectTime = 0xA0,
    /// Subscription identifiers not supported.
    SubscriptionIdentifiersNotSupported = 0xA1,
    /// Wildcard subscriptions not supported.
    WildcardSubscriptionsNotSupported = 0xA2,
}
