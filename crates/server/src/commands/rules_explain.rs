//! `sluice rules explain`: prints the evaluation plan of a rule text or of a file's rules.

use std::path::Path;

use super::rules_check;
use super::{Outcome, Streams};
use sluice_catalogue::RuleFiles;

/// Prints the plan of one text.
///
/// # Errors
/// When nothing can be written.
pub(crate) fn run_sql(sql: &str, streams: &mut Streams<'_>) -> anyhow::Result<Outcome> {
    match sluice_sql::plan(sql) {
        Ok(plan) => {
            for warning in plan.warnings() {
                write!(streams.errors, "{}", warning.render(sql, None, 0))?;
            }
            writeln!(streams.output, "{}", plan.explain().trim_end())?;
            Ok(Outcome::Done)
        }
        Err(error) => {
            write!(streams.errors, "{}", error.render(sql, None, 0))?;
            Ok(Outcome::Failed)
        }
    }
}

/// Prints the plans of all rules of a file or of a folder's files.
///
/// # Errors
/// When the path cannot be looked at, or nothing can be written.
pub(crate) fn run_file(path: &Path, streams: &mut Streams<'_>) -> anyhow::Result<Outcome> {
    let files = rules_check::rule_files(&[path.to_path_buf()])?;
    let mut outcome = Outcome::Done;
    let update = RuleFiles::read(files);
    for report in update.reports.iter().filter(|report| report.is_error()) {
        rules_check::tell(report, streams)?;
        outcome = Outcome::Failed;
    }
    for (index, rule) in update.rules.iter().enumerate() {
        if index > 0 {
            writeln!(streams.output)?;
        }
        let note = if rule.enabled { "" } else { ", not enabled" };
        writeln!(streams.output, "{} ({}:{}{note})", rule.id, rule.file, rule.line)?;
        for line in rule.plan.explain().trim_end().lines() {
            writeln!(streams.output, "  {line}")?;
        }
    }
    Ok(outcome)
}
