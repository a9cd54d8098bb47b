//! Collects what is wrong while a file is read, so that one reading reports all of it. It does not
//! know what is being read.

use std::ops::Range;

use super::{masking, source::Source};
use crate::diagnostic::Diagnostic;

/// Errors and warnings of one file so far.
pub(super) struct Findings<'s> {
    source: &'s Source<'s>,
    errors: Vec<Diagnostic>,
    warnings: Vec<Diagnostic>,
}

impl<'s> Findings<'s> {
    pub(super) fn new(source: &'s Source<'s>) -> Self {
        Self { source, errors: Vec::new(), warnings: Vec::new() }
    }

    pub(super) fn source(&self) -> &'s Source<'s> {
        self.source
    }

    pub(super) fn error(&mut self, span: &Range<usize>, message: impl Into<String>) {
        self.push_error(span, message.into(), None);
    }

    pub(super) fn error_with_hint(
        &mut self,
        span: &Range<usize>,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.push_error(span, message.into(), Some(hint.into()));
    }

    pub(super) fn push_error(
        &mut self,
        span: &Range<usize>,
        message: String,
        hint: Option<String>,
    ) {
        if self.errors.len() < FINDINGS_MAX {
            self.errors.push(self.source.diagnostic(span.clone(), message, hint));
        }
    }

    pub(super) fn warning(
        &mut self,
        span: &Range<usize>,
        message: impl Into<String>,
        hint: Option<String>,
    ) {
        if self.warnings.len() < FINDINGS_MAX {
            self.warnings.push(self.source.diagnostic(span.clone(), message.into(), hint));
        }
    }

    pub(super) fn has_errors(&self) -> bool {
        !self.errors.is_empty()
    }

    /// Errors and warnings, each in the order of the file, without what may be a password.
    pub(super) fn into_parts(mut self) -> (Vec<Diagnostic>, Vec<Diagnostic>) {
        self.errors.sort_by_key(|found| (found.line, found.column));
        self.warnings.sort_by_key(|found| (found.line, found.column));
        if !self.errors.is_empty() || !self.warnings.is_empty() {
            masking::mask(self.source.text(), &mut self.errors);
            masking::mask(self.source.text(), &mut self.warnings);
        }
        (self.errors, self.warnings)
    }
}

/// Nobody reads more at once, and a hostile file must not cost more than it weighs.
pub(super) const FINDINGS_MAX: usize = 100;
