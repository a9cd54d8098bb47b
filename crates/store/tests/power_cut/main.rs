//! Power cuts at any call, torn and reordered writes, syncs that fail and disks that are full, by
//! seed: what the store said is durable is there afterwards, and what is there is what some
//! beginning of the log adds up to. `POWER_CUT_SEED` runs one seed, `POWER_CUT_SEEDS` so many.

#[cfg(test)]
mod disk;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod random;

use sluice_journal::Store as _;
use sluice_store::{Durability, Opened, Options, Recovered, Step, open};

use disk::{Disk, Fault};
use oracle::{Fact, Model, append, told};
use random::Random;

/// What a run has seen.
#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    cuts: u32,
    entries: u64,
    committed: u64,
    lost_uncommitted: u64,
    failed_steps: u32,
    cleaned_steps: u32,
}

impl Seen {
    fn add(&mut self, other: &Self) {
        self.cuts += other.cuts;
        self.entries += other.entries;
        self.committed += other.committed;
        self.lost_uncommitted += other.lost_uncommitted;
        self.failed_steps += other.failed_steps;
        self.cleaned_steps += other.cleaned_steps;
    }
}

/// Whether what was recovered is what the first `last` facts add up to; the others are forgotten.
#[cfg(test)]
fn check(
    recovered: &Recovered,
    facts: &mut Vec<Fact>,
    (promised, last): (u64, u64),
) -> Result<Model, String> {
    if last < promised {
        return Err(format!("{promised} were promised"));
    }
    if !recovered.report.damage.is_empty() {
        return Err(format!("{:?}", recovered.report.damage));
    }
    facts.truncate(usize::try_from(last).unwrap());
    let mut model = Model::default();
    for (position, fact) in (1..).zip(&*facts) {
        model.apply(position, fact);
    }
    let (expected, found) = (model.told(), told(recovered));
    let only_in = |here: &str, there: &str| {
        let lines = here.lines().filter(|line| !there.lines().any(|it| it == *line));
        lines.collect::<Vec<_>>().join("\n")
    };
    if expected == found {
        return Ok(model);
    }
    let (missing, wrong) = (only_in(&expected, &found), only_in(&found, &expected));
    Err(format!("not found:\n{missing}\nfound:\n{wrong}"))
}

/// Runs a seed; the error says what was lost or came back.
#[cfg(test)]
fn run(seed: u64, fault: Fault, durability: Durability) -> Result<Seen, String> {
    let mut random = Random::new(seed);
    let disk = Disk::new(random.next(), fault);
    let segment_bytes = 300 + random.next() % 3000;
    let options = Options { durability, segment_bytes, ..Options::default() };
    let (mut facts, mut next_key) = (Vec::<Fact>::new(), 0);
    let (mut seen, mut promised) = (Seen::default(), 0);
    for life in 0..6 {
        let Opened { mut appender, mut committer, recovered } = loop {
            // The power may go while it starts, too.
            if random.chance(20) {
                disk.plan(u32::try_from(1 + random.below(12)).unwrap(), 0);
            }
            match open(Box::new(disk.clone()), options) {
                Ok(opened) if !disk.is_off() => break opened,
                Err(error) if !disk.is_off() => return Err(format!("life {life}: {error}")),
                Ok(_) | Err(_) => disk.reboot(),
            }
        };
        let last = appender.committed().0;
        let mut model = check(&recovered, &mut facts, (promised, last))
            .map_err(|wrong| format!("life {life}, {last} entries: {wrong}"))?;
        seen.lost_uncommitted = seen.entries - facts.len() as u64;
        promised = last;
        let trouble = if random.chance(40) { 8 } else { 0 };
        disk.plan(u32::try_from(20 + random.below(250)).unwrap(), trouble);
        while !disk.is_off() {
            if random.chance(70) {
                let fact = model.next(&mut random, &mut next_key);
                let position = append(&mut appender, &fact);
                facts.push(fact);
                assert_eq!(position.0, facts.len() as u64);
                model.apply(position.0, &facts[facts.len() - 1]);
                seen.entries += 1;
                continue;
            }
            // Room is made only where nothing waits.
            for _ in 0..=random.below(4) {
                match committer.step() {
                    Step::Failed(_) => seen.failed_steps += 1,
                    Step::Cleaned => seen.cleaned_steps += 1,
                    Step::Committed(position) => {
                        assert!(position > sluice_journal::Position(promised));
                        seen.committed += position.0 - promised;
                    }
                    Step::Idle => {}
                }
                promised = appender.committed().0;
            }
        }
        seen.cuts += 1;
        drop((appender, committer));
        disk.reboot();
    }
    Ok(seen)
}

#[test]
fn what_was_committed_survives() {
    if let Some(seed) = setting("POWER_CUT_SEED") {
        run(seed, Fault::None, Durability::Fsync).unwrap_or_else(|wrong| panic!("{wrong}"));
        return;
    }
    let mut sum = Seen::default();
    for seed in 0..setting("POWER_CUT_SEEDS").unwrap_or(200) {
        match run(seed, Fault::None, Durability::Fsync) {
            Ok(seen) => sum.add(&seen),
            Err(wrong) => panic!("POWER_CUT_SEED={seed}: {wrong}"),
        }
    }
    // A run in which nothing happened has checked nothing.
    for count in [u64::from(sum.cuts), sum.committed, sum.lost_uncommitted] {
        assert!(count > 500, "{sum:?}");
    }
    assert!(sum.failed_steps > 500 && sum.cleaned_steps > 200, "{sum:?}");
}

#[test]
fn a_seed_replays_exactly() {
    for seed in 0..5 {
        let again = || run(seed, Fault::None, Durability::Fsync);
        assert_eq!(again().unwrap(), again().unwrap());
    }
}

/// Each deliberate fault is found within a few seeds.
#[test]
fn disks_and_settings_that_promise_too_much_are_caught() {
    for (fault, durability) in [
        (Fault::SyncsNothing, Durability::Fsync),
        (Fault::SyncsNoFolder, Durability::Fsync),
        (Fault::None, Durability::Os),
    ] {
        let caught = (0..20).find_map(|seed| run(seed, fault, durability).err());
        let caught = caught.unwrap_or_else(|| panic!("{fault:?} {durability:?} was not caught"));
        assert!(
            ["promised", "found", "no segment"].iter().any(|it| caught.contains(it)),
            "{caught}"
        );
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the seed of a failure is named by whoever repeats it"
)]
fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}
