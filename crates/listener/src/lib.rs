//! Accepts connections and hands byte streams to workers.
