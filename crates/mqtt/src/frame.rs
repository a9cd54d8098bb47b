//! Cuts one packet out of a byte stream. It does not know what the body means.

use crate::{DecodeError, ReasonCode, Version, reader::Reader, variable};

/// The type of a control packet [MQTT5-2.1.2].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum PacketType {
    /// Client to server.
    Connect = 1,
    /// Server to client.
    ConnAck = 2,
    /// Both ways.
    Publish = 3,
    /// Both ways.
    PubAck = 4,
    /// Both ways.
    PubRec = 5,
    /// Both ways.
    PubRel = 6,
    /// Both ways.
    PubComp = 7,
    /// Client to server.
    Subscribe = 8,
    /// Server to client.
    SubAck = 9,
    /// Client to server.
    Unsubscribe = 10,
    /// Server to client.
    UnsubAck = 11,
    /// Client to server.
    PingReq = 12,
    /// Server to client.
    PingResp = 13,
    /// Both ways in 5.0, client to server before.
    Disconnect = 14,
    /// Both ways, 5.0 only.
    Auth = 15,
}

/// One whole control packet, still encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'b> {
    packet_type: PacketType,
    /// The first byte: packet type and flags.
    header: u8,
    /// What follows the remaining length.
    pub body: &'b [u8],
    /// Bytes of the whole packet, header included.
    pub size: usize,
}

impl<'b> Frame<'b> {
    /// Cuts the packet that `bytes` begins with; `None` while it is not complete.
    ///
    /// # Errors
    /// When no packet can begin so (0x81), or its size is above `packet_bytes_max` (0x95); both are
    /// known before the body has come.
    #[inline]
    pub fn cut(bytes: &'b [u8], packet_bytes_max: u32) -> Result<Option<Self>, DecodeError> {
        let Some((&header, after)) = bytes.split_first() else { return Ok(None) };
        let Some(packet_type) = PacketType::from_header(header) else {
            return Err(DecodeError::malformed("packet type 0"));
        };
        let Some((length, after)) = variable::read(after)? else { return Ok(None) };
        let header_size = bytes.len() - after.len();
        let size = header_size + length as usize;
        if size > packet_bytes_max as usize {
            return Err(DecodeError::new(ReasonCode::PacketTooLarge, "packet too large"));
        }
        match after.get(..length as usize) {
            Some(body) => Ok(Some(Self { packet_type, header, body, size })),
            None => Ok(None),
        }
    }

    /// How many bytes the packet at the start of `bytes` has in all; `None` while its fixed header
    /// is incomplete or when it is malformed.
    #[must_use]
    pub fn needed(bytes: &[u8]) -> Option<usize> {
        let (_, after) = bytes.split_first()?;
        let (length, after) = variable::read(after).ok()??;
        Some(bytes.len() - after.len() + length as usize)
    }

    /// Which of the fifteen packets this is.
    #[must_use]
    pub const fn packet_type(&self) -> PacketType {
        self.packet_type
    }

    /// The four low bits of the first byte.
    pub(crate) const fn flags(&self) -> u8 {
        self.header & 0x0F
    }

    /// The body, when this is a packet of that type with the flags that the type reserves.
    pub(crate) fn reader(
        &self,
        packet_type: PacketType,
        version: Version,
    ) -> Result<Reader<'b>, DecodeError> {
        if self.packet_type != packet_type {
            return Err(DecodeError::protocol("a packet of another type was expected"));
        }
        if packet_type != PacketType::Publish
            && self.flags() != packet_type.flags()
            && !(version == Version::V3_1 && self.is_marked_redelivery())
        {
            // [MQTT5-2.1.3-1, MQTT3-2.2.2-2]
            return Err(DecodeError::malformed("wrong flags in the fixed header"));
        }
        if version == Version::V5
            && variable::size(self.body.len()) + 1 + self.body.len() != self.size
        {
            return Err(DecodeError::malformed(
                "remaining length is not written in its shortest form",
            ));
        }
        Ok(Reader::new(self.body))
    }

    // 3.1 has the DUP flag on everything that travels at QoS 1.
    const fn is_marked_redelivery(&self) -> bool {
        self.packet_type.flags() == 0b0010 && self.flags() == 0b1010
    }
}

impl PacketType {
    pub(crate) const fn from_header(header: u8) -> Option<Self> {
        Some(match header >> 4 {
            1 => Self::Connect,
            2 => Self::ConnAck,
            3 => Self::Publish,
            4 => Self::PubAck,
            5 => Self::PubRec,
            6 => Self::PubRel,
            7 => Self::PubComp,
            8 => Self::Subscribe,
            9 => Self::SubAck,
            10 => Self::Unsubscribe,
            11 => Self::UnsubAck,
            12 => Self::PingReq,
            13 => Self::PingResp,
            14 => Self::Disconnect,
            15 => Self::Auth,
            _ => return None,
        })
    }

    /// The first byte of such a packet; PUBLISH adds its flags.
    pub(crate) const fn header(self) -> u8 {
        (self as u8) << 4 | self.flags()
    }

    const fn flags(self) -> u8 {
        match self {
            Self::PubRel | Self::Subscribe | Self::Unsubscribe => 0b0010,
            Self::Connect
            | Self::ConnAck
            | Self::Publish
            | Self::PubAck
            | Self::PubRec
            | Self::PubComp
            | Self::SubAck
            | Self::UnsubAck
            | Self::PingReq
            | Self::PingResp
            | Self::Disconnect
            | Self::Auth => 0,
        }
    }
}

#[cfg(test)]
mod tests;
