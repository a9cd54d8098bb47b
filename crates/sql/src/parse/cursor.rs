//! The place in a token list that is being read. It does not know the grammar around it.

use crate::error::{PlanError, Span, excerpt};
use crate::token::{Symbol, Token, TokenKind};

use super::hint::hint;

/// How deep parentheses, arguments, lists and `CASE` may be nested.
pub(super) const DEPTH_MAX: usize = 64;

/// Words that are no name unless quoted; in any case.
const RESERVED: [&str; 18] = [
    "AND", "AS", "CASE", "DO", "ELSE", "ELSIF", "END", "FOREACH", "FROM", "IF", "IN", "INCASE",
    "NOT", "OR", "SELECT", "THEN", "WHEN", "WHERE",
];

pub(super) struct Cursor {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

impl Cursor {
    pub(super) fn new(tokens: Vec<Token>) -> Self {
        Self { tokens, at: 0, depth: 0 }
    }

    pub(super) fn peek(&self) -> &Token {
        self.peek_at(0)
    }

    /// The token `ahead` of the next one; the end token beyond the end.
    pub(super) fn peek_at(&self, ahead: usize) -> &Token {
        const END: Token =
            Token { kind: TokenKind::End, span: Span { start: 0, end: 0, line: 1, column: 1 } };
        self.tokens.get(self.at + ahead).or_else(|| self.tokens.last()).unwrap_or(const { &END })
    }

    /// Where the next token is.
    pub(super) fn span(&self) -> Span {
        self.peek().span
    }

    /// Where the token before the next one is.
    pub(super) fn last_span(&self) -> Span {
        let last = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        last.map_or_else(|| self.span(), |token| token.span)
    }

    pub(super) fn advance(&mut self) {
        self.at = (self.at + 1).min(self.tokens.len());
    }

    pub(super) fn at_symbol(&self, symbol: Symbol) -> bool {
        self.peek().kind == TokenKind::Symbol(symbol)
    }

    pub(super) fn take_symbol(&mut self, symbol: Symbol) -> bool {
        let found = self.at_symbol(symbol);
        if found {
            self.advance();
        }
        found
    }

    pub(super) fn take_comma(&mut self) -> bool {
        self.take_symbol(Symbol::Comma)
    }

    pub(super) fn expect_symbol(&mut self, symbol: Symbol) -> Result<(), PlanError> {
        if self.take_symbol(symbol) {
            return Ok(());
        }
        Err(self.unexpected(&format!("`{}`", symbol.as_str())))
    }

    /// The next token as a bare word.
    pub(super) fn word(&self) -> Option<&str> {
        self.word_at(0)
    }

    pub(super) fn word_at(&self, ahead: usize) -> Option<&str> {
        if let TokenKind::Word(word) = &self.peek_at(ahead).kind { Some(word) } else { None }
    }

    pub(super) fn at_keyword(&self, keyword: &str) -> bool {
        self.at_keyword_at(0, keyword)
    }

    pub(super) fn at_keyword_at(&self, ahead: usize, keyword: &str) -> bool {
        self.word_at(ahead).is_some_and(|word| word.eq_ignore_ascii_case(keyword))
    }

    pub(super) fn take_keyword(&mut self, keyword: &str) -> bool {
        let found = self.at_keyword(keyword);
        if found {
            self.advance();
        }
        found
    }

    pub(super) fn expect_keyword(&mut self, keyword: &str) -> Result<(), PlanError> {
        if self.take_keyword(keyword) {
            return Ok(());
        }
        Err(self.unexpected(&format!("`{keyword}`")))
    }

    pub(super) fn at_reserved(&self) -> bool {
        self.is_reserved_at(0)
    }

    pub(super) fn is_reserved_at(&self, ahead: usize) -> bool {
        self.word_at(ahead).is_some_and(is_reserved)
    }

    /// Whether the token `ahead` can begin an operand.
    pub(super) fn starts_operand(&self, ahead: usize) -> bool {
        match &self.peek_at(ahead).kind {
            TokenKind::Quoted(_) | TokenKind::Text(_) | TokenKind::Number(_) => true,
            TokenKind::Word(word) => !is_reserved(word) || word.eq_ignore_ascii_case("CASE"),
            TokenKind::Symbol(symbol) => matches!(
                symbol,
                Symbol::LeftParen | Symbol::LeftBracket | Symbol::Plus | Symbol::Minus
            ),
            TokenKind::End => false,
        }
    }

    /// The token before the next one as a bare word.
    pub(super) fn last_word(&self) -> Option<&str> {
        let last = self.at.checked_sub(1).and_then(|at| self.tokens.get(at))?;
        if let TokenKind::Word(word) = &last.kind { Some(word) } else { None }
    }

    /// Runs `read` one level deeper.
    pub(super) fn nested<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, PlanError>,
    ) -> Result<T, PlanError> {
        if self.depth == DEPTH_MAX {
            let message = format!("nested deeper than {DEPTH_MAX} levels");
            return Err(PlanError::new(self.span(), message));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    pub(super) fn expect_end(&self) -> Result<(), PlanError> {
        if self.peek().kind == TokenKind::End {
            return Ok(());
        }
        Err(self.unexpected("the end of the rule"))
    }

    /// The error that something else than `expected` comes next.
    pub(super) fn unexpected(&self, expected: &str) -> PlanError {
        let token = self.peek();
        let found = match &token.kind {
            TokenKind::Word(word) => format!("`{}`", excerpt(word)),
            TokenKind::Quoted(name) => format!("the name \"{}\"", excerpt(name)),
            TokenKind::Text(text) => format!("the text '{}'", excerpt(text)),
            TokenKind::Number(number) => format!("the number {}", excerpt(number)),
            TokenKind::Symbol(symbol) => format!("`{}`", symbol.as_str()),
            TokenKind::End => "the end of the rule".to_owned(),
        };
        let error = PlanError::new(token.span, format!("expected {expected}, found {found}"));
        match hint(self) {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }
}

/// Whether `word` must be quoted to be a name.
pub(crate) fn is_reserved(word: &str) -> bool {
    RESERVED.iter().any(|reserved| word.eq_ignore_ascii_case(reserved))
}
