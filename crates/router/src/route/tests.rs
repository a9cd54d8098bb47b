//! Routes over small trees.

use sluice_mqtt::SubscriptionOptions;
use sluice_topic::TopicFilter;

use super::*;
use crate::{Subscription, SubscriptionChange};

fn session(worker: u16, slot: u32) -> SessionRef {
    SessionRef { worker: WorkerId(worker), slot, serial: 1 }
}

fn subscribe(filter: &str, session: SessionRef, qos: QoS, identifier: u32) -> SubscriptionChange {
    let options = SubscriptionOptions { qos, ..SubscriptionOptions::default() };
    SubscriptionChange::Subscribe(
        TopicFilter::parse(filter).unwrap(),
        session,
        Subscription { options, identifier, session_key: 0 },
    )
}

#[test]
fn overlapping_subscriptions_are_one_target_with_the_highest_qos() {
    let mut tree = SubscriptionTree::with_seed(1);
    tree.apply(&[
        subscribe("a/#", session(0, 1), QoS::AtMostOnce, 7),
        subscribe("a/+", session(0, 1), QoS::ExactlyOnce, 3),
        subscribe("a/b", session(1, 1), QoS::AtLeastOnce, 0),
    ]);
    let mut cache = RouteCache::with_seed(1);
    let route = cache.route("a/b", &tree, 0, |_, _| {});
    assert_eq!(route.targets.len(), 2);
    let first = &route.targets_of(WorkerId(0))[0];
    assert_eq!((first.qos, first.identifiers.as_slice()), (QoS::ExactlyOnce, &[3, 7][..]));
    assert_eq!(route.targets_of(WorkerId(1)).len(), 1);
    assert_eq!(route.targets_of(WorkerId(2)).len(), 0);
}

#[test]
fn a_change_makes_the_route_anew() {
    let mut tree = SubscriptionTree::with_seed(1);
    let mut cache = RouteCache::with_seed(1);
    assert!(cache.route("t", &tree, 0, |_, _| {}).targets.is_empty());
    tree.apply(&[subscribe("t", session(0, 1), QoS::AtMostOnce, 0)]);
    assert_eq!(cache.route("t", &tree, 0, |_, _| {}).targets.len(), 1);
    tree.apply(&[SubscriptionChange::Unsubscribe(TopicFilter::parse("t").unwrap(), session(0, 1))]);
    assert!(cache.route("t", &tree, 0, |_, _| {}).targets.is_empty());
    let route = cache.route("t", &tree, 1, |_, rules| rules.push(4));
    assert_eq!(route.rules.as_slice(), &[4]);
}

#[test]
fn the_cache_stays_bounded() {
    let tree = SubscriptionTree::with_seed(1);
    let mut cache = RouteCache::with_seed(1);
    for topic in 0..TOPICS_MAX * 2 + 5 {
        cache.route(&topic.to_string(), &tree, 0, |_, _| {});
    }
    assert!(cache.routes.len() <= TOPICS_MAX);
}

#[test]
fn the_cache_is_bounded_in_bytes_of_topics_too() {
    let tree = SubscriptionTree::with_seed(1);
    let mut cache = RouteCache::with_seed(1);
    for topic in 0..1000 {
        let topic = format!("{topic}/{}", "x".repeat(60_000));
        cache.route(&topic, &tree, 0, |_, _| {});
        cache.route(&topic, &tree, 0, |_, _| {});
    }
    let bytes: usize = cache.routes.keys().map(String::len).sum();
    assert!(bytes <= TOPIC_BYTES_MAX + 65_535, "{bytes}");
    assert_eq!(bytes, cache.bytes);
}
