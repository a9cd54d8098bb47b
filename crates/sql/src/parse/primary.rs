//! Operands: literals, names, calls, lists, `CASE`, parentheses. It does not know operators.

use num_bigint::BigInt;
use sluice_value::Value;

use crate::ast::{Call, Case, Expr, ExprKind, Name, Path};
use crate::error::{PlanError, Span};
use crate::token::{Symbol, TokenKind};

use super::cursor::Cursor;
use super::expression::{expression, list};
use super::path::{integer, name, steps};

pub(super) fn primary(cursor: &mut Cursor) -> Result<Expr, PlanError> {
    let start = cursor.span();
    let kind = match &cursor.peek().kind {
        TokenKind::Text(text) => {
            let text = text.clone();
            cursor.advance();
            if cursor.at_symbol(Symbol::LeftParen) {
                let name = Name { text, is_quoted: true, span: start };
                call(cursor, name)?
            } else {
                return Ok(Expr { kind: ExprKind::Literal(Value::from(&*text)), span: start });
            }
        }
        TokenKind::Number(digits) => {
            let literal = number(digits, start)?;
            cursor.advance();
            return Ok(Expr { kind: ExprKind::Literal(literal), span: start });
        }
        TokenKind::Word(_) if cursor.at_keyword("CASE") => cursor.nested(case)?,
        TokenKind::Word(_) if !cursor.at_reserved() => named(cursor)?,
        TokenKind::Quoted(_) => named(cursor)?,
        TokenKind::Symbol(Symbol::LeftParen) => return parenthesised(cursor),
        TokenKind::Symbol(Symbol::LeftBracket) => bracketed(cursor)?,
        TokenKind::Symbol(Symbol::Star) => {
            return Err(cursor
                .unexpected("an expression")
                .hint("`*` gives all columns and is a field of its own"));
        }
        TokenKind::Word(_) | TokenKind::Symbol(_) | TokenKind::End => {
            return Err(cursor.unexpected("an expression"));
        }
    };
    let expr = Expr { kind, span: start.to(cursor.last_span()) };
    stepped(cursor, expr)
}

/// The steps into a computed value, if any follow.
fn stepped(cursor: &mut Cursor, expr: Expr) -> Result<Expr, PlanError> {
    let steps = steps(cursor)?;
    if steps.is_empty() {
        return Ok(expr);
    }
    let span = expr.span.to(cursor.last_span());
    Ok(Expr { kind: ExprKind::Access(Box::new(expr), steps), span })
}

/// A name with its steps, a call, `true` or `false`.
fn named(cursor: &mut Cursor) -> Result<ExprKind, PlanError> {
    let root = name(cursor)?;
    if cursor.at_symbol(Symbol::LeftParen) {
        return call(cursor, root);
    }
    let steps = steps(cursor)?;
    if cursor.at_symbol(Symbol::LeftParen) {
        let span = root.span.to(cursor.last_span());
        let error = PlanError::new(span, "functions are called by their name alone");
        return Err(error.hint("there are no modules of functions"));
    }
    if !steps.is_empty() || root.is_quoted {
        return Ok(ExprKind::Path(Path { root, steps }));
    }
    Ok(match &*root.text {
        "true" => ExprKind::Literal(Value::Bool(true)),
        "false" => ExprKind::Literal(Value::Bool(false)),
        _ => ExprKind::Path(Path { root, steps }),
    })
}

fn call(cursor: &mut Cursor, name: Name) -> Result<ExprKind, PlanError> {
    cursor.expect_symbol(Symbol::LeftParen)?;
    let arguments = list(cursor, Symbol::RightParen)?;
    Ok(ExprKind::Call(Call { name, arguments }))
}

fn parenthesised(cursor: &mut Cursor) -> Result<Expr, PlanError> {
    let start = cursor.span();
    cursor.expect_symbol(Symbol::LeftParen)?;
    let inner = expression(cursor)?;
    if !cursor.take_symbol(Symbol::RightParen) {
        return Err(cursor.unexpected("`)`"));
    }
    let expr = Expr { span: start.to(cursor.last_span()), ..inner };
    // `(a).b` is a path all the same.
    stepped(cursor, expr)
}

/// `[a, b, …]` or `[1..5]`.
fn bracketed(cursor: &mut Cursor) -> Result<ExprKind, PlanError> {
    cursor.expect_symbol(Symbol::LeftBracket)?;
    if !range_ahead(cursor) {
        return list(cursor, Symbol::RightBracket).map(ExprKind::List);
    }
    let start = cursor.span();
    let first = integer(cursor)?;
    cursor.expect_symbol(Symbol::Range)?;
    let last = integer(cursor)?;
    let span = start.to(cursor.last_span());
    cursor.expect_symbol(Symbol::RightBracket)?;
    check_range(first, last, span)?;
    Ok(ExprKind::Range(first, last))
}

fn range_ahead(cursor: &Cursor) -> bool {
    let is_minus = cursor.at_symbol(Symbol::Minus);
    cursor.peek_at(1 + usize::from(is_minus)).kind == TokenKind::Symbol(Symbol::Range)
}

fn check_range(first: i64, last: i64, span: Span) -> Result<(), PlanError> {
    let length = i128::from(last) - i128::from(first) + 1;
    if length < 0 {
        return Err(PlanError::new(span, "a range ascends: its end is before its start"));
    }
    if length > RANGE_MAX {
        let message = format!("a range has at most {RANGE_MAX} elements, this one has {length}");
        return Err(PlanError::new(span, message));
    }
    Ok(())
}

/// `CASE [operand] WHEN … THEN … [ELSE …] END`.
fn case(cursor: &mut Cursor) -> Result<ExprKind, PlanError> {
    cursor.expect_keyword("CASE")?;
    let operand = if cursor.at_keyword("WHEN") { None } else { Some(expression(cursor)?) };
    let mut branches = Vec::new();
    while cursor.take_keyword("WHEN") {
        let when = expression(cursor)?;
        cursor.expect_keyword("THEN")?;
        branches.push((when, expression(cursor)?));
    }
    if branches.is_empty() {
        return Err(cursor.unexpected("`WHEN`"));
    }
    let otherwise = if cursor.take_keyword("ELSE") { Some(expression(cursor)?) } else { None };
    if !cursor.take_keyword("END") {
        return Err(cursor.unexpected("`WHEN`, `ELSE` or `END`"));
    }
    let (operand, otherwise) = (operand.map(Box::new), otherwise.map(Box::new));
    Ok(ExprKind::Case(Case { operand, branches, otherwise }))
}

fn number(digits: &str, span: Span) -> Result<Value, PlanError> {
    if digits.len() > DIGITS_MAX {
        return Err(PlanError::new(span, format!("a number has at most {DIGITS_MAX} digits")));
    }
    if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(Value::from(BigInt::parse_bytes(digits.as_bytes(), 10).unwrap_or_default()));
    }
    if digits.ends_with('.') {
        let hint = format!("write {digits}0");
        return Err(PlanError::new(span, "a point needs digits after it").hint(hint));
    }
    // Read as JSON so that the digits are kept; `.5` and `07.5` are numbers here, but not there.
    let trimmed = digits.trim_start_matches('0');
    let whole = if trimmed.starts_with(|c: char| c.is_ascii_digit()) { "" } else { "0" };
    Value::from_json(format!("{whole}{trimmed}").as_bytes())
        .map_err(|_| PlanError::new(span, "this number is too large for a 64-bit float"))
}

// As many elements as a range literal may have: it is held as a list.
const RANGE_MAX: i128 = 65_536;

const DIGITS_MAX: usize = sluice_value::NUMBER_BYTES_MAX;
