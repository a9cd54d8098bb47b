//! What the checks found; knows not how they look.

use std::fmt;
use std::path::{Path, PathBuf};

/// What all checks found together.
#[derive(Debug, Default)]
pub struct Report {
    /// What must be mended.
    pub violations: Vec<Finding>,
    /// What is allowed but should not grow.
    pub warnings: Vec<Finding>,
}

/// One thing at one place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Relative to the root of the checkout.
    pub path: PathBuf,
    /// Counted from 1.
    pub line: usize,
    /// What is wrong and how to mend it.
    pub message: String,
}

impl Report {
    pub(crate) fn violation(&mut self, path: &Path, line: usize, message: String) {
        self.violations.push(Finding { path: path.to_owned(), line, message });
    }

    pub(crate) fn warning(&mut self, path: &Path, line: usize, message: String) {
        self.warnings.push(Finding { path: path.to_owned(), line, message });
    }

    pub(crate) fn sort(&mut self) {
        self.violations.sort();
        self.warnings.sort();
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for warning in &self.warnings {
            writeln!(f, "warning: {warning}")?;
        }
        for violation in &self.violations {
            writeln!(f, "{violation}")?;
        }
        let (violations, warnings) = (self.violations.len(), self.warnings.len());
        writeln!(f, "tidy: {violations} to mend, {warnings} warnings")
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path.display(), self.line, self.message)
    }
}
