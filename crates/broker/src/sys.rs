//! What the broker says of itself below `$SYS/`, in the words of two brokers that rules and
//! dashboards may have been written for. It does not know how messages are routed, or who listens.

mod emqx;
mod mosquitto;

use std::sync::Weak;
use std::time::Duration;

use sluice_mqtt::{Message, MessageRef, Properties, QoS, UnixMillis};
use tokio::time::MissedTickBehavior;

use crate::{Broker, Stats};

/// Says it at once and then every `interval`, until the broker is gone. `rows_done` counts the rows
/// that destinations have taken or refused.
pub async fn publish_sys(
    broker: Weak<Broker>,
    version: &'static str,
    interval: Duration,
    rows_done: impl Fn() -> u64 + Send,
) {
    let mut peaks = Peaks::default();
    let mut ticks = tokio::time::interval(interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(broker) = broker.upgrade() else { return };
        let stats = broker.stats().await;
        peaks.raise(&stats);
        let now = broker.now();
        let state = State {
            node: broker.node(),
            version,
            uptime: Duration::from_millis(now.monotonic),
            unix_nanos: now.unix_nanos,
            interval,
            stats: &stats,
            rows_done: rows_done(),
            peaks,
        };
        broker.publish(messages(&state));
    }
}

/// Everything there is to say at one moment.
struct State<'s> {
    node: &'s str,
    version: &'s str,
    uptime: Duration,
    /// Since 1970-01-01T00:00:00Z.
    unix_nanos: u64,
    /// How often it is said.
    interval: Duration,
    stats: &'s Stats,
    /// Rows that destinations have taken or refused.
    rows_done: u64,
    peaks: Peaks,
}

/// The most that was seen at any of the moments so far.
#[derive(Clone, Copy, Debug, Default)]
struct Peaks {
    clients: u64,
    sessions: u64,
    subscriptions: u64,
    retained: u64,
}

impl Peaks {
    fn raise(&mut self, stats: &Stats) {
        self.clients = self.clients.max(stats.counters.clients());
        self.sessions = self.sessions.max(stats.counters.sessions);
        self.subscriptions = self.subscriptions.max(stats.subscriptions as u64);
        self.retained = self.retained.max(stats.retained_messages as u64);
    }
}

fn messages(state: &State<'_>) -> Vec<Message> {
    let mut said = Said::default();
    mosquitto::say(state, &mut said);
    emqx::say(state, &mut said);
    said.0
}

/// Messages said so far, all of QoS 0.
#[derive(Default)]
struct Said(Vec<Message>);

impl Said {
    /// Only those who listen now hear it.
    fn once(&mut self, topic: &str, payload: &str) {
        self.push(topic, payload, (false, None));
    }

    /// It is kept for those who come later.
    fn kept(&mut self, topic: &str, payload: &str) {
        self.push(topic, payload, (true, None));
    }

    /// The same, until then.
    fn kept_until(&mut self, topic: &str, payload: &str, until: UnixMillis) {
        self.push(topic, payload, (true, Some(until)));
    }

    fn push(
        &mut self,
        topic: &str,
        payload: &str,
        (retain, expires_at): (bool, Option<UnixMillis>),
    ) {
        self.0.push(Message::from(&MessageRef {
            topic,
            payload: payload.as_bytes(),
            qos: QoS::AtMostOnce,
            retain,
            properties: Properties::EMPTY,
            expires_at,
        }));
    }
}

#[cfg(test)]
mod tests;
