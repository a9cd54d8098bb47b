//! What an action's SQL is: an `INSERT` of one row, which takes a whole batch at once, or anything
//! else, which runs row by row. It does not know connections.

use std::fmt::Write;
use std::ops::Range;

use sluice_value::{Template, TemplateError};

use crate::parameter::Parameter;
use crate::scan::{ScanError, Token, scan};
use crate::syntax::{SyntaxError, check};

/// An action's SQL, with its placeholders turned into parameters.
#[derive(Debug)]
pub(crate) struct Statement {
    tokens: Vec<Token>,
    parameters: Vec<Parameter>,
    shape: Shape,
}

#[derive(Debug, PartialEq, Eq)]
enum Shape {
    /// `INSERT INTO … VALUES (…) …`: the place of the word `VALUES`, and what its parentheses hold.
    Insert {
        values: usize,
        items: Range<usize>,
    },
    RowByRow,
}

/// Why an action's SQL cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StatementError {
    #[error(transparent)]
    Template(#[from] TemplateError),
    #[error(transparent)]
    Scan(#[from] ScanError),
    #[error("the SQL is empty")]
    Empty,
    #[error("the SQL is more than one statement; an action runs one")]
    Several,
    #[error("`{0}` is no statement for an action: write {STATEMENTS}")]
    Unsuitable(String),
    #[error("the name of a table cannot be a placeholder (behind `{0}`)")]
    Name(String),
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
}

impl Statement {
    /// Reads the SQL of an action.
    pub(crate) fn parse(sql: &str) -> Result<Self, StatementError> {
        let scanned = scan(&Template::parse(sql)?)?;
        let mut tokens = scanned.tokens;
        cut_after_semicolon(&mut tokens)?;
        check_words(&tokens)?;
        let shape = shape(&tokens).unwrap_or(Shape::RowByRow);
        let statement = Self { tokens, parameters: scanned.parameters, shape };
        check(&statement.to_describe())?;
        Ok(statement)
    }

    /// What is bound, in the order of the SQL.
    pub(crate) fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// The SQL with one `$n` for each parameter, each of its own type: to ask the server for those.
    pub(crate) fn to_describe(&self) -> String {
        let mut sql = String::new();
        render(&self.tokens, &mut sql, &|index, sql| append(sql, format_args!("${}", index + 1)));
        sql
    }

    /// The SQL for one row: parameters are text, cast to `types`.
    pub(crate) fn for_row(&self, types: &[String]) -> String {
        let mut sql = String::new();
        render(&self.tokens, &mut sql, &|index, sql| {
            append(sql, format_args!("(${}::text)", index + 1));
            append_cast(sql, types, index);
        });
        sql
    }

    /// The SQL for any number of rows: parameters are arrays of text, one for each parameter and as
    /// long as the batch. `None` where rows must be written one by one.
    pub(crate) fn for_batch(&self, types: &[String]) -> Option<String> {
        let Shape::Insert { values, items } = &self.shape else { return None };
        let count = self.parameters.len();
        if count > COLUMNS_MAX {
            return None;
        }
        let part = |range: Range<usize>| self.tokens.get(range).unwrap_or_default();
        let mut sql = String::new();
        let column = |index: usize, sql: &mut String| {
            append(sql, format_args!("(sluice_batch.p{})", index + 1));
            append_cast(sql, types, index);
        };
        render(part(0..*values), &mut sql, &column);
        sql.push_str("SELECT ");
        render(part(items.clone()), &mut sql, &column);
        append(
            &mut sql,
            format_args!(" FROM UNNEST({})", list(count, |n| format!("${n}::text[]"))),
        );
        append(&mut sql, format_args!(" AS sluice_batch({})", list(count, |n| format!("p{n}"))));
        render(part(items.end + 1..self.tokens.len()), &mut sql, &column);
        Some(sql)
    }
}

fn append(sql: &mut String, what: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    sql.write_fmt(what).unwrap_or_default();
}

fn append_cast(sql: &mut String, types: &[String], index: usize) {
    if let Some(name) = types.get(index).filter(|name| *name != "text") {
        append(sql, format_args!("::{name}"));
    }
}

fn list(count: usize, item: impl Fn(usize) -> String) -> String {
    (1..=count).map(item).collect::<Vec<_>>().join(", ")
}

/// Writes tokens as they came, parameters as `parameter` says, in parentheses and blanks so that
/// they stick to nothing.
fn render(tokens: &[Token], sql: &mut String, parameter: &impl Fn(usize, &mut String)) {
    for token in tokens {
        match token {
            Token::Space(text) | Token::Word(text) | Token::Quoted(text) => sql.push_str(text),
            Token::Symbol(symbol) => sql.push(*symbol),
            Token::Parameter { index, cast: None } => {
                sql.push(' ');
                parameter(*index, sql);
                sql.push(' ');
            }
            Token::Parameter { index, cast: Some(name) } => {
                sql.push_str(" CAST(");
                parameter(*index, sql);
                append(sql, format_args!(" AS {name}) "));
            }
        }
    }
}

/// One semicolon may end the statement; nothing may follow.
fn cut_after_semicolon(tokens: &mut Vec<Token>) -> Result<(), StatementError> {
    let Some(end) = tokens.iter().position(|token| *token == Token::Symbol(';')) else {
        return Ok(());
    };
    let is_last = tokens
        .iter()
        .skip(end)
        .all(|token| matches!(token, Token::Space(_)) || *token == Token::Symbol(';'));
    if !is_last {
        return Err(StatementError::Several);
    }
    tokens.truncate(end);
    Ok(())
}

fn check_words(tokens: &[Token]) -> Result<(), StatementError> {
    let mut before: Option<&Token> = None;
    for (_, token) in significant(tokens, 0) {
        match (before, token) {
            (None, Token::Word(word)) if is_any(word, &STATEMENT_WORDS) => {}
            (None, other) => return Err(StatementError::Unsuitable(shown(other))),
            (Some(Token::Word(word)), Token::Parameter { .. }) if is_any(word, &TABLE_WORDS) => {
                return Err(StatementError::Name(word.clone()));
            }
            (Some(_), _) => {}
        }
        before = Some(token);
    }
    before.map(|_| ()).ok_or(StatementError::Empty)
}

fn shown(token: &Token) -> String {
    match token {
        Token::Space(text) | Token::Word(text) | Token::Quoted(text) => text.clone(),
        Token::Symbol(symbol) => String::from(*symbol),
        Token::Parameter { .. } => "${…}".to_owned(),
    }
}

/// The shape of an `INSERT` of one row whose placeholders are all among its values; `None` for
/// anything else.
fn shape(tokens: &[Token]) -> Option<Shape> {
    let mut head = significant(tokens, 0);
    head.next().filter(|(_, token)| is_word(token, "INSERT"))?;
    let values = find_at_depth(tokens, 0, |token| is_word(token, "VALUES"))?;
    let (open, _) = significant(tokens, values + 1).next()?;
    tokens.get(open).filter(|token| **token == Token::Symbol('('))?;
    let close = find_at_depth(tokens, open + 1, |token| *token == Token::Symbol(')'))?;
    let (before, items) = (tokens.get(..values)?, tokens.get(open + 1..close)?);
    let tail = tokens.get(close + 1..)?;
    let has_parameter = |part: &[Token]| part.iter().any(is_parameter);
    let is_simple = !has_parameter(before)
        && has_parameter(items)
        && !has_parameter(tail)
        && significant(tail, 0).next().is_none_or(|(_, token)| is_word(token, "ON"))
        && !tail.iter().any(|token| is_word(token, "RETURNING"))
        && !before.iter().any(|token| is_word(token, "SELECT"))
        // `DEFAULT` is no expression.
        && find_at_depth(items, 0, |token| is_word(token, "DEFAULT")).is_none();
    is_simple.then_some(Shape::Insert { values, items: open + 1..close })
}

/// The first token from `from` on that is wanted and not inside parentheses opened since.
fn find_at_depth(tokens: &[Token], from: usize, wanted: impl Fn(&Token) -> bool) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(from) {
        if depth == 0 && wanted(token) {
            return Some(at);
        }
        match token {
            Token::Symbol('(') => depth += 1,
            Token::Symbol(')') => depth = depth.checked_sub(1)?,
            Token::Symbol(_)
            | Token::Space(_)
            | Token::Word(_)
            | Token::Quoted(_)
            | Token::Parameter { .. } => {}
        }
    }
    None
}

fn significant(tokens: &[Token], from: usize) -> impl Iterator<Item = (usize, &Token)> {
    let numbered = tokens.iter().enumerate().skip(from);
    numbered.filter(|(_, token)| !matches!(token, Token::Space(_)))
}

fn is_word(token: &Token, wanted: &str) -> bool {
    matches!(token, Token::Word(word) if word.eq_ignore_ascii_case(wanted))
}

const fn is_parameter(token: &Token) -> bool {
    matches!(token, Token::Parameter { .. })
}

fn is_any(word: &str, words: &[&str]) -> bool {
    words.iter().any(|known| known.eq_ignore_ascii_case(word))
}

const STATEMENTS: &str = "INSERT, UPDATE, DELETE, MERGE, SELECT, WITH or CALL";

const STATEMENT_WORDS: [&str; 7] =
    ["INSERT", "UPDATE", "DELETE", "MERGE", "SELECT", "WITH", "CALL"];

/// What is followed by the name of a table and never by a value.
const TABLE_WORDS: [&str; 3] = ["INTO", "UPDATE", "JOIN"];

/// Well below the 1,664 columns that a query may have in PostgreSQL.
const COLUMNS_MAX: usize = 1000;

#[cfg(test)]
mod tests;
