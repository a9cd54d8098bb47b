//! Reads `[[rules.<id>.test]]`. It does not run anything.

use sluice_value::Map;

use super::{
    fields::Fields,
    findings::{FINDINGS_MAX, Findings},
    tree::{Node, Shape},
    value,
};
use crate::{
    given::GivenEvent,
    rule::{Expectation, RuleTest},
};

pub(super) fn read_all(rule: &mut Fields<'_>, findings: &mut Findings<'_>) -> Vec<RuleTest> {
    let Some(node) = rule.node("test") else { return Vec::new() };
    let Shape::List(items) = &node.shape else {
        findings.error_with_hint(
            &node.span,
            format!(
                "`test` of {} must be an array of tables, not {}",
                rule.owner(),
                node.shape_name()
            ),
            "write each case below a line `[[rules.<id>.test]]`",
        );
        return Vec::new();
    };
    let owner = rule.owner();
    items
        .iter()
        .enumerate()
        .filter_map(|(index, item)| read(&format!("test {} of {owner}", index + 1), item, findings))
        .collect()
}

fn read(owner: &str, node: &Node, findings: &mut Findings<'_>) -> Option<RuleTest> {
    let mut fields = Fields::open(owner.to_owned(), node, findings)?;
    let given = given(&mut fields, findings);
    let expected = expectation(&mut fields, findings);
    let description = fields.text("description", findings).map(|found| found.value.to_owned());
    let line = findings.source().line(fields.key_span("given").start);
    fields.finish(findings);
    let (given, written) = given?;
    Some(RuleTest { description, given, written, expected: expected?, line })
}

/// The event, and its columns as they were written.
fn given(fields: &mut Fields<'_>, findings: &mut Findings<'_>) -> Option<(GivenEvent, Map)> {
    fields.require("given", findings);
    let node = fields.node("given")?;
    let Shape::Table(entries) = &node.shape else {
        fields.wrong_type("given", "a table of columns", node, findings);
        return None;
    };
    let columns = match value::map(entries) {
        Ok(columns) => columns,
        Err(no_value) => {
            findings.error(&no_value.span, no_value.message);
            return None;
        }
    };
    let key_span = |key: &str| {
        entries.iter().find(|entry| entry.key == key).map_or(&node.span, |entry| &entry.key_span)
    };
    match GivenEvent::new(&columns) {
        Ok(given) => {
            // Each is looked for among the keys, and no more than that are told.
            for unknown in given.unknown_columns().iter().take(FINDINGS_MAX) {
                findings.warning(
                    key_span(&unknown.name),
                    format!("`{}` is no column of {}", unknown.name, given.kind().name()),
                    unknown.nearest.map(|near| format!("did you mean `{near}`?")),
                );
            }
            Some((given, columns))
        }
        Err(error) => {
            findings.error(key_span(error.key), error.to_string());
            None
        }
    }
}

fn expectation(fields: &mut Fields<'_>, findings: &mut Findings<'_>) -> Option<Expectation> {
    let error = fields.text("expect_error", findings);
    let expect = fields.node("expect");
    match (expect, error) {
        (Some(node), None) => rows(fields, node, findings).map(Expectation::Rows),
        (None, Some(error)) => Some(Expectation::Error(error.value.to_owned())),
        (Some(_), Some(error)) => {
            findings.error(
                error.span,
                format!(
                    "{} has `expect` and `expect_error`: only one can come true",
                    fields.owner()
                ),
            );
            None
        }
        (None, None) => {
            findings.error_with_hint(
                fields.span(),
                format!("{} expects nothing", fields.owner()),
                "add `expect = { column = value }`, `expect = []` or `expect_error = \"…\"`",
            );
            None
        }
    }
}

fn rows(fields: &Fields<'_>, node: &Node, findings: &mut Findings<'_>) -> Option<Vec<Map>> {
    let one;
    let nodes = match &node.shape {
        Shape::Table(_) => {
            one = [node.clone()];
            &one
        }
        Shape::List(items) => items.as_slice(),
        Shape::Text(_)
        | Shape::Integer(..)
        | Shape::Float(_)
        | Shape::Bool(_)
        | Shape::Null
        | Shape::Datetime(_) => {
            fields.wrong_type("expect", "a table, or an array of tables", node, findings);
            return None;
        }
    };
    let mut rows = Vec::with_capacity(nodes.len());
    for node in nodes {
        let Shape::Table(entries) = &node.shape else {
            fields.wrong_type("expect", "an array of tables only", node, findings);
            return None;
        };
        match value::map(entries) {
            Ok(row) => rows.push(row),
            Err(no_value) => {
                findings.error(&no_value.span, no_value.message);
                return None;
            }
        }
    }
    Some(rows)
}
