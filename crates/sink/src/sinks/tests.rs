//! What the driver makes of a destination's answers. Time is virtual.

use std::sync::Weak;

use sluice_rule::action::{Batch, Buffer, OnFull};
use sluice_rule::{Admission, Outbox, Ticket};
use tokio::time::{Instant, sleep};

use super::*;
use crate::fake::{Fake, Reply, action, demand, row, send};
use crate::{Remedy, SinkStats, Status};

mod room;
mod simulation;
mod threads;

const SECOND: Duration = Duration::from_secs(1);

struct Stage {
    sinks: Arc<Sinks>,
    told: Arc<Mutex<Vec<Ticket>>>,
}

impl Stage {
    fn new() -> Self {
        let told = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&told);
        let sinks = Arc::new_cyclic(|sinks: &Weak<Sinks>| {
            let sinks = Weak::clone(sinks);
            Sinks::new(Arc::new(move |ticket| {
                // This would never return if a lock were held.
                let sinks = sinks.upgrade().map(|sinks| sinks.list()).unwrap_or_default();
                sinks.iter().for_each(|sink| check_balance(sink.stats()));
                heard.lock().unwrap().push(ticket);
            }))
        });
        Self { sinks, told }
    }

    fn put(&self, fake: &Arc<Fake>, action: &Action) -> Arc<SinkHandle> {
        self.sinks.put("r.a", action, &fake.link()).unwrap()
    }

    fn told(&self) -> Vec<u32> {
        self.told.lock().unwrap().drain(..).map(|ticket| ticket.slot).collect()
    }
}

fn plain() -> Action {
    action(Buffer::default(), Batch::default(), None)
}

fn bounded(rows_max: u64, on_full: OnFull) -> Action {
    let buffer = Buffer { rows_max: Some(rows_max), on_full: Some(on_full), ..Buffer::default() };
    action(buffer, Batch { rows_max: Some(1), linger: None }, None)
}

const fn ticket(slot: u32) -> Ticket {
    Ticket { worker: 0, slot, serial: 7 }
}

#[track_caller]
fn check_balance(stats: SinkStats) {
    let dropped = stats.dropped_full + stats.dropped_expired + stats.dropped_removed;
    let booked = stats.delivered + stats.waiting + stats.set_aside + dropped;
    assert_eq!(stats.received, booked, "{stats:?}");
}

#[tokio::test(start_paused = true)]
async fn rows_are_written_in_order_in_batches() {
    let (stage, fake) = (Stage::new(), Fake::well());
    let sink = stage.put(&fake, &plain());
    (0..10).for_each(|id| send(sink.as_ref(), id, 1));
    assert_eq!(sink.stats().waiting_bytes, 100);
    sleep(SECOND).await;
    assert_eq!(fake.batches(), [vec![0, 1, 2, 3], vec![4, 5, 6, 7], vec![8, 9]]);
    let stats = sink.stats();
    check_balance(stats);
    assert_eq!((stats.received, stats.delivered, stats.batches), (10, 10, 3));
    assert_eq!((stats.waiting, stats.waiting_bytes, stats.in_flight), (0, 0, 0));
    // The timer of a paused clock has a granularity of a millisecond.
    assert!((10_000..12_000).contains(&stats.last_write_micros), "{stats:?}");
    assert_eq!(sink.health().status, Status::Connected);
    assert!(sink.health().latency.is_some());
    assert_eq!((sink.name(), sink.type_name()), ("r.a", "webhook"));
    assert_eq!(sink.connector_name(), "fake");
}

#[tokio::test(start_paused = true)]
async fn a_batch_lingers_for_more_rows_unless_it_is_full() {
    let (stage, fake) = (Stage::new(), Fake::well());
    let batch = Batch { rows_max: Some(3), linger: Some(Duration::from_millis(100)) };
    let sink = stage.put(&fake, &action(Buffer::default(), batch, None));
    let start = Instant::now();
    send(sink.as_ref(), 0, 1);
    sleep(Duration::from_millis(50)).await;
    send(sink.as_ref(), 1, 1);
    sleep(Duration::from_millis(250)).await;
    (2..5).for_each(|id| send(sink.as_ref(), id, 1));
    sleep(SECOND).await;
    assert_eq!(fake.batches(), [vec![0, 1], vec![2, 3, 4]]);
    let waited: Vec<u128> =
        fake.attempts().iter().map(|attempt| (attempt.at - start).as_millis()).collect();
    assert!((100..103).contains(&waited[0]) && (300..303).contains(&waited[1]), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn a_batch_of_large_rows_ends_early() {
    let (stage, fake) = (Stage::new(), Fake::well());
    let sink = stage.put(&fake, &plain());
    for id in 0..3 {
        let large = row(id, 1, 10 * 1024 * 1024);
        assert_eq!(sink.admit(demand(1, large.bytes), None), Admission::Granted);
        sink.push(&large);
    }
    sleep(SECOND).await;
    assert_eq!(fake.batches(), [[0], [1], [2]]);
}

#[tokio::test(start_paused = true)]
async fn lanes_write_at_the_same_time_and_keep_each_key_in_order() {
    let (stage, fake) = (Stage::new(), Fake::well());
    let batch = Batch { rows_max: Some(1), linger: None };
    let sink = stage.put(&fake, &action(Buffer::default(), batch, Some(4)));
    (0..16).for_each(|id| send(sink.as_ref(), id, id % 4));
    sleep(Duration::from_millis(5)).await;
    assert_eq!(sink.stats().in_flight, 4);
    sleep(Duration::from_millis(60)).await;
    assert_eq!(sink.stats().delivered, 16);
    for key in 0..4 {
        let of_key: Vec<u64> = fake.written().into_iter().filter(|id| id % 4 == key).collect();
        assert!(of_key.is_sorted(), "{of_key:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_destination_that_is_away_is_tried_until_it_is_back() {
    let (stage, fake) = (Stage::new(), Fake::scripted(vec![Reply::Fail(Remedy::Retry); 12]));
    let sink = stage.put(&fake, &plain());
    (0..2).for_each(|id| send(sink.as_ref(), id, 1));
    sleep(SECOND).await;
    let health = sink.health();
    assert_eq!(health.status, Status::Disconnected);
    assert_eq!(health.reason.as_deref(), Some("could not write 1 rows to fake: as scripted"));
    sleep(60 * SECOND).await;
    assert_eq!(fake.written(), [0, 1]);
    assert_eq!((sink.stats().retried, sink.stats().delivered), (24, 2));
    assert_eq!(sink.health().status, Status::Connected);
    let pauses: Vec<Duration> =
        fake.attempts().windows(2).map(|pair| pair[1].at - pair[0].at).collect();
    let millis = Duration::from_millis;
    assert!(pauses[0] >= millis(110) && pauses[0] < millis(215), "{pauses:?}");
    assert!(pauses[11] > millis(2_500) && pauses[11] < millis(5_015), "{pauses:?}");
}

#[tokio::test(start_paused = true)]
async fn a_wish_to_be_left_alone_is_honoured() {
    let pause = 30 * SECOND;
    let (stage, fake) = (Stage::new(), Fake::scripted([Reply::RetryAfter(pause)]));
    let sink = stage.put(&fake, &plain());
    send(sink.as_ref(), 0, 1);
    sleep(29 * SECOND).await;
    assert_eq!(fake.attempts().len(), 1);
    sleep(2 * SECOND).await;
    assert_eq!(fake.written(), [0]);
}

#[tokio::test(start_paused = true)]
async fn what_needs_a_person_stays_and_goes_on_when_it_is_mended() {
    let (stage, broken, mended) =
        (Stage::new(), Fake::replying(|_| Reply::Fail(Remedy::Halt)), Fake::well());
    let sink = stage.put(&broken, &plain());
    (0..6).for_each(|id| send(sink.as_ref(), id, 1));
    sleep(23 * SECOND).await;
    // At once and every 5 s.
    assert_eq!(broken.attempts().len(), 5);
    assert_eq!(sink.health().status, Status::Halted);
    check_balance(sink.stats());

    let same = stage.put(&mended, &plain());
    assert!(Arc::ptr_eq(&sink, &same));
    sleep(Duration::from_millis(50)).await;
    assert_eq!(mended.written(), [0, 1, 2, 3, 4, 5]);
    assert_eq!(sink.health().status, Status::Connected);
    assert_eq!((sink.stats().received, sink.stats().delivered), (6, 6));
}

#[tokio::test(start_paused = true)]
async fn a_poisonous_row_is_found_and_those_around_it_arrive() {
    let fake =
        Fake::replying(
            |rows| {
                if rows.contains(&5) { Reply::Fail(Remedy::Poison) } else { Reply::Ok }
            },
        );
    let stage = Stage::new();
    let batch = Batch { rows_max: Some(16), linger: None };
    let sink = stage.put(&fake, &action(Buffer::default(), batch, None));
    (0..16).for_each(|id| send(sink.as_ref(), id, 1));
    sleep(SECOND).await;
    let others: Vec<u64> = (0..16).filter(|id| *id != 5).collect();
    assert_eq!(fake.written(), others);
    assert!(fake.batches().len() <= 10, "{:?}", fake.batches());
    let stats = sink.stats();
    check_balance(stats);
    assert_eq!((stats.set_aside, stats.delivered, stats.retried), (1, 15, 0));
    assert_eq!(sink.health().status, Status::Connected);
    let kept = sink.set_aside();
    assert_eq!(kept.len(), 1);
    assert_eq!((kept[0].message.0, kept[0].rule.as_str()), (5, "r"));
    assert_eq!(kept[0].error, "could not write 1 rows to fake: as scripted");
    assert_eq!(kept[0].row, r#"{"id":5}"#);
    // Batches grow again.
    (16..64).for_each(|id| send(sink.as_ref(), id, 1));
    sleep(SECOND).await;
    assert!(fake.batches().iter().rev().take(2).any(|batch| batch.len() == 16));
}

#[tokio::test(start_paused = true)]
async fn each_row_may_fare_for_itself() {
    let fates = vec![None, Some(Remedy::Retry), Some(Remedy::Poison), None];
    let (stage, fake) = (Stage::new(), Fake::scripted([Reply::Each(fates)]));
    let sink = stage.put(&fake, &plain());
    (0..6).for_each(|id| send(sink.as_ref(), id, id));
    sleep(Duration::from_millis(50)).await;
    assert_eq!(sink.health().status, Status::Disconnected);
    sleep(SECOND).await;
    assert_eq!(fake.batches(), [vec![0, 1, 2, 3], vec![1, 4, 5]]);
    assert_eq!(fake.written(), [0, 3, 1, 4, 5]);
    let stats = sink.stats();
    check_balance(stats);
    assert_eq!((stats.delivered, stats.retried, stats.set_aside), (5, 1, 1));
}

#[tokio::test(start_paused = true)]
async fn rows_without_an_answer_are_tried_again() {
    let (stage, fake) = (Stage::new(), Fake::scripted([Reply::Each(vec![None])]));
    let sink = stage.put(&fake, &plain());
    (0..3).for_each(|id| send(sink.as_ref(), id, 1));
    sleep(Duration::from_millis(50)).await;
    let reason = sink.health().reason;
    assert_eq!(reason.as_deref(), Some("the sink answered for 1 of 3 rows"));
    sleep(SECOND).await;
    assert_eq!(fake.written(), [0, 1, 2]);
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_hangs_or_panics_is_tried_again() {
    let (stage, fake) = (Stage::new(), Fake::scripted([Reply::Hang, Reply::Panic]));
    let sink = stage.put(&fake, &plain());
    send(sink.as_ref(), 0, 1);
    sleep(121 * SECOND).await;
    assert_eq!(sink.stats().retried, 2);
    sleep(2 * SECOND).await;
    assert_eq!(fake.written(), [0]);
    assert_eq!(fake.attempts().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_row_that_makes_the_sink_panic_does_not_stop_the_others() {
    let fake = Fake::replying(|rows| if rows.contains(&2) { Reply::Panic } else { Reply::Ok });
    let stage = Stage::new();
    let sink = stage.put(&fake, &plain());
    (0..6).for_each(|id| send(sink.as_ref(), id, 1));
    sleep(60 * SECOND).await;
    assert_eq!(fake.written(), [0, 1, 3, 4, 5]);
    assert_eq!(sink.set_aside()[0].error, "on purpose");
    check_balance(sink.stats());
}

#[tokio::test(start_paused = true)]
async fn only_the_last_hundred_that_were_set_aside_are_kept() {
    let fake = Fake::replying(|_| Reply::Fail(Remedy::Poison));
    let stage = Stage::new();
    let sink = stage.put(&fake, &plain());
    (0..250).for_each(|id| send(sink.as_ref(), id, 1));
    sleep(60 * SECOND).await;
    assert_eq!(sink.stats().set_aside, 250);
    let kept: Vec<u128> = sink.set_aside().iter().map(|row| row.message.0).collect();
    assert_eq!(kept, (150..250).collect::<Vec<u128>>());
}

#[tokio::test(start_paused = true)]
async fn rows_that_wait_too_long_are_dropped() {
    let (stage, fake) = (Stage::new(), Fake::scripted(vec![Reply::Fail(Remedy::Halt); 3]));
    let buffer = Buffer { age_max: Some(8 * SECOND), rows_max: Some(3), ..Buffer::default() };
    let sink = stage.put(&fake, &action(buffer, Batch::default(), None));
    (0..2).for_each(|id| send(sink.as_ref(), id, 1));
    sleep(4 * SECOND).await;
    send(sink.as_ref(), 2, 1);
    assert_eq!(sink.admit(demand(2, 20), Some(ticket(1))), Admission::Wait);
    sleep(SECOND * 5 + SECOND / 2).await;
    // Room came back although no lane looked.
    assert_eq!(stage.told(), [1]);
    let stats = sink.stats();
    check_balance(stats);
    assert_eq!((stats.dropped_expired, stats.waiting), (2, 1));
    sink.cancel(ticket(1));
    sleep(60 * SECOND).await;
    assert_eq!(sink.stats().dropped_expired, 3);
    assert!(fake.written().is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_newest_or_the_oldest_row_goes_when_the_buffer_is_full() {
    for (on_full, written) in [(OnFull::DropNewest, [0, 1, 2]), (OnFull::DropOldest, [0, 3, 4])] {
        let (stage, fake) = (Stage::new(), Fake::well());
        let sink = stage.put(&fake, &bounded(3, on_full));
        send(sink.as_ref(), 0, 1);
        sleep(Duration::from_millis(2)).await;
        // The first is under way: it is never evicted.
        for id in 1..5 {
            if sink.admit(demand(1, 10), None) == Admission::Granted {
                sink.push(&row(id, 1, 10));
            }
        }
        check_balance(sink.stats());
        sleep(SECOND).await;
        assert_eq!(fake.written(), written);
        assert_eq!((sink.stats().dropped_full, sink.stats().received), (2, 5));
    }
}

#[tokio::test(start_paused = true)]
async fn publishes_that_wait_are_told_as_rows_leave() {
    let (stage, fake) = (Stage::new(), Fake::well());
    let sink = stage.put(&fake, &bounded(2, OnFull::Hold));
    (0..2).for_each(|id| send(sink.as_ref(), id, 1));
    for slot in 0..3 {
        assert_eq!(sink.admit(demand(1, 10), Some(ticket(slot))), Admission::Wait);
    }
    assert_eq!((sink.stats().held, stage.told()), (3, vec![]));
    sleep(Duration::from_millis(15)).await;
    assert_eq!(stage.told(), [0]);
    assert_eq!(sink.admit(demand(1, 10), Some(ticket(0))), Admission::Granted);
    sink.push(&row(2, 1, 10));
    sleep(Duration::from_millis(25)).await;
    assert_eq!(stage.told(), [1, 2]);
    sink.cancel(ticket(1));
    sink.cancel(ticket(2));
    check_balance(sink.stats());
}

#[tokio::test(start_paused = true)]
async fn a_removed_sink_counts_its_rows_and_lets_everybody_go() {
    let (stage, fake) = (Stage::new(), Fake::replying(|_| Reply::Fail(Remedy::Halt)));
    let sink = stage.put(&fake, &bounded(2, OnFull::Hold));
    (0..2).for_each(|id| send(sink.as_ref(), id, 1));
    assert_eq!(sink.admit(demand(1, 10), Some(ticket(4))), Admission::Wait);
    sleep(SECOND).await;
    stage.sinks.retain(&|_| false);
    assert_eq!(stage.told(), [4]);
    assert!(stage.sinks.get("r.a").is_none() && stage.sinks.list().is_empty());
    // Whoever still has it from an older rule set is not kept waiting either.
    assert_eq!(sink.admit(demand(1, 10), Some(ticket(4))), Admission::Dropped);
    let stats = sink.stats();
    check_balance(stats);
    assert_eq!((stats.received, stats.dropped_removed, stats.waiting), (3, 3, 0));
    // Its tasks are gone, in the midst of a long pause.
    let weak = Arc::downgrade(&sink);
    drop(sink);
    sleep(SECOND / 10).await;
    assert!(weak.upgrade().is_none());
    assert_eq!(fake.attempts().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_is_under_way_when_a_sink_is_removed_still_counts() {
    for (reply, delivered, dropped) in [(Reply::Ok, 1, 1), (Reply::Fail(Remedy::Retry), 0, 2)] {
        let (stage, fake) = (Stage::new(), Fake::scripted([reply]));
        let sink = stage.put(&fake, &bounded(9, OnFull::Hold));
        (0..2).for_each(|id| send(sink.as_ref(), id, 1));
        sleep(Duration::from_millis(5)).await;
        stage.sinks.retain(&|_| false);
        check_balance(sink.stats());
        sleep(SECOND).await;
        let stats = sink.stats();
        check_balance(stats);
        assert_eq!((stats.delivered, stats.dropped_removed), (delivered, dropped));
        assert_eq!(fake.attempts().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_new_number_of_lanes_keeps_rows_and_their_order() {
    let (stage, fake) = (Stage::new(), Fake::well());
    let batch = Batch { rows_max: Some(2), linger: None };
    let with = |lanes| action(Buffer::default(), batch, Some(lanes));
    let sink = stage.put(&fake, &with(1));
    let mut next = 0;
    for lanes in [3, 7, 2, 5, 1, 4] {
        for _ in 0..50 {
            send(sink.as_ref(), next, next % 13);
            next += 1;
        }
        sleep(Duration::from_millis(5)).await;
        stage.put(&fake, &with(lanes));
        sleep(Duration::from_millis(30)).await;
        check_balance(sink.stats());
        assert_eq!(sink.settings().lanes, lanes);
    }
    sleep(60 * SECOND).await;
    assert_eq!(sink.stats().delivered, 300);
    for key in 0..13 {
        let of_key: Vec<u64> = fake.written().into_iter().filter(|id| id % 13 == key).collect();
        assert_eq!(of_key, (0..300).filter(|id| id % 13 == key).collect::<Vec<u64>>());
    }
}

#[tokio::test(start_paused = true)]
async fn draining_waits_for_what_can_be_delivered() {
    let (stage, fake) = (Stage::new(), Fake::well());
    let batch = Batch { rows_max: Some(2), linger: Some(3_600 * SECOND) };
    let sink = stage.put(&fake, &action(Buffer::default(), batch, None));
    send(sink.as_ref(), 0, 1);
    sleep(SECOND).await;
    assert!(fake.attempts().is_empty());
    let start = Instant::now();
    stage.sinks.drain(10 * SECOND).await;
    assert_eq!(fake.written(), [0]);
    assert!(start.elapsed() < SECOND);
}

#[tokio::test(start_paused = true)]
async fn draining_ends_in_time() {
    let (stage, fake) = (Stage::new(), Fake::replying(|_| Reply::Fail(Remedy::Halt)));
    let sink = stage.put(&fake, &plain());
    send(sink.as_ref(), 0, 1);
    sleep(SECOND).await;
    let start = Instant::now();
    stage.sinks.drain(7 * SECOND).await;
    assert!((7 * SECOND..8 * SECOND).contains(&start.elapsed()));
    assert_eq!(sink.stats().waiting, 1);
    // Once before, at once, and 5 s later.
    assert_eq!(fake.attempts().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_new_sink_is_checked_before_its_first_row() {
    let (stage, fake) = (Stage::new(), Fake::well());
    fake.fail_checks(Some(Remedy::Halt));
    let sink = stage.put(&fake, &plain());
    assert_eq!(sink.health().status, Status::Connecting);
    sleep(SECOND).await;
    assert_eq!(sink.health().status, Status::Halted);
    fake.fail_checks(None);
    sleep(6 * SECOND).await;
    assert_eq!(sink.health().status, Status::Connected);
}

#[tokio::test(start_paused = true)]
async fn a_sink_shares_the_trouble_of_its_connector() {
    let links = crate::Connectors::new(crate::fake::TYPES);
    let down = crate::fake::connector("down", "http://down");
    let link = links.put(&down, &|text| Ok(text.expose().to_owned())).unwrap();
    let sink = Stage::new().sinks.put("r.a", &plain(), &link).unwrap();
    sleep(SECOND).await;
    let health = sink.health();
    assert_eq!(health.status, Status::Disconnected);
    assert_eq!(health.reason.as_deref(), Some("there does not serve: refused"));
}

#[tokio::test(start_paused = true)]
async fn an_action_that_cannot_use_the_connector_changes_nothing() {
    let (stage, fake) = (Stage::new(), Fake::well());
    let sink = stage.put(&fake, &plain());
    let mut wrong = plain();
    wrong.connector = None;
    let error = stage.sinks.put("r.a", &wrong, &fake.link()).unwrap_err();
    assert_eq!(error.to_string(), "the action names no connector");
    send(sink.as_ref(), 0, 1);
    sleep(SECOND).await;
    assert_eq!(fake.written(), [0]);
}

#[tokio::test(start_paused = true)]
async fn settings_are_the_actions_then_the_sinks_then_ours() {
    let (stage, fake) = (Stage::new(), Fake::well());
    let mut silent = plain();
    (silent.buffer, silent.batch) = (None, None);
    let settings = stage.put(&fake, &silent).settings();
    assert_eq!((settings.rows_max, settings.bytes_max), (100_000, 256 * 1024 * 1024));
    assert_eq!((settings.on_full, settings.age_max), (OnFull::Hold, None));
    assert_eq!((settings.batch_rows_max, settings.lanes), (4, 1));
    let buffer = Buffer { bytes_max: Some(5), ..Buffer::default() };
    let batch = Batch { rows_max: Some(0), linger: Some(SECOND) };
    let settings = stage.put(&fake, &action(buffer, batch, Some(u16::MAX))).settings();
    assert_eq!((settings.rows_max, settings.bytes_max), (100_000, 5));
    assert_eq!((settings.batch_rows_max, settings.linger), (1, SECOND));
    assert_eq!(settings.lanes, 1024);
}

#[tokio::test(start_paused = true)]
async fn counters_start_anew_and_still_balance() {
    let (stage, fake) = (Stage::new(), Fake::replying(|_| Reply::Fail(Remedy::Retry)));
    let sink = stage.put(&fake, &plain());
    (0..3).for_each(|id| send(sink.as_ref(), id, 1));
    sleep(SECOND).await;
    sink.reset_stats();
    let stats = sink.stats();
    check_balance(stats);
    assert_eq!((stats.received, stats.waiting, stats.retried), (3, 3, 0));
}
