//! The directives of Erlang's `io:format`, as far as rules use them. It does not know functions.

use num_bigint::BigInt;
use sluice_value::{TEXT_BYTES_MAX, Value};

use crate::functions::FunctionError;

/// Fills the directives of `format` with `values`, one each.
pub(super) fn format(format: &str, values: &[Value]) -> Result<Value, FunctionError> {
    let mut out = Vec::new();
    let mut values = values.iter();
    let mut rest = format;
    while let Some((before, directive)) = rest.split_once('~') {
        out.extend_from_slice(before.as_bytes());
        let (directive, after) = parse(directive)?;
        rest = after;
        match directive.control {
            '~' => out.push(b'~'),
            'n' => out.push(b'\n'),
            'i' => drop(values.next().ok_or_else(too_few)?),
            _ => {
                let text = directive.render(values.next().ok_or_else(too_few)?)?;
                directive.write(&text, &mut out);
            }
        }
        if out.len() > TEXT_BYTES_MAX {
            return Err(FunctionError::new("the result is too large"));
        }
    }
    out.extend_from_slice(rest.as_bytes());
    if values.next().is_some() {
        return Err(FunctionError::new("more values than the format has directives"));
    }
    Ok(Value::from(out))
}

/// `~F.P.PadC`: field width, precision and padding character, each optional.
struct Directive {
    width: Option<usize>,
    left: bool,
    precision: Option<usize>,
    pad: char,
    control: char,
}

fn parse(text: &str) -> Result<(Directive, &str), FunctionError> {
    let mut characters = text.chars().peekable();
    let left = characters.next_if_eq(&'-').is_some();
    let width = digits(&mut characters)?;
    let mut precision = None;
    let mut pad = ' ';
    if characters.next_if_eq(&'.').is_some() {
        precision = digits(&mut characters)?;
        if characters.next_if_eq(&'.').is_some() {
            pad = characters.next().ok_or_else(cut_off)?;
        }
    }
    while characters.next_if(|modifier| matches!(modifier, 't' | 'l')).is_some() {}
    let control = characters.next().ok_or_else(cut_off)?;
    let rest: usize = characters.map(char::len_utf8).sum();
    let rest = text.split_at_checked(text.len() - rest).map(|(_, rest)| rest).unwrap_or_default();
    Ok((Directive { width, left, precision, pad, control }, rest))
}

fn digits(
    characters: &mut std::iter::Peekable<std::str::Chars<'_>>,
) -> Result<Option<usize>, FunctionError> {
    let mut number = None;
    while let Some(digit) = characters.peek().and_then(|character| character.to_digit(10)) {
        let value = number.unwrap_or(0) * 10 + usize::try_from(digit).unwrap_or(0);
        if value > WIDTH_MAX {
            return Err(FunctionError::new(format!("a width is at most {WIDTH_MAX}")));
        }
        number = Some(value);
        characters.next();
    }
    Ok(number)
}

impl Directive {
    fn render(&self, value: &Value) -> Result<Vec<u8>, FunctionError> {
        let text = match self.control {
            's' => return self.string(value),
            'p' | 'P' | 'w' | 'W' => {
                let mut out = Vec::new();
                write_term(value, &mut out)?;
                return Ok(out);
            }
            'f' => format!("{:.*}", self.precision.unwrap_or(6), self.float(value)?),
            'e' => exponent(self.float(value)?, self.precision.unwrap_or(6)),
            'g' => general(self.float(value)?, self.precision.unwrap_or(6)),
            'b' | 'x' | '+' => self.integer(value)?,
            'B' | 'X' | '#' => self.integer(value)?.to_uppercase(),
            'c' => {
                let code = value.to_big_integer().and_then(|code| u32::try_from(code).ok());
                code.and_then(char::from_u32).ok_or_else(|| self.wrong(value))?.to_string()
            }
            other => return Err(FunctionError::new(format!("there is no directive `~{other}`"))),
        };
        Ok(text.into_bytes())
    }

    fn string(&self, value: &Value) -> Result<Vec<u8>, FunctionError> {
        let text = match value {
            Value::Text(_) | Value::Bool(_) | Value::Null => value.to_rendered(),
            Value::Undefined
            | Value::Integer(_)
            | Value::BigInteger(_)
            | Value::Float(_)
            | Value::List(_)
            | Value::Map(_) => return Err(self.wrong(value)),
        };
        let Some(precision) = self.precision else { return Ok(text.as_bytes().to_vec()) };
        let text = String::from_utf8_lossy(text.as_bytes());
        Ok(text.chars().take(precision).collect::<String>().into_bytes())
    }

    fn integer(&self, value: &Value) -> Result<String, FunctionError> {
        let integer: BigInt = value.to_big_integer().ok_or_else(|| self.wrong(value))?;
        let base = self.precision.unwrap_or(10);
        match u32::try_from(base) {
            Ok(base @ 2..=36) => Ok(integer.to_str_radix(base)),
            Ok(_) | Err(_) => Err(FunctionError::new("a base is from 2 to 36")),
        }
    }

    fn float(&self, value: &Value) -> Result<f64, FunctionError> {
        let Value::Float(float) = value else { return Err(self.wrong(value)) };
        Ok(float.value)
    }

    fn write(&self, text: &[u8], out: &mut Vec<u8>) {
        let len = String::from_utf8_lossy(text).chars().count();
        let padding = self.width.unwrap_or(0).saturating_sub(len);
        let padding = std::iter::repeat_n(self.pad, padding).collect::<String>();
        if !self.left {
            out.extend_from_slice(padding.as_bytes());
        }
        out.extend_from_slice(text);
        if self.left {
            out.extend_from_slice(padding.as_bytes());
        }
    }

    fn wrong(&self, value: &Value) -> FunctionError {
        let (control, found) = (self.control, value.type_name());
        FunctionError::new(format!("`~{control}` cannot show a value of type {found}"))
    }
}

/// As Erlang writes it: at least two digits of exponent, with a sign.
fn exponent(value: f64, digits: usize) -> String {
    let text = format!("{value:.*e}", digits.saturating_sub(1));
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    match exponent.strip_prefix('-') {
        Some(exponent) => format!("{digits}e-{exponent:0>2}"),
        None => format!("{digits}e+{exponent:0>2}"),
    }
}

fn general(value: f64, digits: usize) -> String {
    match value.abs() {
        0.1..10_000.0 => format!("{value:.*}", digits.saturating_sub(1)),
        _ => exponent(value, digits),
    }
}

fn write_term(value: &Value, out: &mut Vec<u8>) -> Result<(), FunctionError> {
    match value {
        Value::Text(text) => {
            out.extend_from_slice(b"<<");
            Value::Text(text.clone()).write_json(out);
            out.extend_from_slice(b">>");
        }
        Value::List(items) => {
            out.push(b'[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                write_term(item, out)?;
            }
            out.push(b']');
        }
        Value::Map(map) => {
            out.extend_from_slice(b"#{");
            for (i, (key, value)) in map.entries().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                write_term(&Value::from(key), out)?;
                out.extend_from_slice(b" => ");
                write_term(value, out)?;
            }
            out.push(b'}');
        }
        Value::Float(float) => Value::Float(float.value.into()).write_json(out),
        Value::Undefined
        | Value::Null
        | Value::Bool(_)
        | Value::Integer(_)
        | Value::BigInteger(_) => value.render_text(out),
    }
    if out.len() > TEXT_BYTES_MAX {
        return Err(FunctionError::new("the result is too large"));
    }
    Ok(())
}

fn too_few() -> FunctionError {
    FunctionError::new("fewer values than the format has directives")
}

fn cut_off() -> FunctionError {
    FunctionError::new("the format ends within a directive")
}

const WIDTH_MAX: usize = 1000;
