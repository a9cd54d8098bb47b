//! The server over real sockets on loopback.

use std::collections::BTreeMap;
use std::sync::Weak;
use std::time::SystemTime;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::oneshot;

use super::*;
use crate::app::tests::desk::catalogue;
use crate::{Credentials, Status};

fn running() -> Services {
    let status = Status {
        name: "n@h".into(),
        version: "1.2.3".into(),
        status: "running",
        uptime: 7,
        connections: 1,
        sessions: 2,
        rules: 3,
        counters: BTreeMap::from([("messages_received", 4)]),
    };
    let data_dir = tempfile::tempdir().unwrap();
    let (credentials, _) = Credentials::open(data_dir.path(), Some("p".into())).unwrap();
    Services {
        status: Arc::new(move || Box::pin(std::future::ready(status.clone()))),
        broker: Weak::new(),
        catalogue: catalogue(data_dir.path()),
        credentials,
        node: "n@h".into(),
        version: "1.2.3",
        token_expiry: Duration::from_secs(3600),
        now: || SystemTime::UNIX_EPOCH,
    }
}

async fn started() -> (SocketAddr, oneshot::Sender<()>, tokio::task::JoinHandle<()>) {
    let admin = Admin::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = admin.address();
    let (stop, stopped) = oneshot::channel();
    let serving =
        async move { admin.serve(running(), async { stopped.await.unwrap_or(()) }).await };
    (address, stop, sluice_telemetry::spawn("api", serving))
}

async fn ask(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn status_is_json() {
    let (address, _stop, _task) = started().await;
    let answer = ask(address, "GET /status HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("content-type: application/json\r\n"), "{answer}");
    assert!(
        answer.ends_with(
            "{\"name\":\"n@h\",\"version\":\"1.2.3\",\"status\":\"running\",\"uptime\":7,\
             \"connections\":1,\"sessions\":2,\"rules\":3,\"counters\":{\"messages_received\":4}}"
        ),
        "{answer}"
    );
}

#[tokio::test]
async fn other_paths_and_methods_are_refused() {
    let (address, _stop, _task) = started().await;
    for (request, status) in [("GET /other", "404"), ("DELETE /status", "405")] {
        let request = format!("{request} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        let answer = ask(address, &request).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    }
}

#[tokio::test]
async fn it_stops_while_a_client_keeps_its_connection() {
    let (address, stop, task) = started().await;
    let mut idle = TcpStream::connect(address).await.unwrap();
    idle.write_all(b"GET /status HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
    let mut first = [0; 15];
    idle.read_exact(&mut first).await.unwrap();
    stop.send(()).unwrap();
    task.await.unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_port_in_use_is_one_line_with_a_way_out() {
    let (address, _stop, _task) = started().await;
    let error = Admin::bind(address).await.err().unwrap().to_string();
    assert!(error.starts_with(&format!("api.bind: {address} cannot be bound (")), "{error}");
    assert!(error.ends_with("set another one, or set port 0 for a free one"), "{error}");
    assert!(!error.contains('\n'), "{error}");
}
