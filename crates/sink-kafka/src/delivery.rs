//! Counts the records of one batch home. It does not know rows or remedies.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rdkafka::error::RDKafkaErrorCode;
use tokio::sync::Notify;

/// Records that were handed over together. Success costs one atomic step a record.
#[derive(Debug)]
pub(crate) struct Flight {
    /// Not yet reported, and one more until all are handed over.
    left: AtomicUsize,
    failed: Mutex<Vec<(usize, RDKafkaErrorCode)>>,
    landed: Notify,
}

/// What travels with a record.
#[derive(Debug)]
pub(crate) struct Passenger {
    flight: Arc<Flight>,
    row: usize,
}

impl Flight {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            left: AtomicUsize::new(1),
            failed: Mutex::default(),
            landed: Notify::new(),
        })
    }

    /// One more record, that of the row at `row`.
    pub(crate) fn board(self: &Arc<Self>, row: usize) -> Box<Passenger> {
        self.left.fetch_add(1, Ordering::Relaxed);
        Box::new(Passenger { flight: Arc::clone(self), row })
    }

    /// Takes back one that was not handed over after all.
    pub(crate) fn unboard(&self) {
        self.left.fetch_sub(1, Ordering::Relaxed);
    }

    /// Waits until every record that was handed over is reported; no more may follow. Gives those
    /// that failed.
    pub(crate) async fn land(&self) -> Vec<(usize, RDKafkaErrorCode)> {
        self.leave();
        while self.left.load(Ordering::Acquire) > 0 {
            self.landed.notified().await;
        }
        std::mem::take(&mut self.failed.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn leave(&self) {
        if self.left.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.landed.notify_one();
        }
    }
}

impl Passenger {
    /// The record was written.
    pub(crate) fn arrived(self) {
        self.flight.leave();
    }

    /// The record was not written, or nobody knows.
    pub(crate) fn failed(self, code: RDKafkaErrorCode) {
        let mut failed = self.flight.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.push((self.row, code));
        drop(failed);
        self.flight.leave();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_flight_lands_with_its_last_record() {
        let flight = Flight::new();
        let first = flight.board(0);
        let second = flight.board(1);
        let _never_sent = flight.board(2);
        flight.unboard();
        first.arrived();
        let (failed, ()) = tokio::join!(flight.land(), async {
            tokio::task::yield_now().await;
            second.failed(RDKafkaErrorCode::MessageTimedOut);
        });
        assert_eq!(failed, [(1, RDKafkaErrorCode::MessageTimedOut)]);
    }

    #[tokio::test]
    async fn an_empty_flight_lands_at_once() {
        assert!(Flight::new().land().await.is_empty());
    }
}
