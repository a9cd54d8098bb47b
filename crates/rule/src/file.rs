//! A rule file from text to values: everything wrong in it is reported at once, with its place. It
//! does not know the disk, nor which other files there are.

use std::sync::Arc;

use toml::de::DeTable;

use crate::{Connector, Diagnostic, Rule, RuleFileErrors};

mod action;
mod body;
mod buffer;
mod connector;
mod depth;
mod emqx;
mod emqx_republish;
mod fields;
mod findings;
mod masking;
mod republish;
mod rule;
mod sink;
mod source;
mod string_offset;
mod test_case;
mod tree;
mod units;
mod value;

pub use depth::{TOML_DEPTH_MAX, too_deep_toml};

pub(crate) use body::{action_of_json, connector_of_json, refuse_secrets, rule_of_json};
pub(crate) use fields::shortened;
pub(crate) use findings::Findings;
pub(crate) use source::Source;
pub(crate) use tree::{Entry, Node, Shape};
pub(crate) use units::duration_text;

use fields::Fields;

/// The rules and connectors of one file.
#[derive(Debug)]
pub struct RuleFile {
    /// As given to [`RuleFile::parse`].
    pub name: Arc<str>,
    /// In the order of the file.
    pub rules: Vec<Arc<Rule>>,
    /// In the order of the file.
    pub connectors: Vec<Connector>,
    /// What is doubtful but can be served.
    pub warnings: Vec<Diagnostic>,
}

impl RuleFile {
    /// Reads `text`; `name` is what messages call the file. A file is taken whole or not at all.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, at most 100 places of it.
    pub fn parse(name: &str, text: &str) -> Result<Self, RuleFileErrors> {
        // Some editors begin a file with a mark that counts as no column.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let source = Source::new(name, text);
        let mut findings = Findings::new(&source);
        if let Some(span) = too_deep_toml(text) {
            findings.error(&span, format!("nested deeper than {TOML_DEPTH_MAX} keys and brackets"));
            return Err(RuleFileErrors(findings.into_parts().0));
        }
        let (document, syntax_errors) = DeTable::parse_recoverable(text);
        for error in &syntax_errors {
            syntax_error(error, text, &mut findings);
        }
        let entries = tree::entries(document.get_ref());
        // What the parser recovered after a syntax error may be half of what was meant: only a
        // whole document is looked into.
        let (rules, connectors) = if findings.has_errors() {
            (Vec::new(), Vec::new())
        } else {
            read_document(&entries, &mut findings)
        };
        let (errors, warnings) = findings.into_parts();
        if errors.is_empty() {
            Ok(Self { name: Arc::clone(source.name()), rules, connectors, warnings })
        } else {
            Err(RuleFileErrors(errors))
        }
    }
}

fn syntax_error(error: &toml::de::Error, text: &str, findings: &mut Findings<'_>) {
    let span = error.span().unwrap_or(0..0);
    let message = error.message().trim_end_matches('.').replace('\n', ", ");
    match text.get(span.clone()) {
        Some(key) if message == "duplicate key" => findings.error_with_hint(
            &span,
            format!("`{}` stands here a second time", shortened(key)),
            "a rule id stands once in a file, a key once in its table: rename or remove one",
        ),
        Some(_) | None => findings.error(&span, message),
    }
}

fn read_document(
    entries: &[Entry],
    findings: &mut Findings<'_>,
) -> (Vec<Arc<Rule>>, Vec<Connector>) {
    let mut document = Fields::of("a rule file".to_owned(), 0..0, entries);
    let mut rules = Vec::new();
    for entry in named_tables(&mut document, "rules", findings) {
        rules.extend(rule::read(entry, None, findings).map(Arc::new));
    }
    let mut connectors = Vec::new();
    for entry in named_tables(&mut document, "connectors", findings) {
        connectors.extend(connector::read(entry, findings));
    }
    document.finish(findings);
    (rules, connectors)
}

/// The entries of `[rules.<name>]` or `[connectors.<name>]`.
fn named_tables<'n>(
    document: &mut Fields<'n>,
    key: &'static str,
    findings: &mut Findings<'_>,
) -> &'n [Entry] {
    let Some(node) = document.node(key) else { return &[] };
    if let Shape::Table(entries) = &node.shape {
        return entries;
    }
    findings.error_with_hint(
        &node.span,
        format!("`{key}` must be a table of tables, not {}", node.shape_name()),
        format!("begin each with `[{key}.its-name]`"),
    );
    &[]
}

#[cfg(test)]
mod tests;
