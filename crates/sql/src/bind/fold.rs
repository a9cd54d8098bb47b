//! Computes once what is the same for every event. It does not know names.
//!
//! Only what has a value is folded: `1 / 0` stays, to fail when (and if) it is evaluated.

use crate::eval;
use crate::plan::node::{Members, Node, NodeKind};

/// The same expression, or its value.
pub(super) fn folded(node: Node) -> Node {
    if !is_constant(&node.kind) {
        return node;
    }
    match eval::constant(&node) {
        Some(value) => Node { kind: NodeKind::Constant(value), ..node },
        None => node,
    }
}

/// Whether all operands are literals and the operator is pure. Operands have been folded before.
fn is_constant(kind: &NodeKind) -> bool {
    match kind {
        NodeKind::Call(call) => call.function.pure && are_literals(&call.arguments),
        NodeKind::List(items) => are_literals(items),
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
