//! The value of an expression. It does not know rows.

use sluice_value::{Value, neg, strict_eq};
use smallvec::SmallVec;

use crate::error::{EvaluateError, Span};
use crate::functions::CallContext;
use crate::operand::Operand;
use crate::plan::node::{CallNode, CaseNode, Node, NodeKind};

use super::Frame;
use super::spending::ITEM_BYTES;

impl<'p> Frame<'p, '_, '_> {
    /// The value of an expression. As deep a recursion as the expression is nested.
    pub(super) fn value(&mut self, node: &'p Node) -> Result<Operand<'p>, EvaluateError> {
        match &node.kind {
            NodeKind::Constant(value) => Ok(Operand::Shared(value)),
            NodeKind::Read(read) => self.read(read, node.span),
            NodeKind::Scoped(reads) => {
                for read in reads {
                    let value = self.read(read, node.span)?;
                    if !value.is_undefined() {
                        return Ok(value);
                    }
                }
                Ok(Operand::undefined())
            }
            NodeKind::Access(from, steps) => {
                let from = self.value(from)?;
                self.walk(from, steps, None, node.span)
            }
            NodeKind::Call(call) => self.call(call, node.span),
            NodeKind::List(items) => self.list(items, node.span),
            NodeKind::Range(first, last) => {
                let length = usize::try_from(last - first + 1).unwrap_or_default();
                self.spend(length * ITEM_BYTES, node.span)?;
                Ok(Operand::Owned((*first..=*last).map(Value::Integer).collect()))
            }
            NodeKind::Minus(operand) => {
                let operand = self.value(operand)?;
                let negated = neg(&operand.as_value());
                negated
                    .map(Operand::Owned)
                    .map_err(|error| self.error(error.to_string(), node.span))
            }
            NodeKind::Plus(operand) => {
                let operand = self.value(operand)?;
                if operand.as_value().is_number() {
                    return Ok(operand);
                }
                let message = format!("`+` needs a number, not {}", operand.type_name());
                Err(self.error(message, node.span))
            }
            NodeKind::Chain(first, rest) => self.chain(first, rest),
            NodeKind::Case(case) => self.case(case),
            NodeKind::Not(_)
            | NodeKind::NotNamed(_)
            | NodeKind::Compare(..)
            | NodeKind::MatchesFilter(..)
            | NodeKind::In(..)
            | NodeKind::Like(..)
            | NodeKind::Between(_)
            | NodeKind::IsNull(_)
            | NodeKind::And(_)
            | NodeKind::Or(_) => self.condition(node).map(Operand::from),
        }
    }

    fn list(&mut self, items: &'p [Node], span: Span) -> Result<Operand<'p>, EvaluateError> {
        self.spend(items.len() * ITEM_BYTES, span)?;
        let mut values = Vec::with_capacity(items.len());
        for item in items {
            let value = self.value(item)?;
            values.push(self.owned(value));
        }
        Ok(Operand::Owned(Value::from(values)))
    }

    fn call(&mut self, call: &'p CallNode, span: Span) -> Result<Operand<'p>, EvaluateError> {
        let mut arguments: SmallVec<[Value; 4]> = SmallVec::with_capacity(call.arguments.len());
        for argument in &call.arguments {
            let argument = self.value(argument)?;
            // What is made of a text is hidden in the result: a decoded map, say.
            self.spend_text(&argument, span)?;
            arguments.push(self.owned(argument));
        }
        let mut context = CallContext {
            columns: self.columns,
            evaluation: &mut *self.evaluation,
            prepared: call.prepared.as_ref(),
        };
        let result = (call.function.eval)(&mut context, &arguments);
        let value = result.map_err(|error| {
            self.error(format!("`{}`: {}", call.function.name, error.message), span)
        })?;
        drop(arguments);
        self.spend_value(&value, span)?;
        Ok(Operand::Owned(value))
    }

    fn case(&mut self, case: &'p CaseNode) -> Result<Operand<'p>, EvaluateError> {
        let operand = match &case.operand {
            Some(operand) => Some(self.value(operand)?),
            None => None,
        };
        for (when, then) in &case.branches {
            let is_met = match &operand {
                Some(operand) => {
                    let when = self.value(when)?;
                    strict_eq(&operand.as_value(), &when.as_value())
                }
                None => self.condition(when)?,
            };
            if is_met {
                return self.value(then);
            }
        }
        match &case.otherwise {
            Some(otherwise) => self.value(otherwise),
            None => Ok(Operand::undefined()),
        }
    }
}
