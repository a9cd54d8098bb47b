//! A destination that does as a test says. It does not know the driver.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sluice_event::MessageId;
use sluice_rule::action::{Batch, Buffer, WebhookCall};
use sluice_rule::{
    Action, ActionKind, ConnectorKind, Demand, Outbox, Row, Unresolved, WebhookConnector,
};
use sluice_value::{Map, Record};
use tokio::time::{Instant, sleep};

use crate::{
    BoxFuture, BuildError, Connector, ConnectorHandle, ConnectorType, Defaults, OpenError, Remedy,
    Resolve, Sink, Unavailable, WriteError, Written,
};

/// What comes of one write.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    Ok,
    /// For each row: nothing, or what helps.
    Each(Vec<Option<Remedy>>),
    Fail(Remedy),
    RetryAfter(Duration),
    /// The rows are written, the answer is lost.
    Lost,
    Panic,
    Hang,
}

type Script = dyn FnMut(&[Arc<Row>]) -> (Duration, Reply) + Send;

/// One attempt at a batch.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    pub(crate) at: Instant,
    pub(crate) rows: Vec<u64>,
}

pub(crate) struct Fake {
    script: Mutex<Box<Script>>,
    attempts: Mutex<Vec<Attempt>>,
    written: Mutex<Vec<u64>>,
    keys: Mutex<BTreeMap<u64, u64>>,
    check: Mutex<Option<Remedy>>,
    pub(crate) defaults: Defaults,
}

impl Fake {
    pub(crate) fn new(
        script: impl FnMut(&[Arc<Row>]) -> (Duration, Reply) + Send + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            script: Mutex::new(Box::new(script)),
            attempts: Mutex::default(),
            written: Mutex::default(),
            keys: Mutex::default(),
            check: Mutex::default(),
            defaults: Defaults { batch_rows_max: 4, linger: Duration::ZERO, lanes: 1 },
        })
    }

    /// Each write takes 10 ms.
    pub(crate) fn replying(mut reply: impl FnMut(&[u64]) -> Reply + Send + 'static) -> Arc<Self> {
        Self::new(move |rows| (Duration::from_millis(10), reply(&ids(rows))))
    }

    /// One reply after the other, then all is well.
    pub(crate) fn scripted(replies: impl IntoIterator<Item = Reply>) -> Arc<Self> {
        let mut replies: VecDeque<Reply> = replies.into_iter().collect();
        Self::replying(move |_| replies.pop_front().unwrap_or(Reply::Ok))
    }

    pub(crate) fn well() -> Arc<Self> {
        Self::scripted([])
    }

    pub(crate) fn fail_checks(&self, remedy: Option<Remedy>) {
        *self.check.lock().unwrap() = remedy;
    }

    /// In the order in which it was written, repetitions included.
    pub(crate) fn written(&self) -> Vec<u64> {
        self.written.lock().unwrap().clone()
    }

    /// The order key of every row that was seen.
    pub(crate) fn keys(&self) -> BTreeMap<u64, u64> {
        self.keys.lock().unwrap().clone()
    }

    pub(crate) fn attempts(&self) -> Vec<Attempt> {
        self.attempts.lock().unwrap().clone()
    }

    /// The rows of each attempt.
    pub(crate) fn batches(&self) -> Vec<Vec<u64>> {
        self.attempts().into_iter().map(|attempt| attempt.rows).collect()
    }

    /// A link whose sink this is.
    pub(crate) fn link(self: &Arc<Self>) -> Arc<ConnectorHandle> {
        let link = Arc::new(Opens(Arc::clone(self)));
        ConnectorHandle::start(&connector("fake", "http://fake"), link, Vec::new())
    }

    async fn answer(&self, rows: &[Arc<Row>]) -> Result<Written, WriteError> {
        let (after, reply) = {
            let at = Instant::now();
            self.attempts.lock().unwrap().push(Attempt { at, rows: ids(rows) });
            let keys = ids(rows).into_iter().zip(rows.iter().map(|row| row.order_key));
            self.keys.lock().unwrap().extend(keys);
            (self.script.lock().unwrap())(rows)
        };
        sleep(after).await;
        let failed = |remedy| error(remedy, None);
        let keep = |id: u64| self.written.lock().unwrap().push(id);
        match reply {
            Reply::Ok => {
                ids(rows).into_iter().for_each(keep);
                Ok(Written::All)
            }
            Reply::Each(fates) => {
                let well = ids(rows).into_iter().zip(&fates).filter(|(_, fate)| fate.is_none());
                well.for_each(|(id, _)| keep(id));
                let answer = |fate: Option<Remedy>| fate.map_or(Ok(()), |fate| Err(failed(fate)));
                Ok(Written::Each(fates.into_iter().map(answer).collect()))
            }
            Reply::Fail(remedy) => Err(failed(remedy)),
            Reply::RetryAfter(pause) => Err(error(Remedy::Retry, Some(pause))),
            Reply::Lost => {
                ids(rows).into_iter().for_each(keep);
                Err(failed(Remedy::Retry))
            }
            Reply::Panic => panic!("on purpose"),
            Reply::Hang => std::future::pending().await,
        }
    }
}

impl Sink for Fake {
    fn defaults(&self) -> Defaults {
        self.defaults
    }

    fn check(&self) -> BoxFuture<'_, Result<(), WriteError>> {
        let remedy = *self.check.lock().unwrap();
        Box::pin(async move { remedy.map_or(Ok(()), |remedy| Err(error(remedy, None))) })
    }

    fn write<'w>(&'w self, rows: &'w [Arc<Row>]) -> BoxFuture<'w, Result<Written, WriteError>> {
        Box::pin(self.answer(rows))
    }
}

/// A link that opens the fake given.
struct Opens(Arc<Fake>);

impl Connector for Opens {
    fn check(&self) -> BoxFuture<'_, Result<(), Unavailable>> {
        Box::pin(async { Ok(()) })
    }

    fn open(&self, action: &Action) -> Result<Arc<dyn Sink>, OpenError> {
        if action.connector.is_none() {
            return Err(OpenError { detail: "the action names no connector".to_owned() });
        }
        Ok(Arc::clone(&self.0) as _)
    }
}

/// Links of which the URL says whether they serve.
pub(crate) const TYPES: &[ConnectorType] = &[ConnectorType { name: "webhook", build }];

fn build(
    connector: &sluice_rule::Connector,
    resolve: Resolve<'_>,
) -> Result<Arc<dyn Connector>, BuildError> {
    let ConnectorKind::Webhook(webhook) = &connector.kind else { panic!("of another type") };
    let name = connector.name.clone();
    match resolve(&webhook.url) {
        Ok(url) if url.starts_with("http") => Ok(Arc::new(ByUrl(url))),
        Ok(_) => Err(BuildError { name, detail: "`url` is no URL".to_owned() }),
        Err(detail) => Err(BuildError { name, detail }),
    }
}

struct ByUrl(String);

impl Connector for ByUrl {
    fn check(&self) -> BoxFuture<'_, Result<(), Unavailable>> {
        Box::pin(async {
            sleep(Duration::from_millis(5)).await;
            let down = || Unavailable { target: "there".to_owned(), cause: "refused".into() };
            if self.0.contains("down") { Err(down()) } else { Ok(()) }
        })
    }

    fn open(&self, _: &Action) -> Result<Arc<dyn Sink>, OpenError> {
        Ok(Fake::well())
    }
}

pub(crate) fn connector(name: &str, url: &str) -> sluice_rule::Connector {
    sluice_rule::Connector {
        name: name.to_owned(),
        description: String::new(),
        enabled: true,
        kind: ConnectorKind::Webhook(WebhookConnector {
            url: Unresolved::new(url),
            headers: Vec::new(),
            pool_size: None,
            connect_timeout: None,
            request_timeout: None,
            ca_file: None,
        }),
        file: "fake.toml".into(),
        line: 1,
    }
}

pub(crate) fn action(buffer: Buffer, batch: Batch, lanes: Option<u16>) -> Action {
    let call =
        WebhookCall { method: Default::default(), path: None, headers: Vec::new(), body: None };
    Action {
        name: "a".to_owned(),
        enabled: true,
        kind: ActionKind::Webhook(call),
        connector: Some("fake".to_owned()),
        buffer: Some(buffer),
        batch: Some(batch),
        lanes: lanes.and_then(std::num::NonZeroU16::new),
        line: 1,
    }
}

pub(crate) fn row(id: u64, key: u64, bytes: usize) -> Arc<Row> {
    let mut map = Map::new();
    map.insert("id", sluice_value::Value::from(i64::try_from(id).unwrap()));
    Arc::new(Row {
        rule: "r".parse().unwrap(),
        rule_version: 1,
        message: MessageId(u128::from(id)),
        index: 0,
        order_key: key,
        values: Record::new(map),
        bytes,
    })
}

pub(crate) const fn demand(rows: usize, bytes: usize) -> Demand {
    Demand { rows, bytes }
}

/// Admits and pushes a row of 10 bytes; it must be granted.
pub(crate) fn send(outbox: &impl Outbox, id: u64, key: u64) {
    assert_eq!(outbox.admit(demand(1, 10), None), sluice_rule::Admission::Granted);
    outbox.push(&row(id, key, 10));
}

pub(crate) fn ids(rows: &[Arc<Row>]) -> Vec<u64> {
    rows.iter().map(|row| u64::try_from(row.message.0).unwrap()).collect()
}

fn error(remedy: Remedy, retry_after: Option<Duration>) -> WriteError {
    let target = "fake".to_owned();
    WriteError { target, rows: 1, remedy, retry_after, cause: "as scripted".into() }
}
