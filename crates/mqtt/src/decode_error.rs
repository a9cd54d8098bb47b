//! Why bytes are refused. It does not know what is done about it.

use crate::ReasonCode;

/// Why bytes are no packet of this version; ends the connection that sent them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct DecodeError {
    /// What a 5.0 client is told before the connection closes [MQTT5-4.13.1-1].
    pub reason: ReasonCode,
    /// What was wrong, for the log and the Reason String.
    pub detail: &'static str,
}

impl DecodeError {
    /// The bytes cannot be read as this packet.
    #[cold]
    pub(crate) const fn malformed(detail: &'static str) -> Self {
        Self { reason: ReasonCode::MalformedPacket, detail }
    }

    /// The packet can be read, and says what the protocol forbids.
    #[cold]
    pub(crate) const fn protocol(detail: &'static str) -> Self {
        Self { reason: ReasonCode::ProtocolError, detail }
    }

    #[cold]
    pub(crate) const fn new(reason: ReasonCode, detail: &'static str) -> Self {
        Self { reason, detail }
    }
}
