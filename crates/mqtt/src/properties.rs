//! Properties of MQTT 5.0 packets, kept encoded and read on demand. It does not know packets beyond which
//! properties each may carry.

/// Encoded properties without their length prefix, checked at decoding: every identifier is known and allowed in
/// its packet, none but User Property (and Subscription Identifier in PUBLISH) comes twice, every value is valid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Properties<'b>(pub(crate) &'b [u8]);

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
