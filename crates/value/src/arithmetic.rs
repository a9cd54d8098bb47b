//! The arithmetic operators. It does not know precedence or expressions.
//!
//! Integers have no size of their own: what overflows 64 bits goes on as a big integer, up to
//! [`INTEGER_BITS_MAX`].

use num_bigint::BigInt;
use num_traits::Zero;

use crate::{INTEGER_BITS_MAX, TEXT_BYTES_MAX, Value};

/// Why an operator has no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArithmeticError {
    /// An operand of the wrong type.
    #[error("`{operator}` needs {needed}, not {found}")]
    WrongType {
        /// As written in SQL.
        operator: &'static str,
        /// What it takes.
        needed: &'static str,
        /// [`Value::type_name`] of the first operand that is something else.
        found: &'static str,
    },
    /// `/`, `div` or `mod` by zero, also by `0.0`.
    #[error("division by zero")]
    DivisionByZero,
    /// A float beyond the largest one.
    #[error("the result of `{operator}` is out of the range of floats")]
    OutOfRange {
        /// As written in SQL.
        operator: &'static str,
    },
    /// An integer beyond [`INTEGER_BITS_MAX`] or a text beyond [`TEXT_BYTES_MAX`].
    #[error("the result of `{operator}` is too large")]
    TooLarge {
        /// As written in SQL.
        operator: &'static str,
    },
}

/// `left + right`: adds numbers; when either is a text, joins both as text.
///
/// # Errors
/// Other types; a result that is too large.
pub fn add(left: &Value, right: &Value) -> Result<Value, ArithmeticError> {
    match (left, right) {
        (Value::Text(_), _) | (_, Value::Text(_)) => join(left, right),
        _ => numbers(ADD, left, right),
    }
}

/// `left - right` of numbers.
///
/// # Errors
/// Other types; a result that is too large.
pub fn sub(left: &Value, right: &Value) -> Result<Value, ArithmeticError> {
    numbers(SUB, left, right)
}

/// `left * right` of numbers.
///
/// # Errors
/// Other types; a result that is too large.
pub fn mul(left: &Value, right: &Value) -> Result<Value, ArithmeticError> {
    numbers(MUL, left, right)
}

/// `left / right` of numbers, always a float.
///
/// # Errors
/// Other types; zero as divisor; operands or a result that no float can hold.
pub fn div(left: &Value, right: &Value) -> Result<Value, ArithmeticError> {
    let (left, right) = (float("/", left)?, float("/", right)?);
    if right == 0.0 {
        return Err(ArithmeticError::DivisionByZero);
    }
    finite("/", left / right)
}

/// `left div right` of integers, truncating towards zero.
///
/// # Errors
/// Other types; zero as divisor.
pub fn int_div(left: &Value, right: &Value) -> Result<Value, ArithmeticError> {
    integers("div", left, right, i64::checked_div, |left, right| left / right)
}

/// The remainder of [`int_div`], with the sign of `left`.
///
/// # Errors
/// Other types; zero as divisor.
pub fn modulo(left: &Value, right: &Value) -> Result<Value, ArithmeticError> {
    integers("mod", left, right, i64::checked_rem, |left, right| left % right)
}

/// `-value` of a number.
///
/// # Errors
/// Other types.
pub fn neg(value: &Value) -> Result<Value, ArithmeticError> {
    match value {
        Value::Float(float) => finite("-", -float.value),
        Value::Integer(_)
        | Value::BigInteger(_)
        | Value::Undefined
        | Value::Null
        | Value::Bool(_)
        | Value::Text(_)
        | Value::List(_)
        | Value::Map(_) => numbers(SUB, &Value::Integer(0), value),
    }
}

struct Operator {
    name: &'static str,
    small: fn(i64, i64) -> Option<i64>,
    big: fn(BigInt, BigInt) -> BigInt,
    float: fn(f64, f64) -> f64,
}

const ADD: Operator =
    Operator { name: "+", small: i64::checked_add, big: |l, r| l + r, float: |l, r| l + r };
const SUB: Operator =
    Operator { name: "-", small: i64::checked_sub, big: |l, r| l - r, float: |l, r| l - r };
const MUL: Operator =
    Operator { name: "*", small: i64::checked_mul, big: |l, r| l * r, float: |l, r| l * r };

#[expect(clippy::needless_pass_by_value, reason = "a constant")]
fn numbers(operator: Operator, left: &Value, right: &Value) -> Result<Value, ArithmeticError> {
    if let (Value::Integer(left), Value::Integer(right)) = (left, right)
        && let Some(result) = (operator.small)(*left, *right)
    {
        return Ok(Value::Integer(result));
    }
    if let (Some(left), Some(right)) = (left.to_big_integer(), right.to_big_integer()) {
        // Operands are within the limit, so even a product is at most twice as wide here.
        return bounded(operator.name, (operator.big)(left, right));
    }
    let (left, right) = (float(operator.name, left)?, float(operator.name, right)?);
    finite(operator.name, (operator.float)(left, right))
}

fn integers(
    operator: &'static str,
    left: &Value,
    right: &Value,
    small: fn(i64, i64) -> Option<i64>,
    big: fn(BigInt, BigInt) -> BigInt,
) -> Result<Value, ArithmeticError> {
    if let (Value::Integer(left), Value::Integer(right)) = (left, right)
        && let Some(result) = small(*left, *right)
    {
        return Ok(Value::Integer(result));
    }
    let wide = |value: &Value| {
        value.to_big_integer().ok_or_else(|| ArithmeticError::WrongType {
            operator,
            needed: "integers",
            found: value.type_name(),
        })
    };
    let (left, right) = (wide(left)?, wide(right)?);
    if right.is_zero() {
        return Err(ArithmeticError::DivisionByZero);
    }
    bounded(operator, big(left, right))
}

fn bounded(operator: &'static str, result: BigInt) -> Result<Value, ArithmeticError> {
    if result.bits() > INTEGER_BITS_MAX {
        return Err(ArithmeticError::TooLarge { operator });
    }
    Ok(Value::from(result))
}

fn float(operator: &'static str, value: &Value) -> Result<f64, ArithmeticError> {
    if !value.is_number() {
        let found = value.type_name();
        return Err(ArithmeticError::WrongType { operator, needed: "numbers", found });
    }
    value.to_f64().ok_or(ArithmeticError::OutOfRange { operator })
}

fn finite(operator: &'static str, value: f64) -> Result<Value, ArithmeticError> {
    Value::finite(value).ok_or(ArithmeticError::OutOfRange { operator })
}

fn join(left: &Value, right: &Value) -> Result<Value, ArithmeticError> {
    let too_large = |_| ArithmeticError::TooLarge { operator: "+" };
    let mut out = Vec::new();
    left.render_text_within(TEXT_BYTES_MAX, &mut out).map_err(too_large)?;
    right.render_text_within(TEXT_BYTES_MAX, &mut out).map_err(too_large)?;
    Ok(Value::from(out))
}

#[cfg(test)]
mod tests {
    use super::*;

    type Binary = fn(&Value, &Value) -> Result<Value, ArithmeticError>;

    fn value(json: &str) -> Value {
        Value::from_json(json.as_bytes()).unwrap()
    }

    fn check(operator: Binary, cases: &[(&str, &str, &str)]) {
        for (left, right, expected) in cases {
            let result = operator(&value(left), &value(right));
            let shown = match result {
                Ok(result) => result.to_json(),
                Err(error) => error.to_string(),
            };
            assert_eq!(shown, *expected, "{left}, {right}");
        }
    }

    #[test]
    fn addition_joins_when_either_side_is_text() {
        check(
            add,
            &[
                ("40", "2", "42"),
                ("1", "1.5", "2.5"),
                ("\"40\"", "2", "\"402\""),
                ("1.50", "\"x\"", "\"1.5x\""),
                ("null", "\"x\"", "\"nullx\""),
                ("\"x\"", "[1]", "\"x[1]\""),
                ("9223372036854775807", "1", "9223372036854775808"),
                ("9223372036854775808", "-1", "9223372036854775807"),
                ("1", "null", "`+` needs numbers, not null"),
                ("1e308", "1e308", "the result of `+` is out of the range of floats"),
            ],
        );
        assert_eq!(add(&Value::Undefined, &"x".into()).unwrap(), "undefinedx".into());
    }

    #[test]
    fn subtraction_and_multiplication_take_numbers_only() {
        check(
            sub,
            &[
                ("1", "2", "-1"),
                ("-9223372036854775808", "1", "-9223372036854775809"),
                ("\"4\"", "2", "`-` needs numbers, not string"),
            ],
        );
        check(
            mul,
            &[
                ("6", "7", "42"),
                (
                    "9223372036854775807",
                    "9223372036854775807",
                    "85070591730234615847396907784232501249",
                ),
                ("0.5", "3", "1.5"),
                ("true", "2", "`*` needs numbers, not boolean"),
            ],
        );
    }

    #[test]
    fn division_gives_floats_and_refuses_zero() {
        check(
            div,
            &[
                ("6", "3", "2.0"),
                ("1", "3", "0.3333333333333333"),
                ("1", "0", "division by zero"),
                ("1.0", "0.0", "division by zero"),
                ("1.0", "-0.0", "division by zero"),
            ],
        );
    }

    #[test]
    fn div_and_mod_truncate_and_take_integers_only() {
        check(
            int_div,
            &[
                ("7", "2", "3"),
                ("-7", "2", "-3"),
                ("-9223372036854775808", "-1", "9223372036854775808"),
                ("7.0", "2", "`div` needs integers, not float"),
                ("7", "0", "division by zero"),
            ],
        );
        check(
            modulo,
            &[
                ("7", "2", "1"),
                ("-7", "2", "-1"),
                ("7", "-2", "1"),
                ("-9223372036854775808", "-1", "0"),
                ("100000000000000000000", "7", "2"),
                ("7", "0", "division by zero"),
            ],
        );
    }

    #[test]
    fn negation_takes_numbers() {
        assert_eq!(neg(&value("5")).unwrap(), value("-5"));
        assert_eq!(neg(&value("-9223372036854775808")).unwrap(), value("9223372036854775808"));
        assert_eq!(neg(&value("1.50")).unwrap().to_json(), "-1.5");
        assert!(neg(&value("\"5\"")).is_err());
    }

    #[test]
    fn integers_stop_growing_at_their_limit() {
        let mut number = value("3");
        let error = loop {
            match mul(&number, &number) {
                Ok(square) => number = square,
                Err(error) => break error,
            }
        };
        assert_eq!(error, ArithmeticError::TooLarge { operator: "*" });
        assert!(number.to_big_integer().unwrap().bits() > INTEGER_BITS_MAX / 2);
    }

    #[test]
    fn texts_stop_growing_at_their_limit() {
        let mut text = Value::from("x".repeat(1000));
        while let Ok(double) = add(&text, &text) {
            text = double;
        }
        assert!(text.as_str().unwrap().len() <= TEXT_BYTES_MAX);
    }
}
