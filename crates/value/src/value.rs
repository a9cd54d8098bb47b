//! The one dynamic type of the rule language. It does not know how it is written as JSON or text.

use std::sync::Arc;

use num_bigint::BigInt;

use crate::{Float, Map, Text};

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
