//! The loop of one worker thread: ready sockets, inbox and deadlines become inputs of the hub; what
//! it answers is written once per turn. It decides nothing.

mod arrivals;
mod departures;
mod mail;

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::thread::JoinHandle;
use std::time::Duration;

use sluice_hub::{
    Batch, CloseReason, ConnectionId, Effects, Entropy, Input, Placement, Report, Slots, Worker,
};
use sluice_router::WorkerId;
use sluice_session::{Limits, MillisSinceStart, Now};
use tokio::sync::oneshot;
use tokio::time::Sleep;

use self::arrivals::Listener;
use self::departures::{CLOSING_LOOK_MILLIS, CLOSING_MILLIS, Lingering};
use crate::clock::Clock;
use crate::inbox::{Inbox, Mail};
use crate::ready::ReadyList;
use crate::report_log::ReportLog;
use crate::shared::{Registry, ThreadShared};
use crate::socket::{ReadResult, Socket};

/// What a worker thread starts with.
pub(crate) struct Setup {
    pub(crate) placement: Placement,
    pub(crate) limits: Arc<Limits>,
    pub(crate) registry: Arc<Registry>,
    pub(crate) inboxes: Arc<[Inbox]>,
    pub(crate) connections_max: usize,
    pub(crate) clock: Clock,
}

/// Starts the thread.
pub(crate) fn spawn(setup: Setup) -> io::Result<JoinHandle<()>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .event_interval(TURNS_PER_LOOK)
        .build()?;
    let name = format!("worker-{}", setup.placement.worker.0);
    let (inboxes, index) = (Arc::clone(&setup.inboxes), usize::from(setup.placement.worker.0));
    std::thread::Builder::new().name(name.clone()).spawn(move || {
        let entered = runtime.enter();
        let mut thread = WorkerThread::new(setup);
        drop(entered);
        // As a task of its own: what wakes it within the runtime costs no system call.
        // Unconstrained: the cooperative budget of a task would end a turn after 128 socket
        // operations.
        let turns = tokio::task::unconstrained(poll_fn(move |context| thread.poll(context)));
        let ended = runtime.block_on(async { sluice_telemetry::spawn(name, turns).await });
        if ended.is_err() {
            tracing::error!("a worker thread ended by a panic: its clients are gone");
            // The others must not wait for room that nobody will make.
            if let Some(inbox) = inboxes.get(index) {
                inbox.close();
            }
            inboxes.iter().for_each(Inbox::wake);
        }
    })
}

struct WorkerThread {
    hub: Worker<ThreadShared>,
    asked: Asked,
    entropy: Entropy,
    sockets: Slots<Option<Socket>>,
    listeners: Vec<Listener>,
    ready: Arc<ReadyList>,
    inbox_index: usize,
    inboxes: Arc<[Inbox]>,
    registry: Arc<Registry>,
    connections_max: usize,
    clock: Clock,
    sleep: Pin<Box<Sleep>>,
    sleeps_until: Option<MillisSinceStart>,
    /// Used for every socket: an idle connection owns no buffer.
    read_buffer: Box<[u8]>,
    ready_slots: Vec<u32>,
    mail: VecDeque<Mail>,
    /// Bytes read since links and batches were last sent on their way.
    read_since_flush: usize,
    /// Batches whose receivers' inboxes are full; no socket is read until they are gone.
    held_back: VecDeque<(WorkerId, Batch)>,
    /// Sockets that were ready meanwhile.
    deferred: Vec<u32>,
    /// Sockets that the hub closed and that have not taken everything yet.
    closing: Vec<ConnectionId>,
    /// Sockets that took everything and whose clients have not closed their side yet.
    lingering: Vec<Lingering>,
    lingering_look: MillisSinceStart,
    /// Who waits until the wills are on their way to all workers.
    wills_awaited: Option<oneshot::Sender<()>>,
    stopping: Option<oneshot::Sender<()>>,
}

/// What the hub asked for during one call; carried out right after it.
#[derive(Default)]
struct Asked {
    close: Vec<ConnectionId>,
    hand_over: Vec<(ConnectionId, WorkerId, Vec<u8>)>,
    hold: Vec<(ConnectionId, bool)>,
    log: ReportLog,
    now: MillisSinceStart,
}

impl Effects for Asked {
    fn close(&mut self, connection: ConnectionId) {
        self.close.push(connection);
    }

    fn hand_over(&mut self, connection: ConnectionId, home: WorkerId, unread: &[u8]) {
        self.hand_over.push((connection, home, unread.to_vec()));
    }

    fn hold(&mut self, connection: ConnectionId, held: bool) {
        self.hold.push((connection, held));
    }

    fn report(&mut self, report: Report<'_>) {
        self.log.write(report, self.now);
    }
}

impl WorkerThread {
    fn new(setup: Setup) -> Self {
        let Setup { placement, limits, registry, inboxes, connections_max, clock } = setup;
        let inbox_index = usize::from(placement.worker.0);
        let seed = placement.seed ^ (u64::from(placement.worker.0) << 32) ^ clock.now().unix_nanos;
        let shared = ThreadShared::new(Arc::clone(&registry));
        Self {
            hub: Worker::new(placement, limits, shared),
            asked: Asked::default(),
            entropy: Entropy::from_seed(seed),
            sockets: Slots::default(),
            listeners: Vec::new(),
            ready: Arc::new(ReadyList::default()),
            inbox_index,
            inboxes,
            registry,
            connections_max,
            clock,
            sleep: Box::pin(tokio::time::sleep(Duration::ZERO)),
            sleeps_until: None,
            read_buffer: vec![0; READ_BUFFER].into_boxed_slice(),
            ready_slots: Vec::new(),
            mail: VecDeque::new(),
            read_since_flush: 0,
            held_back: VecDeque::new(),
            deferred: Vec::new(),
            closing: Vec::new(),
            lingering: Vec::new(),
            lingering_look: 0,
            wills_awaited: None,
            stopping: None,
        }
    }

    /// One turn.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let now = self.clock.now();
        self.asked.now = now.monotonic;
        self.accept(context, now);
        self.read_mail(context, now);
        self.send_held_back();
        self.serve_ready(context, now);
        if self.hub.deadline().is_some_and(|deadline| deadline <= now.monotonic) {
            self.handle(now, Input::DeadlinePassed);
        }
        self.flush(now);
        self.finish_closing(now);
        self.send_batches();
        if self.held_back.is_empty()
            && let Some(asker) = self.wills_awaited.take()
        {
            // Who asked may have given up waiting.
            let _asker_left = asker.send(());
        }
        if self.is_stopped() {
            if let Some(stopped) = self.stopping.take() {
                // Who asked may have given up waiting.
                let _asker_left = stopped.send(());
            }
            return Poll::Ready(());
        }
        self.arm_sleep(context, now);
        Poll::Pending
    }

    fn handle(&mut self, now: Now, input: Input<'_>) {
        self.hub.handle(now, &mut self.entropy, input, &mut self.asked);
        self.carry_out(now);
    }

    fn carry_out(&mut self, now: Now) {
        while let Some((id, held)) = self.asked.hold.pop() {
            if let Some(socket) = self.socket(id) {
                socket.held = held;
                socket.list();
            }
        }
        while let Some(id) = self.asked.close.pop() {
            if let Some(socket) = self.socket(id)
                && socket.closing.is_none()
            {
                socket.closing = Some(now.monotonic + CLOSING_MILLIS);
                self.closing.push(id);
            }
        }
        while let Some((id, home, unread)) = self.asked.hand_over.pop() {
            let Some(socket) = self.take_socket(id) else { continue };
            let peer = socket.peer;
            if let Ok(socket) = socket.into_std()
                && let Some(inbox) = self.inboxes.get(usize::from(home.0))
            {
                inbox.push(Mail::HandOver { socket, peer, unread });
            } else {
                self.registry.connections.fetch_sub(1, Ordering::Relaxed);
            }
        }
    }

    fn serve_ready(&mut self, context: &Context<'_>, now: Now) {
        let mut slots = std::mem::take(&mut self.ready_slots);
        self.ready.take(&mut slots, context.waker());
        for slot in &slots {
            self.serve_socket(*slot, now);
            // Between reads, and not only at the end of a turn, so that one subscriber of many busy
            // publishers does not look slow just because they were read in one go.
            if self.read_since_flush >= FLUSH_BYTES {
                self.flush(now);
                self.send_batches();
            }
        }
        self.ready_slots = slots;
    }

    fn serve_socket(&mut self, slot: u32, now: Now) {
        let Some(Some(socket)) = self.sockets.get_mut(slot) else { return };
        socket.unlist();
        let id = socket.id;
        if socket.blocked {
            socket.blocked = false;
            self.write(id, now);
        }
        loop {
            if !self.held_back.is_empty() {
                self.deferred.push(slot);
                return;
            }
            let Some(socket) = self.socket(id) else { return };
            if socket.held || socket.closing.is_some() {
                return;
            }
            if self.hub.has_unread(id) {
                self.handle(now, Input::Received(id, &[]));
                break;
            }
            let mut buffer = std::mem::take(&mut self.read_buffer);
            let Some(socket) = self.socket(id) else { return };
            let read = socket.read(&mut buffer);
            let filled = match read {
                ReadResult::Bytes(count) => {
                    let bytes = buffer.get(..count).unwrap_or_default();
                    self.read_since_flush += count;
                    self.handle(now, Input::Received(id, bytes));
                    count == buffer.len()
                }
                ReadResult::NotReady => {
                    self.read_buffer = buffer;
                    return;
                }
                ReadResult::End => {
                    // It may have closed its own side only, and still read what it asked for.
                    self.write(id, now);
                    self.gone(id, CloseReason::ByPeer, now);
                    false
                }
                ReadResult::Failed => {
                    self.gone(id, CloseReason::Failed, now);
                    false
                }
            };
            self.read_buffer = buffer;
            if filled || self.hub.has_unread(id) {
                break;
            }
        }
        if self.hub.has_unread(id) {
            // What it led to so far is enough to be sent on its way.
            self.read_since_flush = FLUSH_BYTES;
        }
        // There may be more: its turn comes again after the others'.
        if let Some(socket) = self.socket(id) {
            socket.list();
        }
    }

    fn gone(&mut self, id: ConnectionId, reason: CloseReason, now: Now) {
        self.handle(now, Input::Closed(id, reason));
        self.drop_socket(id);
    }

    fn flush(&mut self, now: Now) {
        self.read_since_flush = 0;
        while let Some(id) = self.hub.next_to_flush() {
            self.write(id, now);
        }
    }

    fn write(&mut self, id: ConnectionId, now: Now) {
        for _ in 0..WRITES_PER_TURN {
            let Some(Some(socket)) = self.sockets.get_mut(id.slot) else { return };
            if socket.id != id || socket.blocked {
                return;
            }
            let unwritten = self.hub.unwritten(id);
            if unwritten.is_empty() {
                return;
            }
            let Some(written) = socket.write(unwritten) else {
                self.gone(id, CloseReason::Failed, now);
                return;
            };
            // What waited in the session may follow at once; then there is more to write.
            self.handle(now, Input::Wrote(id, written));
        }
        if let Some(socket) = self.socket(id) {
            // It takes whatever comes: the others have their turn first.
            socket.blocked = true;
            socket.list();
        }
    }

    fn is_stopped(&self) -> bool {
        self.stopping.is_some() && self.closing.is_empty() && self.lingering.is_empty()
    }

    fn arm_sleep(&mut self, context: &mut Context<'_>, now: Now) {
        let paused = self.listeners.iter().filter_map(|listener| listener.paused_until).min();
        let closing = !self.closing.is_empty() || !self.lingering.is_empty();
        let closing = closing.then_some(now.monotonic + CLOSING_LOOK_MILLIS);
        let next = [self.hub.deadline(), paused, closing].into_iter().flatten().min();
        let Some(next) = next else {
            self.sleeps_until = None;
            return;
        };
        if self.sleeps_until != Some(next) {
            self.sleeps_until = Some(next);
            self.sleep.as_mut().reset(self.clock.instant(next.saturating_add(1)));
        }
        if self.sleep.as_mut().poll(context).is_ready() {
            self.sleeps_until = None;
            context.waker().wake_by_ref();
        }
    }

    fn socket(&mut self, id: ConnectionId) -> Option<&mut Socket> {
        self.sockets.get_mut(id.slot)?.as_mut().filter(|socket| socket.id == id)
    }

    fn take_socket(&mut self, id: ConnectionId) -> Option<Socket> {
        self.socket(id)?;
        self.sockets.get_mut(id.slot)?.take()
    }

    fn drop_socket(&mut self, id: ConnectionId) {
        if self.take_socket(id).is_some() {
            self.registry.connections.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// Turns after which the system is asked which sockets are ready, when every turn leaves something
/// to do: by default tokio asks after 61. With 1 it would be asked twice for each turn of a worker
/// that is not busy.
const TURNS_PER_LOOK: u32 = 2;
/// Bytes per read; a socket that fills it has its next turn after the others.
const READ_BUFFER: usize = 64 * 1024;
/// Bytes read before what they led to is sent on its way.
const FLUSH_BYTES: usize = 256 * 1024;
/// Times that a client's link is filled and written out.
const WRITES_PER_TURN: usize = 4;
