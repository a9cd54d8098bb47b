//! How deep the values of a rule can be nested. It does not know values.
//!
//! Values are written and dropped recursively. A message nests as deep as JSON may; a rule that
//! wraps its own results again and again could go on without limit, so that the deepest value it
//! can make is reckoned when it is bound.

use sluice_value::{PATH_STEPS_MAX, Value};

use crate::error::{PlanError, Span};
use crate::plan::node::{CallNode, FieldSource, Members, Node, NodeKind, Read};

use super::Binder;

pub(super) fn check_nesting(nesting: usize, span: Span) -> Result<(), PlanError> {
    if nesting <= NESTING_MAX {
        return Ok(());
    }
    let message = format!("this value can be nested deeper than {NESTING_MAX} levels");
    Err(PlanError::new(span, message))
}

impl Binder {
    /// An upper bound.
    pub(super) fn nesting(&self, node: &Node) -> usize {
        match &node.kind {
            NodeKind::Constant(_) => 1,
            NodeKind::Read(read) => self.nesting_of_read(read),
            NodeKind::Scoped(reads) => max(reads.iter().map(|read| self.nesting_of_read(read))),
            NodeKind::Access(from, _) => self.nesting(from).max(JSON_DEPTH_MAX),
            NodeKind::Call(call) => self.nesting_of_call(call),
            NodeKind::Range(..) => 1,
            NodeKind::List(items) => 1 + self.nesting_of_all(items),
            NodeKind::Case(case) => {
                let results = case.branches.iter().map(|(_, then)| then).chain(&case.otherwise);
                max(results.map(|result| self.nesting(result)))
            }
            NodeKind::In(_, Members::Listed(_) | Members::Of(_))
            | NodeKind::Minus(_)
            | NodeKind::Plus(_)
            | NodeKind::Not(_)
            | NodeKind::NotNamed(_)
            | NodeKind::Chain(..)
            | NodeKind::Compare(..)
            | NodeKind::MatchesFilter(..)
            | NodeKind::Like(..)
            | NodeKind::Between(_)
            | NodeKind::IsNull(_)
            | NodeKind::And(_)
            | NodeKind::Or(_) => 0,
        }
    }

    fn nesting_of_read(&self, read: &Read) -> usize {
        // JSON text on the way is decoded.
        JSON_DEPTH_MAX.max(match read {
            Read::Column(..) | Read::Payload(_) => 0,
            Read::Item(_) => self.item.as_ref().map_or(0, |item| self.nesting_of_field(item.list)),
            Read::Field(read, _) => match &read.from {
                FieldSource::Whole(field) => self.nesting_of_field(*field),
                FieldSource::Patched { writers, star } => {
                    let written = max(writers.iter().map(|field| self.nesting_of_field(*field)));
                    written.max(star.as_ref().map_or(0, |star| self.nesting(star)))
                }
            },
        })
    }

    fn nesting_of_field(&self, field: usize) -> usize {
        self.shapes.get(field).map_or(0, |shape| shape.nesting)
    }

    fn nesting_of_call(&self, call: &CallNode) -> usize {
        match (call.function.name, call.arguments.as_slice()) {
            ("map_put", [path, value, map]) => {
                let steps = if let NodeKind::Constant(Value::Text(path)) = &path.kind {
                    1 + path.as_bytes().iter().filter(|byte| **byte == b'.').count()
                } else {
                    PATH_STEPS_MAX
                };
                let map = self.nesting(map).max(JSON_DEPTH_MAX);
                map.max(steps + self.nesting(value))
            }
            // At most a list of maps around an argument, or decoded JSON.
            (_, arguments) => (2 + self.nesting_of_all(arguments)).max(2 + JSON_DEPTH_MAX),
        }
    }

    fn nesting_of_all(&self, nodes: &[Node]) -> usize {
        max(nodes.iter().map(|node| self.nesting(node)))
    }
}

fn max(depths: impl Iterator<Item = usize>) -> usize {
    depths.max().unwrap_or(0)
}

const JSON_DEPTH_MAX: usize = 128;

// Several times what rules make, and what a small stack drops and writes with room to spare.
const NESTING_MAX: usize = 500;
