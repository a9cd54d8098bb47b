//! What the log holds, as types, and the store trait.
