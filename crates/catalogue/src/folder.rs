//! What the files of a folder hold, given their texts again and again. It does not know the disk,
//! who asks, nor what else there is.

use std::collections::BTreeMap;
use std::sync::Arc;

use sluice_rule::{Connector, Diagnostic, Rule, RuleFile};

use crate::report::Report;

/// What was found under a file's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileText {
    /// Its text.
    Text(Arc<str>),
    /// It is there and cannot be used; why, in a few words.
    Unusable(String),
}

/// The rules of a folder. A file that is wrong keeps the rules it held before; it harms no other
/// file.
#[derive(Debug, Default)]
pub(crate) struct RuleFolder {
    /// By name: the order in which files win over one another.
    files: BTreeMap<String, HeldFile>,
}

/// What a file gave.
#[derive(Debug, Default)]
pub(crate) struct HeldFile {
    /// As it was found last, whether good or not: it is looked at again only when that changes.
    found: Option<FileText>,
    /// Of its last good text.
    pub(crate) rules: Vec<Arc<Rule>>,
    /// Of its last good text.
    pub(crate) connectors: Vec<Connector>,
    /// Of its last good text.
    pub(crate) warnings: Vec<Diagnostic>,
}

impl RuleFolder {
    /// Takes what the folder holds now, by file name, and tells what an operator should know, in
    /// the order of the files. `show` makes of a name what messages call the file.
    pub(crate) fn take(
        &mut self,
        mut found: BTreeMap<String, FileText>,
        show: impl Fn(&str) -> String,
    ) -> Vec<Report> {
        let mut reports = Vec::new();
        let gone: Vec<_> =
            self.files.keys().filter(|name| !found.contains_key(*name)).cloned().collect();
        for name in gone {
            let held = self.files.remove(&name).unwrap_or_default();
            reports.push(Report::Removed { file: show(&name), rules: held.rules.len() });
        }
        while let Some((name, text)) = found.pop_first() {
            let file = show(&name);
            self.files.entry(name).or_default().take(file, text, &mut reports);
        }
        reports
    }

    /// The files by name.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &HeldFile)> {
        self.files.iter().map(|(name, file)| (name.as_str(), file))
    }
}

impl HeldFile {
    /// What is doubtful about one of its rules, each with its place.
    pub(crate) fn warnings_of(&self, rule: &Rule) -> Vec<String> {
        let next = self.rules.iter().map(|it| it.line).filter(|line| *line > rule.line).min();
        let lines = rule.line..next.unwrap_or(usize::MAX);
        let own = self.warnings.iter().filter(|warning| lines.contains(&warning.line));
        own.map(one_line).collect()
    }

    fn take(&mut self, file: String, found: FileText, reports: &mut Vec<Report>) {
        if self.found.as_ref() == Some(&found) {
            return;
        }
        let kept = self.rules.len();
        match &found {
            FileText::Unusable(reason) => {
                reports.push(Report::Unusable { file, reason: reason.clone(), kept });
            }
            FileText::Text(text) => match RuleFile::parse(&file, text) {
                Err(errors) => {
                    reports.push(Report::Wrong {
                        file,
                        errors: errors.diagnostics().to_vec(),
                        kept,
                    });
                }
                Ok(parsed) => {
                    reports.push(Report::loaded(&parsed));
                    let RuleFile { name: _, rules, connectors, warnings } = parsed;
                    (self.rules, self.connectors, self.warnings) = (rules, connectors, warnings);
                }
            },
        }
        self.found = Some(found);
    }
}

/// A warning with its place and hint.
pub(crate) fn one_line(diagnostic: &Diagnostic) -> String {
    let Diagnostic { file, line, column, message, hint, excerpt: _ } = diagnostic;
    let hint = hint.as_ref().map_or_else(String::new, |hint| format!("; {hint}"));
    format!("{file}:{line}:{column}: {message}{hint}")
}

#[cfg(test)]
mod tests;
