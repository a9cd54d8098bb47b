//! Reads and evaluates literals, lists, calls, unary minus and one `<`. It knows just enough for
//! tests.

use std::iter::Peekable;
use std::str::Chars;

use sluice_value::{Value, compare, neg};

use crate::evaluate::{Columns, Evaluation};
use crate::functions::{CallContext, find};

pub(super) fn evaluate(
    expression: &str,
    columns: &dyn Columns,
    evaluation: &mut Evaluation<'_>,
) -> Result<Value, String> {
    let mut reader = Reader { rest: expression.chars().peekable(), columns, evaluation };
    let left = reader.expression()?;
    if reader.rest.next_if_eq(&'<').is_some() {
        let right = reader.expression()?;
        return Ok(Value::Bool(compare(&left, &right).unwrap().is_some_and(|order| order.is_lt())));
    }
    assert_eq!(reader.rest.next(), None, "{expression}");
    Ok(left)
}

struct Reader<'t, 'e, 'n> {
    rest: Peekable<Chars<'t>>,
    columns: &'t dyn Columns,
    evaluation: &'e mut Evaluation<'n>,
}

impl Reader<'_, '_, '_> {
    fn expression(&mut self) -> Result<Value, String> {
        self.blanks();
        let value = match self.rest.peek().copied() {
            Some('-') => {
                self.rest.next();
                neg(&self.expression()?).unwrap()
            }
            Some('\'') => {
                self.rest.next();
                self.string()
            }
            Some('[') => {
                self.rest.next();
                Value::from(self.items(']')?)
            }
            Some('0'..='9') => {
                let number = self.take(|c| c.is_ascii_digit() || c == '.');
                Value::from_json(number.as_bytes()).unwrap()
            }
            _ => self.named()?,
        };
        self.blanks();
        Ok(value)
    }

    fn string(&mut self) -> Value {
        let mut text = String::new();
        loop {
            match self.rest.next().expect("a closing quote") {
                '\'' if self.rest.next_if_eq(&'\'').is_none() => return Value::from(text),
                character => text.push(character),
            }
        }
    }

    fn named(&mut self) -> Result<Value, String> {
        let name = self.take(|c| c.is_ascii_alphanumeric() || c == '_');
        match name.as_str() {
            "true" => return Ok(Value::Bool(true)),
            "false" => return Ok(Value::Bool(false)),
            _ => {}
        }
        assert_eq!(self.rest.next(), Some('('), "after `{name}`");
        let function = find(&name).ok_or_else(|| format!("no function {name}"))?;
        let args = self.items(')')?;
        if !function.arity.allows(args.len()) {
            return Err(format!("{name} takes other than {} arguments", args.len()));
        }
        let literals: Vec<_> = args.iter().cloned().map(Some).collect();
        let prepared = function.prepare.map(|prepare| prepare(&literals)).transpose();
        let prepared = prepared.map_err(|error| error.to_string())?.flatten();
        let mut outcome = Vec::new();
        // With and without preparation the value is the same.
        for prepared in [prepared.as_ref(), None] {
            let (columns, evaluation) = (self.columns, &mut *self.evaluation);
            let mut context = CallContext { columns, evaluation, prepared };
            outcome.push((function.eval)(&mut context, &args).map_err(|error| error.to_string()));
        }
        assert!(!function.pure || outcome[0] == outcome[1], "{name}: {outcome:?}");
        outcome.swap_remove(0)
    }

    fn items(&mut self, end: char) -> Result<Vec<Value>, String> {
        let mut items = Vec::new();
        self.blanks();
        while self.rest.next_if_eq(&end).is_none() {
            items.push(self.expression()?);
            if self.rest.next_if_eq(&',').is_none() {
                assert_eq!(self.rest.peek(), Some(&end));
            }
        }
        Ok(items)
    }

    fn take(&mut self, wanted: fn(char) -> bool) -> String {
        std::iter::from_fn(|| self.rest.next_if(|character| wanted(*character))).collect()
    }

    fn blanks(&mut self) {
        self.take(char::is_whitespace);
    }
}
