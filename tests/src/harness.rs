//! What the tests stand on: the server as a subprocess, real clients as subprocesses, and a client
//! that writes its bytes by hand. Knows no theme.
//!
//! Nothing here sleeps: waiting is on a line of output, a packet, or the end of a process, each
//! with [`PATIENCE`] as its limit.

mod clock;
mod http;
mod http_server;
mod kafka;
mod load;
mod outcome;
mod postgres;
mod process;
mod raw;
mod rest;
mod server;

use std::time::Duration;

pub(crate) use clock::{environment, now};
pub(crate) use http::get;
pub(crate) use http_server::{Answer, HttpServer, Request};
pub(crate) use kafka::{Consumed, Kafka};
pub(crate) use load::Load;
pub(crate) use outcome::Outcome;
pub(crate) use postgres::{Database, Postgres};
pub(crate) use process::{Process, binary, mosquitto_pub, mosquitto_sub, node, paho, run, sluice};
pub(crate) use raw::{
    Connect, Packet, Publish, RawClient, frame, packet_id, properties, subscribe, text,
    unsubscribe, user_property,
};
pub(crate) use rest::Rest;
pub(crate) use server::{Server, Setup};

/// How long a condition may take before the test gives up. Generous: the machine may be busy, and a
/// passing test never waits it out.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
