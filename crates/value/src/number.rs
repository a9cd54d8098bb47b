//! Decimal numbers. It does not know operators.

use std::sync::Arc;

/// A 64-bit float that may remember the digits it was read with.
#[derive(Clone, Debug)]
pub struct Float {
    /// What arithmetic and comparison use. Always finite.
    pub value: f64,
    /// The text it was read from, kept only where the shortest form of `value` would differ
    /// (`1e-12`, `0.12345678901234567890`). Row JSON and SQL parameters write it back.
    pub digits: Option<Arc<str>>,
}

impl From<f64> for Float {
    fn from(value: f64) -> Self {
        Self { value, digits: None }
    }
}
