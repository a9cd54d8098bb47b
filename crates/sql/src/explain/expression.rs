//! Expressions as text: parentheses wherever nesting could be doubted. It does not know plans'
//! clauses.

use std::fmt::{self, Write as _};

use sluice_value::Value;

use crate::plan::Plan;
use crate::plan::node::{CaseNode, FieldSource, Members, Node, NodeKind, Read, Step};

/// Writes an expression. As deep a recursion as the expression is nested.
pub(super) fn write_node(plan: &Plan, node: &Node, out: &mut String) -> fmt::Result {
    match &node.kind {
        NodeKind::Constant(value) => write_value(value, out),
        NodeKind::Read(read) => write_read(plan, read, out),
        NodeKind::Scoped(reads) => write_scoped(plan, reads, out),
        NodeKind::Access(from, steps) => {
            write_operand(plan, from, out)?;
            write_steps(plan, steps, out)
        }
        NodeKind::Call(call) => {
            write!(out, "{}(", call.function.name)?;
            write_all(plan, &call.arguments, ", ", out)?;
            write!(out, "{}", if call.prepared.is_some() { ", prepared)" } else { ")" })
        }
        NodeKind::Range(first, last) => write!(out, "[{first}..{last}]"),
        NodeKind::List(items) => {
            write!(out, "[")?;
            write_all(plan, items, ", ", out)?;
            write!(out, "]")
        }
        NodeKind::Minus(operand) => prefixed(plan, "-", operand, out),
        NodeKind::Plus(operand) => prefixed(plan, "+", operand, out),
        NodeKind::Not(operand) | NodeKind::NotNamed(operand) => {
            prefixed(plan, "NOT ", operand, out)
        }
        NodeKind::Chain(first, rest) => {
            write_operand(plan, first, out)?;
            for (operator, operand) in rest {
                write!(out, " {} ", operator.sign())?;
                write_operand(plan, operand, out)?;
            }
            Ok(())
        }
        NodeKind::Compare(comparison, operands) => {
            let [left, right] = &**operands;
            infixed(plan, left, comparison.sign(), right, out)
        }
        NodeKind::MatchesFilter(name, filter) => {
            write_operand(plan, name, out)?;
            let filter = filter.as_ref().map_or("(nothing)", |filter| filter.as_str());
            write!(out, " =~ '{filter}', prepared")
        }
        NodeKind::In(operand, Members::Listed(items)) => {
            write_operand(plan, operand, out)?;
            write!(out, " IN (")?;
            write_all(plan, items, ", ", out)?;
            write!(out, ")")
        }
        NodeKind::In(operand, Members::Of(list)) => infixed(plan, operand, "IN", list, out),
        NodeKind::Like(operands, escape) => {
            let [text, pattern] = &**operands;
            infixed(plan, text, "LIKE", pattern, out)?;
            escape.map_or(Ok(()), |escape| write!(out, " ESCAPE '{escape}'"))
        }
        NodeKind::Between(operands) => {
            let [operand, lower, upper] = &**operands;
            infixed(plan, operand, "BETWEEN", lower, out)?;
            write!(out, " AND ")?;
            write_operand(plan, upper, out)
        }
        NodeKind::IsNull(operand) => {
            write_operand(plan, operand, out)?;
            write!(out, " IS NULL")
        }
        NodeKind::And(operands) => write_operands(plan, operands, " AND ", out),
        NodeKind::Or(operands) => write_operands(plan, operands, " OR ", out),
        NodeKind::Case(case) => write_case(plan, case, out),
    }
}

/// A name or key, quoted where it has to be.
pub(super) fn write_key(key: &str, out: &mut String) -> fmt::Result {
    let is_plain = key.chars().all(|c| c.is_alphanumeric() || c == '_') && !key.is_empty();
    if is_plain { write!(out, "{key}") } else { write!(out, "\"{}\"", key.replace('"', "\"\"")) }
}

fn write_value(value: &Value, out: &mut String) -> fmt::Result {
    match value.as_str() {
        Some(text) => write!(out, "'{}'", text.replace('\'', "''")),
        None => write!(out, "{}", value.to_json()),
    }
}

fn write_scoped(plan: &Plan, reads: &[Read], out: &mut String) -> fmt::Result {
    for (number, read) in reads.iter().enumerate() {
        write!(out, "{}", if number == 0 { "first of {" } else { ", " })?;
        write_read(plan, read, out)?;
    }
    write!(out, "}}")
}

/// A read as `column`, `payload.path`, or the kept values it comes from.
fn write_read(plan: &Plan, read: &Read, out: &mut String) -> fmt::Result {
    match read {
        Read::Column(column, steps) => {
            write_key(column.name(), out)?;
            write_steps(plan, steps, out)
        }
        Read::Payload(steps) => {
            write!(out, "payload")?;
            write_steps(plan, steps, out)
        }
        Read::Item(steps) => {
            write_key(plan.each.as_ref().map_or("item", |each| each.item.as_str()), out)?;
            write_steps(plan, steps, out)
        }
        Read::Field(field, steps) => {
            match &field.from {
                FieldSource::Whole(number) => write!(out, "#{}", slot(plan, *number))?,
                FieldSource::Patched { writers, .. } => {
                    let written: Vec<String> =
                        writers.iter().map(|number| slot(plan, *number)).collect();
                    write!(out, "merged(#{})", written.join(", #"))?;
                }
            }
            write_steps(plan, steps, out)
        }
    }
}

fn slot(plan: &Plan, field: usize) -> String {
    let slot = plan.fields.get(field).and_then(|field| field.slot);
    slot.map_or_else(|| "*".to_owned(), |slot| slot.to_string())
}

fn write_steps(plan: &Plan, steps: &[Step], out: &mut String) -> fmt::Result {
    for step in steps {
        match step {
            Step::Key(key) => {
                write!(out, ".")?;
                write_key(key.as_str(), out)?;
            }
            Step::Index(index) => write!(out, "[{index}]")?,
            Step::Range(first, last) => write!(out, "[{first}..{last}]")?,
            Step::Variable(variable) => {
                write!(out, "[")?;
                write_node(plan, &variable.scoped, out)?;
                write!(out, "]")?;
            }
        }
    }
    Ok(())
}

fn write_case(plan: &Plan, case: &CaseNode, out: &mut String) -> fmt::Result {
    write!(out, "CASE")?;
    if let Some(operand) = &case.operand {
        write!(out, " ")?;
        write_node(plan, operand, out)?;
    }
    for (when, then) in &case.branches {
        write!(out, " WHEN ")?;
        write_node(plan, when, out)?;
        write!(out, " THEN ")?;
        write_node(plan, then, out)?;
    }
    if let Some(otherwise) = &case.otherwise {
        write!(out, " ELSE ")?;
        write_node(plan, otherwise, out)?;
    }
    write!(out, " END")
}

/// An expression within another: in parentheses, unless it stands for itself.
fn write_operand(plan: &Plan, node: &Node, out: &mut String) -> fmt::Result {
    if is_simple(&node.kind) {
        return write_node(plan, node, out);
    }
    write!(out, "(")?;
    write_node(plan, node, out)?;
    write!(out, ")")
}

const fn is_simple(kind: &NodeKind) -> bool {
    match kind {
        NodeKind::Constant(_)
        | NodeKind::Read(_)
        | NodeKind::Scoped(_)
        | NodeKind::Access(..)
        | NodeKind::Call(_)
        | NodeKind::List(_)
        | NodeKind::Range(..) => true,
        NodeKind::Minus(_)
        | NodeKind::Plus(_)
        | NodeKind::Not(_)
        | NodeKind::NotNamed(_)
        | NodeKind::Chain(..)
        | NodeKind::Compare(..)
        | NodeKind::MatchesFilter(..)
        | NodeKind::In(..)
        | NodeKind::Like(..)
        | NodeKind::Between(_)
        | NodeKind::IsNull(_)
        | NodeKind::And(_)
        | NodeKind::Or(_)
        | NodeKind::Case(_) => false,
    }
}

fn write_all(plan: &Plan, nodes: &[Node], separator: &str, out: &mut String) -> fmt::Result {
    for (number, node) in nodes.iter().enumerate() {
        write!(out, "{}", if number == 0 { "" } else { separator })?;
        write_node(plan, node, out)?;
    }
    Ok(())
}

fn write_operands(plan: &Plan, nodes: &[Node], separator: &str, out: &mut String) -> fmt::Result {
    for (number, node) in nodes.iter().enumerate() {
        write!(out, "{}", if number == 0 { "" } else { separator })?;
        write_operand(plan, node, out)?;
    }
    Ok(())
}

fn prefixed(plan: &Plan, sign: &str, operand: &Node, out: &mut String) -> fmt::Result {
    write!(out, "{sign}")?;
    write_operand(plan, operand, out)
}

fn infixed(plan: &Plan, left: &Node, sign: &str, right: &Node, out: &mut String) -> fmt::Result {
    write_operand(plan, left, out)?;
    write!(out, " {sign} ")?;
    write_operand(plan, right, out)
}
