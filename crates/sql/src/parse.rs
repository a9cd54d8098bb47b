//! Tokens to [`Statement`]: the clauses and their order. It does not know what names stand for.
//!
//! The grammar is read here rather than by sqlparser's parser: that one builds chains of operators
//! as deep trees, which overflow the stack when a long rule is dropped, and its errors carry no
//! span.

mod cursor;
mod expression;
mod field;
mod hint;
mod path;
mod primary;

use crate::ast::{Expr, Foreach, FromItem, Projection, Statement};
use crate::error::{PlanError, Span};
use crate::token::{TokenKind, tokenize};

use cursor::Cursor;

pub(crate) use cursor::is_reserved;

/// The longest rule text, in bytes.
pub const SQL_BYTES_MAX: usize = 64 * 1024;

/// Reads one rule.
pub(crate) fn parse(sql: &str) -> Result<Statement, PlanError> {
    if sql.len() > SQL_BYTES_MAX {
        let message =
            format!("a rule has at most {SQL_BYTES_MAX} bytes, this one has {}", sql.len());
        return Err(PlanError::new(Span { line: 1, column: 1, ..Span::default() }, message));
    }
    let mut cursor = Cursor::new(tokenize(sql)?);
    let projection = projection(&mut cursor)?;
    if !cursor.take_keyword("FROM") {
        return Err(cursor.unexpected("`,` or `FROM`"));
    }
    let from = from(&mut cursor)?;
    let condition = clause(&mut cursor, "WHERE")?;
    cursor.expect_end()?;
    Ok(Statement { projection, from, condition })
}

fn projection(cursor: &mut Cursor) -> Result<Projection, PlanError> {
    if cursor.take_keyword("SELECT") {
        return Ok(Projection::Select(field::fields(cursor)?));
    }
    if !cursor.take_keyword("FOREACH") {
        return Err(cursor.unexpected("`SELECT` or `FOREACH`"));
    }
    let fields = field::fields(cursor)?;
    let each = if cursor.take_keyword("DO") { Some(field::fields(cursor)?) } else { None };
    let incase = clause(cursor, "INCASE")?;
    Ok(Projection::Foreach(Foreach { fields, each, incase }))
}

fn clause(cursor: &mut Cursor, keyword: &str) -> Result<Option<Expr>, PlanError> {
    if !cursor.take_keyword(keyword) {
        return Ok(None);
    }
    expression::expression(cursor).map(Some)
}

fn from(cursor: &mut Cursor) -> Result<Vec<FromItem>, PlanError> {
    let mut items = Vec::new();
    loop {
        let token = cursor.peek();
        let span = token.span;
        let text = match &token.kind {
            TokenKind::Text(text) | TokenKind::Quoted(text) => text.clone(),
            TokenKind::Word(word) if !cursor.at_reserved() => word.clone(),
            TokenKind::Word(_) | TokenKind::Number(_) | TokenKind::Symbol(_) | TokenKind::End => {
                return Err(cursor.unexpected("a topic filter"));
            }
        };
        cursor.advance();
        items.push(FromItem { text, span });
        if !cursor.take_comma() {
            return Ok(items);
        }
    }
}
