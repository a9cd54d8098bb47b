//! Conditions: what is true or false. It does not know rows.

use std::cmp::Ordering;

use sluice_topic::TopicFilter;
use sluice_value::{Value, compare, strict_eq};

use crate::ast::Comparison;
use crate::error::{EvaluateError, Span};
use crate::operand::Operand;
use crate::plan::node::{Members, Node, NodeKind};

use super::like::is_like;
use super::{Frame, decoded};

impl<'p> Frame<'p, '_, '_> {
    /// Whether a condition holds; strictly left to right, and no further than needed.
    pub(super) fn condition(&mut self, node: &'p Node) -> Result<bool, EvaluateError> {
        match &node.kind {
            NodeKind::And(operands) => {
                for operand in operands {
                    if !self.condition(operand)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            NodeKind::Or(operands) => {
                for operand in operands {
                    if self.condition(operand)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            NodeKind::Not(operand) => self.condition(operand).map(|is_true| !is_true),
            NodeKind::NotNamed(operand) => Ok(self.value(operand)?.as_bool() == Some(false)),
            NodeKind::Compare(comparison, operands) => {
                let [left, right] = &**operands;
                let (left, right) = (self.value(left)?, self.value(right)?);
                self.compare(*comparison, &left, &right, node.span)
            }
            NodeKind::MatchesFilter(name, filter) => {
                let name = self.value(name)?;
                self.matches(&name, filter.as_ref(), node.span)
            }
            NodeKind::In(operand, members) => {
                let operand = self.value(operand)?;
                self.is_in(&operand, members)
            }
            NodeKind::Like(operands, escape) => {
                let [text, pattern] = &**operands;
                let (text, pattern) = (self.value(text)?, self.value(pattern)?);
                self.like(&text, &pattern, *escape, node.span)
            }
            NodeKind::Between(operands) => {
                let [operand, lower, upper] = &**operands;
                let (operand, lower) = (self.value(operand)?, self.value(lower)?);
                if !self.compare(Comparison::GreaterEqual, &operand, &lower, node.span)? {
                    return Ok(false);
                }
                let upper = self.value(upper)?;
                self.compare(Comparison::LessEqual, &operand, &upper, node.span)
            }
            NodeKind::IsNull(operand) => Ok(self.value(operand)?.is_null()),
            NodeKind::Constant(_)
            | NodeKind::Read(_)
            | NodeKind::Scoped(_)
            | NodeKind::Access(..)
            | NodeKind::Call(_)
            | NodeKind::List(_)
            | NodeKind::Range(..)
            | NodeKind::Minus(_)
            | NodeKind::Plus(_)
            | NodeKind::Chain(..)
            | NodeKind::Case(_) => {
                let value = self.value(node)?;
                value.as_bool().ok_or_else(|| {
                    let found = value.type_name();
                    self.error(format!("a condition is true or false, not {found}"), node.span)
                })
            }
        }
    }

    fn compare(
        &self,
        comparison: Comparison,
        left: &Operand<'_>,
        right: &Operand<'_>,
        span: Span,
    ) -> Result<bool, EvaluateError> {
        if comparison == Comparison::Matches {
            return self.matches_computed(left, right, span);
        }
        let order = match (left.as_bytes(), right.as_bytes()) {
            (Some(left), Some(right)) => Some(left.cmp(right)),
            _ => compare(&left.as_value(), &right.as_value())
                .map_err(|error| self.error(error.to_string(), span))?,
        };
        Ok(order.is_some_and(|order| holds(comparison, order)))
    }

    /// `=~` with a filter that is computed for each event.
    fn matches_computed(
        &self,
        name: &Operand<'_>,
        filter: &Operand<'_>,
        span: Span,
    ) -> Result<bool, EvaluateError> {
        if name.is_undefined() || filter.is_undefined() {
            return Ok(false);
        }
        let filter = self.topic_text(filter, span)?;
        let filter = TopicFilter::parse(&filter).ok();
        self.matches(name, filter.as_ref(), span)
    }

    fn matches(
        &self,
        name: &Operand<'_>,
        filter: Option<&TopicFilter>,
        span: Span,
    ) -> Result<bool, EvaluateError> {
        if name.is_undefined() {
            return Ok(false);
        }
        if let Some(name) = name.as_bytes().and_then(|name| str::from_utf8(name).ok()) {
            return Ok(filter.is_some_and(|filter| filter.matches(name)));
        }
        let name = self.topic_text(name, span)?;
        Ok(filter.is_some_and(|filter| filter.matches(&name)))
    }

    fn topic_text(&self, operand: &Operand<'_>, span: Span) -> Result<String, EvaluateError> {
        match operand.as_value().as_ref() {
            Value::Text(text) => Ok(String::from_utf8_lossy(text.as_bytes()).into_owned()),
            Value::Bool(value) => Ok(value.to_string()),
            Value::Null => Ok("null".to_owned()),
            other @ (Value::Undefined
            | Value::Integer(_)
            | Value::BigInteger(_)
            | Value::Float(_)
            | Value::List(_)
            | Value::Map(_)) => {
                Err(self.error(format!("`=~` needs strings, not {}", other.type_name()), span))
            }
        }
    }

    /// Strict membership. Of a single member that is itself a list, its elements count too.
    fn is_in(
        &mut self,
        operand: &Operand<'_>,
        members: &'p Members,
    ) -> Result<bool, EvaluateError> {
        match members {
            Members::Listed(members) => {
                for member in members {
                    let value = self.value(member)?;
                    if equals(operand, &value) {
                        return Ok(true);
                    }
                    if members.len() > 1 {
                        continue;
                    }
                    self.spend_text(&value, member.span)?;
                    if holds_in(operand, &value) {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Members::Of(list) => {
                let span = list.span;
                let list = self.value(list)?;
                let value = list.as_value();
                if !matches!(&*value, Value::List(_) | Value::Text(_) | Value::Undefined) {
                    let message = format!("IN needs a list, not {}", value.type_name());
                    return Err(self.error(message, span));
                }
                self.spend_text(&list, span)?;
                Ok(holds_in(operand, &list))
            }
        }
    }

    fn like(
        &self,
        text: &Operand<'_>,
        pattern: &Operand<'_>,
        escape: Option<char>,
        span: Span,
    ) -> Result<bool, EvaluateError> {
        match (text.as_bytes(), pattern.as_bytes()) {
            (Some(_), Some(pattern)) if pattern.len() > PATTERN_BYTES_MAX => {
                let message = format!("a pattern has at most {PATTERN_BYTES_MAX} bytes");
                Err(self.error(message, span))
            }
            (Some(text), Some(pattern)) => Ok(is_like(text, pattern, escape)),
            _ if text.is_null() || pattern.is_null() => Ok(false),
            (text_bytes, _) => {
                let other = if text_bytes.is_some() { pattern } else { text };
                Err(self.error(format!("LIKE needs strings, not {}", other.type_name()), span))
            }
        }
    }
}

fn equals(left: &Operand<'_>, right: &Operand<'_>) -> bool {
    match (left.as_bytes(), right.as_bytes()) {
        (Some(left), Some(right)) => left == right,
        (None, None) => strict_eq(&left.as_value(), &right.as_value()),
        (Some(_), None) | (None, Some(_)) => false,
    }
}

/// Whether `list` is a list, or JSON text of one, that has such an element.
fn holds_in(operand: &Operand<'_>, list: &Operand<'_>) -> bool {
    let Value::List(items) = decoded(list.as_value().into_owned()) else { return false };
    items.iter().any(|item| equals(operand, &Operand::Shared(item)))
}

const fn holds(comparison: Comparison, order: Ordering) -> bool {
    match comparison {
        Comparison::Equal => order.is_eq(),
        Comparison::NotEqual => order.is_ne(),
        Comparison::Less => order.is_lt(),
        Comparison::LessEqual => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterEqual => order.is_ge(),
        // Decided elsewhere: it has no order.
        Comparison::Matches => false,
    }
}

// The time that LIKE takes grows with the text times the pattern.
const PATTERN_BYTES_MAX: usize = 1_000;
