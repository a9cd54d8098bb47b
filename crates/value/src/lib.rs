//! Values, records and templates: what rules produce and sinks consume.
//!
//! Goes in: JSON text, numbers, bytes. Comes out: [`Value`]s, their JSON and their text, and
//! [`Template`](template::Template)s rendered over them. Start reading at [`Value`].
//! This crate does not know SQL, MQTT, topics or where a value came from.

mod map;
mod number;
mod text;
mod value;

pub use map::Map;
pub use number::Float;
pub use text::Text;
pub use value::Value;
