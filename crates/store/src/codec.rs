//! Entries as bytes and back. It does not know records, files and what follows from an entry.

mod bytes;
mod decode;
mod encode;
mod value;

pub(crate) use decode::{decode, decode_row};
pub(crate) use encode::{encode, encode_message, encode_row};

/// What a record is, as its head says. Numbers are never given again.
pub(crate) mod kind {
    pub(crate) const MESSAGE: u8 = 1;
    pub(crate) const ROW: u8 = 2;
    pub(crate) const CURSOR: u8 = 3;
    pub(crate) const ACTION_ENDED: u8 = 4;
    pub(crate) const SESSION: u8 = 5;
    pub(crate) const SESSION_ENDED: u8 = 6;
    pub(crate) const SUBSCRIBED: u8 = 7;
    pub(crate) const UNSUBSCRIBED: u8 = 8;
    pub(crate) const RETAINED: u8 = 9;
    pub(crate) const WILL: u8 = 10;
    pub(crate) const RECEIVED: u8 = 11;
    pub(crate) const RELEASED: u8 = 12;
    pub(crate) const SENT: u8 = 13;
    pub(crate) const SENT_RECEIVED: u8 = 14;
    pub(crate) const SENT_COMPLETE: u8 = 15;
    pub(crate) const DISCARDED: u8 = 16;
    pub(crate) const DOCUMENT: u8 = 17;
}

#[cfg(test)]
mod tests;
