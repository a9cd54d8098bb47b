//! The one dynamic type of the rule language. It does not know how it is written as JSON or text.

use std::sync::Arc;

use num_bigint::BigInt;
use num_traits::ToPrimitive;

use crate::{Float, Key, Map, Text};

/// A value of the rule language. Cloning is cheap: whatever is large is shared.
#[derive(Clone, Debug, Default)]
pub enum Value {
    /// Absent: a missing key, an index out of range. Never equal to JSON `null`.
    #[default]
    Undefined,
    /// JSON `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer that fits 64 bits; the canonical form of every such integer.
    Integer(i64),
    /// An integer that does not fit [`Value::Integer`]; integers of any size keep their value.
    BigInteger(Arc<BigInt>),
    /// A decimal number, with its digits as read while no operator has touched it.
    Float(Float),
    /// Bytes, usually UTF-8 text.
    Text(Text),
    /// An array.
    List(Arc<Vec<Self>>),
    /// An object; keys keep the order in which they first came.
    Map(Arc<Map>),
}

impl Value {
    /// The word for this value's type in messages to people: `undefined`, `null`, `boolean`,
    /// `integer`, `float`, `string`, `list`, `map`.
    #[must_use]
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::Undefined => "undefined",
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Integer(_) | Self::BigInteger(_) => "integer",
            Self::Float(_) => "float",
            Self::Text(_) => "string",
            Self::List(_) => "list",
            Self::Map(_) => "map",
        }
    }

    /// Bytes of memory behind the value, about, for what bounds a buffer; what it shares with
    /// others counts in full.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        match self {
            Self::Undefined | Self::Null | Self::Bool(_) | Self::Integer(_) => 0,
            Self::BigInteger(integer) => usize::try_from(integer.bits() / 8).unwrap_or(usize::MAX),
            Self::Float(float) => float.digits.as_ref().map_or(0, |digits| digits.len()),
            Self::Text(text) => text.len(),
            Self::List(list) => {
                list.iter().map(|value| size_of::<Self>() + value.memory_bytes()).sum()
            }
            Self::Map(map) => map
                .entries()
                .map(|(key, value)| {
                    size_of::<(Key, Self)>() + key.as_bytes().len() + value.memory_bytes()
                })
                .sum(),
        }
    }

    /// Whether this is [`Value::Undefined`].
    #[must_use]
    pub const fn is_undefined(&self) -> bool {
        matches!(self, Self::Undefined)
    }

    /// Whether this is an integer or a float.
    #[must_use]
    pub const fn is_number(&self) -> bool {
        matches!(self, Self::Integer(_) | Self::BigInteger(_) | Self::Float(_))
    }

    /// The text, when this is valid UTF-8 text.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Self::Text(text) = self { text.as_str() } else { None }
    }

    /// The nearest float, when this is a number that a float can hold.
    #[must_use]
    pub fn to_f64(&self) -> Option<f64> {
        #[expect(clippy::wildcard_enum_match_arm, reason = "only numbers have one")]
        match self {
            #[expect(clippy::cast_precision_loss, reason = "the nearest float is asked for")]
            Self::Integer(integer) => Some(*integer as f64),
            Self::BigInteger(integer) => integer.to_f64().filter(|float| float.is_finite()),
            Self::Float(float) => Some(float.value),
            _ => None,
        }
    }

    /// The integer at any size, when this is one.
    #[must_use]
    pub fn to_big_integer(&self) -> Option<BigInt> {
        #[expect(clippy::wildcard_enum_match_arm, reason = "only integers have one")]
        match self {
            Self::Integer(integer) => Some(BigInt::from(*integer)),
            Self::BigInteger(integer) => Some(BigInt::clone(integer)),
            _ => None,
        }
    }

    /// A float, when it is finite: the language knows no infinity and no NaN.
    #[must_use]
    pub fn finite(value: f64) -> Option<Self> {
        value.is_finite().then(|| Self::Float(Float::from(value)))
    }

    /// An empty list.
    #[must_use]
    pub fn empty_list() -> Self {
        Self::List(Arc::default())
    }

    /// A map of the given keys and values.
    #[must_use]
    pub fn map<K: Into<Key>>(entries: impl IntoIterator<Item = (K, Self)>) -> Self {
        Self::from(entries.into_iter().collect::<Map>())
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Self::Integer(i64::from(value))
    }
}

impl From<u64> for Value {
    fn from(value: u64) -> Self {
        Self::from(i128::from(value))
    }
}

impl From<usize> for Value {
    fn from(value: usize) -> Self {
        i64::try_from(value).map_or_else(|_| Self::from(BigInt::from(value)), Self::Integer)
    }
}

impl From<i128> for Value {
    fn from(value: i128) -> Self {
        i64::try_from(value).map_or_else(|_| Self::from(BigInt::from(value)), Self::Integer)
    }
}

impl From<BigInt> for Value {
    /// In canonical form: [`Value::Integer`] wherever it fits.
    fn from(value: BigInt) -> Self {
        value.to_i64().map_or_else(|| Self::BigInteger(Arc::new(value)), Self::Integer)
    }
}

impl From<Text> for Value {
    fn from(text: Text) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(Text::from(text))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(Text::from(text))
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Self::Text(Text::from(bytes))
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Text(Text::from(bytes))
    }
}

impl From<&Key> for Value {
    fn from(key: &Key) -> Self {
        Self::Text(key.to_text())
    }
}

impl From<Vec<Self>> for Value {
    fn from(items: Vec<Self>) -> Self {
        Self::List(Arc::new(items))
    }
}

impl From<Map> for Value {
    fn from(map: Map) -> Self {
        Self::Map(Arc::new(map))
    }
}

impl FromIterator<Self> for Value {
    fn from_iter<I: IntoIterator<Item = Self>>(items: I) -> Self {
        Self::from(items.into_iter().collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_three_words() {
        assert_eq!(size_of::<Value>(), 24);
        assert_eq!(size_of::<Text>(), 24);
    }

    #[test]
    fn integers_take_their_canonical_form() {
        assert!(matches!(Value::from(BigInt::from(7)), Value::Integer(7)));
        assert!(matches!(Value::from(u64::MAX), Value::BigInteger(_)));
        assert!(matches!(Value::from(i128::from(i64::MIN)), Value::Integer(i64::MIN)));
        assert!(matches!(Value::from(i128::from(i64::MIN) - 1), Value::BigInteger(_)));
    }
}
