//! What a name means that earlier fields have written to. It does not know columns.
//!
//! A field's target hides the column of its name. Most fields change nothing by that (`clientid`,
//! `payload.a AS b` leave `clientid` and `payload.a` what they were), so that a name is read from
//! its column wherever this is certain, and from the fields' values where it is not.

use std::collections::BTreeSet;
use std::ops::Range;

use sluice_value::Key;

use crate::ast::Step as AstStep;
use crate::plan::node::{FieldRead, FieldSource, Node};

use super::Binder;

/// What later names need to know of a field.
pub(super) struct Shape {
    /// `None` for `*`.
    pub(super) root: Option<Key>,
    /// Whether the target is a name without steps.
    pub(super) is_whole: bool,
    /// The keys below the root, where the field copies a place to itself.
    pub(super) identity: Option<Vec<Box<str>>>,
    /// The fields whose values this one is computed from, and theirs.
    pub(super) used: BTreeSet<usize>,
    /// How deep its value can be nested, target included.
    pub(super) nesting: usize,
}

impl Shape {
    fn writes_to(&self, root: &str) -> bool {
        self.root.as_ref().is_none_or(|own| own.as_str() == root)
    }

    const fn is_star(&self) -> bool {
        self.root.is_none()
    }

    /// Whether reading `steps` below the root gives the same with this field as without.
    fn is_transparent(&self, steps: &[AstStep]) -> bool {
        if self.is_star() {
            return true;
        }
        // `payload.a` makes a map `payload` that holds nothing else: whoever reads `payload` as
        // a whole sees that.
        let Some(keys) = &self.identity else { return false };
        let is_above = steps.len() < keys.len()
            && steps
                .iter()
                .zip(keys)
                .all(|(step, own)| matches!(step, AstStep::Key(key) if key == own));
        !is_above
    }
}

impl Binder {
    /// The read of `root` from those of `fields` that change it for a reader of `steps`.
    pub(super) fn aliased(
        &mut self,
        fields: Range<usize>,
        root: &str,
        steps: &[AstStep],
    ) -> Option<FieldRead> {
        let shapes = self.shapes.get(fields.clone()).unwrap_or_default();
        let mut writers = Vec::new();
        let mut is_changed = false;
        for (number, shape) in fields.zip(shapes).filter(|(_, shape)| shape.writes_to(root)) {
            if shape.is_whole && !shape.is_star() {
                writers.clear();
                is_changed = false;
            }
            is_changed |= !shape.is_transparent(steps);
            writers.push((number, shape.is_star()));
        }
        if !is_changed {
            return None;
        }
        let has_star = writers.iter().any(|(_, is_star)| *is_star);
        let star = has_star.then(|| self.star_of(root)).flatten().map(Box::new);
        let writers: Vec<usize> = writers.into_iter().map(|(number, _)| number).collect();
        for writer in &writers {
            self.slot(*writer);
            self.used.insert(*writer);
        }
        let needs = if self.computes_fields() { self.closure(&writers) } else { Vec::new() };
        let from = match (writers.as_slice(), &star) {
            ([whole], None) if self.is_whole(*whole) => FieldSource::Whole(*whole),
            _ => FieldSource::Patched { writers, star },
        };
        Some(FieldRead { root: Key::from(root), needs, from })
    }

    /// What `*` writes to `root`, if anything.
    fn star_of(&mut self, root: &str) -> Option<Node> {
        // `retain` is a column, but no part of `*`.
        (root != "retain").then(|| self.below_aliases(root))
    }

    fn is_whole(&self, field: usize) -> bool {
        self.shapes.get(field).is_some_and(|shape| shape.is_whole)
    }

    /// `fields` and everything they are computed from, in order; all of them get slots.
    fn closure(&mut self, fields: &[usize]) -> Vec<usize> {
        let mut all = BTreeSet::new();
        for field in fields {
            all.insert(*field);
            all.extend(self.shapes.get(*field).iter().flat_map(|shape| &shape.used));
        }
        for field in &all {
            self.slot(*field);
        }
        all.into_iter().collect()
    }
}
