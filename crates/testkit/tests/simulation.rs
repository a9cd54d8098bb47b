//! Runs of the whole broker by seed. `SIMULATION_SEED` runs one and
//! shows the last `SIMULATION_LINES` of its trace, `SIMULATION_SEEDS` says how many run.

use sluice_hub::Counters;
use sluice_testkit::Simulation;

#[test]
fn what_clients_were_told_holds() {
    if let Some(seed) = setting("SIMULATION_SEED") {
        let lines = setting("SIMULATION_LINES").and_then(|lines| lines.try_into().ok());
        let outcome = Simulation::new(seed).with_trace(lines.unwrap_or(60)).run();
        assert!(outcome.report.is_empty(), "{}", outcome.report);
        return;
    }
    let seeds = setting("SIMULATION_SEEDS").unwrap_or(100);
    let mut sum = Counters::default();
    for seed in 1..=seeds {
        let outcome = Simulation::new(seed).run();
        assert!(outcome.report.is_empty(), "{}", outcome.report);
        sum.add(&outcome.counters);
    }
    // What never happened was not checked.
    for (what, count) in [
        ("held", sum.publishes_held),
        ("abandoned", sum.publishes_abandoned),
        ("dropped, the queue full", sum.dropped_queue_full),
        ("dropped, too old", sum.dropped_expired),
        ("acknowledged", sum.acknowledged),
        ("derived", sum.messages_derived),
    ] {
        assert!(seeds < 100 || count > 0, "no run had one that was {what}");
    }
}

#[test]
fn a_seed_replays_exactly() {
    for seed in [3, 4] {
        assert_eq!(Simulation::new(seed).run(), Simulation::new(seed).run());
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the seed of a failure is named by whoever repeats it"
)]
fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}
