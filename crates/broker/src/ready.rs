//! Which sockets of a worker are ready: a waker per socket that enters its slot into a list. No
//! task, no future and no boxed state per connection. It does not know what is done with a ready
//! socket.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Wake, Waker};

/// The slots whose sockets became ready since the worker last looked.
#[derive(Default)]
pub(crate) struct ReadyList {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    slots: Vec<u32>,
    /// Taken by the first socket that becomes ready: the worker's task is woken once per turn.
    task: Option<Waker>,
}

impl ReadyList {
    /// Swaps the list against an empty one, and asks to be woken when it fills again.
    pub(crate) fn take(&self, slots: &mut Vec<u32>, task: &Waker) {
        slots.clear();
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(&mut inner.slots, slots);
        if !inner.task.as_ref().is_some_and(|known| known.will_wake(task)) {
            inner.task = Some(task.clone());
        }
    }

    fn push(&self, slot: u32) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.slots.push(slot);
        if let Some(task) = inner.task.take() {
            drop(inner);
            task.wake();
        }
    }
}

/// The waker of one socket.
pub(crate) struct SocketWaker {
    slot: u32,
    listed: AtomicBool,
    list: Arc<ReadyList>,
}

impl SocketWaker {
    pub(crate) fn new(slot: u32, list: &Arc<ReadyList>) -> Arc<Self> {
        Arc::new(Self { slot, listed: AtomicBool::new(false), list: Arc::clone(list) })
    }

    /// The worker is about to look at the socket: it may be listed again from now on.
    pub(crate) fn unlist(&self) {
        self.listed.store(false, Ordering::Release);
    }

    /// Lists the socket as if it had become ready.
    pub(crate) fn list(&self) {
        if !self.listed.swap(true, Ordering::AcqRel) {
            self.list.push(self.slot);
        }
    }
}

impl Wake for SocketWaker {
    fn wake(self: Arc<Self>) {
        self.list();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.list();
    }
}
