//! Fields into rows. It does not know what fields are computed from.

use sluice_value::{Key, Map, PathStep, Value};

use crate::error::EvaluateError;
use crate::plan::Each;
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
                    let value = self.value(value)?;
                    let value = self.owned(value);
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
        let value = self.value(value)?;
        let value = self.owned(value);
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
        let Some(each) = self.each else {
            self.write_columns(row);
            return Ok(());
        };
        let everything = match self.everything.take() {
            Some(everything) => everything,
            None => self.columns_and_bindings(each)?,
        };
        if row.is_empty() {
            row.clone_from(&everything);
        } else {
            row.extend(everything.entries().map(|(key, value)| (key, value.clone())));
        }
        self.everything = Some(everything);
        row.insert(&each.item, self.item.clone());
        Ok(())
    }

    fn columns_and_bindings(&mut self, each: &'p Each) -> Result<Map, EvaluateError> {
        let mut row = Map::new();
        self.write_columns(&mut row);
        for (number, binding) in self.fields.iter().enumerate().take(each.list) {
            if binding.value.is_some() {
                self.write(&mut row, &binding.target, self.kept(number))?;
            }
        }
        Ok(row)
    }

    /// Every column of the event.
    fn write_columns(&mut self, row: &mut Map) {
        for name in self.columns.names() {
            let value = match (*name, self.columns.payload()) {
                ("payload", Some(payload)) => self.copied(payload),
                (name, _) => self.columns.column(name),
            };
            if !value.is_undefined() || row.get(name).is_some() {
                row.insert(Key::from(*name), value);
            }
        }
    }
}
