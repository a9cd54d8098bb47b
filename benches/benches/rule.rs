//! What a rule costs for one message of 290 bytes, and what of that is JSON. It does not know
//! routing.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use sluice_event::{Event, MessageId, MessagePublished, Publisher};
use sluice_mqtt::{MessageRef, Properties, QoS, UnixMillis};
use sluice_rule::{EventColumns, RuleId};
use sluice_sql::evaluate::Evaluation;
use sluice_value::Value;

const PAYLOAD: &str = concat!(
    r#"{"temp": 31.5, "hum": 48.25, "seq": 120034, "sent": 1790000000123, "#,
    r#""device": {"id": "d4", "model": "TH-200", "firmware": "4.12.0", "#,
    r#""site": {"name": "north", "floor": 3}}, "battery": 87, "tags": ["lab", "cold", "a1"], "#,
    r#""note": "calibrated on the first day of the month by hand, next time in spring ..."}"#
);

const PASSES: &str = concat!(
    "SELECT payload.temp AS temp, payload.device.id AS device, clientid ",
    "FROM \"t/#\" WHERE payload.temp > 30"
);
const REJECTS: &str = concat!(
    "SELECT payload.temp AS temp, payload.device.id AS device, clientid ",
    "FROM \"t/#\" WHERE payload.temp > 40"
);
const RULES: [(&str, &str); 4] = [
    ("passes", PASSES),
    ("rejects", REJECTS),
    ("rejects without payload", "SELECT * FROM \"t/#\" WHERE clientid = 'c9'"),
    ("selects all", "SELECT * FROM \"t/#\""),
];

fn evaluate(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("evaluate rule");
    let event = Event::MessagePublished(MessagePublished {
        id: MessageId(7),
        publisher: Publisher { client_id: "c1", username: None, peer: None },
        message: MessageRef {
            topic: "t/1",
            payload: PAYLOAD.as_bytes(),
            qos: QoS::AtLeastOnce,
            retain: false,
            properties: Properties::EMPTY,
            expires_at: None,
        },
        dup: false,
        received_at: UnixMillis(1_790_000_000_123),
    });
    let Ok(rule_id) = "r".parse::<RuleId>() else { panic!("`r` names a rule") };
    for (name, sql) in RULES {
        let Ok(plan) = sluice_sql::plan(sql) else { panic!("{name} is a rule") };
        let mut rows = Vec::new();
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                rows.clear();
                // Made for each message: the payload is parsed at most once a message.
                let columns = EventColumns::new(&event, "n", UnixMillis(1_790_000_000_123));
                let evaluation = &mut Evaluation { unix_nanos: 0, entropy: &mut || 0 };
                let outcome = plan.evaluate(&columns.with_rule(&rule_id), evaluation, &mut rows);
                assert!(outcome.is_ok(), "{name} can be evaluated");
                rows.len()
            });
        });
    }
}

fn json(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("JSON");
    group.bench_function("parse", |bencher| {
        bencher.iter(|| Value::from_json(black_box(PAYLOAD.as_bytes())));
    });
    let Ok(value) = Value::from_json(PAYLOAD.as_bytes()) else { panic!("the payload is JSON") };
    let mut out = Vec::with_capacity(1024);
    group.bench_function("write", |bencher| {
        bencher.iter(|| {
            out.clear();
            black_box(&value).write_json(&mut out);
            out.len()
        });
    });
}

fn plan(criterion: &mut Criterion) {
    criterion.bench_function("plan rule", |bencher| {
        bencher.iter(|| sluice_sql::plan(black_box(PASSES)));
    });
}

criterion_group!(benches, evaluate, json, plan);
criterion_main!(benches);
