//! Reason codes [MQTT5-2.4] and the return codes of CONNACK before 5.0. It does not know which
//! packet carries one.

use std::fmt;

use crate::QoS;

/// Writes the enum, its way back from a byte and its names from one table.
macro_rules! reason_codes {
    ($($(#[$doc:meta])* $code:ident = $value:literal => $name:literal,)*) => {
        /// A reason code of MQTT 5.0; from 0x80 on it is a failure.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum ReasonCode {
            $($(#[$doc])* $code = $value,)*
        }

        impl ReasonCode {
            /// Every code, in ascending order.
            pub const ALL: &'static [Self] = &[$(Self::$code),*];

            /// `None` for a byte that the specification gives no meaning.
            #[must_use]
            pub const fn from_u8(code: u8) -> Option<Self> {
                match code {
                    $($value => Some(Self::$code),)*
                    _ => None,
                }
            }

            /// The specification's name in snake case, as rules and logs show it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$code => $name,)*
                }
            }
        }
    };
}

reason_codes! {
    /// Also Normal disconnection and Granted QoS 0.
    Success = 0x00 => "success",
    /// SUBACK.
    GrantedQoS1 = 0x01 => "granted_qos_1",
    /// SUBACK.
    GrantedQoS2 = 0x02 => "granted_qos_2",
    /// DISCONNECT: the will is published all the same.
    DisconnectWithWill = 0x04 => "disconnect_with_will_message",
    /// PUBACK, PUBREC.
    NoMatchingSubscribers = 0x10 => "no_matching_subscribers",
    /// UNSUBACK.
    NoSubscriptionExisted = 0x11 => "no_subscription_existed",
    /// AUTH.
    ContinueAuthentication = 0x18 => "continue_authentication",
    /// AUTH.
    ReAuthenticate = 0x19 => "re_authenticate",
    /// Unspecified error.
    UnspecifiedError = 0x80 => "unspecified_error",
    /// The bytes are no packet of this version.
    MalformedPacket = 0x81 => "malformed_packet",
    /// A packet that is not allowed here.
    ProtocolError = 0x82 => "protocol_error",
    /// Valid, but not accepted by this server.
    ImplementationSpecificError = 0x83 => "implementation_specific_error",
    /// CONNACK.
    UnsupportedProtocolVersion = 0x84 => "unsupported_protocol_version",
    /// CONNACK.
    ClientIdentifierNotValid = 0x85 => "client_identifier_not_valid",
    /// CONNACK.
    BadUserNameOrPassword = 0x86 => "bad_username_or_password",
    /// Not authorized.
    NotAuthorized = 0x87 => "not_authorized",
    /// CONNACK.
    ServerUnavailable = 0x88 => "server_unavailable",
    /// Server busy.
    ServerBusy = 0x89 => "server_busy",
    /// CONNACK.
    Banned = 0x8A => "banned",
    /// DISCONNECT.
    ServerShuttingDown = 0x8B => "server_shutting_down",
    /// Bad authentication method.
    BadAuthenticationMethod = 0x8C => "bad_authentication_method",
    /// DISCONNECT.
    KeepAliveTimeout = 0x8D => "keep_alive_timeout",
    /// DISCONNECT.
    SessionTakenOver = 0x8E => "session_taken_over",
    /// Topic filter invalid.
    TopicFilterInvalid = 0x8F => "topic_filter_invalid",
    /// Topic name invalid.
    TopicNameInvalid = 0x90 => "topic_name_invalid",
    /// PUBACK, PUBREC, SUBACK, UNSUBACK.
    PacketIdentifierInUse = 0x91 => "packet_identifier_in_use",
    /// PUBREL, PUBCOMP.
    PacketIdentifierNotFound = 0x92 => "packet_identifier_not_found",
    /// DISCONNECT.
    ReceiveMaximumExceeded = 0x93 => "receive_maximum_exceeded",
    /// DISCONNECT.
    TopicAliasInvalid = 0x94 => "topic_alias_invalid",
    /// Packet too large.
    PacketTooLarge = 0x95 => "packet_too_large",
    /// DISCONNECT.
    MessageRateTooHigh = 0x96 => "message_rate_too_high",
    /// Quota exceeded.
    QuotaExceeded = 0x97 => "quota_exceeded",
    /// DISCONNECT.
    AdministrativeAction = 0x98 => "administrative_action",
    /// Payload format invalid.
    PayloadFormatInvalid = 0x99 => "payload_format_invalid",
    /// Retain not supported.
    RetainNotSupported = 0x9A => "retain_not_supported",
    /// QoS not supported.
    QoSNotSupported = 0x9B => "qos_not_supported",
    /// Use another server.
    UseAnotherServer = 0x9C => "use_another_server",
    /// Server moved.
    ServerMoved = 0x9D => "server_moved",
    /// Shared subscriptions not supported.
    SharedSubscriptionsNotSupported = 0x9E => "shared_subscriptions_not_supported",
    /// Connection rate exceeded.
    ConnectionRateExceeded = 0x9F => "connection_rate_exceeded",
    /// DISCONNECT.
    MaximumConnectTime = 0xA0 => "maximum_connect_time",
    /// Subscription identifiers not supported.
    SubscriptionIdentifiersNotSupported = 0xA1 => "subscription_identifiers_not_supported",
    /// Wildcard subscriptions not supported.
    WildcardSubscriptionsNotSupported = 0xA2 => "wildcard_subscriptions_not_supported",
}

impl ReasonCode {
    /// As written on the wire of 5.0.
    #[must_use]
    pub const fn as_u8(self) -> u8 {
        self as u8
    }

    /// Whether what was asked for did not happen.
    #[must_use]
    pub const fn is_failure(self) -> bool {
        self.as_u8() >= 0x80
    }

    /// The code of a SUBACK that grants this QoS.
    #[must_use]
    pub const fn granted(qos: QoS) -> Self {
        match qos {
            QoS::AtMostOnce => Self::Success,
            QoS::AtLeastOnce => Self::GrantedQoS1,
            QoS::ExactlyOnce => Self::GrantedQoS2,
        }
    }

    /// The CONNACK return code before 5.0 that says this. `None` where none fits: such a connection
    /// is closed without CONNACK [MQTT3-3.2.2-6].
    #[must_use]
    pub const fn connect_return_code(self) -> Option<u8> {
        #[expect(clippy::wildcard_enum_match_arm, reason = "five return codes for forty reasons")]
        match self {
            Self::Success => Some(0),
            Self::UnsupportedProtocolVersion => Some(1),
            Self::ClientIdentifierNotValid => Some(2),
            Self::ServerUnavailable
            | Self::ServerBusy
            | Self::ServerShuttingDown
            | Self::QuotaExceeded
            | Self::UseAnotherServer
            | Self::ServerMoved
            | Self::ConnectionRateExceeded => Some(3),
            Self::BadUserNameOrPassword | Self::BadAuthenticationMethod => Some(4),
            Self::NotAuthorized | Self::Banned => Some(5),
            _ => None,
        }
    }

    /// What a CONNACK return code of 3.1 or 3.1.1 says.
    pub(crate) const fn from_connect_return_code(code: u8) -> Option<Self> {
        match code {
            0 => Some(Self::Success),
            1 => Some(Self::UnsupportedProtocolVersion),
            2 => Some(Self::ClientIdentifierNotValid),
            3 => Some(Self::ServerUnavailable),
            4 => Some(Self::BadUserNameOrPassword),
            5 => Some(Self::NotAuthorized),
            _ => None,
        }
    }
}

impl fmt::Display for ReasonCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests;
