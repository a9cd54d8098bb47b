//! How much one evaluation may make out of one event. It does not know what for.
//!
//! A rule that multiplies what it is sent (a row for each element, the payload in each row) must
//! not let a message of a megabyte become gigabytes. What an event holds is copied once and
//! shared; what is computed is counted, and an evaluation that makes too much fails.

use std::sync::Arc;

use sluice_value::Value;
use smallvec::SmallVec;

use crate::error::{EvaluateError, Span};
use crate::operand::Operand;

use super::Frame;

#[derive(Default)]
pub(super) struct Spending<'p> {
    bytes: usize,
    /// Long texts of the event that have been copied, and their copies.
    copies: SmallVec<[(&'p [u8], Value); 2]>,
}

impl<'p> Frame<'p, '_, '_> {
    /// The value of an operand; a long text of the event is copied once, however often it is asked
    /// for.
    pub(super) fn owned(&mut self, operand: Operand<'p>) -> Value {
        match operand {
            Operand::Bytes(bytes) => self.copied(bytes),
            Operand::Shared(value) => value.clone(),
            Operand::Owned(value) => value,
        }
    }

    pub(super) fn copied(&mut self, bytes: &'p [u8]) -> Value {
        if bytes.len() < SHARED_BYTES_MIN {
            return Value::from(bytes);
        }
        let copies = &mut self.spending.copies;
        if let Some((_, copy)) = copies.iter().find(|(source, _)| std::ptr::eq(*source, bytes)) {
            return copy.clone();
        }
        let copy = Value::from(bytes);
        copies.push((bytes, copy.clone()));
        copy
    }

    /// Counts bytes that are about to be made.
    pub(super) fn spend(&mut self, bytes: usize, span: Span) -> Result<(), EvaluateError> {
        self.spending.bytes = self.spending.bytes.saturating_add(bytes);
        if self.spending.bytes <= SPENDING_MAX {
            return Ok(());
        }
        let message = format!("more than {} MiB computed from one event", SPENDING_MAX >> 20);
        Err(self.error(message, span))
    }

    /// Counts the making or decoding of an operand, where it is text.
    pub(super) fn spend_text(
        &mut self,
        operand: &Operand<'_>,
        span: Span,
    ) -> Result<(), EvaluateError> {
        let bytes = operand.as_bytes().map_or(0, <[u8]>::len);
        self.spend(bytes, span)
    }

    /// Counts a value that a function gave, unless it is a part of something that was there.
    pub(super) fn spend_value(&mut self, value: &Value, span: Span) -> Result<(), EvaluateError> {
        let bytes = match value {
            Value::Text(text) => text.len(),
            Value::List(items) if Arc::strong_count(items) == 1 => items.len() * ITEM_BYTES,
            Value::Map(map) if Arc::strong_count(map) == 1 => map.len() * 2 * ITEM_BYTES,
            Value::Undefined
            | Value::Null
            | Value::Bool(_)
            | Value::Integer(_)
            | Value::BigInteger(_)
            | Value::Float(_)
            | Value::List(_)
            | Value::Map(_) => return Ok(()),
        };
        self.spend(bytes, span)
    }
}

/// What an element of a list is counted as.
pub(super) const ITEM_BYTES: usize = size_of::<Value>();

// Shorter texts cost no more than looking for their copy.
const SHARED_BYTES_MIN: usize = 64;

const SPENDING_MAX: usize = 64 << 20;
