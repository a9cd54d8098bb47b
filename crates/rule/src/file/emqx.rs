//! EMQX's own forms of bodies, rewritten to the shapes of rule files with EMQX's defaults. It does
//! not know who reads the result.

use super::{
    findings::Findings,
    tree::{Node, Shape},
};

mod action;
mod connector;
mod table;

pub(super) use action::rewrite as rewrite_action;
pub(super) use connector::rewrite as rewrite_connector;

/// Rewrites each entry of a rule's `actions`.
pub(super) fn rewrite_actions(rule: &mut Node, findings: &mut Findings<'_>) {
    let Shape::Table(entries) = &mut rule.shape else { return };
    let actions = entries.iter_mut().find(|entry| entry.key == "actions");
    if let Some(Shape::List(items)) = actions.map(|entry| &mut entry.value.shape) {
        items.iter_mut().for_each(|item| rewrite_action(item, findings));
    }
}
