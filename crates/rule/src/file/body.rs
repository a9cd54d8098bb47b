//! JSON bodies for the readers of rule files: what only bodies have is taken off first. It does not
//! know what EMQX's forms mean.

use super::{
    action::{self, Reading},
    connector, emqx,
    fields::shortened,
    findings::Findings,
    rule,
    tree::{Entry, Node, Shape},
};
use crate::{
    Action, Connector, Rule,
    json::{MASK, REFUSED, STILL_MASKED, StandaloneActions},
    rule_id::check_name,
};

pub(crate) fn rule_of_json(
    id: &str,
    body: Node,
    standalone: StandaloneActions<'_>,
    findings: &mut Findings<'_>,
) -> Option<Rule> {
    let mut body = without(body, &[&MADE_BY_SERVER, &["from", "action_details", "namespace"]]);
    check_own_name("id", id, &mut body, findings);
    if let Some(name) = taken(&mut body, "name")
        && matches!(&name.shape, Shape::Text(text) if !text.is_empty())
    {
        let hint = "a rule is known by its id; `description` is free".to_owned();
        findings.warning(&name.span, "`name` is not kept", Some(hint));
    }
    emqx::rewrite_actions(&mut body, findings);
    rule::read(&entry(id, body), Some(standalone), findings)
}

pub(crate) fn connector_of_json(
    name: &str,
    body: Node,
    findings: &mut Findings<'_>,
) -> Option<Connector> {
    let mut body = without(body, &[&MADE_BY_SERVER, &["actions", "sources"]]);
    check_own_name("name", name, &mut body, findings);
    refuse_masks(&body, findings);
    emqx::rewrite_connector(&mut body, findings);
    connector::read(&entry(name, body), findings)
}

pub(crate) fn action_of_json(
    name: &str,
    body: Node,
    findings: &mut Findings<'_>,
) -> Option<Action> {
    let mut body = without(body, &[&MADE_BY_SERVER, &["description", "rules"]]);
    check_own_name("name", name, &mut body, findings);
    if let Err(error) = check_name(name) {
        findings
            .error(&body.span, format!("no action can be named `{}`: {error}", shortened(name)));
    }
    emqx::rewrite_action(&mut body, findings);
    let owner = format!("action `{}`", shortened(name));
    let reading = &mut Reading { columns: &None, findings };
    let action = action::read(&owner, &body, &mut action::Names::default(), reading)?;
    Some(Action { name: name.to_owned(), ..action })
}

/// Reports every text of the tree that would read a secret of this machine.
pub(crate) fn refuse_secrets(node: &Node, findings: &mut Findings<'_>) {
    each_text(node, &mut |text, node| {
        if text.contains("${ENV:") || text.contains("${FILE:") {
            findings.error(&node.span, REFUSED);
        }
    });
}

fn refuse_masks(node: &Node, findings: &mut Findings<'_>) {
    each_text(node, &mut |text, node| {
        if text.contains(MASK) {
            findings.error(&node.span, STILL_MASKED);
        }
    });
}

/// The depth of a tree has been checked.
fn each_text(node: &Node, see: &mut impl FnMut(&str, &Node)) {
    match &node.shape {
        Shape::Text(text) => see(text, node),
        Shape::List(items) => items.iter().for_each(|item| each_text(item, see)),
        Shape::Table(entries) => entries.iter().for_each(|entry| each_text(&entry.value, see)),
        Shape::Integer(..)
        | Shape::Float(_)
        | Shape::Bool(_)
        | Shape::Null
        | Shape::Datetime(_) => {}
    }
}

/// A body may say what it is called, where that is what it is called.
fn check_own_name(key: &str, name: &str, body: &mut Node, findings: &mut Findings<'_>) {
    let Some(own) = taken(body, key) else { return };
    match &own.shape {
        Shape::Null => {}
        Shape::Text(text) if text == name => {}
        Shape::Text(text) => {
            let (own_name, name) = (shortened(text), shortened(name));
            findings.error(&own.span, format!("`{key}` is `{own_name}`, but this is `{name}`"));
        }
        Shape::Integer(..)
        | Shape::Float(_)
        | Shape::Bool(_)
        | Shape::Datetime(_)
        | Shape::List(_)
        | Shape::Table(_) => {
            findings
                .error(&own.span, format!("`{key}` must be a string, not {}", own.shape_name()));
        }
    }
}

/// Takes the value under `key` out of a table.
pub(super) fn taken(node: &mut Node, key: &str) -> Option<Node> {
    let Shape::Table(entries) = &mut node.shape else { return None };
    let at = entries.iter().position(|entry| entry.key == key)?;
    Some(entries.remove(at).value)
}

fn without(mut body: Node, lists: &[&[&str]]) -> Node {
    if let Shape::Table(entries) = &mut body.shape {
        entries.retain(|entry| !lists.iter().any(|keys| keys.contains(&entry.key.as_str())));
    }
    body
}

fn entry(key: &str, value: Node) -> Entry {
    Entry { key: key.to_owned(), key_span: value.span.clone(), value }
}

/// What answers have beside what was sent: a body that was read can be sent back.
const MADE_BY_SERVER: [&str; 15] = [
    "created_at",
    "last_modified_at",
    "metadata",
    "tags",
    "owner",
    "warnings",
    "problem",
    "status",
    "status_reason",
    "node_status",
    "node_metrics",
    "metrics",
    "used_by",
    "health",
    "read_only",
];
