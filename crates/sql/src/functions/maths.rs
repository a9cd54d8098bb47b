//! Arithmetic and mathematics. It does not know the operators' spelling.

use num_bigint::BigInt;
use num_traits::{FromPrimitive, Signed};
use sluice_value::{Value, int_div, modulo, term_order};

use crate::functions::argument::{any, big_integer, number, wrong};
use crate::functions::{Arity, CallContext, Function, FunctionError};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::pure("abs", ONE, "The size of an integer.", ("abs(-3)", "3"), abs),
    Function::pure("ceil", ONE, "The next integer up.", ("ceil(4.1)", "5"), |_, args| {
        whole(args, f64::ceil)
    }),
    Function::pure("floor", ONE, "The next integer down.", ("floor(-4.1)", "-5"), |_, args| {
        whole(args, f64::floor)
    }),
    Function::pure(
        "round",
        ONE,
        "The nearest integer, halves away from zero.",
        ("round(-4.5)", "-5"),
        |_, args| whole(args, f64::round),
    ),
    Function::pure("sqrt", ONE, "The square root.", ("sqrt(16)", "4.0"), |_, args| {
        real(args, f64::sqrt)
    }),
    Function::pure("exp", ONE, "e to that power.", ("exp(0)", "1.0"), |_, args| {
        real(args, f64::exp)
    }),
    Function::pure("log", ONE, "The natural logarithm.", ("log(1)", "0.0"), |_, args| {
        real(args, f64::ln)
    }),
    Function::pure("log2", ONE, "The logarithm to base 2.", ("log2(8)", "3.0"), |_, args| {
        real(args, f64::log2)
    }),
    Function::pure("log10", ONE, "The logarithm to base 10.", ("log10(1000)", "3.0"), |_, args| {
        real(args, f64::log10)
    }),
    Function::pure("sin", ONE, "The sine of radians.", ("sin(0)", "0.0"), |_, args| {
        real(args, f64::sin)
    }),
    Function::pure("cos", ONE, "The cosine of radians.", ("cos(0)", "1.0"), |_, args| {
        real(args, f64::cos)
    }),
    Function::pure("tan", ONE, "The tangent of radians.", ("tan(0)", "0.0"), |_, args| {
        real(args, f64::tan)
    }),
    Function::pure("asin", ONE, "The inverse of `sin`.", ("asin(0)", "0.0"), |_, args| {
        real(args, f64::asin)
    }),
    Function::pure("acos", ONE, "The inverse of `cos`.", ("acos(1)", "0.0"), |_, args| {
        real(args, f64::acos)
    }),
    Function::pure("atan", ONE, "The inverse of `tan`.", ("atan(0)", "0.0"), |_, args| {
        real(args, f64::atan)
    }),
    Function::pure("sinh", ONE, "The hyperbolic sine.", ("sinh(0)", "0.0"), |_, args| {
        real(args, f64::sinh)
    }),
    Function::pure("cosh", ONE, "The hyperbolic cosine.", ("cosh(0)", "1.0"), |_, args| {
        real(args, f64::cosh)
    }),
    Function::pure("tanh", ONE, "The hyperbolic tangent.", ("tanh(0)", "0.0"), |_, args| {
        real(args, f64::tanh)
    }),
    Function::pure("asinh", ONE, "The inverse of `sinh`.", ("asinh(0)", "0.0"), |_, args| {
        real(args, f64::asinh)
    }),
    Function::pure("acosh", ONE, "The inverse of `cosh`.", ("acosh(1)", "0.0"), |_, args| {
        real(args, f64::acosh)
    }),
    Function::pure("atanh", ONE, "The inverse of `tanh`.", ("atanh(0)", "0.0"), |_, args| {
        real(args, f64::atanh)
    }),
    Function::pure("power", TWO, "x to the power y.", ("power(2, 10)", "1024.0"), |_, args| {
        finite(number(args, 0)?.powf(number(args, 1)?))
    }),
    Function::pure(
        "fmod",
        TWO,
        "The remainder of x / y with the sign of x.",
        ("fmod(-7, 2.5)", "-2.0"),
        |_, args| finite(number(args, 0)? % number(args, 1)?),
    ),
    Function::pure(
        "div",
        TWO,
        "Integer division, truncating; same as the operator.",
        ("div(-7, 2)", "-3"),
        |_, args| {
            int_div(any(args, 0), any(args, 1)).map_err(|e| FunctionError::new(e.to_string()))
        },
    ),
    Function::pure(
        "mod",
        TWO,
        "The remainder of `div`; same as the operator.",
        ("mod(-7, 2)", "-1"),
        |_, args| modulo(any(args, 0), any(args, 1)).map_err(|e| FunctionError::new(e.to_string())),
    ),
    Function::pure(
        "eq",
        TWO,
        "Whether both are equal; numbers by value, texts never as numbers.",
        ("eq(1, 1.0)", "true"),
        |_, args| Ok(Value::Bool(term_order(any(args, 0), any(args, 1)).is_eq())),
    ),
];

const ONE: Arity = Arity::exactly(1);
const TWO: Arity = Arity::exactly(2);

fn abs(_: &mut CallContext<'_, '_>, args: &[Value]) -> Result<Value, FunctionError> {
    Ok(Value::from(big_integer(args, 0)?.abs()))
}

fn whole(args: &[Value], rounded: fn(f64) -> f64) -> Result<Value, FunctionError> {
    let value = any(args, 0);
    if let Value::Float(float) = value {
        // Floats are finite, so there is always an integer.
        return Ok(Value::from(BigInt::from_f64(rounded(float.value)).unwrap_or_default()));
    }
    if value.is_number() { Ok(value.clone()) } else { Err(wrong(0, "a number", value)) }
}

fn real(args: &[Value], function: fn(f64) -> f64) -> Result<Value, FunctionError> {
    finite(function(number(args, 0)?))
}

fn finite(result: f64) -> Result<Value, FunctionError> {
    Value::finite(result).ok_or_else(|| FunctionError::new("the result is no finite number"))
}
