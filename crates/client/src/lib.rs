//! A small MQTT client and the commands `pub`, `sub` and `bench` of the binary made of it.
//!
//! Goes in: flags, standard input, a server's address. Comes out: messages, printed messages,
//! figures. Start reading at [`Client`], the protocol without sockets; [`run`] is the way in for
//! the binary. This crate does not know the broker: it talks to any server of MQTT 3.1, 3.1.1 and
//! 5.0, over TCP for now.

mod args;
mod bench;
mod client;
mod clock;
mod command;
mod error;
mod format;
mod link;
mod options;
mod publish;
mod subscribe;

pub use args::ConnectArgs;
pub use bench::{
    BenchArgs, BenchError, IdleReport, IntegrityReport, Latency, Outcome, Report, run_bench,
};
pub use client::{Client, Event, PingUnanswered, ReceiveError, Received};
pub use command::{ClientCommand, run};
pub use error::ClientError;
pub use options::{ConnectOptions, WillOptions};
pub use publish::{PubArgs, run_pub};
pub use subscribe::{SubArgs, run_sub};
