//! Computes once what is the same for every event. It does not know names.
//!
//! Only what has a value is folded: `1 / 0` stays, to fail when (and if) it is evaluated. So does
//! what would make the plan large.

use sluice_value::Value;

use crate::eval;
use crate::plan::node::{Members, Node, NodeKind};

use super::Binder;

impl Binder {
    /// The same expression, or its value.
    pub(super) fn folded(&mut self, node: Node) -> Node {
        if self.folded_bytes > FOLDED_BYTES_MAX || !is_constant(&node.kind) {
            return node;
        }
        let Some(value) = eval::constant(&node) else { return node };
        self.folded_bytes += bytes(&value);
        if self.folded_bytes > FOLDED_BYTES_MAX {
            return node;
        }
        Node { kind: NodeKind::Constant(value), ..node }
    }
}

/// Without what is in a list or map: operands have been counted before.
fn bytes(value: &Value) -> usize {
    size_of::<Node>()
        + match value {
            Value::Text(text) => text.len(),
            Value::List(items) => items.len() * size_of::<Value>(),
            Value::Map(map) => map.len() * 2 * size_of::<Value>(),
            Value::Undefined
            | Value::Null
            | Value::Bool(_)
            | Value::Integer(_)
            | Value::BigInteger(_)
            | Value::Float(_) => 0,
        }
}

/// Whether all operands are literals and the operator is pure. Operands have been folded before.
fn is_constant(kind: &NodeKind) -> bool {
    match kind {
        NodeKind::Call(call) => call.function.pure && are_literals(&call.arguments),
        NodeKind::List(items) => are_literals(items),
        NodeKind::Range(..) => true,
        NodeKind::Minus(operand) | NodeKind::Plus(operand) | NodeKind::IsNull(operand) => {
            is_literal(operand)
        }
        NodeKind::Not(operand) | NodeKind::MatchesFilter(operand, _) => is_literal(operand),
        NodeKind::Chain(first, rest) => {
            is_literal(first) && rest.iter().all(|(_, operand)| is_literal(operand))
        }
        NodeKind::Compare(_, operands) | NodeKind::Like(operands, _) => are_literals(&**operands),
        NodeKind::Between(operands) => are_literals(&**operands),
        NodeKind::In(operand, Members::Listed(items)) => is_literal(operand) && are_literals(items),
        NodeKind::In(operand, Members::Of(list)) => is_literal(operand) && is_literal(list),
        NodeKind::Constant(_)
        | NodeKind::Read(_)
        | NodeKind::Scoped(_)
        | NodeKind::Access(..)
        | NodeKind::NotNamed(_)
        | NodeKind::And(_)
        | NodeKind::Or(_)
        | NodeKind::Case(_) => false,
    }
}

fn are_literals(nodes: &[Node]) -> bool {
    nodes.iter().all(is_literal)
}

fn is_literal(node: &Node) -> bool {
    matches!(node.kind, NodeKind::Constant(_))
}

// Of one rule: its text is at most 64 KiB, but `[1..9999]` is short.
const FOLDED_BYTES_MAX: usize = 1 << 20;
