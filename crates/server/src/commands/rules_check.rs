//! `sluice rules check`: reads rule files as `serve` would, offline. It starts nothing.

use std::collections::{BTreeMap, HashSet};
use std::io;
use std::path::PathBuf;

use anyhow::Context as _;

use sluice_catalogue::{FileText, Report, RuleFiles, list_rule_files, read_text};

use super::{Outcome, Streams};

/// Tells for each file how many rules it holds or everything that is wrong with it.
///
/// # Errors
/// When a path cannot be looked at, or nothing can be written.
pub(crate) fn run(paths: &[PathBuf], streams: &mut Streams<'_>) -> anyhow::Result<Outcome> {
    let files = rule_files(paths)?;
    let update = RuleFiles::read(files);
    let mut outcome = Outcome::Done;
    for report in &update.reports {
        if tell(report, streams)? == Outcome::Failed {
            outcome = Outcome::Failed;
        }
    }
    Ok(outcome)
}

/// The texts of all rule files that the paths mean, by path.
///
/// # Errors
/// When a path cannot be looked at. A file that cannot be read is told later, with the others.
pub(super) fn rule_files(paths: &[PathBuf]) -> anyhow::Result<BTreeMap<String, FileText>> {
    let mut texts = BTreeMap::new();
    let mut seen = HashSet::new();
    for path in paths {
        let files = list_rule_files(path).with_context(|| path.display().to_string())?;
        for file in files {
            // One that cannot be resolved is told when it is read.
            let is_new = file.canonicalize().map_or(true, |resolved| seen.insert(resolved));
            if !is_new {
                continue;
            }
            let text = match read_text(&file) {
                Ok(text) => FileText::Text(text.into()),
                Err(error) => FileText::Unusable(error.to_string()),
            };
            texts.insert(file.display().to_string(), text);
        }
    }
    Ok(texts)
}

/// Writes a report: good news to standard output, the rest to standard error.
pub(super) fn tell(report: &Report, streams: &mut Streams<'_>) -> io::Result<Outcome> {
    let errors = &mut *streams.errors;
    match report {
        Report::Loaded { file, rules, warnings, without_effect } => {
            for warning in warnings {
                writeln!(errors, "warning: {warning}\n")?;
            }
            for what in without_effect {
                writeln!(errors, "note: {file}: {what} has no effect in this version")?;
            }
            let plural = if *rules == 1 { "rule" } else { "rules" };
            writeln!(streams.output, "{file}: {rules} {plural}, ok")?;
            return Ok(Outcome::Done);
        }
        Report::Removed { .. } => return Ok(Outcome::Done),
        Report::ConnectorMissing { .. } | Report::ConnectorOfAnotherType { .. } => {
            writeln!(errors, "warning: {report}")?;
            return Ok(Outcome::Done);
        }
        Report::Wrong { errors: diagnostics, .. } => {
            for diagnostic in diagnostics {
                writeln!(errors, "error: {diagnostic}\n")?;
            }
        }
        Report::Unusable { file, reason, .. } => writeln!(errors, "error: {file}: {reason}")?,
        Report::RuleClash { .. }
        | Report::ConnectorClash { .. }
        | Report::FolderUnreadable { .. }
        | Report::TooManyFiles { .. } => writeln!(errors, "error: {report}")?,
    }
    Ok(Outcome::Failed)
}
