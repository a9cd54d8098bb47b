//! SIGINT and SIGTERM as a question: so that everything started is stopped before the harness ends.
//! It does not know what that is.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use tokio::runtime::{self, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Whether the user wants the harness to end.
#[derive(Clone, Debug)]
pub(crate) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// From now on the signals end the process no more.
    pub(crate) fn watch() -> io::Result<Self> {
        let wanted = Arc::new(AtomicBool::new(false));
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let (interrupt, terminate) = runtime.block_on(async {
            io::Result::Ok((signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?))
        })?;
        let flag = Arc::clone(&wanted);
        thread::spawn(move || wait(&runtime, interrupt, terminate, &flag));
        Ok(Self(wanted))
    }

    /// # Errors
    /// When the user wants to end.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        anyhow::ensure!(!self.0.load(Ordering::Relaxed), "interrupted");
        Ok(())
    }
}

fn wait(runtime: &Runtime, mut interrupt: Signal, mut terminate: Signal, wanted: &AtomicBool) {
    runtime.block_on(async {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    });
    wanted.store(true, Ordering::Relaxed);
}
