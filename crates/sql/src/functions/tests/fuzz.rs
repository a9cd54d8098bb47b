//! Every function on odd arguments, for `FUZZ_SECONDS` (default 1) from `FUZZ_SEED` (default 1):
//! a value or an error, never a panic, and never more than a bounded answer.

use std::time::{Duration, Instant};

use sluice_value::{TEXT_BYTES_MAX, Value};

use crate::evaluate::Evaluation;
use crate::functions::tests::{Publish, all};
use crate::functions::{CallContext, Function};

#[test]
fn odd_arguments_give_values_or_errors() {
    let deadline = now() + Duration::from_secs(number("FUZZ_SECONDS", 1));
    let seed = number("FUZZ_SEED", 1);
    let mut random = Random(seed);
    let functions: Vec<&Function> = all().collect();
    let pool = pool();
    let mut answered = 0_u32;
    while now() < deadline {
        let function = functions[random.below(functions.len())];
        let spread = function.arity.max.min(function.arity.min + 3) - function.arity.min;
        let count = function.arity.min + random.below(spread + 1);
        let args: Vec<Value> = (0..count).map(|_| random.pick(&pool)).collect();
        let name = function.name;
        let started = now();
        let outcome = std::panic::catch_unwind(|| call(function, &args));
        let shown: Vec<_> = args.iter().map(excerpt).collect();
        let shown = shown.join(", ");
        let Ok(answer) = outcome else { panic!("FUZZ_SEED={seed}: {name}({shown}) panics") };
        answered += u32::from(answer.is_some());
        if let Some(Value::Text(text)) = answer {
            assert!(text.len() <= TEXT_BYTES_MAX + INPUT_BYTES_MAX, "{name} gives too much");
        }
        assert!(
            now() - started < Duration::from_secs(2),
            "FUZZ_SEED={seed}: {name}({shown}) takes too long"
        );
    }
    assert!(answered > 0);
}

fn call(function: &Function, args: &[Value]) -> Option<Value> {
    let mut entropy = || 7;
    let mut evaluation = Evaluation { unix_nanos: i128::MAX, entropy: &mut entropy };
    let columns = Publish { payload: Value::Null };
    let literals: Vec<_> = args.iter().cloned().map(Some).collect();
    let prepared = match function.prepare.map(|prepare| prepare(&literals)) {
        Some(Ok(prepared)) => prepared,
        Some(Err(_)) => return None,
        None => None,
    };
    let mut context =
        CallContext { columns: &columns, evaluation: &mut evaluation, prepared: prepared.as_ref() };
    (function.eval)(&mut context, args).ok()
}

fn excerpt(value: &Value) -> String {
    format!("{value:?}").chars().take(40).collect()
}

fn pool() -> Vec<Value> {
    let jsons = JSONS.split_whitespace().map(|json| Value::from_json(json.as_bytes()).unwrap());
    let mut pool: Vec<Value> = jsons.chain(TEXTS.split('|').map(Value::from)).collect();
    pool.push(Value::Undefined);
    pool.push(Value::from([0xff, 0x00, 0xc3].as_slice()));
    pool.push(Value::from("a ".repeat(INPUT_BYTES_MAX / 2)));
    pool.push((0..2000).map(Value::Integer).collect());
    pool.push(Value::from_json("7".repeat(19_000).as_bytes()).unwrap());
    pool
}

struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let bound = u64::try_from(bound.max(1)).unwrap();
        usize::try_from((mixed ^ (mixed >> 31)) % bound).unwrap()
    }

    fn pick(&mut self, pool: &[Value]) -> Value {
        pool[self.below(pool.len())].clone()
    }
}

#[expect(clippy::disallowed_methods, reason = "a time budget for a test needs the clock")]
fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "a test is told its budget by who runs it")]
fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

const INPUT_BYTES_MAX: usize = 20_000;

const JSONS: &str = r#"null true 0 1 -1 2 8 16 65535 65536 1000000 1e308 -0.0 0.5 1e-320
    9223372036854775807 -9223372036854775808 9223372036854775808 [] {} [1,[2,{"a":[]}],"x",null]
    [["a",1]] {"a":{"b":[1,2]},"a.b":1} [[[[[[]]]]]]"#;

const TEXTS: &str = "|a|a.b|é|👨‍👩‍👧| \t|true|12|-1.5|1.0e3|$.a[*]|$..[?@.a>1]|$[?$..a]|\
    (a*)*c|(.)|[|\
    \\|\\x41|&|\
    %Y-%m-%d %H:%M:%S|2024-02-29T00:00:00Z|second|nanosecond|+08:00|~s~p|~10.16.0b|\
    {\"a\":{\"b\":1}}|aGk=|leading|trailing|both|notrim|integer|float|bits|signed|little|\
    md5|no_padding|urlsafe";
