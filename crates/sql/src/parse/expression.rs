//! Operators by precedence: OR, AND, NOT, comparisons, sums, products, signs. It does not know operands.

use crate::ast::{Comparison, Expr, ExprKind, Members, Operator};
use crate::error::{PlanError, Span};
use crate::token::{Symbol, TokenKind};

use super::cursor::Cursor;
use super::primary::primary;

pub(super) fn expression(cursor: &mut Cursor) -> Result<Expr, PlanError> {
    cursor.nested(or)
}

fn or(cursor: &mut Cursor) -> Result<Expr, PlanError> {
    junction(cursor, "OR", and, ExprKind::Or)
}

fn and(cursor: &mut Cursor) -> Result<Expr, PlanError> {
    junction(cursor, "AND", not, ExprKind::And)
}

fn junction(
    cursor: &mut Cursor,
    keyword: &str,
    operand: fn(&mut Cursor) -> Result<Expr, PlanError>,
    join: fn(Vec<Expr>) -> ExprKind,
) -> Result<Expr, PlanError> {
    let first = operand(cursor)?;
    if !cursor.at_keyword(keyword) {
        return Ok(first);
    }
    let start = first.span;
    let mut operands = vec![first];
    while cursor.take_keyword(keyword) {
        operands.push(operand(cursor)?);
    }
    Ok(Expr { kind: join(operands), span: start.to(cursor.last_span()) })
}

fn not(cursor: &mut Cursor) -> Result<Expr, PlanError> {
    let start = cursor.span();
    let mut is_negated = false;
    let mut any = false;
    while cursor.take_keyword("NOT") {
        is_negated = !is_negated;
        any = true;
    }
    let operand = comparison(cursor)?;
    if !any {
        return Ok(operand);
    }
    // `NOT NOT x` is not `x`: it still asks for a truth value.
    let once = negate(operand, start);
    Ok(if is_negated { once } else { negate(once, start) })
}

fn negate(operand: Expr, start: Span) -> Expr {
    let span = start.to(operand.span);
    Expr { kind: ExprKind::Not(Box::new(operand)), span }
}

fn comparison(cursor: &mut Cursor) -> Result<Expr, PlanError> {
    let left = sum(cursor)?;
    let start = left.span;
    let kind = if let Some(comparison) = comparison_ahead(cursor) {
        cursor.advance();
        ExprKind::Compare(comparison, Box::new(left), Box::new(sum(cursor)?))
    } else if let Some((predicate, is_negated)) = predicate_ahead(cursor)? {
        let kind = predicate(cursor, left)?;
        if !is_negated {
            kind
        } else {
            let span = start.to(cursor.last_span());
            ExprKind::Not(Box::new(Expr { kind, span }))
        }
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

fn sum(cursor: &mut Cursor) -> Result<Expr, PlanError> {
    chain(cursor, product, |cursor| {
        let TokenKind::Symbol(symbol) = cursor.peek().kind else { return None };
        #[expect(clippy::wildcard_enum_match_arm, reason = "most signs are no operator")]
        match symbol {
            Symbol::Plus => Some(Operator::Add),
            Symbol::Minus => Some(Operator::Subtract),
            Symbol::Concat => Some(Operator::Concat),
            _ => None,
        }
    })
}

fn product(cursor: &mut Cursor) -> Result<Expr, PlanError> {
    chain(cursor, sign, |cursor| {
        #[expect(clippy::wildcard_enum_match_arm, reason = "most signs are no operator")]
        match &cursor.peek().kind {
            TokenKind::Symbol(Symbol::Star) => Some(Operator::Multiply),
            TokenKind::Symbol(Symbol::Slash) => Some(Operator::Divide),
            TokenKind::Symbol(Symbol::Percent) => Some(Operator::Modulo),
            // Case-sensitive, and names too: `SELECT a mod FROM …`.
            TokenKind::Word(word) if &**word == "div" && cursor.starts_operand(1) => {
                Some(Operator::IntegerDivide)
            }
            TokenKind::Word(word) if &**word == "mod" && cursor.starts_operand(1) => {
                Some(Operator::Modulo)
            }
            _ => None,
        }
    })
}

fn chain(
    cursor: &mut Cursor,
    operand: fn(&mut Cursor) -> Result<Expr, PlanError>,
    operator: fn(&Cursor) -> Option<Operator>,
) -> Result<Expr, PlanError> {
    let first = operand(cursor)?;
    let start = first.span;
    let mut rest = Vec::new();
    while let Some(operator) = operator(cursor) {
        cursor.advance();
        rest.push((operator, operand(cursor)?));
    }
    if rest.is_empty() {
        return Ok(first);
    }
    let kind = ExprKind::Chain(Box::new(first), rest);
    Ok(Expr { kind, span: start.to(cursor.last_span()) })
}

fn sign(cursor: &mut Cursor) -> Result<Expr, PlanError> {
    let start = cursor.span();
    let sign: fn(Box<Expr>) -> ExprKind = if cursor.take_symbol(Symbol::Minus) {
        ExprKind::Minus
    } else if cursor.take_symbol(Symbol::Plus) {
        ExprKind::Plus
    } else {
        return primary(cursor);
    };
    let operand = cursor.nested(self::sign)?;
    Ok(Expr { kind: sign(Box::new(operand)), span: start.to(cursor.last_span()) })
}
