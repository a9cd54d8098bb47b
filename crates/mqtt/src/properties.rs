//! Properties of MQTT 5.0 packets, kept encoded and read on demand. It does not know packets beyond
//! which properties each may carry.

mod list;
mod lookup;
mod property;
mod table;

use std::{fmt, iter};

pub use list::PropertyList;
pub use property::Property;
use property::Value;
pub(crate) use table::Place;
use table::{Format, Limit};
pub(crate) use table::{MESSAGE_EXPIRY_INTERVAL, SUBSCRIPTION_IDENTIFIER};

use crate::{DecodeError, ReasonCode, reader::Reader};

/// Encoded properties without their length prefix, checked at decoding: every identifier is known
/// and allowed in its packet, none but User Property (and Subscription Identifier in PUBLISH) comes
/// twice, every value is valid.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Properties<'b>(&'b [u8]);

impl<'b> Properties<'b> {
    /// No properties.
    pub const EMPTY: Self = Self(&[]);

    /// Takes properties that [`Self::as_bytes`] gave and checks them again, but for the packet they
    /// came in.
    ///
    /// # Errors
    /// When they are no properties.
    pub fn from_encoded(bytes: &'b [u8]) -> Result<Self, DecodeError> {
        check(bytes, Place::Anywhere)?;
        Ok(Self(bytes))
    }

    /// Reads the property length and the properties of a packet.
    #[inline]
    pub(crate) fn read(reader: &mut Reader<'b>, place: Place) -> Result<Self, DecodeError> {
        let length = reader.variable()?;
        let bytes = reader.take(length as usize)?;
        if !bytes.is_empty() {
            check(bytes, place)?;
        }
        Ok(Self(bytes))
    }

    /// Takes bytes that [`Self::as_bytes`] gave and that were kept since. Reading other bytes gives
    /// nonsense, but never a panic.
    #[must_use]
    pub const fn checked_before(bytes: &'b [u8]) -> Self {
        Self(bytes)
    }

    /// As on the wire, without their length prefix.
    #[must_use]
    pub const fn as_bytes(&self) -> &'b [u8] {
        self.0
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All properties, in the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = Property<'b>> + use<'b> {
        self.encoded().filter_map(Encoded::read)
    }

    /// The properties a broker passes on with a message, as they are on the wire
    /// [MQTT5-3.3.2-4, MQTT5-3.3.2-15, MQTT5-3.3.2-16, MQTT5-3.3.2-17, MQTT5-3.3.2-20].
    pub(crate) fn forwarded(&self) -> impl Iterator<Item = &'b [u8]> + use<'b> {
        self.encoded()
            .filter(|property| table::is_forwarded(property.id))
            .map(|property| property.whole)
    }

    fn encoded(&self) -> impl Iterator<Item = Encoded<'b>> + use<'b> {
        let mut rest = self.0;
        iter::from_fn(move || {
            let (property, after) = Encoded::first_of(rest)?;
            rest = after;
            Some(property)
        })
    }
}

impl fmt::Debug for Properties<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// One property on the wire.
#[derive(Clone, Copy)]
struct Encoded<'b> {
    id: u8,
    format: Format,
    /// Behind the identifier, length prefixes included.
    value: &'b [u8],
    /// With the identifier.
    whole: &'b [u8],
}

impl<'b> Encoded<'b> {
    /// `None` at the end, or where the bytes are no property.
    #[inline]
    fn first_of(bytes: &'b [u8]) -> Option<(Self, &'b [u8])> {
        let (&id, after) = bytes.split_first()?;
        let format = table::row(id)?.format;
        let size = format.size(after)?;
        let (whole, rest) = bytes.split_at_checked(size + 1)?;
        let value = after.get(..size)?;
        Some((Self { id, format, value, whole }, rest))
    }

    fn value(self) -> Option<Value<'b>> {
        let mut reader = Reader::new(self.value);
        self.format.read(&mut reader).ok()
    }

    fn read(self) -> Option<Property<'b>> {
        Property::from_parts(self.id, self.value()?)
    }
}

/// Checks that `bytes` are properties of this place.
fn check(bytes: &[u8], place: Place) -> Result<(), DecodeError> {
    let mut reader = Reader::new(bytes);
    let mut seen = 0_u64;
    while !reader.is_empty() {
        let id = reader.byte()?;
        let row = match table::row(id) {
            Some(row) if row.places.contains(place) => row,
            Some(_) => {
                return Err(DecodeError::malformed("a property that this packet cannot carry"));
            }
            None => return Err(DecodeError::malformed("an unknown property")),
        };
        if seen & 1 << id != 0 && !row.may_repeat(place) {
            return Err(DecodeError::protocol("a property comes twice"));
        }
        seen |= 1 << id;
        check_limit(row.limit, row.format.read(&mut reader)?)?;
    }
    let has_data = seen & 1 << table::AUTHENTICATION_DATA != 0;
    let has_method = seen & 1 << table::AUTHENTICATION_METHOD != 0;
    if has_data && !has_method && place != Place::Anywhere {
        return Err(DecodeError::protocol("authentication data without a method"));
    }
    Ok(())
}

fn check_limit(limit: Limit, value: Value<'_>) -> Result<(), DecodeError> {
    let is_zero = matches!(value, Value::TwoBytes(0) | Value::FourBytes(0) | Value::Variable(0));
    match limit {
        Limit::ZeroOrOne if !matches!(value, Value::Byte(0 | 1)) => {
            Err(DecodeError::protocol("a property that is neither 0 nor 1"))
        }
        Limit::NotZero if is_zero => {
            Err(DecodeError::protocol("a property that must not be 0 is 0"))
        }
        // [MQTT5-3.3.2-8]
        Limit::Alias if is_zero => {
            Err(DecodeError::new(ReasonCode::TopicAliasInvalid, "topic alias 0"))
        }
        // [MQTT5-3.3.2-14, MQTT5-4.7.3-1]
        Limit::TopicName if !is_topic_name(value) => {
            Err(DecodeError::protocol("the response topic is no topic name"))
        }
        Limit::None | Limit::ZeroOrOne | Limit::NotZero | Limit::Alias | Limit::TopicName => Ok(()),
    }
}

fn is_topic_name(value: Value<'_>) -> bool {
    matches!(value, Value::Text(topic) if !topic.is_empty() && !topic.contains(['+', '#']))
}

#[cfg(test)]
pub(crate) mod tests;
