//! Names and the steps into their values. It does not know scopes.

use crate::ast::{Name, Path, Step};
use crate::error::{PlanError, Span};
use crate::token::{Symbol, TokenKind};

use super::cursor::Cursor;

/// A name (any word, also a reserved one: the caller has looked) and its steps.
pub(super) fn path(cursor: &mut Cursor) -> Result<Path, PlanError> {
    let root = name(cursor)?;
    let steps = steps(cursor)?;
    Ok(Path { root, steps })
}

pub(super) fn name(cursor: &mut Cursor) -> Result<Name, PlanError> {
    let token = cursor.peek();
    let span = token.span;
    let (text, is_quoted) = match &token.kind {
        TokenKind::Word(word) => (word.clone(), false),
        TokenKind::Quoted(name) => (name.clone(), true),
        TokenKind::Text(_) | TokenKind::Number(_) | TokenKind::Symbol(_) | TokenKind::End => {
            return Err(cursor.unexpected("a name"));
        }
    };
    cursor.advance();
    Ok(Name { text, is_quoted, span })
}

/// `.key`, `.'key'`, `.1`, `[1]`, `[-1]`, `[i]`, `[1..2]`, as many as there are.
pub(super) fn steps(cursor: &mut Cursor) -> Result<Vec<Step>, PlanError> {
    let mut steps = Vec::new();
    loop {
        let start = cursor.span();
        if cursor.take_symbol(Symbol::Dot) {
            steps.push(Step::Key(key(cursor)?));
        } else if cursor.take_symbol(Symbol::LeftBracket) {
            steps.push(bracketed(cursor, start)?);
        } else {
            return Ok(steps);
        }
        if steps.len() > STEPS_MAX {
            let message = format!("a path has at most {STEPS_MAX} steps");
            return Err(PlanError::new(start, message));
        }
    }
}

fn key(cursor: &mut Cursor) -> Result<Box<str>, PlanError> {
    let key = match &cursor.peek().kind {
        TokenKind::Word(key) | TokenKind::Quoted(key) | TokenKind::Text(key) => key.clone(),
        TokenKind::Number(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            digits.clone()
        }
        TokenKind::Symbol(Symbol::Star) => {
            return Err(cursor
                .unexpected("a key")
                .hint("`*` gives all columns and stands alone; a whole map is named without it"));
        }
        TokenKind::Number(_) | TokenKind::Symbol(_) | TokenKind::End => {
            return Err(cursor.unexpected("a key"));
        }
    };
    cursor.advance();
    Ok(key)
}

/// What stands in brackets, and the closing bracket.
fn bracketed(cursor: &mut Cursor, start: Span) -> Result<Step, PlanError> {
    let step = match &cursor.peek().kind {
        TokenKind::Number(_) | TokenKind::Symbol(Symbol::Minus) => number_step(cursor, start)?,
        TokenKind::Word(_) | TokenKind::Quoted(_) if !cursor.at_reserved() => {
            let from = cursor.span();
            let path = cursor.nested(path)?;
            let span = from.to(cursor.last_span());
            if path.steps.iter().any(|step| matches!(step, Step::Variable(..) | Step::Range(..))) {
                // Each is looked for in several scopes: nested ones would be endlessly many.
                let error = PlanError::new(span, "an index is a name or a path of fixed steps");
                return Err(error.hint("give the inner element a name of its own with AS"));
            }
            Step::Variable(Box::new(path), span)
        }
        TokenKind::Text(key) => {
            let hint = format!("a key is written .'{key}'");
            return Err(cursor.unexpected("an index").hint(hint));
        }
        TokenKind::Word(_) | TokenKind::Quoted(_) | TokenKind::Symbol(_) | TokenKind::End => {
            return Err(cursor.unexpected("an index"));
        }
    };
    cursor.expect_symbol(Symbol::RightBracket)?;
    Ok(step)
}

fn number_step(cursor: &mut Cursor, start: Span) -> Result<Step, PlanError> {
    let is_minus = cursor.at_symbol(Symbol::Minus);
    let first = integer(cursor)?;
    if cursor.take_symbol(Symbol::Range) {
        let last = integer(cursor)?;
        return Ok(Step::Range(first, last, start.to(cursor.span())));
    }
    Ok(if is_minus && first == 0 { Step::MinusZero } else { Step::Index(first) })
}

/// An integer that fits 64 bits, perhaps with a minus.
pub(super) fn integer(cursor: &mut Cursor) -> Result<i64, PlanError> {
    let start = cursor.span();
    let is_minus = cursor.take_symbol(Symbol::Minus);
    let TokenKind::Number(digits) = &cursor.peek().kind else {
        return Err(cursor.unexpected("an integer"));
    };
    let text = if is_minus { format!("-{digits}") } else { digits.to_string() };
    let Ok(integer) = text.parse() else {
        return Err(PlanError::new(start.to(cursor.span()), format!("{text} is no index")));
    };
    cursor.advance();
    Ok(integer)
}

// Less than the 128 that values allow: a path below an alias or a FOREACH item adds to it.
const STEPS_MAX: usize = 120;
