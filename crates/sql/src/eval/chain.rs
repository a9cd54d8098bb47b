//! Sums and products, left to right. It does not know their operands.

use sluice_value::{ArithmeticError, TEXT_BYTES_MAX, Value, add, div, int_div, modulo, mul, sub};

use crate::ast::Operator;
use crate::error::EvaluateError;
use crate::operand::Operand;
use crate::plan::node::Node;

use super::Frame;

impl<'p> Frame<'p, '_, '_> {
    pub(super) fn chain(
        &mut self,
        first: &'p Node,
        rest: &'p [(Operator, Node)],
    ) -> Result<Operand<'p>, EvaluateError> {
        let first_span = first.span;
        let mut total = Total::Value(self.value(first)?);
        for (operator, node) in rest {
            let operand = self.value(node)?;
            total = total
                .then(*operator, &operand)
                .map_err(|error| self.error(error.to_string(), first_span.to(node.span)))?;
        }
        let total = total.into_operand();
        self.spend_text(&total, first_span)?;
        Ok(total)
    }
}

/// What a chain has come to. Text grows in place: joined one by one, a long chain would copy
/// its beginning again and again.
enum Total<'p> {
    Value(Operand<'p>),
    Text(Vec<u8>),
}

impl<'p> Total<'p> {
    fn then(self, operator: Operator, right: &Operand<'p>) -> Result<Self, ArithmeticError> {
        let joins = match operator {
            Operator::Concat => true,
            Operator::Add => self.is_text() || right.as_bytes().is_some(),
            Operator::Subtract
            | Operator::Multiply
            | Operator::Divide
            | Operator::IntegerDivide
            | Operator::Modulo => false,
        };
        if joins {
            let mut text = self.into_text();
            write_text(right, &mut text);
            if text.len() > TEXT_BYTES_MAX {
                return Err(ArithmeticError::TooLarge { operator: operator.sign() });
            }
            return Ok(Self::Text(text));
        }
        let left = self.into_operand();
        let (left, right) = (left.as_value(), right.as_value());
        Ok(Self::Value(Operand::Owned(operation(operator)(&left, &right)?)))
    }

    fn is_text(&self) -> bool {
        match self {
            Self::Value(value) => value.as_bytes().is_some(),
            Self::Text(_) => true,
        }
    }

    fn into_text(self) -> Vec<u8> {
        match self {
            Self::Value(value) => {
                let mut text = Vec::new();
                write_text(&value, &mut text);
                text
            }
            Self::Text(text) => text,
        }
    }

    fn into_operand(self) -> Operand<'p> {
        match self {
            Self::Value(value) => value,
            Self::Text(text) => Operand::Owned(Value::from(text)),
        }
    }
}

fn write_text(operand: &Operand<'_>, out: &mut Vec<u8>) {
    match operand.as_bytes() {
        Some(bytes) => out.extend_from_slice(bytes),
        None => operand.as_value().render_text(out),
    }
}

fn operation(operator: Operator) -> fn(&Value, &Value) -> Result<Value, ArithmeticError> {
    match operator {
        Operator::Add | Operator::Concat => add,
        Operator::Subtract => sub,
        Operator::Multiply => mul,
        Operator::Divide => div,
        Operator::IntegerDivide => int_div,
        Operator::Modulo => modulo,
    }
}
