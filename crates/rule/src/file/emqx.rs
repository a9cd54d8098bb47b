//! EMQX's own forms of bodies, rewritten to the shapes of rule files with EMQX's defaults. It does
//! not know who reads the result.

use super::{
    findings::Findings,
    tree::{Node, Shape},
};

/// Each entry of a rule's `actions`.
pub(super) fn rewrite_actions(rule: &mut Node, findings: &mut Findings<'_>) {
    let Shape::Table(entries) = &mut rule.shape else { return };
    let actions = entries.iter_mut().find(|entry| entry.key == "actions");
    if let Some(Shape::List(items)) = actions.map(|entry| &mut entry.value.shape) {
        items.iter_mut().for_each(|item| rewrite_action(item, findings));
    }
}

pub(super) fn rewrite_action(_action: &mut Node, _findings: &mut Findings<'_>) {}
pub(super) fn rewrite_connector(_connector: &mut Node, _findings: &mut Findings<'_>) {}
