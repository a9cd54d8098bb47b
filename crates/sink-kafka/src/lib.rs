//! Rows to Apache Kafka.
//!
//! Goes in: the settings of a connector, the templates of an action, batches of rows. Comes out:
//! one record for each row, and what became of it. Start reading at [`TYPE`] and at `sink`.
//! This crate does not know rules, buffers or when to try again.
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
