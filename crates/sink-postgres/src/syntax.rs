//! Whether an action's SQL is SQL, as far as that can be told without a server. It does not know
//! which tables and functions there are: the server is asked for those.

use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};

/// Where SQL is no SQL.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SyntaxError {
    #[error("{0}")]
    Wrong(String),
    #[error("the SQL has more than {TOKENS_MAX} words and signs; move a part into a function")]
    TooLong,
}

/// Reads one statement in PostgreSQL's dialect.
pub(crate) fn check(sql: &str) -> Result<(), SyntaxError> {
    let dialect = PostgreSqlDialect {};
    let mut tokens = Tokenizer::new(&dialect, sql)
        .tokenize_with_location()
        .map_err(|error| wrong(sql, error.location, &error.message))?;
    ease(&mut tokens);
    if tokens.len() > TOKENS_MAX {
        return Err(SyntaxError::TooLong);
    }
    let mut parser = Parser::new(&dialect).with_tokens_with_locations(tokens);
    let read = parser.parse_statement();
    let TokenWithSpan { token, span } = parser.peek_token();
    match read {
        Ok(_) if token == Token::EOF => Ok(()),
        Ok(_) => Err(wrong(sql, span.start, "the statement should end here")),
        Err(ParserError::ParserError(message) | ParserError::TokenizerError(message)) => {
            let (message, place) = message.split_once(" at Line: ").unwrap_or((&message, ""));
            Err(wrong(sql, location(place).unwrap_or(span.start), message))
        }
        Err(ParserError::RecursionLimitExceeded) => {
            Err(SyntaxError::Wrong("the SQL is nested too deeply".to_owned()))
        }
    }
}

/// Takes away what PostgreSQL knows and the parser does not: expressions as the target of a
/// conflict, of which a column is left, and the word `VARIADIC`.
fn ease(tokens: &mut Vec<TokenWithSpan>) {
    let mut depth = 0_usize;
    let mut is_target = false;
    let mut before = Keyword::NoKeyword;
    tokens.retain_mut(|TokenWithSpan { token, .. }| {
        if matches!(token, Token::Whitespace(_)) {
            return false;
        }
        let word = if let Token::Word(word) = token { word.keyword } else { Keyword::NoKeyword };
        let is_target_open = *token == Token::LParen && before == Keyword::CONFLICT;
        before = word;
        if depth == 0 {
            depth = usize::from(is_target_open);
            is_target = is_target_open;
            return word != Keyword::VARIADIC;
        }
        if *token == Token::RParen {
            depth -= 1;
            return depth == 0;
        }
        depth += usize::from(*token == Token::LParen);
        if is_target {
            *token = Token::make_word("x", None);
        }
        std::mem::take(&mut is_target)
    });
}

/// Reads `<line>, Column: <column>`.
fn location(place: &str) -> Option<Location> {
    let (line, column) = place.split_once(", Column: ")?;
    Some(Location { line: line.parse().ok()?, column: column.parse().ok()? })
}

/// Shows the place by the text around it: columns are those of the SQL with its placeholders
/// numbered, which nobody wrote.
fn wrong(sql: &str, at: Location, message: &str) -> SyntaxError {
    let line = usize::try_from(at.line.saturating_sub(1)).unwrap_or(usize::MAX);
    let column = usize::try_from(at.column.saturating_sub(1)).unwrap_or(usize::MAX);
    let text = sql.lines().nth(line).unwrap_or_default();
    let from = column.saturating_sub(SHOWN / 2);
    let before: String = text.chars().skip(from).take(column - from).collect();
    let after: String = text.chars().skip(column).take(SHOWN).collect();
    let (before, after) = (before.trim(), after.trim());
    let line = line.saturating_add(1);
    SyntaxError::Wrong(match (at.line, after) {
        (0, _) => format!("{message}, at the end"),
        (_, "") => format!("{message}, in line {line} after `{before}`"),
        (_, _) => format!("{message}, in line {line} between `{before}` and `{after}`"),
    })
}

/// The parser builds chains of operators that are as deep as they are long, and gives them up by
/// recursion: this many fit a thread's stack many times over.
const TOKENS_MAX: usize = 8000;

/// Characters shown of a line, behind the mistake; before it, half as many.
const SHOWN: usize = 40;

#[cfg(test)]
mod tests;
