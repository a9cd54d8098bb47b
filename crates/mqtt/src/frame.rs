//! Cuts one packet out of a byte stream. It does not know what the body means.

use crate::ReasonCode;

/// One whole control packet, still encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'b> {
    /// The first byte: packet type and flags.
    pub header: u8,
    /// What follows the remaining length.
    pub body: &'b [u8],
    /// Bytes of the whole packet, header included.
    pub size: usize,
}

/// Why bytes are no packet of this version; ends the connection that sent them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct DecodeError {
    /// What a 5.0 client is told before the connection closes [MQTT5-4.13.1-1].
    pub reason: ReasonCode,
    /// What was wrong, for the log and the Reason String.
    pub detail: &'static str,
}
