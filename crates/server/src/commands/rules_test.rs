//! `sluice rules test`: runs the test cases that rule files hold, offline. It does not know what a
//! case compares.

use std::collections::BTreeMap;
use std::path::PathBuf;

use sluice_rule::{RuleFile, TestReport, check_rule_tests};

use sluice_catalogue::{FileText, Report, RuleFiles};

use super::rules_check::{rule_files, tell};
use super::{Outcome, Streams};

/// Tells each case that did not come true with what was expected and what came, then the counts.
///
/// # Errors
/// When a path cannot be looked at, or nothing can be written.
pub(crate) fn run(paths: &[PathBuf], streams: &mut Streams<'_>) -> anyhow::Result<Outcome> {
    let mut counts = Counts::default();
    let texts = rule_files(paths)?;
    for (file, text) in texts {
        counts.files += 1;
        match parse(&file, text) {
            Ok(parsed) => {
                for report in parsed.rules.iter().flat_map(|rule| check_rule_tests(rule)) {
                    counts.take(&file, &report, streams)?;
                }
            }
            Err(reports) => {
                counts.bad_files += 1;
                for report in reports {
                    tell(&report, streams)?;
                }
            }
        }
    }
    writeln!(streams.output, "{}", counts.summary())?;
    let good = counts.failed == 0 && counts.bad_files == 0;
    Ok(if good { Outcome::Done } else { Outcome::Failed })
}

#[derive(Debug, Default)]
struct Counts {
    files: usize,
    bad_files: usize,
    passed: usize,
    failed: usize,
}

impl Counts {
    fn take(
        &mut self,
        file: &str,
        report: &TestReport,
        streams: &mut Streams<'_>,
    ) -> std::io::Result<()> {
        let Some(difference) = &report.difference else {
            self.passed += 1;
            return Ok(());
        };
        self.failed += 1;
        let TestReport { rule, number, description, line, .. } = report;
        let about = description.as_ref().map_or_else(String::new, |it| format!(" ({it})"));
        writeln!(
            streams.output,
            "{file}:{line}: {rule}, test {number}{about}: FAILED\n{difference}\n"
        )
    }

    fn summary(&self) -> String {
        let Self { files, bad_files, passed, failed } = self;
        let bad = match bad_files {
            0 => String::new(),
            _ => format!(", {bad_files} of them wrong"),
        };
        let plural = if *files == 1 { "file" } else { "files" };
        format!("{passed} passed, {failed} failed ({files} {plural}{bad})")
    }
}

/// The file, or what is wrong with it, told as `rules check` tells it.
fn parse(file: &str, text: FileText) -> Result<RuleFile, Vec<Report>> {
    if let FileText::Text(text) = &text
        && let Ok(parsed) = RuleFile::parse(file, text)
    {
        return Ok(parsed);
    }
    let only = BTreeMap::from([(file.to_owned(), text)]);
    Err(RuleFiles::read(only).reports)
}
