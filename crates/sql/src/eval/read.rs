//! Reads names and follows paths. It does not know operators.

use sluice_value::Value;

use crate::error::{EvaluateError, Span};
use crate::operand::Operand;
use crate::plan::node::{Column, FieldRead, FieldSource, Read, Step, Variable};

use super::Frame;

impl<'p> Frame<'p, '_, '_> {
    pub(super) fn read(
        &mut self,
        read: &'p Read,
        span: Span,
    ) -> Result<Operand<'p>, EvaluateError> {
        match read {
            Read::Payload(steps) => {
                let Some(json) = self.payload(span)? else { return Ok(Operand::undefined()) };
                self.walk(Operand::Shared(json), steps, Some(json), span)
            }
            Read::Column(column, steps) => {
                let value = match column {
                    Column::Known(column) => self.columns.operand(*column),
                    Column::Named(name) => Operand::Owned(self.columns.column(name)),
                };
                self.walk(value, steps, None, span)
            }
            Read::Field(field, steps) => {
                let value = self.field(field)?;
                self.walk(Operand::Owned(value), steps, None, span)
            }
            Read::Item(steps) => self.walk(Operand::Owned(self.item.clone()), steps, None, span),
        }
    }

    /// The payload's JSON; `None` for an event without payload.
    fn payload(&self, span: Span) -> Result<Option<&'p Value>, EvaluateError> {
        if self.columns.payload().is_none() {
            return Ok(None);
        }
        let json = self.columns.payload_json();
        json.map(Some).map_err(|error| self.error(format!("the payload is {error}"), span))
    }

    /// What fields wrote to a name.
    fn field(&mut self, read: &'p FieldRead) -> Result<Value, EvaluateError> {
        for field in &read.needs {
            self.compute(*field)?;
        }
        let (writers, star) = match &read.from {
            FieldSource::Whole(field) => return Ok(self.kept(*field)),
            FieldSource::Patched { writers, star } => (writers, star),
        };
        let mut row = sluice_value::Map::new();
        for writer in writers {
            let Some(field) = self.fields.get(*writer) else { continue };
            if field.value.is_some() {
                self.write(&mut row, &field.target, self.kept(*writer))?;
            } else if let Some(star) = star {
                let value = self.value(star)?.into_value();
                if !value.is_undefined() {
                    row.insert(&read.root, value);
                }
            }
        }
        Ok(row.remove(read.root.as_str()).unwrap_or_default())
    }

    /// Follows `steps` from a value. `root` is the payload's JSON for a path below it: there a
    /// variable index is looked for first.
    pub(super) fn walk(
        &mut self,
        from: Operand<'p>,
        steps: &'p [Step],
        root: Option<&'p Value>,
        span: Span,
    ) -> Result<Operand<'p>, EvaluateError> {
        let mut at = from;
        for step in steps {
            at = match step {
                Step::Key(key) => match at {
                    Operand::Shared(Value::Map(map)) => {
                        map.get(key.as_str()).map_or(Operand::undefined(), Operand::Shared)
                    }
                    other @ (Operand::Bytes(_) | Operand::Shared(_) | Operand::Owned(_)) => {
                        self.spend_text(&other, span)?;
                        Operand::Owned(other.as_value().get(key.as_str()))
                    }
                },
                Step::Index(index) => {
                    self.spend_text(&at, span)?;
                    element(&at, *index)
                }
                Step::Variable(variable) => match self.variable(variable, root)? {
                    Some(index) => {
                        self.spend_text(&at, span)?;
                        element(&at, index)
                    }
                    None => return Ok(Operand::undefined()),
                },
                Step::Range(first, last) => {
                    self.spend_text(&at, span)?;
                    let range = at.as_value().range(*first, *last);
                    let range = range.map_err(|error| self.error(error.to_string(), span))?;
                    self.spend_value(&range, span)?;
                    Operand::Owned(range)
                }
            };
        }
        Ok(at)
    }

    /// The index that a variable names, where it is an integer.
    fn variable(
        &mut self,
        variable: &'p Variable,
        root: Option<&'p Value>,
    ) -> Result<Option<i64>, EvaluateError> {
        if let (Some(steps), Some(root)) = (&variable.inside, root) {
            let found = self.walk(Operand::Shared(root), steps, None, variable.scoped.span)?;
            if let Some(index) = found.as_integer() {
                return Ok(Some(index));
            }
        }
        let found = self.value(&variable.scoped)?;
        Ok(found.as_integer())
    }
}

fn element<'p>(list: &Operand<'p>, index: i64) -> Operand<'p> {
    if let Operand::Shared(Value::List(items)) = list {
        let at = if index > 0 {
            usize::try_from(index - 1).ok()
        } else {
            usize::try_from(index.unsigned_abs())
                .ok()
                .and_then(|back| items.len().checked_sub(back))
        };
        return at.and_then(|at| items.get(at)).map_or(Operand::undefined(), Operand::Shared);
    }
    Operand::Owned(list.as_value().index(index))
}
