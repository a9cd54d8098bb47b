//! Cited clauses of the MQTT standards exist; knows their numbers, not what they say.

use crate::report::Report;
use crate::source::Source;

pub(crate) fn check(source: &Source, report: &mut Report) {
    for (number, line) in source.lines() {
        for message in wrong_citations(line) {
            report.violation(&source.path, number, message);
        }
    }
}

/// What is wrong with the citations of one line.
fn wrong_citations(line: &str) -> impl Iterator<Item = String> {
    line.split("MQTT").skip(1).filter_map(|rest| {
        let (version, cited) = rest.split_once('-')?;
        if !cited.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let end = cited.find(|c: char| !matches!(c, '0'..='9' | '.' | '-')).unwrap_or(cited.len());
        let id = cited.get(..end).unwrap_or_default().trim_end_matches(['.', '-']);
        let statements = match version {
            "5" => STATEMENTS_5,
            "3" => STATEMENTS_3,
            // The numbers moved between the versions.
            "" => return Some(format!("`MQTT-{id}` names no version; write MQTT5- or MQTT3-")),
            _ => return None,
        };
        check_id(id, statements).err().map(|what| format!("`MQTT{version}-{id}`: {what}"))
    })
}

/// A section (`3.1.2`) is taken on trust, a statement (`3.1.2-4`) must be in the list.
fn check_id(id: &str, statements: &str) -> Result<(), &'static str> {
    let (section, statement) = match id.split_once('-') {
        None => (id, None),
        Some((section, statement)) => (section, Some(statement)),
    };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !section.split('.').all(is_number) {
        return Err("no section has such a number; write it like 3.1.2");
    }
    if statement.is_some() && !statements.lines().any(|line| line == id) {
        return Err("the standard has no such statement; look the number up, or cite the section");
    }
    Ok(())
}

/// All statements of MQTT 5.0 with both labels of 4.2.0-1, one a line.
const STATEMENTS_5: &str = include_str!("../data/mqtt5-statements.txt");

/// All statements of MQTT 3.1.1, misprinted ones in their regular form.
const STATEMENTS_3: &str = include_str!("../data/mqtt3-statements.txt");

#[cfg(test)]
mod tests {
    use super::*;

    /// Assembled, so that this file holds no wrong citation itself.
    fn count(citation: &str) -> usize {
        wrong_citations(&citation.replace("MQ:", "MQTT")).count()
    }

    #[test]
    fn the_numbers_differ_between_the_versions() {
        assert_eq!(count("[MQ:5-3.1.2-22]"), 0);
        assert_eq!(count("[MQ:3-3.1.2-24]."), 0);
        assert_eq!(count("[MQ:5-2.2.1-1]"), 1);
        assert_eq!(count("[MQ:3-4.7.3-9]"), 1);
        assert_eq!(count("[MQ:5-3.10.3-9, MQ:3-3.10.3-9]"), 2);
        assert_eq!(count("[MQ:-3.1.2-22]"), 1);
    }

    #[test]
    fn sections_and_other_text_pass() {
        assert_eq!(count("[MQ:5-3.1], [MQ:5-3.4 to 3.7] and [MQ:5-2.2.2.2]"), 0);
        assert_eq!(count("MQ: 3.1.1, MQ:-SN, `MQ:5-x`, MQ:.js, MQ:5"), 0);
        assert_eq!(count("[MQ:5-3..1]"), 1);
        assert_eq!(count("[MQ:5-3.1.2-]"), 0);
    }

    #[test]
    fn the_lists_are_complete() {
        assert_eq!(STATEMENTS_5.lines().count(), 252);
        assert_eq!(STATEMENTS_3.lines().count(), 141);
    }
}
