//! The words and signs of a rule's text, with their places. It does not know what they mean
//! together.
//!
//! sqlparser's tokenizer does the reading; here its tokens become the few that the grammar has.

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{
    Location, Token as SqlToken, TokenWithSpan, Tokenizer, TokenizerError, Word,
};

use crate::dialect::RuleDialect;
use crate::error::{PlanError, Span};

/// A token and its place.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) span: Span,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// A bare word: keyword or name.
    Word(Box<str>),
    /// A name in double quotes.
    Quoted(Box<str>),
    /// Text in single quotes.
    Text(Box<str>),
    /// Digits, perhaps with a fraction and an exponent.
    Number(Box<str>),
    Symbol(Symbol),
    /// After the last token.
    End,
}

/// A sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Symbol {
    LeftParen,
    RightParen,
    LeftBracket,
    RightBracket,
    Comma,
    Dot,
    Range,
    Star,
    Plus,
    Minus,
    Slash,
    Percent,
    Concat,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Matches,
}

impl Symbol {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::LeftParen => "(",
            Self::RightParen => ")",
            Self::LeftBracket => "[",
            Self::RightBracket => "]",
            Self::Comma => ",",
            Self::Dot => ".",
            Self::Range => "..",
            Self::Star => "*",
            Self::Plus => "+",
            Self::Minus => "-",
            Self::Slash => "/",
            Self::Percent => "%",
            Self::Concat => "||",
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
            Self::Matches => "=~",
        }
    }
}

/// Cuts `sql` into tokens; the last one is always [`TokenKind::End`].
pub(crate) fn tokenize(sql: &str) -> Result<Vec<Token>, PlanError> {
    let mut ruler = Ruler::new(sql);
    let mut read = Vec::new();
    Tokenizer::new(&RuleDialect, sql)
        .tokenize_with_location_into_buf_with_mapper(&mut read, as_word)
        .map_err(|error| unreadable(sql, &error))?;
    let mut tokens = Vec::with_capacity(read.len() / 2 + 1);
    for TokenWithSpan { token, span } in read {
        let span = ruler.span(span.start, span.end);
        if !matches!(token, SqlToken::Whitespace(_)) {
            push(&mut tokens, token, span)?;
        }
    }
    tokens.push(Token { kind: TokenKind::End, span: ruler.end() });
    Ok(tokens)
}

/// After a word, and only there, sqlparser takes a point for a step of a path: elsewhere `._` is a
/// broken number and `.1` a sound one. So that `a[1]._b`, `f(x).1` and `a.'k'.1` can be read, it is
/// told that closing brackets and texts are words, too.
fn as_word(read: TokenWithSpan) -> TokenWithSpan {
    #[expect(clippy::wildcard_enum_match_arm, reason = "paths go on after few tokens")]
    let (value, quote) = match read.token {
        SqlToken::RParen => (String::new(), ')'),
        SqlToken::RBracket => (String::new(), ']'),
        SqlToken::SingleQuotedString(text) => (text, '\''),
        _ => return read,
    };
    let word = Word { value, quote_style: Some(quote), keyword: Keyword::NoKeyword };
    TokenWithSpan { token: SqlToken::Word(word), span: read.span }
}

fn push(tokens: &mut Vec<Token>, token: SqlToken, span: Span) -> Result<(), PlanError> {
    let previous = tokens.last_mut().filter(|last| last.span.end == span.start);
    let kind = match (token, previous) {
        (SqlToken::Tilde, Some(last)) if last.kind == TokenKind::Symbol(Symbol::Equal) => {
            last.kind = TokenKind::Symbol(Symbol::Matches);
            last.span = last.span.to(span);
            return Ok(());
        }
        (SqlToken::Period, Some(last)) if last.kind == TokenKind::Symbol(Symbol::Dot) => {
            last.kind = TokenKind::Symbol(Symbol::Range);
            last.span = last.span.to(span);
            return Ok(());
        }
        (SqlToken::Period, Some(last)) if is_dotted_integer(last) => {
            split_trailing_dot(last);
            let span = Span { start: span.start - 1, column: span.column - 1, ..span };
            tokens.push(Token { kind: TokenKind::Symbol(Symbol::Range), span });
            return Ok(());
        }
        (SqlToken::Word(word), Some(Token { kind: TokenKind::Number(number), span: begun }))
            if word.quote_style.is_none() =>
        {
            let name = format!("{number}{}", word.value);
            return Err(PlanError::new(
                begun.to(span),
                format!("`{name}` is neither a number nor a name"),
            )
            .hint(format!("a name that begins with a digit is written \"{name}\"")));
        }
        (token, _) => kind(token, span)?,
    };
    tokens.push(Token { kind, span });
    Ok(())
}

/// `1..5` arrives as `1.`, `.`, `5`.
fn is_dotted_integer(token: &Token) -> bool {
    matches!(&token.kind, TokenKind::Number(number) if number.ends_with('.'))
}

fn split_trailing_dot(token: &mut Token) {
    let TokenKind::Number(number) = &token.kind else { return };
    let Some(digits) = number.strip_suffix('.') else { return };
    token.kind = TokenKind::Number(digits.into());
    token.span.end -= 1;
}

fn kind(token: SqlToken, span: Span) -> Result<TokenKind, PlanError> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the rest is of other dialects")]
    let symbol = match token {
        SqlToken::Word(Word { value, quote_style: None, .. }) => {
            return Ok(TokenKind::Word(value.into()));
        }
        SqlToken::Word(Word { quote_style: Some(')'), .. }) => Symbol::RightParen,
        SqlToken::Word(Word { quote_style: Some(']'), .. }) => Symbol::RightBracket,
        SqlToken::Word(Word { value, quote_style: Some('\''), .. }) => {
            return Ok(TokenKind::Text(value.into()));
        }
        SqlToken::Word(Word { value, .. }) => return Ok(TokenKind::Quoted(value.into())),
        SqlToken::Number(number, false) => return Ok(TokenKind::Number(number.into())),
        SqlToken::LParen => Symbol::LeftParen,
        SqlToken::LBracket => Symbol::LeftBracket,
        SqlToken::Comma => Symbol::Comma,
        SqlToken::Period => Symbol::Dot,
        SqlToken::Mul => Symbol::Star,
        SqlToken::Plus => Symbol::Plus,
        SqlToken::Minus => Symbol::Minus,
        SqlToken::Div => Symbol::Slash,
        SqlToken::Mod => Symbol::Percent,
        SqlToken::StringConcat => Symbol::Concat,
        SqlToken::Eq => Symbol::Equal,
        SqlToken::Neq => Symbol::NotEqual,
        SqlToken::Lt => Symbol::Less,
        SqlToken::LtEq => Symbol::LessEqual,
        SqlToken::Gt => Symbol::Greater,
        SqlToken::GtEq => Symbol::GreaterEqual,
        foreign => return Err(not_ours(&foreign, span)),
    };
    Ok(TokenKind::Symbol(symbol))
}

/// A token that other SQL dialects have.
fn not_ours(token: &SqlToken, span: Span) -> PlanError {
    let error = PlanError::new(span, format!("unexpected `{token}`"));
    #[expect(clippy::wildcard_enum_match_arm, reason = "few have a hint")]
    match token {
        SqlToken::SemiColon => error.hint("a rule is one statement and ends without `;`"),
        SqlToken::DoubleEq => error.hint("equality is written `=`"),
        SqlToken::ExclamationMark => error.hint("negation is written `NOT`"),
        SqlToken::Overlap => error.hint("write `AND`"),
        SqlToken::Char('`') => error.hint("names are quoted with double quotes: \"name\""),
        SqlToken::Tilde => error.hint("topics are matched with `=~`"),
        SqlToken::HexStringLiteral(_) => error.hint("hexadecimal is written hexstr2bin('…')"),
        SqlToken::Arrow | SqlToken::LongArrow | SqlToken::Colon => {
            error.hint("members are reached with a dot: payload.device.id")
        }
        _ => error,
    }
}

fn unreadable(sql: &str, error: &TokenizerError) -> PlanError {
    let mut ruler = Ruler::new(sql);
    let mut span = ruler.span(error.location, error.location);
    span.end = sql
        .get(span.start as usize..)
        .and_then(|rest| rest.chars().next())
        .map_or(span.start, |first| {
            span.start + u32::try_from(first.len_utf8()).unwrap_or_default()
        });
    if error.message.starts_with("Unterminated string") {
        return PlanError::new(span, "this text has no closing quote")
            .hint("text is written 'text', with a quote in it doubled: 'it''s'");
    }
    if error.message.contains("close delimiter") {
        return PlanError::new(span, "this name has no closing quote");
    }
    if error.message.contains("multi-line comment") {
        return PlanError::new(ruler.end(), "a comment that began with `/*` is not closed");
    }
    PlanError::new(span, format!("cannot read this: {}", error.message))
}

/// Turns sqlparser's lines and columns into byte offsets, walking the text once.
struct Ruler<'s> {
    rest: std::str::Chars<'s>,
    here: Location,
    offset: u32,
}

impl<'s> Ruler<'s> {
    fn new(sql: &'s str) -> Self {
        Self { rest: sql.chars(), here: Location { line: 1, column: 1 }, offset: 0 }
    }

    fn span(&mut self, start: Location, end: Location) -> Span {
        let start_offset = self.walk_to(start);
        let line = u32::try_from(start.line).unwrap_or_default();
        let column = u32::try_from(start.column).unwrap_or_default();
        Span { start: start_offset, end: self.walk_to(end), line, column }
    }

    fn end(&mut self) -> Span {
        let last = Location { line: u64::MAX, column: 0 };
        let offset = self.walk_to(last);
        let line = u32::try_from(self.here.line).unwrap_or_default();
        let column = u32::try_from(self.here.column).unwrap_or_default();
        Span { start: offset, end: offset, line, column }
    }

    /// Asked for places in the order of the text only.
    fn walk_to(&mut self, place: Location) -> u32 {
        while self.here < place {
            let Some(ch) = self.rest.next() else { break };
            self.offset += u32::try_from(ch.len_utf8()).unwrap_or_default();
            self.here = if ch == '\n' {
                Location { line: self.here.line + 1, column: 1 }
            } else {
                Location { line: self.here.line, column: self.here.column + 1 }
            };
        }
        self.offset
    }
}
