//! Values of rows as bytes, every one of them exactly: numbers keep their digits, bytes need not be
//! text. It does not know rows.

use std::sync::Arc;

use num_bigint::BigInt;
use sluice_value::{Float, Key, Map, Text, Value};

use super::bytes::{Corrupt, Reader, put_bytes, put_number};

pub(super) fn put_value(value: &Value, out: &mut Vec<u8>) {
    put_nested(value, 0, out);
}

fn put_nested(value: &Value, depth: usize, out: &mut Vec<u8>) {
    match value {
        Value::Undefined => out.push(UNDEFINED),
        Value::Null => out.push(NULL),
        Value::Bool(false) => out.push(FALSE),
        Value::Bool(true) => out.push(TRUE),
        Value::Integer(integer) => {
            out.push(INTEGER);
            out.extend_from_slice(&integer.to_le_bytes());
        }
        Value::BigInteger(integer) => {
            out.push(BIG_INTEGER);
            put_bytes(&integer.to_signed_bytes_le(), out);
        }
        Value::Float(Float { value, digits }) => {
            out.push(if digits.is_some() { FLOAT_WITH_DIGITS } else { FLOAT });
            out.extend_from_slice(&value.to_bits().to_le_bytes());
            if let Some(digits) = digits {
                put_bytes(digits.as_bytes(), out);
            }
        }
        Value::Text(text) => {
            out.push(TEXT);
            put_bytes(text.as_bytes(), out);
        }
        // Nothing that a rule reads or makes is nested so deeply.
        Value::List(_) | Value::Map(_) if depth >= DEPTH_MAX => out.push(UNDEFINED),
        Value::List(list) => {
            out.push(LIST);
            put_number(list.len() as u64, out);
            list.iter().for_each(|each| put_nested(each, depth + 1, out));
        }
        Value::Map(map) => {
            out.push(MAP);
            put_map(map, depth, out);
        }
    }
}

fn put_map(map: &Map, depth: usize, out: &mut Vec<u8>) {
    put_number(map.len() as u64, out);
    for (key, value) in map.entries() {
        put_bytes(key.as_bytes(), out);
        put_nested(value, depth + 1, out);
    }
}

pub(super) fn value(reader: &mut Reader<'_>) -> Result<Value, Corrupt> {
    nested(reader, 0)
}

fn nested(reader: &mut Reader<'_>, depth: usize) -> Result<Value, Corrupt> {
    Ok(match reader.byte()? {
        UNDEFINED => Value::Undefined,
        NULL => Value::Null,
        FALSE => Value::Bool(false),
        TRUE => Value::Bool(true),
        INTEGER => Value::Integer(i64::from_le_bytes(reader.array()?)),
        BIG_INTEGER => Value::BigInteger(Arc::new(BigInt::from_signed_bytes_le(reader.bytes()?))),
        FLOAT => Value::Float(Float { value: float(reader)?, digits: None }),
        FLOAT_WITH_DIGITS => {
            let value = float(reader)?;
            let digits = Some(reader.text()?.into());
            Value::Float(Float { value, digits })
        }
        TEXT => Value::Text(Text::from(reader.bytes()?)),
        LIST if depth < DEPTH_MAX => {
            let count = reader.count()?;
            let mut list = Vec::with_capacity(count.min(CAPACITY_MAX));
            for _ in 0..count {
                list.push(nested(reader, depth + 1)?);
            }
            Value::List(Arc::new(list))
        }
        MAP if depth < DEPTH_MAX => Value::Map(Arc::new(map(reader, depth)?)),
        _ => return Err(Corrupt),
    })
}

fn map(reader: &mut Reader<'_>, depth: usize) -> Result<Map, Corrupt> {
    let mut map = Map::new();
    for _ in 0..reader.count()? {
        let key = Key::from(reader.text()?);
        map.insert(key, nested(reader, depth + 1)?);
    }
    Ok(map)
}

fn float(reader: &mut Reader<'_>) -> Result<f64, Corrupt> {
    let value = f64::from_bits(u64::from_le_bytes(reader.array()?));
    if value.is_finite() { Ok(value) } else { Err(Corrupt) }
}

const UNDEFINED: u8 = 0;
const NULL: u8 = 1;
const FALSE: u8 = 2;
const TRUE: u8 = 3;
const INTEGER: u8 = 4;
const BIG_INTEGER: u8 = 5;
const FLOAT: u8 = 6;
const FLOAT_WITH_DIGITS: u8 = 7;
const TEXT: u8 = 8;
const LIST: u8 = 9;
const MAP: u8 = 10;

/// Levels of lists and maps. JSON is read to a quarter of this.
const DEPTH_MAX: usize = 512;
/// Values for which room is made before the first of them is seen.
const CAPACITY_MAX: usize = 1024;
