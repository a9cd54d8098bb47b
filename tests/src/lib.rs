//! Black-box tests of the running binary: each starts `sluice serve` as a subprocess on free ports
//! and talks to it as users do.
//!
//! They know nothing of the crates: only the command line, the configuration, the wire and the rule
//! files; those of one destination (`webhook_sink` …) drive its crate without a router. `harness`
//! starts and stops processes; the other modules are one theme each. `make test`
//! installs the clients that are driven and builds the binary first.

#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod cli;
#[cfg(test)]
mod events;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod kafka;
#[cfg(test)]
mod kafka_sink;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod mosquitto_clients;
#[cfg(test)]
mod mqtt_js;
#[cfg(test)]
mod paho;
#[cfg(test)]
mod postgres;
#[cfg(test)]
mod postgres_sink;
#[cfg(test)]
mod rest;
#[cfg(test)]
mod rules_live;
#[cfg(test)]
mod rules_remote;
#[cfg(test)]
mod rumqttc_client;
#[cfg(test)]
mod status;
#[cfg(test)]
mod sys;
#[cfg(test)]
mod tour;
#[cfg(test)]
mod webhook;
#[cfg(test)]
mod webhook_sink;
#[cfg(test)]
mod wire;
