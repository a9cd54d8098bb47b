//! Rows to Apache Kafka.
//!
//! Goes in: the settings of a connector, the templates of an action, batches of rows. Comes out:
//! one record for each row, and what became of it. Start reading at [`TYPE`] and at `sink`.
//! This crate does not know rules, buffers or when to try again.
//!
//! What becomes of a row:
//! - A topic that lacks a value, or renders to no topic name, sets the row aside, as do a partition
//!   and a timestamp that are no whole number. A timestamp of 0 is the time of writing.
//! - A key or header that is one placeholder without a value is null, not the text `undefined`. A
//!   value is never null: it would delete what a compacted topic holds.
//! - Where a topic does not exist or may not be written, rows wait for a person if the action names
//!   it, and are set aside if the row does: no device stops the others.
//! - A client holds at most 100,000 records and 64 MiB; the rest of a batch waits for room. Key,
//!   value and headers have at most 16 MiB; brokers usually take less.
//!
//! What holds:
//! - At least once. Where all replicas acknowledge (the default), the client is idempotent: its own
//!   retries double nothing and keep the order. A record whose time ran out may be in the log all
//!   the same, so the copy that is sent later may be a second one.
//! - Rows of a batch are handed over in order, and one key has one partition: order holds as long
//!   as nothing fails. Where some rows of a batch fail and later ones of the same key do not, the
//!   failed ones come after them.
//! - Keys choose partitions as Java's client does (murmur2); records without a key are spread.
//! - Whether a topic that is missing is created is up to the cluster
//!   (`auto.create.topics.enable` of its brokers).

mod connector;
mod delivery;
mod encode;
mod log_budget;
mod producer;
mod remedy;
mod settings;
mod sink;
#[cfg(test)]
mod tests;

pub use connector::TYPE;
