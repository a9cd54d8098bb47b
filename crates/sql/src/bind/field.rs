//! Fields: their value, the name they get, and what they mean for later names. It does not know
//! expressions.

use sluice_value::{Key, PathStep, Value};

use crate::ast::{Expr, ExprKind, Field, FieldKind, Name, Path, Step as AstStep};
use crate::error::{Clause, PlanError, Span};
use crate::plan::node::{FieldNode, Node, NodeKind, Read, Step, Target, TargetStep};

use super::Binder;
use super::alias::Shape;
use super::nesting::check_nesting;

impl Binder {
    pub(super) fn fields(&mut self, fields: Vec<Field>, clause: Clause) -> Result<(), PlanError> {
        for (position, Field { kind, span }) in fields.into_iter().enumerate() {
            match kind {
                FieldKind::Star => self.star(clause),
                FieldKind::Expr(expr, alias) => {
                    let is_implicit = alias.is_none();
                    let path = alias.unwrap_or_else(|| implicit_target(&expr, position + 1));
                    self.field(expr, &path, is_implicit, (clause, span))?;
                }
            }
        }
        Ok(())
    }

    fn star(&mut self, clause: Clause) {
        let target = Target { root: Key::from("*"), steps: Vec::new(), decodes: false };
        self.fields.push(FieldNode { value: None, target, clause, slot: None });
        let used = std::mem::take(&mut self.used);
        self.shapes.push(Shape { root: None, is_whole: true, identity: None, used, nesting: 0 });
    }

    fn field(
        &mut self,
        expr: Expr,
        path: &Path,
        is_implicit: bool,
        (clause, span): (Clause, Span),
    ) -> Result<(), PlanError> {
        self.used.clear();
        let value = self.expr(expr)?;
        let root = Key::from(&*path.root.text);
        let steps = self.target_steps(&path.steps)?;
        let nesting = self.nesting(&value) + steps.len();
        check_nesting(nesting, span)?;
        let identity = identity(&value, path);
        let decodes = !is_implicit && !steps.is_empty() && self.payload_is_selected(&root);
        let (is_whole, used) = (steps.is_empty(), self.take_used());
        self.shapes.push(Shape { root: Some(root.clone()), is_whole, identity, used, nesting });
        let target = Target { root, steps, decodes };
        self.fields.push(FieldNode { value: Some(value), target, clause, slot: None });
        Ok(())
    }

    fn take_used(&mut self) -> std::collections::BTreeSet<usize> {
        let mut used = std::mem::take(&mut self.used);
        for field in used.clone() {
            used.extend(self.shapes.get(field).iter().flat_map(|shape| shape.used.clone()));
        }
        used
    }

    fn target_steps(&mut self, steps: &[AstStep]) -> Result<Vec<TargetStep>, PlanError> {
        steps
            .iter()
            .map(|step| {
                Ok(TargetStep::Fixed(match step {
                    AstStep::Key(key) => PathStep::Key(Key::from(&**key)),
                    AstStep::Index(0) => PathStep::Prepend,
                    AstStep::Index(index) => PathStep::Index(*index),
                    AstStep::MinusZero => PathStep::Append,
                    AstStep::Range(_, _, span) => {
                        return Err(PlanError::new(*span, "a target cannot be a range"));
                    }
                    AstStep::Variable(path, span) => {
                        return Ok(TargetStep::Variable(self.path(path, *span)?));
                    }
                }))
            })
            .collect()
    }

    /// Whether the row holds `payload` because it was selected by name, as opposed to by `*`:
    /// then its JSON text is patched, not replaced.
    fn payload_is_selected(&self, root: &Key) -> bool {
        if root.as_str() != "payload" {
            return false;
        }
        let first = self.item.as_ref().map_or(0, |item| item.list + 1);
        let shapes = self.shapes.get(first..).unwrap_or_default();
        let writers =
            shapes.iter().filter(|shape| shape.root.as_ref().is_none_or(|own| own == root));
        let mut whole = writers.filter(|shape| shape.is_whole);
        whole.next_back().is_some_and(|shape| shape.root.is_some())
    }
}

/// The name of a field without AS.
fn implicit_target(expr: &Expr, position: usize) -> Path {
    let kind = match &expr.kind {
        ExprKind::Path(path) if !path.steps.iter().any(|s| matches!(s, AstStep::Range(..))) => {
            return path.clone();
        }
        ExprKind::Literal(Value::Text(text)) if text.as_str().is_some() => {
            let text = text.as_str().unwrap_or_default().into();
            let root = Name { text, is_quoted: true, span: expr.span };
            return Path { root, steps: Vec::new() };
        }
        ExprKind::Literal(_) => "const",
        ExprKind::Path(_) | ExprKind::Access(..) => "path",
        ExprKind::Call(_) => "func",
        ExprKind::List(_) | ExprKind::Range(..) => "list",
        ExprKind::Minus(_) | ExprKind::Plus(_) | ExprKind::Chain(..) => "op",
        ExprKind::Case(_) => "case",
        ExprKind::Not(_)
        | ExprKind::Compare(..)
        | ExprKind::In(..)
        | ExprKind::Like(..)
        | ExprKind::Between(..)
        | ExprKind::IsNull(_)
        | ExprKind::And(_)
        | ExprKind::Or(_) => "cond",
    };
    let text = format!("_v_{kind}_{position}").into();
    Path { root: Name { text, is_quoted: true, span: expr.span }, steps: Vec::new() }
}

/// The keys below the root of `path`, where `value` is read from that very place.
fn identity(value: &Node, path: &Path) -> Option<Vec<Box<str>>> {
    let NodeKind::Read(read) = &value.kind else { return None };
    let (root, steps) = match read {
        Read::Column(column, steps) => (column.name(), steps),
        Read::Payload(steps) => ("payload", steps),
        Read::Field(..) | Read::Item(_) => return None,
    };
    let keys: Option<Vec<Box<str>>> = path.steps.iter().map(key_of).collect();
    let keys = keys.filter(|keys| root == &*path.root.text && keys.len() == steps.len())?;
    let is_same = keys.iter().zip(steps).all(|(key, step)| is_key(step, key));
    is_same.then_some(keys)
}

fn key_of(step: &AstStep) -> Option<Box<str>> {
    if let AstStep::Key(key) = step { Some(key.clone()) } else { None }
}

fn is_key(step: &Step, wanted: &str) -> bool {
    matches!(step, Step::Key(key) if key.as_str() == wanted)
}

impl Target {
    /// The keys of the target, up to the first index.
    pub(crate) fn path(&self) -> Vec<String> {
        let below = self.steps.iter().map_while(|step| match step {
            TargetStep::Fixed(PathStep::Key(key)) => Some(key.to_string()),
            TargetStep::Fixed(PathStep::Index(_) | PathStep::Prepend | PathStep::Append)
            | TargetStep::Variable(_) => None,
        });
        std::iter::once(self.root.to_string()).chain(below).collect()
    }
}
