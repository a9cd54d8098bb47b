//! Values, records and templates: what rules produce and sinks consume.
//!
//! Goes in: JSON text, numbers, bytes. Comes out: [`Value`]s, their JSON and their text, and
//! [`Template`]s rendered over them. Start reading at [`Value`].
//! This crate does not know SQL, MQTT, topics or where a value came from.

mod arithmetic;
mod compare;
#[doc(hidden)]
pub mod fuzz;
mod json;
mod key;
mod map;
mod number;
mod path;
mod record;
mod render;
mod template;
mod text;
mod value;

pub use arithmetic::{ArithmeticError, add, div, int_div, modulo, mul, neg, sub};
pub use compare::{CompareError, compare, strict_eq, term_order};
pub use json::JsonError;
pub use key::Key;
pub use map::Map;
pub use number::{Digits, Float, INTEGER_BITS_MAX, NUMBER_BYTES_MAX};
pub use path::{PATH_STEPS_MAX, PathStep, RangeError};
pub use record::{NotAMap, Record};
pub use render::{TEXT_BYTES_MAX, TooLong, write_decimals};
pub use template::{PLACEHOLDERS_MAX, Placeholder, Segment, TEMPLATE_BYTES_MAX};
pub use template::{Template, TemplateError};
pub use text::Text;
pub use value::Value;
