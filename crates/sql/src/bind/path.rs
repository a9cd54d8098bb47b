//! Names with steps: which scope is asked, in which order. It does not know what fields wrote.

use sluice_value::Key;

use crate::ast::{Path, Step as AstStep};
use crate::error::{PlanError, Span, excerpt};
use crate::plan::node::{Column, Node, NodeKind, Read, Step, Variable};
use crate::plan::{PayloadPath, PayloadStep};

use super::{Binder, Stage, column, node};

impl Binder {
    /// Binds a path to be read.
    pub(super) fn path(&mut self, path: &Path, span: Span) -> Result<Node, PlanError> {
        self.warn_of_zero_index(&path.steps, span);
        // A range of something absent is an error, so the scopes are asked for the list alone.
        let is_range = |step: &AstStep| matches!(step, AstStep::Range(..));
        let split = path.steps.iter().position(is_range).unwrap_or(path.steps.len());
        let (head, tail) = path.steps.split_at_checked(split).unwrap_or((&path.steps, &[]));
        let reads = self.reads_of(path, head, span)?;
        let read = scoped(reads, span);
        if tail.is_empty() {
            return Ok(read);
        }
        let steps = self.steps(tail, None)?;
        Ok(node(NodeKind::Access(Box::new(read), steps), span))
    }

    /// Where a path is looked for, in order.
    fn reads_of(
        &mut self,
        path: &Path,
        steps: &[AstStep],
        span: Span,
    ) -> Result<Vec<Read>, PlanError> {
        let root = &*path.root.text;
        let mut reads = Vec::new();
        let fields = self.visible();
        if self.stage != Stage::Incase {
            self.push_aliased(fields.clone(), root, steps, &mut reads)?;
        }
        if let Some(item) = self.item.clone()
            && item.name.as_str() == root
        {
            reads.push(Read::Item(self.steps(steps, None)?));
        } else {
            if let Some(item) = self.item.clone() {
                self.push_aliased(0..item.list, root, steps, &mut reads)?;
            }
            if reads.is_empty() && !(self.stage == Stage::Incase && self.writes(&fields, root)) {
                self.warn_of_unknown(&path.root, span);
            }
            if reads.is_empty() || column::is_known(root) {
                reads.push(self.column(root, steps)?);
            }
        }
        if self.stage == Stage::Incase {
            self.push_aliased(fields, root, steps, &mut reads)?;
        }
        Ok(reads)
    }

    fn push_aliased(
        &mut self,
        fields: std::ops::Range<usize>,
        root: &str,
        steps: &[AstStep],
        reads: &mut Vec<Read>,
    ) -> Result<(), PlanError> {
        if let Some(read) = self.aliased(fields, root, steps) {
            reads.push(Read::Field(read, self.steps(steps, None)?));
        }
        Ok(())
    }

    /// The fields of this clause, or those of the one that it follows.
    fn visible(&self) -> std::ops::Range<usize> {
        match (self.stage, &self.item) {
            (Stage::Do | Stage::Incase, Some(item)) => item.list + 1..self.shapes.len(),
            (Stage::Project | Stage::Where | Stage::Do | Stage::Incase, _) => 0..self.shapes.len(),
        }
    }

    fn writes(&self, fields: &std::ops::Range<usize>, root: &str) -> bool {
        let shapes = self.shapes.get(fields.clone()).unwrap_or_default();
        shapes.iter().any(|shape| shape.root.as_ref().is_some_and(|own| own.as_str() == root))
    }

    /// Whether this clause runs before the fields that it names.
    pub(super) fn computes_fields(&self) -> bool {
        matches!(self.stage, Stage::Where | Stage::Incase)
    }

    /// What `root` is where this clause's own fields are not looked at.
    pub(super) fn below_aliases(&mut self, root: &str) -> Node {
        let span = Span::default();
        match self.item.clone() {
            Some(item) if item.name.as_str() == root => {
                node(NodeKind::Read(Read::Item(Vec::new())), span)
            }
            Some(item) if self.stage != Stage::Project => {
                let mut reads = Vec::new();
                if let Some(read) = self.aliased_bindings(item.list, root) {
                    reads.push(read);
                }
                reads.push(self.whole_column(root));
                scoped(reads, span)
            }
            Some(_) | None => node(NodeKind::Read(self.whole_column(root)), span),
        }
    }

    fn aliased_bindings(&mut self, list: usize, root: &str) -> Option<Read> {
        let read = self.aliased(0..list, root, &[])?;
        Some(Read::Field(read, Vec::new()))
    }

    fn whole_column(&mut self, root: &str) -> Read {
        self.reads.columns.insert(root.into());
        Read::Column(Column::of(root), Vec::new())
    }

    fn column(&mut self, root: &str, steps: &[AstStep]) -> Result<Read, PlanError> {
        if root != PAYLOAD || steps.is_empty() {
            self.reads.columns.insert(root.into());
            return Ok(Read::Column(Column::of(root), self.steps(steps, None)?));
        }
        self.reads.payload.insert(payload_path(steps));
        Ok(Read::Payload(self.steps(steps, Some(PAYLOAD))?))
    }

    /// Binds steps. Below the payload (`container`), a variable index is first looked for there.
    pub(super) fn steps(
        &mut self,
        steps: &[AstStep],
        container: Option<&str>,
    ) -> Result<Vec<Step>, PlanError> {
        steps
            .iter()
            .map(|step| {
                Ok(match step {
                    AstStep::Key(key) => Step::Key(Key::from(&**key)),
                    AstStep::Index(index) => Step::Index(*index),
                    AstStep::MinusZero => Step::Index(0),
                    AstStep::Range(first, last, _) => Step::Range(*first, *last),
                    AstStep::Variable(path, span) => {
                        Step::Variable(Box::new(self.variable(path, *span, container)?))
                    }
                })
            })
            .collect()
    }

    fn variable(
        &mut self,
        path: &Path,
        span: Span,
        container: Option<&str>,
    ) -> Result<Variable, PlanError> {
        let inside = if container.is_some() {
            let root = AstStep::Key(path.root.text.clone());
            let steps: Vec<AstStep> = std::iter::once(root).chain(path.steps.clone()).collect();
            self.reads.payload.insert(payload_path(&steps));
            Some(self.steps(&steps, None)?)
        } else {
            None
        };
        let warnings = self.warnings.len();
        let scoped = self.path(path, span)?;
        if inside.is_some() {
            // The name may well be one of the payload's.
            self.warnings.truncate(warnings);
        }
        Ok(Variable { inside, scoped })
    }

    fn warn_of_zero_index(&mut self, steps: &[AstStep], span: Span) {
        if steps.iter().any(|step| matches!(step, AstStep::Index(0) | AstStep::MinusZero)) {
            let hint = "the first element is [1], the last one [-1]".to_owned();
            self.warn(span, "index 0 is always undefined".to_owned(), Some(hint));
        }
    }

    fn warn_of_unknown(&mut self, name: &crate::ast::Name, span: Span) {
        if let Some(hint) = column::unknown(name) {
            self.warn(span, format!("no event has a column `{}`", excerpt(&name.text)), Some(hint));
        }
    }
}

fn scoped(mut reads: Vec<Read>, span: Span) -> Node {
    match reads.pop() {
        Some(only) if reads.is_empty() => node(NodeKind::Read(only), span),
        last => {
            reads.extend(last);
            node(NodeKind::Scoped(reads), span)
        }
    }
}

fn payload_path(steps: &[AstStep]) -> PayloadPath {
    let fixed = steps.iter().map_while(|step| match step {
        AstStep::Key(key) => Some(PayloadStep::Key(key.to_string())),
        AstStep::Index(index) => Some(PayloadStep::Index(*index)),
        AstStep::MinusZero => Some(PayloadStep::Index(0)),
        AstStep::Variable(..) | AstStep::Range(..) => None,
    });
    PayloadPath { steps: fixed.collect() }
}

const PAYLOAD: &str = "payload";
