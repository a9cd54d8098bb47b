//! Who gets room, and in which order. No row is taken while nothing is awaited.

use super::*;

fn full(rows_max: u64, on_full: OnFull) -> (Stage, Arc<Fake>, Arc<SinkHandle>) {
    let (stage, fake) = (Stage::new(), Fake::well());
    let sink = stage.put(&fake, &bounded(rows_max, on_full));
    (0..rows_max).for_each(|id| send(sink.as_ref(), id, 1));
    (stage, fake, sink)
}

fn ask(sink: &SinkHandle, slot: u32, rows: usize) -> Admission {
    sink.admit(demand(rows, rows * 10), Some(ticket(slot)))
}

#[tokio::test(start_paused = true)]
async fn nobody_overtakes_the_first_even_where_less_would_fit() {
    let (stage, _fake, sink) = full(4, OnFull::Hold);
    assert_eq!(ask(&sink, 0, 3), Admission::Wait);
    sleep(Duration::from_millis(15)).await;
    // One row is gone: too little for the first.
    assert_eq!(ask(&sink, 1, 1), Admission::Wait);
    assert!(stage.told().is_empty());
    // Who does not wait must not take it either.
    assert_eq!(sink.admit(demand(1, 10), None), Admission::Dropped);
    sleep(Duration::from_millis(40)).await;
    assert_eq!(stage.told(), [0, 1]);
    // Whoever comes later finds the room promised.
    assert_eq!(ask(&sink, 2, 2), Admission::Wait);
    assert_eq!(ask(&sink, 1, 1), Admission::Granted);
    assert_eq!(ask(&sink, 0, 3), Admission::Granted);
}

#[tokio::test(start_paused = true)]
async fn who_asks_for_more_keeps_the_place() {
    let (stage, _fake, sink) = full(2, OnFull::Hold);
    assert_eq!([ask(&sink, 0, 1), ask(&sink, 1, 1)], [Admission::Wait; 2]);
    sleep(Duration::from_millis(15)).await;
    assert_eq!(stage.told(), [0]);
    assert_eq!(ask(&sink, 0, 2), Admission::Wait);
    assert_eq!((stage.told(), ask(&sink, 1, 1)), (vec![], Admission::Wait));
    sleep(SECOND).await;
    assert_eq!(stage.told(), [0]);
    // And who asks for less makes room for the next.
    assert_eq!(ask(&sink, 0, 1), Admission::Granted);
    assert_eq!(stage.told(), [1]);
}

#[tokio::test(start_paused = true)]
async fn who_leaves_or_gives_back_makes_room_for_the_next() {
    let (stage, _fake, sink) = full(1, OnFull::Hold);
    for slot in 0..4 {
        assert_eq!(ask(&sink, slot, 1), Admission::Wait);
    }
    sink.cancel(ticket(1));
    assert!(stage.told().is_empty());
    sleep(SECOND).await;
    assert_eq!(stage.told(), [0]);
    sink.cancel(ticket(0));
    assert_eq!(stage.told(), [2]);
    assert_eq!(ask(&sink, 2, 1), Admission::Granted);
    sink.release(demand(1, 10));
    assert_eq!(stage.told(), [3]);
    sink.cancel(ticket(3));
    assert_eq!(sink.admit(demand(1, 10), None), Admission::Granted);
}

#[tokio::test(start_paused = true)]
async fn more_than_the_whole_buffer_is_taken_when_it_is_empty() {
    for on_full in [OnFull::Hold, OnFull::DropNewest, OnFull::DropOldest] {
        let (_stage, _fake, sink) = full(2, on_full);
        let granted = sink.admit(demand(5, 50), None) == Admission::Granted;
        // Waiting rows go for it where the oldest are dropped.
        assert_eq!(granted, on_full == OnFull::DropOldest);
        sink.release(demand(if granted { 5 } else { 0 }, if granted { 50 } else { 0 }));
        sleep(SECOND).await;
        assert_eq!(sink.admit(demand(5, 50), None), Admission::Granted);
        assert_eq!(sink.admit(demand(1, 10), None), Admission::Dropped);
        check_balance(sink.stats());
    }
}

#[tokio::test(start_paused = true)]
async fn rows_are_not_dropped_for_what_would_not_fit_even_then() {
    let (_stage, fake, sink) = full(3, OnFull::DropOldest);
    sleep(Duration::from_millis(5)).await;
    // One is under way: two at most could make room.
    assert_eq!(sink.admit(demand(3, 30), None), Admission::Dropped);
    assert_eq!((sink.stats().waiting, sink.stats().dropped_full), (3, 3));
    sleep(SECOND).await;
    assert_eq!(fake.written(), [0, 1, 2]);
}

#[tokio::test(start_paused = true)]
async fn bytes_are_room_too() {
    let buffer = Buffer { bytes_max: Some(100), ..Buffer::default() };
    let (stage, fake) = (Stage::new(), Fake::well());
    let sink = stage.put(&fake, &action(buffer, Batch::default(), None));
    assert_eq!(sink.admit(demand(1, 90), None), Admission::Granted);
    assert_eq!(sink.admit(demand(1, 11), None), Admission::Dropped);
    assert_eq!(sink.admit(demand(1, 10), None), Admission::Granted);
    assert_eq!(ask(&sink, 0, 0), Admission::Granted);
}

#[tokio::test(start_paused = true)]
async fn a_change_of_settings_lets_those_go_who_wait() {
    let (stage, fake, sink) = full(2, OnFull::Hold);
    assert_eq!([ask(&sink, 0, 2), ask(&sink, 1, 1)], [Admission::Wait; 2]);
    stage.put(&fake, &bounded(4, OnFull::Hold));
    assert_eq!(stage.told(), [0]);
    stage.put(&fake, &bounded(2, OnFull::DropNewest));
    assert_eq!(stage.told(), [0, 1]);
    assert_eq!(ask(&sink, 0, 2), Admission::Dropped);
    assert_eq!(sink.stats().held, 0);
}

#[tokio::test(start_paused = true)]
async fn the_oldest_row_of_all_lanes_goes_even_after_a_change_of_lanes() {
    let batch = Batch { rows_max: Some(1), linger: None };
    let buffer =
        Buffer { rows_max: Some(6), on_full: Some(OnFull::DropOldest), ..Buffer::default() };
    let (stage, fake) = (Stage::new(), Fake::well());
    let sink = stage.put(&fake, &action(buffer, batch, Some(3)));
    // Keys 2, 1, 0, 2, 1, 0: the oldest is in the last lane.
    (0..6).for_each(|id| send(sink.as_ref(), id, 2 - id % 3));
    stage.put(&fake, &action(buffer, batch, Some(1)));
    (6..10).for_each(|id| send(sink.as_ref(), id, 2 - id % 3));
    sleep(SECOND).await;
    assert_eq!(fake.written(), [4, 5, 6, 7, 8, 9]);
    assert_eq!(sink.stats().dropped_full, 4);
}

#[tokio::test(start_paused = true)]
async fn fewer_lanes_are_in_force_soon_although_all_are_busy() {
    let mut turn = 0;
    let fake = Fake::new(move |_| {
        turn += 1;
        (Duration::from_millis(10 + turn % 7), Reply::Ok)
    });
    let stage = Stage::new();
    let batch = Batch { rows_max: Some(1), linger: None };
    let sink = stage.put(&fake, &action(Buffer::default(), batch, Some(4)));
    (0..1_000).for_each(|id| send(sink.as_ref(), id, id));
    sleep(Duration::from_millis(95)).await;
    assert_eq!(sink.stats().in_flight, 4);
    stage.put(&fake, &action(Buffer::default(), batch, Some(2)));
    sleep(Duration::from_millis(40)).await;
    assert_eq!(sink.stats().in_flight, 2);
}
