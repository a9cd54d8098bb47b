//! Operators by precedence: OR, AND, NOT, comparisons, sums, products, signs. It does not know
//! operands.
//!
//! By precedence climbing: parentheses within parentheses cost few stack frames, and a chain of
//! operators of one level becomes one flat node.

use crate::ast::{Comparison, Expr, ExprKind, Members, Operator};
use crate::error::{PlanError, Span};
use crate::token::{Symbol, TokenKind};

use super::cursor::Cursor;
use super::primary::primary;

/// How tightly an operator binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Or,
    And,
    Not,
    Comparison,
    Sum,
    Product,
    Sign,
}

pub(super) fn expression(cursor: &mut Cursor) -> Result<Expr, PlanError> {
    cursor.nested(|cursor| operation(cursor, Level::Or))
}

/// What lies between operators that bind less tightly than `least`.
fn operation(cursor: &mut Cursor, least: Level) -> Result<Expr, PlanError> {
    let mut left = prefixed(cursor, least)?;
    while let Some(level) = level_ahead(cursor)?.filter(|level| *level >= least) {
        left = match level {
            Level::Or => junction(cursor, left, ("OR", Level::And), ExprKind::Or)?,
            Level::And => junction(cursor, left, ("AND", Level::Not), ExprKind::And)?,
            Level::Not | Level::Comparison => comparison(cursor, left)?,
            Level::Sum | Level::Product | Level::Sign => chain(cursor, left, level)?,
        };
    }
    Ok(left)
}

fn level_ahead(cursor: &Cursor) -> Result<Option<Level>, PlanError> {
    if cursor.at_keyword("OR") {
        return Ok(Some(Level::Or));
    }
    if cursor.at_keyword("AND") {
        return Ok(Some(Level::And));
    }
    if let Some((_, level)) = operator_ahead(cursor) {
        return Ok(Some(level));
    }
    let compares = comparison_ahead(cursor).is_some() || predicate_ahead(cursor)?.is_some();
    Ok(compares.then_some(Level::Comparison))
}

/// A sign or NOT and what it is for, or an operand.
fn prefixed(cursor: &mut Cursor, least: Level) -> Result<Expr, PlanError> {
    let start = cursor.span();
    if cursor.at_keyword("NOT") && least <= Level::Not {
        return not(cursor);
    }
    let sign: fn(Box<Expr>) -> ExprKind = if cursor.take_symbol(Symbol::Minus) {
        ExprKind::Minus
    } else if cursor.take_symbol(Symbol::Plus) {
        ExprKind::Plus
    } else {
        return primary(cursor);
    };
    let operand = cursor.nested(|cursor| operation(cursor, Level::Sign))?;
    Ok(Expr { kind: sign(Box::new(operand)), span: start.to(cursor.last_span()) })
}

fn not(cursor: &mut Cursor) -> Result<Expr, PlanError> {
    let start = cursor.span();
    let mut is_negated = false;
    while cursor.take_keyword("NOT") {
        is_negated = !is_negated;
    }
    let once = negate(operation(cursor, Level::Comparison)?, start);
    // `NOT NOT x` is not `x`: it still asks for a truth value.
    Ok(if is_negated { once } else { negate(once, start) })
}

fn negate(operand: Expr, start: Span) -> Expr {
    let span = start.to(operand.span);
    Expr { kind: ExprKind::Not(Box::new(operand)), span }
}

fn junction(
    cursor: &mut Cursor,
    first: Expr,
    (keyword, level): (&str, Level),
    join: fn(Vec<Expr>) -> ExprKind,
) -> Result<Expr, PlanError> {
    let start = first.span;
    let mut operands = vec![first];
    while cursor.take_keyword(keyword) {
        operands.push(operation(cursor, level)?);
    }
    Ok(Expr { kind: join(operands), span: start.to(cursor.last_span()) })
}

fn chain(cursor: &mut Cursor, first: Expr, level: Level) -> Result<Expr, PlanError> {
    let start = first.span;
    let tighter = if level == Level::Sum { Level::Product } else { Level::Sign };
    let mut rest = Vec::new();
    while let Some((operator, _)) = operator_ahead(cursor).filter(|(_, ahead)| *ahead == level) {
        cursor.advance();
        rest.push((operator, operation(cursor, tighter)?));
    }
    let kind = ExprKind::Chain(Box::new(first), rest);
    Ok(Expr { kind, span: start.to(cursor.last_span()) })
}

fn operator_ahead(cursor: &Cursor) -> Option<(Operator, Level)> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "most signs are no operator")]
    match &cursor.peek().kind {
        TokenKind::Symbol(Symbol::Plus) => Some((Operator::Add, Level::Sum)),
        TokenKind::Symbol(Symbol::Minus) => Some((Operator::Subtract, Level::Sum)),
        TokenKind::Symbol(Symbol::Concat) => Some((Operator::Concat, Level::Sum)),
        TokenKind::Symbol(Symbol::Star) => Some((Operator::Multiply, Level::Product)),
        TokenKind::Symbol(Symbol::Slash) => Some((Operator::Divide, Level::Product)),
        TokenKind::Symbol(Symbol::Percent) => Some((Operator::Modulo, Level::Product)),
        // Case-sensitive, and names too: `SELECT a mod FROM …`.
        TokenKind::Word(word) if &**word == "div" && cursor.starts_operand(1) => {
            Some((Operator::IntegerDivide, Level::Product))
        }
        TokenKind::Word(word) if &**word == "mod" && cursor.starts_operand(1) => {
            Some((Operator::Modulo, Level::Product))
        }
        _ => None,
    }
}

fn comparison(cursor: &mut Cursor, left: Expr) -> Result<Expr, PlanError> {
    let start = left.span;
    let kind = if let Some(comparison) = comparison_ahead(cursor) {
        cursor.advance();
        ExprKind::Compare(comparison, Box::new(left), Box::new(sum(cursor)?))
    } else if let Some((predicate, is_negated)) = predicate_ahead(cursor)? {
        let kind = predicate(cursor, left)?;
        let span = start.to(cursor.last_span());
        if is_negated { ExprKind::Not(Box::new(Expr { kind, span })) } else { kind }
    } else {
        return Ok(left);
    };
    if comparison_ahead(cursor).is_some() || predicate_ahead(cursor)?.is_some() {
        return Err(cursor
            .unexpected("`AND`, `OR` or the end of the condition")
            .hint("comparisons cannot be chained; join them with AND"));
    }
    Ok(Expr { kind, span: start.to(cursor.last_span()) })
}

/// An operand of a comparison.
fn sum(cursor: &mut Cursor) -> Result<Expr, PlanError> {
    operation(cursor, Level::Sum)
}

fn comparison_ahead(cursor: &Cursor) -> Option<Comparison> {
    let TokenKind::Symbol(symbol) = cursor.peek().kind else { return None };
    #[expect(clippy::wildcard_enum_match_arm, reason = "most signs are no comparison")]
    match symbol {
        Symbol::Equal => Some(Comparison::Equal),
        Symbol::NotEqual => Some(Comparison::NotEqual),
        Symbol::Less => Some(Comparison::Less),
        Symbol::LessEqual => Some(Comparison::LessEqual),
        Symbol::Greater => Some(Comparison::Greater),
        Symbol::GreaterEqual => Some(Comparison::GreaterEqual),
        Symbol::Matches => Some(Comparison::Matches),
        _ => None,
    }
}

type Predicate = fn(&mut Cursor, Expr) -> Result<ExprKind, PlanError>;

/// `[NOT] IN`, `[NOT] LIKE`, `[NOT] BETWEEN`, `IS [NOT] NULL`, and whether it is negated.
///
/// Of these only IN and NOT are keywords: the others may be names, `SELECT a like FROM …`
/// included, and are operators only where an operand follows.
fn predicate_ahead(cursor: &Cursor) -> Result<Option<(Predicate, bool)>, PlanError> {
    if cursor.at_keyword("IS") {
        let is_negated = cursor.at_keyword_at(1, "NOT");
        let is_null = cursor.at_keyword_at(1 + usize::from(is_negated), "NULL");
        return Ok(is_null.then_some((is_null_of as Predicate, is_negated)));
    }
    let is_negated = cursor.at_keyword("NOT");
    let at = usize::from(is_negated);
    let operand_follows = cursor.starts_operand(at + 1);
    let predicate: Predicate = if cursor.at_keyword_at(at, "IN") {
        in_members
    } else if cursor.at_keyword_at(at, "LIKE") && operand_follows {
        like
    } else if cursor.at_keyword_at(at, "BETWEEN") && operand_follows {
        between
    } else if is_negated {
        return Err(cursor
            .unexpected("an operator")
            .hint("NOT stands before a condition, or in NOT IN, NOT LIKE, NOT BETWEEN"));
    } else {
        return Ok(None);
    };
    Ok(Some((predicate, is_negated)))
}

fn skip(cursor: &mut Cursor, keyword: &str) {
    cursor.take_keyword("NOT");
    cursor.take_keyword(keyword);
}

fn is_null_of(cursor: &mut Cursor, operand: Expr) -> Result<ExprKind, PlanError> {
    cursor.expect_keyword("IS")?;
    skip(cursor, "NULL");
    Ok(ExprKind::IsNull(Box::new(operand)))
}

fn in_members(cursor: &mut Cursor, operand: Expr) -> Result<ExprKind, PlanError> {
    skip(cursor, "IN");
    let members = if cursor.take_symbol(Symbol::LeftParen) {
        Members::Listed(list(cursor, Symbol::RightParen)?)
    } else {
        Members::Of(Box::new(sum(cursor)?))
    };
    Ok(ExprKind::In(Box::new(operand), members))
}

fn like(cursor: &mut Cursor, operand: Expr) -> Result<ExprKind, PlanError> {
    skip(cursor, "LIKE");
    let pattern = sum(cursor)?;
    let escape = if cursor.at_keyword("ESCAPE") && cursor.starts_operand(1) {
        cursor.advance();
        Some(escape(cursor)?)
    } else {
        None
    };
    Ok(ExprKind::Like(Box::new(operand), Box::new(pattern), escape))
}

fn escape(cursor: &mut Cursor) -> Result<char, PlanError> {
    if let TokenKind::Text(text) = &cursor.peek().kind {
        let mut chars = text.chars();
        if let (Some(escape), None) = (chars.next(), chars.next()) {
            cursor.advance();
            return Ok(escape);
        }
    }
    Err(cursor.unexpected("one character in single quotes"))
}

fn between(cursor: &mut Cursor, operand: Expr) -> Result<ExprKind, PlanError> {
    skip(cursor, "BETWEEN");
    let lower = sum(cursor)?;
    cursor.expect_keyword("AND")?;
    let upper = sum(cursor)?;
    Ok(ExprKind::Between(Box::new([operand, lower, upper])))
}

/// Expressions separated by commas, and the `close` after them.
pub(super) fn list(cursor: &mut Cursor, close: Symbol) -> Result<Vec<Expr>, PlanError> {
    let mut items = Vec::new();
    if cursor.take_symbol(close) {
        return Ok(items);
    }
    loop {
        items.push(expression(cursor)?);
        if !cursor.take_comma() {
            break;
        }
    }
    if !cursor.take_symbol(close) {
        return Err(cursor.unexpected(&format!("`,` or `{}`", close.as_str())));
    }
    Ok(items)
}
