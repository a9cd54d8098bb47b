//! The fields of `SELECT`, `FOREACH` and `DO`. It does not know which of them it reads.

use crate::ast::{Field, FieldKind, Path};
use crate::error::PlanError;
use crate::token::{Symbol, TokenKind};

use super::cursor::Cursor;
use super::expression::expression;
use super::path;

/// How many fields a clause may have.
const FIELDS_MAX: usize = 1_000;

pub(super) fn fields(cursor: &mut Cursor) -> Result<Vec<Field>, PlanError> {
    let mut fields = Vec::new();
    loop {
        if fields.len() == FIELDS_MAX {
            let message = format!("more than {FIELDS_MAX} fields");
            return Err(PlanError::new(cursor.span(), message));
        }
        fields.push(field(cursor)?);
        if !cursor.take_comma() {
            return Ok(fields);
        }
    }
}

fn field(cursor: &mut Cursor) -> Result<Field, PlanError> {
    let start = cursor.span();
    let kind = if cursor.take_symbol(Symbol::Star) {
        if cursor.at_keyword("AS") {
            let hint = "`*` gives every column its own name";
            return Err(cursor.unexpected("`,` or `FROM`").hint(hint));
        }
        FieldKind::Star
    } else {
        let expr = expression(cursor)?;
        FieldKind::Expr(expr, target(cursor)?)
    };
    Ok(Field { kind, span: start.to(cursor.last_span()) })
}

/// `[AS] path`.
fn target(cursor: &mut Cursor) -> Result<Option<Path>, PlanError> {
    if cursor.take_keyword("AS") {
        return match &cursor.peek().kind {
            TokenKind::Word(_) if cursor.at_keyword("FROM") => Err(cursor.unexpected("a name")),
            TokenKind::Word(_) | TokenKind::Quoted(_) => path::path(cursor).map(Some),
            TokenKind::Text(text) => {
                let hint = format!("names are quoted with double quotes: AS \"{text}\"");
                Err(cursor.unexpected("a name").hint(hint))
            }
            TokenKind::Number(_) | TokenKind::Symbol(_) | TokenKind::End => {
                Err(cursor.unexpected("a name"))
            }
        };
    }
    let is_name = match &cursor.peek().kind {
        TokenKind::Quoted(_) => true,
        TokenKind::Word(_) => !cursor.at_reserved(),
        TokenKind::Text(_) | TokenKind::Number(_) | TokenKind::Symbol(_) | TokenKind::End => false,
    };
    if is_name { path::path(cursor).map(Some) } else { Ok(None) }
}
