//! What the compiler does not check about this repository; knows no MQTT and no SQL.
//!
//! In: the root of a checkout. Out: a [`Report`] of what to mend, and where. Each check is one
//! file; the rules that are data (layers, banned words, statements) are constants in it. Start
//! reading at [`tidy`].

mod arrows;
mod citations;
mod layout;
mod manifest;
mod pure;
mod report;
mod source;

use std::path::Path;

use anyhow::Result;

pub use report::{Finding, Report};

/// Runs all checks on the checkout at `root`.
///
/// Fails where the checkout cannot be read; what it finds there is in the report.
pub fn tidy(root: &Path) -> Result<Report> {
    let mut report = Report::default();
    for source in source::read_all(root)? {
        layout::check(&source, &mut report);
        citations::check(&source, &mut report);
        pure::check(&source, &mut report);
    }
    for manifest in manifest::read_all(root)? {
        arrows::check(&manifest, &mut report);
    }
    report.sort();
    Ok(report)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_is_tidy() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let report = tidy(&root).expect("the checkout can be read");
        assert!(report.violations.is_empty(), "\n{report}");
    }
}
