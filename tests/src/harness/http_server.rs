//! An HTTP server whose answers a test decides: it records every request, and can be frozen,
//! stopped and started again on its port. Knows HTTP/1.1 as far as honest clients write it.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::PATIENCE;

/// A server on a free port of the loopback. Dropped, it is stopped.
pub(crate) struct HttpServer {
    address: SocketAddr,
    tls: Option<Arc<ServerConfig>>,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    /// Names in lower case.
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// What is done about a request.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// A code, headers and a body.
    Reply(u16, Vec<(&'static str, String)>, String),
    /// The same, after a while.
    Late(Duration, u16),
    /// These bytes, whatever they are; then the connection is closed.
    Raw(Vec<u8>),
    /// The first bytes once, the second until the client has had enough; nothing more where there
    /// are none.
    Endless(Vec<u8>, Vec<u8>),
    /// The connection is closed.
    Close,
    /// Nothing, until the server is stopped or told to answer otherwise; then the connection is
    /// closed.
    Hang,
}

type Script = Arc<dyn Fn(&Request) -> Answer + Send + Sync>;

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    script: Script,
    /// Counts the scripts.
    scene: u64,
    requests: Vec<Request>,
    frozen: bool,
    stopped: bool,
    /// By their number.
    open: HashMap<usize, TcpStream>,
    /// Ever accepted.
    connections: usize,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(each, _)| each == name);
        found.map(|(_, value)| value.as_str())
    }
}

impl Answer {
    /// A code and nothing else.
    pub(crate) const fn code(code: u16) -> Self {
        Self::Reply(code, Vec::new(), String::new())
    }

    /// A code and a header.
    pub(crate) fn with(code: u16, name: &'static str, value: &str) -> Self {
        Self::Reply(code, vec![(name, value.to_owned())], String::new())
    }
}

impl HttpServer {
    /// A server that answers everything with 200.
    #[track_caller]
    pub(crate) fn start() -> Self {
        Self::start_with(None)
    }

    /// The same behind TLS.
    #[track_caller]
    pub(crate) fn start_tls(config: ServerConfig) -> Self {
        Self::start_with(Some(Arc::new(config)))
    }

    #[track_caller]
    fn start_with(tls: Option<Arc<ServerConfig>>) -> Self {
        let state = State {
            script: Arc::new(|_request| Answer::code(200)),
            scene: 0,
            requests: Vec::new(),
            frozen: false,
            stopped: true,
            open: HashMap::new(),
            connections: 0,
        };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let mut server = Self { address, tls, shared, accepting: None };
        server.restart();
        server
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:<port>`, without a slash at its end.
    pub(crate) fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// Answers from now on as `script` says, HEAD included.
    pub(crate) fn answer(&self, script: impl Fn(&Request) -> Answer + Send + Sync + 'static) {
        let mut state = self.shared.lock();
        state.script = Arc::new(script);
        state.scene += 1;
        self.shared.changed.notify_all();
    }

    /// Every request so far but HEAD, by which clients ask whether the server is there.
    pub(crate) fn requests(&self) -> Vec<Request> {
        let state = self.shared.lock();
        state.requests.iter().filter(|request| request.method != "HEAD").cloned().collect()
    }

    /// Waits until that many requests have come, and gives all there are.
    #[track_caller]
    pub(crate) fn wait_requests(&self, count: usize) -> Vec<Request> {
        let enough =
            |state: &State| state.requests.iter().filter(|r| r.method != "HEAD").count() >= count;
        let state = self.shared.lock();
        let waiting = |state: &mut State| !enough(state);
        let (state, _) = self.shared.changed.wait_timeout_while(state, PATIENCE, waiting).unwrap();
        let (is_enough, came) = (enough(&state), state.requests.len());
        drop(state);
        assert!(is_enough, "{came} of {count} requests came");
        self.requests()
    }

    /// How many connections were ever made.
    pub(crate) fn connections(&self) -> usize {
        self.shared.lock().connections
    }

    /// From now on nothing is read or answered, as if the process were stopped by a signal; the
    /// system goes on to accept connections.
    pub(crate) fn freeze(&self) {
        self.shared.lock().frozen = true;
    }

    /// The end of [`freeze`](Self::freeze).
    pub(crate) fn thaw(&self) {
        self.shared.lock().frozen = false;
        self.shared.changed.notify_all();
    }

    /// Closes the port and all connections.
    pub(crate) fn stop(&mut self) {
        let Some(accepting) = self.accepting.take() else { return };
        let open = {
            let mut state = self.shared.lock();
            state.stopped = true;
            state.frozen = false;
            std::mem::take(&mut state.open)
        };
        self.shared.changed.notify_all();
        for stream in open.into_values() {
            // It may be closed already.
            let _closed = stream.shutdown(Shutdown::Both);
        }
        // Wakes the thread that accepts.
        let _refused = TcpStream::connect(self.address);
        accepting.join().unwrap();
    }

    /// Serves again, on the same port.
    #[track_caller]
    pub(crate) fn restart(&mut self) {
        assert!(self.accepting.is_none(), "it serves");
        let listener = TcpListener::bind(self.address).unwrap();
        self.address = listener.local_addr().unwrap();
        self.shared.lock().stopped = false;
        let (shared, tls) = (Arc::clone(&self.shared), self.tls.clone());
        self.accepting = Some(thread::spawn(move || accept(&listener, &shared, tls.as_ref())));
    }
}

impl Drop for HttpServer {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Waits while `waiting`, at most that long.
    fn wait_while(&self, limit: Duration, mut waiting: impl FnMut(&State) -> bool) {
        let state = self.lock();
        drop(self.changed.wait_timeout_while(state, limit, |state| waiting(state)).unwrap());
    }

    /// Records a request and says what to do about it.
    fn take(&self, request: &Request) -> (Answer, u64) {
        self.wait_while(Duration::MAX, |state| state.frozen && !state.stopped);
        let (script, scene) = {
            let mut state = self.lock();
            state.requests.push(request.clone());
            (Arc::clone(&state.script), state.scene)
        };
        self.changed.notify_all();
        (script(request), scene)
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>, tls: Option<&Arc<ServerConfig>>) {
    loop {
        let (stream, _) = listener.accept().unwrap();
        let mut state = shared.lock();
        if state.stopped {
            return;
        }
        state.connections += 1;
        let number = state.connections;
        state.open.insert(number, stream.try_clone().unwrap());
        drop(state);
        let (shared, tls) = (Arc::clone(shared), tls.cloned());
        thread::spawn(move || {
            match tls {
                None => serve(BufReader::new(stream), &shared),
                Some(config) => {
                    let connection = ServerConnection::new(config).unwrap();
                    serve(BufReader::new(StreamOwned::new(connection, stream)), &shared);
                }
            }
            let closed = shared.lock().open.remove(&number);
            // The client may have closed it already.
            let _closed = closed.map(|stream| stream.shutdown(Shutdown::Both));
        });
    }
}

/// Answers requests until the client or the script ends the connection. That a client goes away is
/// none of this server's business: the test looks at what it recorded.
fn serve<S: Read + Write>(mut stream: BufReader<S>, shared: &Shared) {
    while let Some(request) = read_request(&mut stream) {
        let (answer, scene) = shared.take(&request);
        if shared.lock().stopped || !give(stream.get_mut(), &answer, &request, scene, shared) {
            break;
        }
    }
}

fn read_request(stream: &mut impl BufRead) -> Option<Request> {
    let first = read_line(stream)?;
    let mut words = first.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let line = read_line(stream)?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.push((name.to_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.map_or(0, |(_, value)| value.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some(Request { method, target, headers, body: String::from_utf8_lossy(&body).into_owned() })
}

fn read_line(stream: &mut impl BufRead) -> Option<String> {
    let mut line = Vec::new();
    let read = stream.read_until(b'\n', &mut line).ok()?;
    (read > 0).then(|| String::from_utf8_lossy(&line).trim_end().to_owned())
}

/// Whether the connection goes on.
fn give(
    stream: &mut impl Write,
    answer: &Answer,
    request: &Request,
    scene: u64,
    shared: &Shared,
) -> bool {
    match answer {
        Answer::Reply(code, headers, body) => {
            let body = if request.method == "HEAD" { "" } else { body };
            reply(stream, *code, headers, body)
        }
        Answer::Late(after, code) => {
            shared.wait_while(*after, |state| !state.stopped);
            reply(stream, *code, &[], "")
        }
        Answer::Raw(bytes) => {
            let _gone = stream.write_all(bytes);
            false
        }
        Answer::Endless(first, again) => {
            let mut outcome = stream.write_all(first).and_then(|()| stream.flush());
            if again.is_empty() {
                shared.wait_while(Duration::MAX, |state| !state.stopped && state.scene == scene);
            }
            while outcome.is_ok() && !again.is_empty() && !shared.lock().stopped {
                outcome = stream.write_all(again);
            }
            false
        }
        Answer::Close => false,
        Answer::Hang => {
            shared.wait_while(Duration::MAX, |state| !state.stopped && state.scene == scene);
            false
        }
    }
}

fn reply(stream: &mut impl Write, code: u16, headers: &[(&str, String)], body: &str) -> bool {
    let mut head = format!("HTTP/1.1 {code} Code\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    stream.write_all(format!("{head}\r\n{body}").as_bytes()).is_ok() && stream.flush().is_ok()
}
