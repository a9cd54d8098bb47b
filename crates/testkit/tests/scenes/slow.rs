//! A client that does not read harms only itself.

use sluice_session::{Limits, Link};
use sluice_testkit::{Conditions, Weather};

use crate::stage::{Client, Stage};

#[test]
fn a_slow_reader_is_bounded_and_what_it_gets_is_in_order() {
    let limits = Limits { max_queued_messages: 5, ..Limits::default() };
    for (workers, seed) in [(1, 1), (2, 1), (2, 2), (3, 3)] {
        let calm = Conditions::calm(workers);
        let weather = Weather { capacity: 4_096, ..calm.weather };
        let conditions = Conditions { seed, weather, limits: limits.clone(), ..calm };
        let stage = &mut Stage::new(conditions);
        let slow = stage.connect(&Client::new("slow"));
        stage.subscribe(slow, "t", 0);
        let quick = stage.connect(&Client::new("quick"));
        stage.subscribe(quick, "t", 0);
        let publisher = stage.connect(&Client::new("p"));
        let padding = "x".repeat(10_000);
        let mut seen = Vec::new();
        for number in 100..200 {
            stage.publish(publisher, "t", &format!("{number}{padding}"), (0, 0));
            seen.extend(stage.read(quick));
        }
        assert_eq!(seen.len(), 100, "nobody else notices");
        let sum = stage.engine.sum();
        assert_eq!(sum.waiting, 5);
        let fits = u64::try_from((Link::HIGH_WATER + 4_096) / 10_000).unwrap() + 1;
        assert!(sum.dropped_queue_full >= 100 - 5 - fits, "{sum:?}");
        let read = stage.read(slow);
        let numbers: Vec<&str> = read.iter().filter_map(|line| line.get(10..13)).collect();
        assert_eq!(numbers.len() as u64, 100 - sum.dropped_queue_full);
        assert!(numbers.is_sorted());
        assert_eq!(stage.engine.sum().waiting, 0);
    }
}
