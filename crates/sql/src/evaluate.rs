//! What an evaluation is given: the event's columns, the time, entropy. It does not know which event it is.

use sluice_value::Value;

/// The columns of one event, asked for by name.
pub trait Columns {
    /// The column's value; [`Value::Undefined`] where this event has no such column (or no value for it).
    fn column(&self, name: &str) -> Value;

    /// The raw payload, where the event has one. `column("payload")` gives the same bytes as text.
    fn payload(&self) -> Option<&[u8]>;

    /// Every column that `SELECT *` gives, in order (`retain` is not part of it).
    fn names(&self) -> &'static [&'static str];
}

/// What an evaluation needs beyond its columns.
pub struct Evaluation<'e> {
    /// Wall clock, nanoseconds since 1970-01-01T00:00:00Z.
    pub unix_nanos: i128,
    /// The next 64 random bits, from the caller's seeded source.
    pub entropy: &'e mut dyn FnMut() -> u64,
}
