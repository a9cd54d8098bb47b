//! A plan as text for people. It does not know how plans are made.

mod expression;

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};

use crate::plan::node::{FieldNode, Target, TargetStep};
use crate::plan::{PayloadPath, PayloadStep, Plan, Source};

use expression::{write_key, write_node};
use sluice_value::PathStep;

/// See [`Plan::explain`].
pub(crate) fn explain(plan: &Plan) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    write_plan(plan, &mut out).unwrap_or_default();
    out
}

fn write_plan(plan: &Plan, out: &mut String) -> fmt::Result {
    writeln!(out, "from")?;
    for source in &plan.from {
        match source {
            Source::Topic(filter) => writeln!(out, "  messages {filter}")?,
            Source::Event(name) => writeln!(out, "  events {name}")?,
        }
    }
    if let Some(condition) = &plan.condition {
        write!(out, "where\n  ")?;
        write_node(plan, condition, out)?;
        writeln!(out)?;
    }
    match &plan.each {
        None => write_fields(plan, "select", &plan.fields, out)?,
        Some(each) => {
            let bindings = plan.fields.get(..each.list).unwrap_or_default();
            if !bindings.is_empty() {
                write_fields(plan, "bind", bindings, out)?;
            }
            write!(out, "for each {} in\n  ", each.item)?;
            if let Some(list) = plan.fields.get(each.list).and_then(|field| field.value.as_ref()) {
                write_node(plan, list, out)?;
            }
            writeln!(out)?;
            if let Some(incase) = &each.incase {
                write!(out, "in case\n  ")?;
                write_node(plan, incase, out)?;
                writeln!(out)?;
            }
            match &each.fields {
                None => writeln!(out, "select\n  * with bindings and {}", each.item)?,
                Some(fields) => {
                    let fields = plan.fields.get(fields.clone()).unwrap_or_default();
                    write_fields(plan, "select", fields, out)?;
                }
            }
        }
    }
    write_reads(plan, out)
}

fn write_fields(plan: &Plan, title: &str, fields: &[FieldNode], out: &mut String) -> fmt::Result {
    writeln!(out, "{title}")?;
    for field in fields {
        write!(out, "  ")?;
        match &field.value {
            None => write!(out, "*")?,
            Some(value) => {
                write_target(plan, &field.target, out)?;
                write!(out, " := ")?;
                write_node(plan, value, out)?;
            }
        }
        if let Some(slot) = field.slot {
            write!(out, "  (kept as #{slot})")?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn write_target(plan: &Plan, target: &Target, out: &mut String) -> fmt::Result {
    write_key(target.root.as_str(), out)?;
    for step in &target.steps {
        match step {
            TargetStep::Fixed(PathStep::Key(key)) => {
                write!(out, ".")?;
                write_key(key.as_str(), out)?;
            }
            TargetStep::Fixed(PathStep::Index(index)) => write!(out, "[{index}]")?,
            TargetStep::Fixed(PathStep::Prepend) => write!(out, "[0]")?,
            TargetStep::Fixed(PathStep::Append) => write!(out, "[-0]")?,
            TargetStep::Variable(index) => {
                write!(out, "[")?;
                write_node(plan, index, out)?;
                write!(out, "]")?;
            }
        }
    }
    Ok(())
}

fn write_reads(plan: &Plan, out: &mut String) -> fmt::Result {
    let paths: BTreeSet<String> = plan.reads.payload.iter().map(path_text).collect();
    write_list("columns", plan.reads.columns.iter().map(|name| &**name), out)?;
    write_list("payload paths", paths.iter().map(String::as_str), out)?;
    write_list("functions", plan.reads.functions.iter().copied(), out)
}

fn write_list<'n>(
    title: &str,
    names: impl Iterator<Item = &'n str>,
    out: &mut String,
) -> fmt::Result {
    let names: Vec<&str> = names.collect();
    if names.is_empty() {
        return Ok(());
    }
    writeln!(out, "{title}\n  {}", names.join(", "))
}

fn path_text(path: &PayloadPath) -> String {
    let mut text = String::new();
    for step in &path.steps {
        match step {
            PayloadStep::Key(key) => {
                if !text.is_empty() {
                    text.push('.');
                }
                write_key(key, &mut text).unwrap_or_default();
            }
            PayloadStep::Index(index) => write!(text, "[{index}]").unwrap_or_default(),
        }
    }
    if text.is_empty() { "(whole)".to_owned() } else { text }
}
