//! Seeded runs of a whole sink: publishes that wait, a destination that fails in every way, and
//! settings that change meanwhile. Checks that nothing is lost, doubled, overtaken or forgotten.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};

use sluice_rule::{Demand, Row};

use super::*;
use crate::fake::ids;

#[tokio::test(start_paused = true)]
async fn nothing_is_lost_doubled_overtaken_or_forgotten() {
    for seed in 1..=150 {
        let plan = Plan {
            fails: seed % 3 != 0,
            drops: seed % 4 == 0,
            swaps: seed % 5 != 0,
            removes: seed % 8 == 0,
        };
        run(seed, plan).await;
    }
}

/// What may happen in a run.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is one kind of trouble")]
struct Plan {
    fails: bool,
    /// Rows may be dropped: buffers that do not hold, and a limit of age.
    drops: bool,
    swaps: bool,
    removes: bool,
}

async fn run(seed: u64, plan: Plan) {
    let mut world = World::new(seed, plan);
    for _ in 0..400 {
        world.step();
        check_balance(world.sink.stats());
        if world.random.one_in(3) {
            sleep(Duration::from_millis(world.random.below(40))).await;
        }
        world.hear();
    }
    world.is_mended.store(true, Ordering::Relaxed);
    world.deliver_granted();
    // Longer than a write may hang, and then some for the lanes that waited for it.
    for _ in 0..1_500 {
        sleep(SECOND / 5).await;
        world.hear();
    }
    world.check_end(seed);
}

struct World {
    plan: Plan,
    random: Random,
    stage: Stage,
    fake: Arc<Fake>,
    sink: Arc<SinkHandle>,
    is_mended: Arc<AtomicBool>,
    clients: Vec<Client>,
    /// Granted, to be pushed or released later.
    granted: Vec<(usize, Demand)>,
    heard: Vec<u32>,
    next_id: u64,
    next_turn: u64,
    pushed: Vec<u64>,
    dropped: u64,
    /// Rows that removed sinks have to account for.
    ended: Vec<Arc<SinkHandle>>,
}

#[derive(Clone, Copy)]
enum Client {
    Idle,
    Waiting(Waiting),
}

#[derive(Clone, Copy)]
struct Waiting {
    demand: Demand,
    turn: u64,
    is_told: bool,
    /// It was told before, asked for something else and waits again.
    changed: bool,
}

impl World {
    fn new(seed: u64, plan: Plan) -> Self {
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let is_mended = Arc::new(AtomicBool::new(!plan.fails));
        let fake = Fake::new(script(Random(random.next() | 1), Arc::clone(&is_mended)));
        let stage = Stage::new();
        let sink = stage.put(&fake, &random.action(plan));
        Self {
            plan,
            random,
            stage,
            fake,
            sink,
            is_mended,
            clients: vec![Client::Idle; 12],
            granted: Vec::new(),
            heard: Vec::new(),
            next_id: 0,
            next_turn: 0,
            pushed: Vec::new(),
            dropped: 0,
            ended: Vec::new(),
        }
    }

    fn step(&mut self) {
        let at = usize::try_from(self.random.below(12)).unwrap();
        match self.random.below(100) {
            0..70 => self.publish(at),
            70..80 => self.publish_qos_0(),
            80..90 => self.deliver_granted(),
            90..95 => self.cancel(at),
            95..98 if self.plan.swaps => self.swap(),
            98 if self.plan.removes => self.remove(),
            _ => {}
        }
    }

    fn publish(&mut self, at: usize) {
        if matches!(self.clients[at], Client::Idle) && !self.is_granted(at) {
            let demand = self.random.demand();
            self.ask(at, demand, None);
        }
    }

    fn ask(&mut self, at: usize, demand: Demand, before: Option<Waiting>) {
        self.listen();
        let settings = self.sink.settings();
        let answer = self.sink.admit(demand, Some(ticket(u32::try_from(at).unwrap())));
        // Room that came back meanwhile was promised to others first.
        self.listen();
        match answer {
            Admission::Granted => {
                self.clients[at] = Client::Idle;
                self.check_room(demand);
                // Room was kept for one who was told.
                if before.is_none() && demand.rows > 0 {
                    self.check_turn(self.next_turn);
                }
                self.granted.push((at, demand));
                if self.random.one_in(2) {
                    self.deliver_granted();
                }
            }
            Admission::Wait => {
                assert_eq!(settings.on_full, OnFull::Hold);
                let turn = before.map_or(self.next_turn, |before| before.turn);
                self.next_turn = self.next_turn.max(turn + 1);
                let changed = before.is_some();
                let waiting = Waiting { demand, turn, is_told: false, changed };
                self.clients[at] = Client::Waiting(waiting);
            }
            Admission::Dropped => {
                assert_ne!(settings.on_full, OnFull::Hold);
                self.clients[at] = Client::Idle;
                self.dropped += u64::try_from(demand.rows).unwrap();
            }
        }
    }

    /// Nobody waits whose turn was before and who was not told.
    fn check_turn(&self, turn: u64) {
        for client in &self.clients {
            if let Client::Waiting(waiting) = client {
                let is_behind = waiting.is_told || waiting.changed || waiting.turn >= turn;
                assert!(is_behind, "{} was overtaken by {turn}", waiting.turn);
            }
        }
    }

    fn publish_qos_0(&mut self) {
        let demand = self.random.demand();
        match self.sink.admit(demand, None) {
            Admission::Granted => {
                self.check_room(demand);
                let none = self.clients.len();
                self.granted.push((none, demand));
                self.deliver_granted();
            }
            Admission::Wait => panic!("who has no ticket does not wait"),
            Admission::Dropped => self.dropped += u64::try_from(demand.rows).unwrap(),
        }
    }

    /// One in ten is given back instead.
    fn deliver_granted(&mut self) {
        for (at, demand) in std::mem::take(&mut self.granted) {
            if self.random.one_in(10) {
                self.sink.release(demand);
                continue;
            }
            for _ in 0..demand.rows {
                let bytes = demand.bytes / demand.rows;
                self.sink.push(&row(self.next_id, u64::try_from(at).unwrap(), bytes));
                self.pushed.push(self.next_id);
                self.next_id += 1;
            }
        }
    }

    fn cancel(&mut self, at: usize) {
        if matches!(self.clients[at], Client::Waiting(_)) {
            let slot = u32::try_from(at).unwrap();
            self.sink.cancel(ticket(slot));
            self.clients[at] = Client::Idle;
            // What was told before does not concern its next publish.
            self.listen();
            self.heard.retain(|told| *told != slot);
        }
    }

    fn swap(&mut self) {
        let before = self.sink.settings();
        let action = self.random.action(self.plan);
        let same = self.stage.put(&self.fake, &action);
        assert!(Arc::ptr_eq(&same, &self.sink));
        if before.on_full == OnFull::Hold && same.settings().on_full != OnFull::Hold {
            self.let_all_go();
        }
    }

    fn remove(&mut self) {
        self.deliver_granted();
        self.stage.sinks.retain(&|_| false);
        let action = self.random.action(self.plan);
        let next = self.stage.put(&self.fake, &action);
        self.ended.push(std::mem::replace(&mut self.sink, next));
        self.let_all_go();
    }

    /// All are told, and who asks again does so as if for the first time.
    fn let_all_go(&mut self) {
        self.listen();
        let heard: BTreeSet<u32> = std::mem::take(&mut self.heard).into_iter().collect();
        for at in 0..self.clients.len() {
            if let Client::Waiting(Waiting { demand, .. }) = self.clients[at] {
                assert!(heard.contains(&u32::try_from(at).unwrap()), "{at} is not told");
                self.ask(at, demand, None);
            }
        }
    }

    /// Notes who was told.
    fn listen(&mut self) {
        for slot in self.stage.told() {
            if let Client::Waiting(waiting) = &mut self.clients[slot as usize] {
                waiting.is_told = true;
                let turn = waiting.turn;
                self.check_turn(turn);
            }
            self.heard.push(slot);
        }
    }

    /// Lets those ask again who were told.
    fn hear(&mut self) {
        self.listen();
        let mut heard = std::mem::take(&mut self.heard);
        // Workers answer in whatever order they like.
        if self.random.one_in(2) {
            heard.reverse();
        }
        for slot in heard {
            let at = slot as usize;
            if let Client::Waiting(waiting @ Waiting { is_told: true, .. }) = self.clients[at] {
                let is_other = self.random.one_in(10);
                let demand = if is_other { self.random.demand() } else { waiting.demand };
                self.ask(at, demand, Some(waiting));
            }
        }
        if self.is_mended.load(Ordering::Relaxed) {
            self.deliver_granted();
        }
    }

    fn is_granted(&self, at: usize) -> bool {
        self.granted.iter().any(|(client, _)| *client == at)
    }

    /// What is in the buffer and `demand` keep to its bounds, or it is all that is there.
    fn check_room(&self, demand: Demand) {
        let (stats, settings) = (self.sink.stats(), self.sink.settings());
        let granted = self.granted.iter().map(|(_, demand)| *demand);
        let (rows, bytes) = granted
            .map(|demand| (demand.rows, demand.bytes))
            .chain([(stats.waiting, stats.waiting_bytes)].map(|(rows, bytes)| {
                (usize::try_from(rows).unwrap(), usize::try_from(bytes).unwrap())
            }))
            .fold((0, 0), |sum, next| (sum.0 + next.0, sum.1 + next.1));
        let is_within =
            rows + demand.rows <= settings.rows_max && bytes + demand.bytes <= settings.bytes_max;
        let is_free = rows == 0 || demand.rows == 0;
        assert!(is_within || is_free, "{demand:?} beside {rows} rows, {bytes} bytes");
    }

    fn check_end(&self, seed: u64) {
        let plan = self.plan;
        let still: usize =
            self.clients.iter().filter(|client| matches!(client, Client::Waiting(_))).count();
        assert_eq!(still, 0, "seed {seed}: publishes wait for ever, {:?}", self.sink.stats());
        let mut sum = SinkStats::default();
        for sink in self.ended.iter().chain([&self.sink]) {
            let stats = sink.stats();
            check_balance(stats);
            assert_eq!((stats.waiting, stats.waiting_bytes), (0, 0), "seed {seed}: {stats:?}");
            assert_eq!((stats.in_flight, stats.held), (0, 0), "seed {seed}: {stats:?}");
            sum.received += stats.received;
            sum.delivered += stats.delivered;
            sum.set_aside += stats.set_aside;
            sum.retried += stats.retried;
        }
        assert_eq!(sum.received, self.next_id + self.dropped, "seed {seed}");
        let written = self.fake.written();
        let distinct: BTreeSet<u64> = written.iter().copied().collect();
        if !plan.fails {
            assert_eq!((sum.retried, distinct.len()), (0, written.len()), "seed {seed}");
        }
        if !plan.drops && !plan.removes {
            let healthy = self.pushed.iter().filter(|id| !is_poison(**id)).copied();
            assert_eq!(distinct, healthy.collect(), "seed {seed}");
            let poison = self.pushed.iter().filter(|id| is_poison(**id)).count();
            assert_eq!(sum.set_aside, u64::try_from(poison).unwrap(), "seed {seed}");
        }
        // What a removed sink has under way may come after what the next one writes.
        if !plan.removes {
            self.check_order(seed, &written);
        }
    }

    /// The first time that each row of a key was written.
    fn check_order(&self, seed: u64, written: &[u64]) {
        let keys: BTreeMap<u64, u64> = self.fake.keys();
        let mut last: BTreeMap<u64, u64> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for id in written.iter().filter(|id| seen.insert(**id)) {
            let before = last.insert(keys[id], *id);
            assert!(before.is_none_or(|before| before < *id), "seed {seed}: {id} came late");
        }
    }
}

const fn is_poison(id: u64) -> bool {
    id % 29 == 11
}

/// A destination that does whatever one may do; when it is mended it only refuses poison.
fn script(
    mut random: Random,
    is_mended: Arc<AtomicBool>,
) -> impl FnMut(&[Arc<Row>]) -> (Duration, Reply) + Send {
    let mut has_panicked = false;
    move |rows| {
        let took = Duration::from_millis(random.below(20));
        let is_mended = is_mended.load(Ordering::Relaxed);
        let reply = match random.below(20) {
            0..4 if !is_mended => Reply::Fail(Remedy::Retry),
            4 if !is_mended => Reply::Fail(Remedy::Halt),
            5 if !is_mended => Reply::RetryAfter(Duration::from_millis(random.below(3_000))),
            // Never so often in a row that a row is held to be the cause.
            6 if !is_mended && !has_panicked => Reply::Panic,
            7 if !is_mended && random.one_in(40) => Reply::Hang,
            8..11 if !is_mended => Reply::Each(random.fates(rows)),
            _ if !ids(rows).iter().any(|id| is_poison(*id)) => Reply::Ok,
            11..15 => Reply::Each(poison_fates(rows)),
            _ => Reply::Fail(Remedy::Poison),
        };
        has_panicked = matches!(reply, Reply::Panic);
        let is_lost = matches!(reply, Reply::Ok) && !is_mended && random.one_in(10);
        (took, if is_lost { Reply::Lost } else { reply })
    }
}

fn poison_fates(rows: &[Arc<Row>]) -> Vec<Option<Remedy>> {
    ids(rows).into_iter().map(|id| is_poison(id).then_some(Remedy::Poison)).collect()
}

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: u64) -> u64 {
        (self.next() >> 11) % end
    }

    fn one_in(&mut self, of: u64) -> bool {
        self.below(of) == 0
    }

    /// Sometimes more than the whole buffer, sometimes nothing.
    fn demand(&mut self) -> Demand {
        let rows = if self.one_in(20) { self.below(40) } else { 1 + self.below(4) };
        let rows = usize::try_from(rows).unwrap();
        Demand { rows, bytes: rows * 10 }
    }

    fn action(&mut self, plan: Plan) -> Action {
        let on_full = match self.below(3) {
            0 if plan.drops => OnFull::DropOldest,
            1 if plan.drops => OnFull::DropNewest,
            _ => OnFull::Hold,
        };
        let is_aging = plan.drops && self.one_in(3);
        let buffer = Buffer {
            mode: None,
            rows_max: Some(1 + self.below(30)),
            bytes_max: self.one_in(3).then(|| 10 + self.below(300)),
            age_max: is_aging.then(|| Duration::from_millis(50 + self.below(3_000))),
            on_full: Some(on_full),
        };
        let linger = self.one_in(2).then(|| Duration::from_millis(self.below(50)));
        let batch = Batch { rows_max: Some(1 + self.below(9)), linger };
        action(buffer, batch, Some(1 + u16::try_from(self.below(5)).unwrap()))
    }

    /// When a row of a key fails, so do those behind it: a destination must not swap them.
    fn fates(&mut self, rows: &[Arc<Row>]) -> Vec<Option<Remedy>> {
        let mut failed = BTreeSet::new();
        let fates = rows.iter().zip(ids(rows)).map(|(row, id)| {
            if failed.contains(&row.order_key) || self.one_in(5) {
                failed.insert(row.order_key);
                return Some(Remedy::Retry);
            }
            is_poison(id).then_some(Remedy::Poison)
        });
        fates.collect()
    }
}
