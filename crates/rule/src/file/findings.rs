//! Collects what is wrong while a file or a JSON body is read, so that one reading reports all of
//! it. It does not know what is being read.

use std::ops::Range;

use super::{masking, source::Source};
use crate::{diagnostic::Diagnostic, json::JsonProblem};

/// Errors and warnings of one document so far.
pub(crate) struct Findings<'s> {
    source: &'s Source<'s>,
    errors: Vec<Finding>,
    warnings: Vec<Finding>,
}

struct Finding {
    span: Range<usize>,
    message: String,
    hint: Option<String>,
}

impl<'s> Findings<'s> {
    pub(crate) fn new(source: &'s Source<'s>) -> Self {
        Self { source, errors: Vec::new(), warnings: Vec::new() }
    }

    pub(crate) fn source(&self) -> &'s Source<'s> {
        self.source
    }

    pub(crate) fn error(&mut self, span: &Range<usize>, message: impl Into<String>) {
        self.push_error(span, message.into(), None);
    }

    pub(crate) fn error_with_hint(
        &mut self,
        span: &Range<usize>,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.push_error(span, message.into(), Some(hint.into()));
    }

    pub(crate) fn push_error(
        &mut self,
        span: &Range<usize>,
        message: String,
        hint: Option<String>,
    ) {
        if self.errors.len() < FINDINGS_MAX {
            self.errors.push(Finding { span: span.clone(), message, hint });
        }
    }

    pub(crate) fn warning(
        &mut self,
        span: &Range<usize>,
        message: impl Into<String>,
        hint: Option<String>,
    ) {
        if self.warnings.len() < FINDINGS_MAX {
            self.warnings.push(Finding { span: span.clone(), message: message.into(), hint });
        }
    }

    pub(crate) fn has_errors(&self) -> bool {
        !self.errors.is_empty()
    }

    /// Errors and warnings, each in the order of the file, without what may be a password.
    pub(crate) fn into_parts(self) -> (Vec<Diagnostic>, Vec<Diagnostic>) {
        let source = self.source;
        let told = |found: Vec<Finding>| {
            let diagnostic = |it: Finding| source.diagnostic(it.span, it.message, it.hint);
            let mut told: Vec<Diagnostic> = found.into_iter().map(diagnostic).collect();
            told.sort_by_key(|found| (found.line, found.column));
            if !told.is_empty() {
                masking::mask(source.text(), &mut told);
            }
            told
        };
        (told(self.errors), told(self.warnings))
    }

    /// Errors and warnings of a JSON body, each in its order.
    pub(crate) fn into_problems(self) -> (Vec<JsonProblem>, Vec<JsonProblem>) {
        let source = self.source;
        let told = |mut found: Vec<Finding>| {
            found.sort_by_key(|it| it.span.start);
            let problem = |it: &Finding| source.problem(&it.span, &it.message, it.hint.as_deref());
            found.iter().map(problem).collect()
        };
        (told(self.errors), told(self.warnings))
    }
}

/// Nobody reads more at once, and a hostile file must not cost more than it weighs.
pub(crate) const FINDINGS_MAX: usize = 100;
