//! Properties that hold for every value, checked on generated ones.

use std::cmp::Ordering;

use num_bigint::BigInt;
use proptest::collection::vec;
use proptest::prelude::*;
use sluice_value::{Map, Value, add, compare, int_div, modulo, mul, strict_eq, sub, term_order};

fn number() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<i64>().prop_map(Value::Integer),
        (-3_i64..3).prop_map(Value::Integer),
        any::<i128>().prop_map(Value::from),
        any::<f64>().prop_filter_map("finite", Value::finite),
        (-3_i32..3).prop_filter_map("finite", |n| Value::finite(n.into())),
    ]
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        number(),
        ".{0,40}".prop_map(Value::from),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(4, 48, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            vec((".{0,30}", inner), 0..24)
                .prop_map(|entries| Value::from(entries.into_iter().collect::<Map>())),
        ]
    })
}

fn integer() -> impl Strategy<Value = BigInt> {
    prop_oneof![
        any::<i64>().prop_map(BigInt::from),
        any::<i128>().prop_map(BigInt::from),
        (-3_i64..3).prop_map(BigInt::from),
    ]
}

proptest! {
    #[test]
    fn json_is_read_back_as_written(value in value()) {
        let json = value.to_json();
        let back = Value::from_json(json.as_bytes()).unwrap();
        prop_assert!(strict_eq(&back, &value), "{json}");
        prop_assert_eq!(back.to_json(), json);
    }

    #[test]
    fn every_decimal_keeps_its_digits(
        sign in "-?", whole in "0|[1-9][0-9]{0,24}", fraction in "[0-9]{1,25}",
        exponent in "|[eE][+-]?[0-9]{1,2}",
    ) {
        let json = format!("{sign}{whole}.{fraction}{exponent}");
        let value = Value::from_json(json.as_bytes()).unwrap();
        prop_assert_eq!(value.to_f64(), json.parse().ok());
        prop_assert_eq!(value.to_json(), json);
    }

    #[test]
    fn every_integer_keeps_its_value(integer in integer()) {
        let json = integer.to_string();
        prop_assert_eq!(Value::from_json(json.as_bytes()).unwrap().to_json(), json);
    }

    #[test]
    fn integer_arithmetic_is_exact(left in integer(), right in integer()) {
        let (l, r) = (Value::from(left.clone()), Value::from(right.clone()));
        prop_assert_eq!(add(&l, &r).unwrap().to_big_integer(), Some(&left + &right));
        prop_assert_eq!(sub(&l, &r).unwrap().to_big_integer(), Some(&left - &right));
        prop_assert_eq!(mul(&l, &r).unwrap().to_big_integer(), Some(&left * &right));
        if right != BigInt::ZERO {
            prop_assert_eq!(int_div(&l, &r).unwrap().to_big_integer(), Some(&left / &right));
            prop_assert_eq!(modulo(&l, &r).unwrap().to_big_integer(), Some(&left % &right));
        }
        prop_assert_eq!(term_order(&l, &r), left.cmp(&right));
    }

    #[test]
    fn the_order_is_total(a in value(), b in value(), c in value()) {
        prop_assert_eq!(term_order(&a, &a), Ordering::Equal);
        prop_assert_eq!(term_order(&a, &b), term_order(&b, &a).reverse());
        let mut sorted = [a, b, c];
        sorted.sort_by(term_order);
        prop_assert!(term_order(&sorted[0], &sorted[2]).is_le());
        if strict_eq(&sorted[0], &sorted[1]) {
            prop_assert!(term_order(&sorted[0], &sorted[1]).is_eq());
        }
    }

    #[test]
    fn numbers_are_ordered_exactly(a in number(), b in number(), c in number()) {
        let mut sorted = [a, b, c];
        sorted.sort_by(term_order);
        prop_assert!(term_order(&sorted[0], &sorted[2]).is_le());
        prop_assert!(term_order(&sorted[0], &sorted[1]).is_le());
        let by_operator = compare(&sorted[0], &sorted[1]).unwrap();
        prop_assert_eq!(by_operator, Some(term_order(&sorted[0], &sorted[1])));
    }

    #[test]
    fn paths_read_what_was_written(keys in vec("[a-z]{1,30}", 1..5), value in value()) {
        let steps: Vec<_> =
            keys.iter().map(|key| sluice_value::PathStep::Key(key.into())).collect();
        let mut row = Value::Undefined;
        row.set_path(&steps, value.clone());
        let read = keys.iter().fold(row, |value, key| value.get(key));
        prop_assert!(strict_eq(&read, &value));
    }
}
