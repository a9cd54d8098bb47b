//! A value on its way through an expression, borrowed wherever it can be. It does not know
//! operators.

use std::borrow::Cow;

use sluice_value::Value;

/// A value that an expression looks at.
#[derive(Clone, Debug)]
pub enum Operand<'o> {
    /// Text that some event holds as plain bytes.
    Bytes(&'o [u8]),
    /// A value that the plan, the payload's JSON or an event holds.
    Shared(&'o Value),
    /// A value that was just computed.
    Owned(Value),
}

impl<'o> Operand<'o> {
    /// The value itself.
    #[must_use]
    pub fn into_value(self) -> Value {
        match self {
            Self::Bytes(bytes) => Value::from(bytes),
            Self::Shared(value) => value.clone(),
            Self::Owned(value) => value,
        }
    }

    /// The value to look at; copies bytes only.
    #[must_use]
    pub fn as_value(&self) -> Cow<'_, Value> {
        match self {
            Self::Bytes(bytes) => Cow::Owned(Value::from(*bytes)),
            Self::Shared(value) => Cow::Borrowed(*value),
            Self::Owned(value) => Cow::Borrowed(value),
        }
    }

    /// The bytes, where this is text.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            Self::Shared(Value::Text(text)) | Self::Owned(Value::Text(text)) => {
                Some(text.as_bytes())
            }
            Self::Shared(_) | Self::Owned(_) => None,
        }
    }

    /// The truth value, where this is a boolean.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Shared(Value::Bool(value)) | Self::Owned(Value::Bool(value)) => Some(*value),
            Self::Bytes(_) | Self::Shared(_) | Self::Owned(_) => None,
        }
    }

    /// The integer, where this is one of 64 bits.
    #[must_use]
    pub(crate) fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Shared(Value::Integer(value)) | Self::Owned(Value::Integer(value)) => {
                Some(*value)
            }
            Self::Bytes(_) | Self::Shared(_) | Self::Owned(_) => None,
        }
    }

    /// Whether the value is absent.
    #[must_use]
    pub fn is_undefined(&self) -> bool {
        matches!(self, Self::Shared(Value::Undefined) | Self::Owned(Value::Undefined))
    }

    /// Whether the value is absent or JSON `null`.
    #[must_use]
    pub(crate) fn is_null(&self) -> bool {
        self.is_undefined() || matches!(self, Self::Shared(Value::Null) | Self::Owned(Value::Null))
    }

    /// The word for the value's type in messages to people.
    #[must_use]
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Bytes(_) => "string",
            Self::Shared(value) => value.type_name(),
            Self::Owned(value) => value.type_name(),
        }
    }

    pub(crate) const fn undefined() -> Operand<'static> {
        Operand::Owned(Value::Undefined)
    }
}

impl<'o> From<&'o Value> for Operand<'o> {
    fn from(value: &'o Value) -> Self {
        Self::Shared(value)
    }
}

impl From<Value> for Operand<'_> {
    fn from(value: Value) -> Self {
        Self::Owned(value)
    }
}

impl From<bool> for Operand<'_> {
    fn from(value: bool) -> Self {
        Self::Owned(Value::Bool(value))
    }
}
