//! What is wrong in a rule file and where. It does not know what rules are.

use std::{fmt, sync::Arc};

/// One thing that is wrong or doubtful in a file, with the place that a reader should look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The file's name as it was given to the parser.
    pub file: Arc<str>,
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1, in characters.
    pub column: usize,
    /// One sentence without a full stop.
    pub message: String,
    /// How to mend it, where that is known.
    pub hint: Option<String>,
    /// The line, or the part of a long line around the place.
    pub excerpt: Excerpt,
}

/// A piece of one line with a mark below it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Excerpt {
    /// At most [`EXCERPT_CHARS_MAX`] characters of the line, with `…` where it was cut; tabs became
    /// blanks.
    pub text: String,
    /// Characters before the mark.
    pub mark_start: usize,
    /// Characters marked, at least 1.
    pub mark_len: usize,
}

/// Longer lines are cut around the mark.
pub const EXCERPT_CHARS_MAX: usize = 120;

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, message, hint, excerpt } = self;
        writeln!(f, "{file}:{line}:{column}: {message}")?;
        let line = line.to_string();
        let gutter = line.len();
        writeln!(f, " {line} | {}", excerpt.text.trim_end())?;
        let blanks = " ".repeat(excerpt.mark_start);
        let carets = "^".repeat(excerpt.mark_len.max(1));
        write!(f, " {:gutter$} | {blanks}{carets}", "")?;
        match hint {
            Some(hint) => write!(f, "\n {:gutter$} = {hint}", ""),
            None => Ok(()),
        }
    }
}

/// Everything that is wrong in one rule file, in the order of the file; never empty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct RuleFileErrors(pub(crate) Vec<Diagnostic>);

impl RuleFileErrors {
    /// The errors in the order of the file.
    #[must_use]
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.0
    }
}

impl fmt::Display for RuleFileErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n\n")?;
            }
            write!(f, "{diagnostic}")?;
        }
        Ok(())
    }
}
