//! Fields into rows. It does not know what fields are computed from.

use sluice_value::{Key, Map, PathStep, Value};

use crate::error::EvaluateError;
use crate::operand::Operand;
use crate::plan::node::{FieldNode, Target, TargetStep};

use super::Frame;

impl<'p> Frame<'p, '_, '_> {
    /// The row of these fields, in order.
    pub(super) fn row(&mut self, fields: &'p [FieldNode]) -> Result<Map, EvaluateError> {
        let mut row = Map::new();
        for field in fields {
            let Some(value) = &field.value else {
                self.write_everything(&mut row)?;
                continue;
            };
            let value = match self.slot(field) {
                Some(kept) => kept,
                None => {
                    self.clause = field.clause;
                    let value = self.value(value).map(Operand::into_value)?;
                    self.keep(field, &value);
                    value
                }
            };
            self.write(&mut row, &field.target, value)?;
        }
        Ok(row)
    }

    /// Computes a field, unless it has been, and keeps its value.
    pub(super) fn compute(&mut self, field: usize) -> Result<(), EvaluateError> {
        let Some(field) = self.fields.get(field) else { return Ok(()) };
        let Some(value) = &field.value else { return Ok(()) };
        if self.slot(field).is_some() {
            return Ok(());
        }
        let clause = std::mem::replace(&mut self.clause, field.clause);
        let value = self.value(value).map(Operand::into_value)?;
        self.clause = clause;
        self.keep(field, &value);
        Ok(())
    }

    /// The kept value of a field that has been computed.
    pub(super) fn kept(&self, field: usize) -> Value {
        self.fields.get(field).and_then(|field| self.slot(field)).unwrap_or_default()
    }

    fn slot(&self, field: &FieldNode) -> Option<Value> {
        self.slots.get(field.slot?)?.clone()
    }

    fn keep(&mut self, field: &FieldNode, value: &Value) {
        if let Some(slot) = field.slot.and_then(|slot| self.slots.get_mut(slot)) {
            *slot = Some(value.clone());
        }
    }

    /// Writes a field's value where its target leads.
    pub(super) fn write(
        &mut self,
        row: &mut Map,
        target: &'p Target,
        value: Value,
    ) -> Result<(), EvaluateError> {
        if target.steps.is_empty() {
            // What is undefined needs no place, unless it hides something.
            if !value.is_undefined() || row.get(target.root.as_str()).is_some() {
                row.insert(&target.root, value);
            }
            return Ok(());
        }
        let mut steps = Vec::with_capacity(target.steps.len());
        for step in &target.steps {
            steps.push(match step {
                TargetStep::Fixed(step) => step.clone(),
                TargetStep::Variable(index) => match self.value(index)?.as_integer() {
                    Some(0) => PathStep::Prepend,
                    Some(index) => PathStep::Index(index),
                    // No such element: nothing is written.
                    None => return Ok(()),
                },
            });
        }
        let place = row.entry(&target.root);
        if target.decodes
            && let Value::Text(text) = place
            && let Ok(json) = Value::from_json(text.as_bytes())
        {
            *place = json;
        }
        place.set_path(&steps, value);
        Ok(())
    }

    /// What `*` gives: all columns; in a loop the bindings and the element too.
    pub(super) fn write_everything(&mut self, row: &mut Map) -> Result<(), EvaluateError> {
        self.write_columns(row);
        let Some(each) = self.each else { return Ok(()) };
        for (number, binding) in self.fields.iter().enumerate().take(each.list) {
            if binding.value.is_some() {
                self.write(row, &binding.target, self.kept(number))?;
            }
        }
        row.insert(&each.item, self.item.clone());
        Ok(())
    }

    /// Every column of the event.
    fn write_columns(&self, row: &mut Map) {
        for name in self.columns.names() {
            let value = self.columns.column(name);
            if !value.is_undefined() || row.get(name).is_some() {
                row.insert(Key::from(*name), value);
            }
        }
    }
}
