//! What of SQL's spelling the rule language shares. It does not know grammar.

use sqlparser::dialect::Dialect;

/// The lexical rules that sqlparser's tokenizer is given.
#[derive(Debug)]
pub(crate) struct RuleDialect;

impl Dialect for RuleDialect {
    fn is_identifier_start(&self, ch: char) -> bool {
        ch.is_alphabetic() || ch == '_'
    }

    /// A topic may stand bare in FROM, so names go on over the characters of one.
    fn is_identifier_part(&self, ch: char) -> bool {
        ch.is_alphanumeric() || matches!(ch, '_' | '$' | '@' | '~')
    }

    fn is_delimited_identifier_start(&self, ch: char) -> bool {
        ch == '"'
    }

    /// `a.1.2` is a path, not `a` and `.1` and `.2`; `1..5` is a range.
    fn supports_tuple_element_access(&self) -> bool {
        true
    }

    /// `$$` begins no text.
    fn supports_dollar_placeholder(&self) -> bool {
        true
    }
}
