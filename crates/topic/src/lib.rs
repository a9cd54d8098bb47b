//! Topic names, topic filters, and the two questions between them; knows no sessions, no messages
//! and no rules.
//!
//! In: text from a packet or a rule. Out: [`TopicName`] and [`TopicFilter`], which hold only what
//! MQTT allows, [`TopicTree`] ("which filters match this name?") and [`NameTree`] ("which names
//! does this filter match?"). [`matches`](fn@matches) is the plain comparison that both trees
//! agree with. Start reading at [`TopicFilter`].

mod filter;
#[doc(hidden)]
pub mod fuzz;
mod map;
mod matches;
mod name;
mod name_tree;
mod tree;

pub use filter::{FilterError, LEVELS_MAX, TopicFilter};
pub use matches::matches;
pub use name::{TopicError, TopicName};
pub use name_tree::NameTree;
pub use tree::{Iter, TopicTree};

/// The longest topic name or topic filter in bytes: a string on the wire has a length of two
/// bytes [MQTT5-4.7.3-3].
pub const BYTES_MAX: usize = 65_535;
