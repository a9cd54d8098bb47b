//! How deeply a document nests, found without building it. It does not know what the keys mean.
//!
//! Dotted keys within inline tables within dotted headers multiply: a few kilobytes can nest
//! thousands of tables, and every walk over the tree, its release included, would need a stack as
//! deep.

use std::ops::Range;

use toml_parser::{
    ErrorSink, Source, Span,
    decoder::Encoding,
    parser::{EventReceiver, parse_document},
};

/// The first place of a TOML document that is nested deeper than [`TOML_DEPTH_MAX`] keys and
/// brackets. Whoever reads TOML asks this first: the parser itself recurses as deep as the text.
#[must_use]
pub fn too_deep_toml(text: &str) -> Option<Range<usize>> {
    deeper_than(TOML_DEPTH_MAX, text)
}

fn deeper_than(limit: usize, text: &str) -> Option<Range<usize>> {
    let tokens = Source::new(text).lex().into_vec();
    let mut depth = Depth {
        limit,
        header: 0,
        in_header: false,
        keys: 0,
        open: Vec::new(),
        sum: 0,
        found: None,
    };
    parse_document(&tokens, &mut depth, &mut ());
    depth.found.map(|span| span.start()..span.end())
}

struct Depth {
    limit: usize,
    /// Keys of the last `[header]`.
    header: usize,
    in_header: bool,
    /// Keys of the expression being read.
    keys: usize,
    /// What each open bracket added.
    open: Vec<usize>,
    sum: usize,
    found: Option<Span>,
}

impl Depth {
    fn begin_header(&mut self) {
        *self = Self { header: 0, in_header: true, keys: 0, open: Vec::new(), sum: 0, ..*self };
    }

    fn end_header(&mut self) {
        self.in_header = false;
    }

    fn open(&mut self, span: Span) -> bool {
        let added = self.keys + 1;
        self.keys = 0;
        self.sum += added;
        self.open.push(added);
        self.check(span)
    }

    fn close(&mut self) {
        self.sum -= self.open.pop().unwrap_or_default();
        self.keys = 0;
    }

    fn check(&mut self, span: Span) -> bool {
        let within = self.header + self.sum + self.keys <= self.limit;
        if !within && self.found.is_none() {
            self.found = Some(span);
        }
        within
    }
}

impl EventReceiver for Depth {
    fn std_table_open(&mut self, _span: Span, _errors: &mut dyn ErrorSink) {
        self.begin_header();
    }

    fn std_table_close(&mut self, _span: Span, _errors: &mut dyn ErrorSink) {
        self.end_header();
    }

    fn array_table_open(&mut self, _span: Span, _errors: &mut dyn ErrorSink) {
        self.begin_header();
    }

    fn array_table_close(&mut self, _span: Span, _errors: &mut dyn ErrorSink) {
        self.end_header();
    }

    fn inline_table_open(&mut self, span: Span, _errors: &mut dyn ErrorSink) -> bool {
        self.open(span)
    }

    fn inline_table_close(&mut self, _span: Span, _errors: &mut dyn ErrorSink) {
        self.close();
    }

    fn array_open(&mut self, span: Span, _errors: &mut dyn ErrorSink) -> bool {
        self.open(span)
    }

    fn array_close(&mut self, _span: Span, _errors: &mut dyn ErrorSink) {
        self.close();
    }

    fn simple_key(&mut self, span: Span, _kind: Option<Encoding>, _errors: &mut dyn ErrorSink) {
        if self.in_header {
            self.header += 1;
        } else {
            self.keys += 1;
        }
        self.check(span);
    }

    fn value_sep(&mut self, _span: Span, _errors: &mut dyn ErrorSink) {
        self.keys = 0;
    }

    fn newline(&mut self, _span: Span, _errors: &mut dyn ErrorSink) {
        if self.open.is_empty() {
            self.keys = 0;
            // A header that never closes ends with its line.
            self.in_header = false;
        }
    }
}

/// Nothing that a rule file or a configuration needs comes near it.
pub const TOML_DEPTH_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_keys_and_brackets_add_up() {
        for (text, depth) in [
            ("", 0),
            ("a = 1\nb = 1\nc = 1", 1),
            ("a.b.c = 1\nd = 1", 3),
            ("[a.b]\nc = 1\n[d]\ne = 1", 3),
            ("[[a.b]]\nc = { d.e = [1, 2], f = 1 }", 7),
            ("a = [[[1]], [2]]\nb.c = 1", 4),
            ("a = [\n  { b = 1 },\n  { c = 1 },\n]", 4),
            ("a = '''[{.[{.\n'''\n# [[[[ a.b.c.d.e", 1),
        ] {
            assert_eq!(deeper_than(depth, text), None, "{text}");
            if let Some(less) = depth.checked_sub(1) {
                assert!(deeper_than(less, text).is_some(), "{text} is as deep as {depth}");
            }
        }
    }
}
