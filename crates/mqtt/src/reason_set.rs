//! Which reason codes each packet may carry, and the lists of them in SUBACK and UNSUBACK. It does
//! not know what follows from a code.

use crate::{DecodeError, ReasonCode, ReasonCode as R};

/// The reason codes that a packet may carry, one bit for each.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReasonSet(u128);

impl ReasonSet {
    /// [MQTT5-3.2.2-8]
    pub(crate) const CONNACK: Self = Self::of(&[
        R::Success,
        R::UnspecifiedError,
        R::MalformedPacket,
        R::ProtocolError,
        R::ImplementationSpecificError,
        R::UnsupportedProtocolVersion,
        R::ClientIdentifierNotValid,
        R::BadUserNameOrPassword,
        R::NotAuthorized,
        R::ServerUnavailable,
        R::ServerBusy,
        R::Banned,
        R::BadAuthenticationMethod,
        R::TopicNameInvalid,
        R::PacketTooLarge,
        R::QuotaExceeded,
        R::PayloadFormatInvalid,
        R::RetainNotSupported,
        R::QoSNotSupported,
        R::UseAnotherServer,
        R::ServerMoved,
        R::ConnectionRateExceeded,
    ]);
    /// PUBACK and PUBREC [MQTT5-3.4.2-1, MQTT5-3.5.2-1].
    pub(crate) const RECEIVED: Self = Self::of(&[
        R::Success,
        R::NoMatchingSubscribers,
        R::UnspecifiedError,
        R::ImplementationSpecificError,
        R::NotAuthorized,
        R::TopicNameInvalid,
        R::PacketIdentifierInUse,
        R::QuotaExceeded,
        R::PayloadFormatInvalid,
    ]);
    /// PUBREL and PUBCOMP [MQTT5-3.6.2-1, MQTT5-3.7.2-1].
    pub(crate) const RELEASED: Self = Self::of(&[R::Success, R::PacketIdentifierNotFound]);
    /// [MQTT5-3.9.3-2]
    pub(crate) const SUBACK: Self = Self::of(&[
        R::Success,
        R::GrantedQoS1,
        R::GrantedQoS2,
        R::UnspecifiedError,
        R::ImplementationSpecificError,
        R::NotAuthorized,
        R::TopicFilterInvalid,
        R::PacketIdentifierInUse,
        R::QuotaExceeded,
        R::SharedSubscriptionsNotSupported,
        R::SubscriptionIdentifiersNotSupported,
        R::WildcardSubscriptionsNotSupported,
    ]);
    /// SUBACK before 5.0 [MQTT3-3.9.3-2].
    pub(crate) const SUBACK_BEFORE_5: Self =
        Self::of(&[R::Success, R::GrantedQoS1, R::GrantedQoS2, R::UnspecifiedError]);
    /// [MQTT5-3.11.3-2]
    pub(crate) const UNSUBACK: Self = Self::of(&[
        R::Success,
        R::NoSubscriptionExisted,
        R::UnspecifiedError,
        R::ImplementationSpecificError,
        R::NotAuthorized,
        R::TopicFilterInvalid,
        R::PacketIdentifierInUse,
    ]);
    /// [MQTT5-3.14.2-1]
    pub(crate) const DISCONNECT: Self = Self::of(&[
        R::Success,
        R::DisconnectWithWill,
        R::UnspecifiedError,
        R::MalformedPacket,
        R::ProtocolError,
        R::ImplementationSpecificError,
        R::NotAuthorized,
        R::ServerBusy,
        R::ServerShuttingDown,
        // Not in the table of DISCONNECT, but the table of all reason codes allows it there.
        R::BadAuthenticationMethod,
        R::KeepAliveTimeout,
        R::SessionTakenOver,
        R::TopicFilterInvalid,
        R::TopicNameInvalid,
        R::ReceiveMaximumExceeded,
        R::TopicAliasInvalid,
        R::PacketTooLarge,
        R::MessageRateTooHigh,
        R::QuotaExceeded,
        R::AdministrativeAction,
        R::PayloadFormatInvalid,
        R::RetainNotSupported,
        R::QoSNotSupported,
        R::UseAnotherServer,
        R::ServerMoved,
        R::SharedSubscriptionsNotSupported,
        R::ConnectionRateExceeded,
        R::MaximumConnectTime,
        R::SubscriptionIdentifiersNotSupported,
        R::WildcardSubscriptionsNotSupported,
    ]);
    /// [MQTT5-3.15.2-1]
    pub(crate) const AUTH: Self =
        Self::of(&[R::Success, R::ContinueAuthentication, R::ReAuthenticate]);

    const fn of(mut codes: &[ReasonCode]) -> Self {
        let mut bits = 0;
        while let [code, rest @ ..] = codes {
            bits |= Self::bit(*code);
            codes = rest;
        }
        Self(bits)
    }

    // No code lies between 0x20 and 0x7F, and none above 0xA2.
    const fn bit(code: ReasonCode) -> u128 {
        let code = code.as_u8();
        1 << if code < 0x80 { code } else { code - 0x60 }
    }

    pub(crate) const fn contains(self, code: ReasonCode) -> bool {
        self.0 & Self::bit(code) != 0
    }

    /// Reads a code that this packet may carry.
    pub(crate) fn read(self, code: u8) -> Result<ReasonCode, DecodeError> {
        match ReasonCode::from_u8(code) {
            Some(code) if self.contains(code) => Ok(code),
            _ => Err(DecodeError::protocol("a reason code that this packet cannot carry")),
        }
    }
}

/// The reason codes of a SUBACK or UNSUBACK: one for each filter, in order.
///
/// Made from a slice of codes where one is sent (`codes.into()`), read from the packet where one is
/// received.
#[derive(Clone, Copy)]
pub struct ReasonCodes<'b>(Form<'b>);

#[derive(Clone, Copy)]
enum Form<'b> {
    Given(&'b [ReasonCode]),
    /// Each byte was found to be a reason code.
    Received(&'b [u8]),
}

impl<'b> ReasonCodes<'b> {
    pub(crate) fn read(bytes: &'b [u8], allowed: ReasonSet) -> Result<Self, DecodeError> {
        for code in bytes {
            allowed.read(*code)?;
        }
        Ok(Self(Form::Received(bytes)))
    }

    /// The codes in order.
    pub fn iter(&self) -> impl Iterator<Item = ReasonCode> + 'b {
        let (given, received): (&'b [ReasonCode], &'b [u8]) = match self.0 {
            Form::Given(codes) => (codes, &[]),
            Form::Received(bytes) => (&[], bytes),
        };
        given.iter().copied().chain(received.iter().filter_map(|code| ReasonCode::from_u8(*code)))
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        match self.0 {
            Form::Given(codes) => codes.len(),
            Form::Received(bytes) => bytes.len(),
        }
    }

    /// Whether there is none, as in an UNSUBACK before 5.0.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Default for ReasonCodes<'_> {
    fn default() -> Self {
        Self(Form::Given(&[]))
    }
}

impl<'b> From<&'b [ReasonCode]> for ReasonCodes<'b> {
    fn from(codes: &'b [ReasonCode]) -> Self {
        Self(Form::Given(codes))
    }
}

impl PartialEq for ReasonCodes<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for ReasonCodes<'_> {}

impl std::fmt::Debug for ReasonCodes<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
