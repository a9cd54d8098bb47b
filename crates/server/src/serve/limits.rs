//! What the configuration means to the broker, in its own words. It does not know who keeps the
//! limits.

use std::num::NonZeroUsize;
use std::thread::available_parallelism;

use sluice_broker::{BrokerConfig, Limits, RetainedLimits};

use crate::clock;
use crate::config::Config;

/// What the broker is made of.
pub(crate) fn broker_config(config: &Config) -> BrokerConfig {
    let mqtt = &config.mqtt;
    BrokerConfig {
        node: config.node.name.clone(),
        workers: workers(config.node.workers),
        limits: Limits {
            maximum_packet_size: mqtt.max_packet_size,
            max_inflight: mqtt.max_inflight,
            receive_maximum: mqtt.receive_maximum,
            max_queued_messages: count(mqtt.max_queued_messages.into()),
            max_queued_bytes: count(mqtt.max_queued_bytes),
            // On the wire all ones mean that a session never expires.
            session_expiry_max: mqtt
                .session_expiry_max
                .map_or(u32::MAX, |it| u32::try_from(it.as_secs()).unwrap_or(u32::MAX)),
            server_keep_alive: mqtt.server_keep_alive,
            connect_timeout: u64::try_from(mqtt.connect_timeout.as_millis()).unwrap_or(u64::MAX),
            max_subscriptions: count(mqtt.max_subscriptions.into()),
            topic_alias_maximum: mqtt.topic_alias_maximum,
            allow_anonymous: config.auth.allow_anonymous,
            ..Limits::default()
        },
        retained: RetainedLimits {
            messages_max: count(mqtt.max_retained_messages.into()),
            bytes_max: count(mqtt.max_retained_bytes),
        },
        connections_max: count(mqtt.max_connections.into()),
        seed: clock::entropy()(),
    }
}

fn workers(configured: u16) -> u16 {
    if configured > 0 {
        return configured;
    }
    let cores = available_parallelism().map_or(1, NonZeroUsize::get);
    u16::try_from(cores).unwrap_or(u16::MAX)
}

fn count(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::Sources;

    fn broker(flags: &[(&str, &str)]) -> BrokerConfig {
        let own = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        let flags = flags.iter().map(own).collect();
        let sources = Sources { flags, ..Sources::default() };
        broker_config(&Config::read(&sources, Path::new("")).unwrap())
    }

    #[test]
    fn the_defaults_of_configuration_and_broker_are_the_same() {
        let broker = broker(&[]);
        assert_eq!(broker.limits, Limits::default());
        assert!(broker.workers >= 1);
    }

    #[test]
    fn values_reach_the_broker_in_its_units() {
        let broker = broker(&[
            ("mqtt.session_expiry_max", "never"),
            ("mqtt.connect_timeout", "2s"),
            ("mqtt.max_queued_bytes", "1KiB"),
            ("mqtt.max_connections", "7"),
            ("mqtt.max_retained_bytes", "2KiB"),
            ("auth.allow_anonymous", "false"),
            ("node.workers", "3"),
        ]);
        assert_eq!(broker.limits.session_expiry_max, u32::MAX);
        assert_eq!(broker.limits.connect_timeout, 2000);
        assert_eq!(broker.limits.max_queued_bytes, 1024);
        assert_eq!((broker.connections_max, broker.workers), (7, 3));
        assert_eq!(broker.retained.bytes_max, 2048);
        assert!(!broker.limits.allow_anonymous);
    }
}
