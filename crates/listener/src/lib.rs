//! Accepts connections: binds listening sockets and gives one to each worker.
//!
//! Goes in: a name and an address. Comes out: sockets that workers accept from. Start reading at
//! [`tcp::bind`]. This crate does not know MQTT or what is done with a connection.

pub mod tcp;
