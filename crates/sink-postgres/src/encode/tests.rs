//! The protocol's form of batches.

use super::*;
use sluice_event::MessageId;
use sluice_value::{Template, Value};

fn parameters(texts: &[&str]) -> Vec<Parameter> {
    let one = |text: &&str| {
        let template = Template::parse(text).unwrap();
        Parameter::One(template.placeholders().next().unwrap().clone())
    };
    texts.iter().map(one).collect()
}

fn row(json: &str) -> Arc<Row> {
    Arc::new(Row {
        rule: "r".parse().unwrap(),
        rule_version: 1,
        message: MessageId(1),
        index: 0,
        order_key: 0,
        values: Value::from_json(json.as_bytes()).unwrap().try_into().unwrap(),
        bytes: json.len(),
    })
}

#[test]
fn a_batch_is_an_array_for_each_parameter() {
    let parameters = parameters(&["${a}", "${b}"]);
    let rows = [row(r#"{"a": "xy", "b": 1}"#), row(r#"{"a": null, "b": 22}"#)];
    let columns = Columns::of(&parameters, &[Kind::Plain; 2], &rows).unwrap();
    assert_eq!(columns.rows, 2);
    let mut buffer = PgArgumentBuffer::default();
    for column in &columns.columns {
        let array = TextArray { column, rows: columns.rows };
        assert!(matches!(array.encode_by_ref(&mut buffer), Ok(IsNull::No)));
    }
    let numbers = |numbers: &[i32]| -> Vec<u8> {
        numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
    };
    let expected = [
        numbers(&[1, 1, 25, 2, 1, 2]),
        b"xy".to_vec(),
        numbers(&[-1]),
        numbers(&[1, 0, 25, 2, 1, 1]),
        b"1".to_vec(),
        numbers(&[2]),
        b"22".to_vec(),
    ];
    assert_eq!(**buffer, expected.concat());
}

#[test]
fn a_row_without_a_form_leaves_no_trace() {
    let parameters = parameters(&["${a}", "${b}"]);
    let good = row(r#"{"a": "1", "b": "2"}"#);
    let bad = row(r#"{"a": "3", "b": "\u0000"}"#);
    let rows = [Arc::clone(&bad), Arc::clone(&good), bad];
    let mixed = Columns::of(&parameters, &[Kind::Plain; 2], &rows).unwrap();
    let pure = Columns::of(&parameters, &[Kind::Plain; 2], &[good]).unwrap();
    assert_eq!(mixed.refused, [(0, Unwritable::Nul), (2, Unwritable::Nul)]);
    assert_eq!(mixed.rows, 1);
    let cells = |columns: &Columns| -> Vec<Vec<u8>> {
        columns.columns.iter().map(|column| column.cells.clone()).collect()
    };
    assert_eq!(cells(&mixed), cells(&pure));
}
