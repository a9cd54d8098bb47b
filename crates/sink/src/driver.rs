//! The tasks of a sink: one for each lane, which writes batch after batch, and one that looks after
//! the sink while no row does. They do not know how rows are kept.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout};

use crate::back_off::BackOff;
use crate::buffer::{Batch, Fate, Next};
use crate::guarded::{Broken, chain, guarded};
use crate::health::{Status, Trouble, Witness};
use crate::search::Search;
use crate::sink_handle::SinkHandle;
use crate::target::Target;
use crate::verdict::judge;
use crate::{Remedy, WriteError};

/// Writes the rows of lane `at` until the sink is removed or has fewer lanes.
pub(crate) async fn run_lane(sink: Arc<SinkHandle>, at: usize, notify: Arc<Notify>) {
    let mut lane = Lane {
        back_off: BackOff::of_writes(sink.name(), at),
        sink,
        at,
        notify,
        search: Search::new(),
        panics: 0,
    };
    let mut batch = Batch::default();
    loop {
        match lane.sink.take(at, lane.search.rows_max(), &mut batch) {
            Next::Write(target) => lane.write(&target, &mut batch).await,
            Next::Sleep(Some(pause)) => {
                // Woken or not, it looks again.
                timeout(pause, lane.notify.notified()).await.unwrap_or_default();
            }
            Next::Sleep(None) => lane.notify.notified().await,
            Next::End => return lane.sink.vitals().forget(Witness::Lane(at)),
        }
        // A sink that never waits for anything must not keep the thread for itself.
        tokio::task::coop::consume_budget().await;
    }
}

struct Lane {
    sink: Arc<SinkHandle>,
    at: usize,
    notify: Arc<Notify>,
    back_off: BackOff,
    search: Search,
    /// Calls in a row that panicked with the rows at the front.
    panics: u32,
}

impl Lane {
    async fn write(&mut self, target: &Target, batch: &mut Batch) {
        let start = Instant::now();
        let rows = batch.rows.len();
        let answer = guarded(target.deadline, async { target.sink.write(&batch.rows).await }).await;
        let took = start.elapsed();
        self.note_panic(&answer);
        let verdict = judge(answer, rows, self.panics);
        if !verdict.fates.any_is(Fate::Retried) {
            self.panics = 0;
            self.back_off.reset();
        }
        let nudges = batch.nudges;
        self.sink.conclude(self.at, batch, &verdict, took);

        self.search.note(&verdict.fates, rows, took >= LONG);
        if verdict.fates.any_is(Fate::Delivered) {
            self.back_off.reset();
        }
        let Some(trouble) = verdict.trouble else {
            return self.sink.vitals().works(Witness::Lane(self.at), took);
        };
        let pause = match trouble.status {
            Status::Halted => self.back_off.long_pause(verdict.retry_after),
            Status::Connecting | Status::Connected | Status::Disconnected => {
                self.back_off.pause(verdict.retry_after)
            }
        };
        self.sink.vitals().fails(Witness::Lane(self.at), trouble);
        self.pause(pause, nudges).await;
    }

    fn note_panic<T>(&mut self, answer: &Result<T, Broken>) {
        if let Err(Broken::Panicked(reason)) = answer {
            self.panics = self.panics.saturating_add(1);
            let action = self.sink.name();
            tracing::error!(name = %action, reason = %reason, "action panicked while writing");
        } else {
            self.panics = 0;
        }
    }

    /// Ends early when something changes that may help, or has changed since the rows were taken.
    async fn pause(&mut self, pause: Duration, nudges: u64) {
        let mut end = pin!(sleep(pause));
        loop {
            if self.sink.nudges() != nudges {
                return self.back_off.reset();
            }
            tokio::select! {
                () = &mut end => return,
                () = self.notify.notified() => {}
            }
        }
    }
}

/// Checks the sink when it is new or was changed, until a check or a write works, and drops rows
/// that have grown too old while no lane looks. Ended from outside.
pub(crate) async fn look_after(sink: Arc<SinkHandle>, notify: Arc<Notify>) {
    let mut back_off = BackOff::of_checks(sink.name());
    loop {
        let nudges = sink.nudges();
        let pause = if sink.has_served() {
            None
        } else {
            let checked = with_sweeps(&sink, check(&sink)).await;
            (!checked).then(|| back_off.pause(None))
        };
        let end = async {
            match pause {
                Some(pause) => sleep(pause).await,
                None => std::future::pending().await,
            }
        };
        let changed = async {
            while sink.nudges() == nudges {
                notify.notified().await;
            }
        };
        with_sweeps(&sink, async {
            tokio::select! {
                () = end => {}
                () = changed => {}
            }
        })
        .await;
        if sink.nudges() != nudges {
            back_off.reset();
        }
    }
}

/// Whether it works, or nobody needs to ask any more.
async fn check(sink: &SinkHandle) -> bool {
    let target = sink.target();
    let start = Instant::now();
    let answer = guarded(target.deadline, async { target.sink.check().await }).await;
    if sink.has_served() {
        return true;
    }
    let trouble = match answer {
        Ok(Ok(())) => {
            sink.vitals().works(Witness::Check, start.elapsed());
            return true;
        }
        Ok(Err(error)) => trouble_of(&error),
        Err(broken) => Trouble { status: Status::Disconnected, reason: chain(&broken) },
    };
    sink.vitals().fails(Witness::Check, trouble);
    false
}

fn trouble_of(error: &WriteError) -> Trouble {
    let status = match error.remedy {
        Remedy::Retry => Status::Disconnected,
        Remedy::Halt | Remedy::Poison => Status::Halted,
    };
    Trouble { status, reason: chain(error) }
}

async fn with_sweeps<T>(sink: &SinkHandle, call: impl Future<Output = T>) -> T {
    let mut call = pin!(call);
    loop {
        tokio::select! {
            output = &mut call => return output,
            () = sleep(SWEEP_INTERVAL) => sink.sweep(),
        }
    }
}

/// A write that fails after this time has failed of the time, as far as can be told: who is not
/// there says so at once. Far below any time-out that a connector has by itself.
const LONG: Duration = Duration::from_secs(1);

/// How late a row may be dropped that is too old, at most.
const SWEEP_INTERVAL: Duration = Duration::from_secs(1);
