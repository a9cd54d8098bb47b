//! How a file looks from outside: its head, width, length and name; reads no code.

use crate::report::Report;
use crate::source::Source;

pub(crate) fn check(source: &Source, report: &mut Report) {
    check_head(source, report);
    check_width(source, report);
    check_length(source, report);
    check_name(source, report);
}

fn check_head(source: &Source, report: &mut Report) {
    if !source.text.starts_with("//!") {
        let message = "begin the file with `//!`: its duty in one sentence, then what it does not \
                       know";
        report.violation(&source.path, 1, message.to_owned());
    }
}

fn check_width(source: &Source, report: &mut Report) {
    for (number, line) in source.lines() {
        let width = line.chars().count();
        if width > COLUMNS_MAX && !is_unbreakable(line) {
            let message = format!("{width} columns; break the line at {COLUMNS_MAX}");
            report.violation(&source.path, number, message);
        }
    }
}

/// An address, or the row of a table in a comment.
fn is_unbreakable(line: &str) -> bool {
    let comment = line.trim_start().trim_start_matches(['/', '!']);
    line.contains("://") || (comment.len() < line.len() && comment.starts_with(" |"))
}

fn check_length(source: &Source, report: &mut Report) {
    let production = source.production_len();
    if production > PRODUCTION_MAX {
        let message = format!(
            "{production} production lines; split the file along its duties below {PRODUCTION_MAX}"
        );
        report.violation(&source.path, 1, message);
    } else if production > PRODUCTION_WARN {
        let message = format!(
            "{production} production lines; above {PRODUCTION_WARN} a file should only shrink"
        );
        report.warning(&source.path, 1, message);
    }
    let tests = source.lines().count() - production;
    if production > 0 && tests > TESTS_WARN {
        let message =
            format!("{tests} lines of tests inside; move them to a `tests.rs` of its own");
        report.warning(&source.path, production + 1, message);
    }
}

fn check_name(source: &Source, report: &mut Report) {
    let parts = source.path.iter().filter_map(|part| part.to_str());
    for word in parts.flat_map(|part| part.split(['_', '-', '.'])) {
        if BANNED_WORDS.contains(&word) {
            let message = format!("`{word}` in a file name says nothing; name it after its noun");
            report.violation(&source.path, 1, message);
        }
    }
}

const COLUMNS_MAX: usize = 100;
const PRODUCTION_MAX: usize = 600;
const PRODUCTION_WARN: usize = 400;
const TESTS_WARN: usize = 160;

const BANNED_WORDS: &[&str] =
    &["common", "helper", "helpers", "manager", "managers", "util", "utils"];

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn found(path: &str, text: &str) -> (Vec<usize>, Vec<usize>) {
        let source = Source { path: PathBuf::from(path), text: text.to_owned() };
        let mut report = Report::default();
        check(&source, &mut report);
        let lines = |findings: &[crate::Finding]| findings.iter().map(|f| f.line).collect();
        (lines(&report.violations), lines(&report.warnings))
    }

    #[test]
    fn a_file_without_a_head_is_found() {
        assert_eq!(found("a.rs", "//! x\n"), (vec![], vec![]));
        assert_eq!(found("a.rs", "fn a() {}\n//! x\n"), (vec![1], vec![]));
    }

    #[test]
    fn columns_are_characters_and_what_cannot_be_broken_is_exempt() {
        let wide = format!("//! x\n// {}\n", "é".repeat(97));
        assert_eq!(found("a.rs", &wide), (vec![], vec![]));
        let wider = format!("//! x\n// {}\n", "é".repeat(98));
        assert_eq!(found("a.rs", &wider), (vec![2], vec![]));
        let address = format!("//! x\n// https://example.org/{}\n", "x".repeat(98));
        assert_eq!(found("a.rs", &address), (vec![], vec![]));
        let row = format!("//! x\n//! | {} |\n", "x".repeat(98));
        assert_eq!(found("a.rs", &row), (vec![], vec![]));
    }

    #[test]
    fn long_files_are_found_and_longish_ones_named() {
        let text = |lines: usize| format!("//! x\n{}", "\n".repeat(lines - 1));
        assert_eq!(found("a.rs", &text(400)), (vec![], vec![]));
        assert_eq!(found("a.rs", &text(401)), (vec![], vec![1]));
        assert_eq!(found("a.rs", &text(600)), (vec![], vec![1]));
        assert_eq!(found("a.rs", &text(601)), (vec![1], vec![]));
        assert_eq!(found("a/tests.rs", &text(900)), (vec![], vec![]));
        let tests = format!("//! x\n#[cfg(test)]\nmod tests {{{}", "\n".repeat(200));
        assert_eq!(found("a.rs", &tests), (vec![], vec![2]));
    }

    #[test]
    fn names_that_say_nothing_are_found() {
        assert_eq!(found("crates/a/src/session_manager.rs", "//! x\n"), (vec![1], vec![]));
        assert_eq!(found("crates/a/src/utils/text.rs", "//! x\n"), (vec![1], vec![]));
        assert_eq!(found("crates/a/src/commonly.rs", "//! x\n"), (vec![], vec![]));
    }
}
