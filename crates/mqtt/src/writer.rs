//! Writes packets and the specification's data types. It does not know which packet has which
//! fields.

use crate::{PacketId, PacketType, Properties, Version, variable};

/// Appends one packet: `body` writes what follows the remaining length.
///
/// A packet that the wire has no form for (a string above 65,535 bytes, a body above 268,435,455)
/// leaves `out` as it was: half of it would break the connection, cutting it would change what was
/// said.
pub(crate) fn packet(
    packet_type: PacketType,
    out: &mut Vec<u8>,
    body: impl FnOnce(&mut Writer<'_>),
) {
    let start = out.len();
    out.extend_from_slice(&[packet_type.header(), 0]);
    let mut writer = Writer { out, fits: true };
    body(&mut writer);
    let Writer { out, fits } = writer;
    let length = u32::try_from(out.len() - start - 2).unwrap_or(u32::MAX);
    if !fits || length > variable::MAX {
        out.truncate(start);
    } else if let Ok(length @ 0..0x80) = u8::try_from(length) {
        if let Some(byte) = out.get_mut(start + 1) {
            *byte = length;
        }
    } else {
        let mut bytes = Vec::with_capacity(4);
        variable::write(length, &mut bytes);
        drop(out.splice(start + 1..start + 2, bytes));
    }
}

/// Where the body of a packet goes.
#[derive(Debug)]
pub(crate) struct Writer<'o> {
    out: &'o mut Vec<u8>,
    fits: bool,
}

impl<'o> Writer<'o> {
    pub(crate) const fn new(out: &'o mut Vec<u8>) -> Self {
        Self { out, fits: true }
    }

    /// Whether all that was written has a form on the wire.
    pub(crate) const fn fits(&self) -> bool {
        self.fits
    }

    pub(crate) fn byte(&mut self, byte: u8) {
        self.out.push(byte);
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    pub(crate) fn two_bytes(&mut self, value: u16) {
        self.bytes(&value.to_be_bytes());
    }

    pub(crate) fn four_bytes(&mut self, value: u32) {
        self.bytes(&value.to_be_bytes());
    }

    pub(crate) fn packet_id(&mut self, id: PacketId) {
        self.two_bytes(id.get());
    }

    pub(crate) fn variable(&mut self, value: u32) {
        self.fits &= value <= variable::MAX;
        variable::write(value, self.out);
    }

    pub(crate) fn binary(&mut self, bytes: &[u8]) {
        match u16::try_from(bytes.len()) {
            Ok(len) => {
                self.two_bytes(len);
                self.bytes(bytes);
            }
            Err(_) => self.fits = false,
        }
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.binary(text.as_bytes());
    }

    /// Properties behind their length, which is written even when it is zero [MQTT5-2.2.2-1].
    pub(crate) fn properties(&mut self, properties: Properties<'_>) {
        match u32::try_from(properties.as_bytes().len()) {
            Ok(length) => {
                self.variable(length);
                self.bytes(properties.as_bytes());
            }
            Err(_) => self.fits = false,
        }
    }

    /// Properties, in the version that has them.
    pub(crate) fn properties_of(&mut self, version: Version, properties: Properties<'_>) {
        if version.has_properties() {
            self.properties(properties);
        }
    }
}
