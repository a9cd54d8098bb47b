//! An Apache Kafka for tests: one that all share, or one of its own that a test may kill, freeze
//! and start again. Knows how it is started, filled with topics and read.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Mutex, OnceLock};
use std::thread;
use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{Headers, Message};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use tempfile::TempDir;

use super::{PATIENCE, Process, environment, now, run};

/// A broker, or those that `TEST_KAFKA_BROKERS` names.
pub(crate) struct Kafka {
    brokers: String,
    own: Option<Own>,
}

/// What is needed to start a broker, and to start it again with what it holds.
struct Own {
    // The mutex is for `Sync` alone.
    process: Mutex<Option<Process>>,
    folder: TempDir,
    ports: Ports,
}

#[derive(Clone, Copy)]
struct Ports {
    plain: u16,
    sasl: u16,
    tls: u16,
    controller: u16,
}

/// A record as a consumer sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Consumed {
    pub(crate) partition: i32,
    pub(crate) key: Option<String>,
    pub(crate) value: String,
    /// Names and values; no value where there is none.
    pub(crate) headers: Vec<(String, Option<String>)>,
    pub(crate) timestamp: i64,
}

impl Kafka {
    /// The one that tests share: topics are told apart by their names. Started with the first test
    /// that asks; it ends with the test process.
    #[track_caller]
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Kafka> = OnceLock::new();
        SHARED.get_or_init(|| match environment("TEST_KAFKA_BROKERS") {
            Some(brokers) => Self { brokers, own: None },
            None => Self::start(true),
        })
    }

    /// One that nobody else uses; it creates no topic by itself. `None`, said aloud, where
    /// `TEST_KAFKA_BROKERS` names brokers that may not be killed and no jars are there to start
    /// another; in CI the test fails instead.
    #[track_caller]
    pub(crate) fn alone() -> Option<Self> {
        let is_given = environment("TEST_KAFKA_BROKERS").is_some();
        let is_ci = environment("CI").is_some_and(|ci| ci == "true");
        if is_given && !is_ci && !libs().is_dir() {
            say("not run: no Apache Kafka that may be killed; unset TEST_KAFKA_BROKERS");
            return None;
        }
        Some(Self::start(false))
    }

    #[track_caller]
    fn start(creates_topics: bool) -> Self {
        let folder = TempDir::new().unwrap();
        let [plain, sasl, tls, controller] = free_ports();
        let ports = Ports { plain, sasl, tls, controller };
        make_certificate(folder.path());
        fs::write(
            folder.path().join("server.properties"),
            properties(folder.path(), ports, creates_topics),
        )
        .unwrap();
        run(java().args(["kafka.tools.StorageTool", "format"]).args(format_arguments(&folder)))
            .expect_code(0);
        let mut own = Own { process: Mutex::default(), folder, ports };
        own.start();
        Self { brokers: format!("127.0.0.1:{plain}"), own: Some(own) }
    }

    /// `host:port`, several with commas.
    pub(crate) fn brokers(&self) -> &str {
        &self.brokers
    }

    /// Where [`Kafka::USER`] logs in, by PLAIN or SCRAM-SHA-256; `None` for given brokers.
    pub(crate) fn sasl_broker(&self) -> Option<String> {
        self.own.as_ref().map(|own| format!("127.0.0.1:{}", own.ports.sasl))
    }

    /// The same with TLS, and the file of the authority that vouches for it.
    pub(crate) fn tls_broker(&self) -> Option<(String, String)> {
        let own = self.own.as_ref()?;
        let ca_file = own.folder.path().join("certificate.pem").display().to_string();
        Some((format!("127.0.0.1:{}", own.ports.tls), ca_file))
    }

    pub(crate) const USER: &str = "sluice";
    pub(crate) const PASSWORD: &str = "swordfish";

    /// Ends it without warning. What it acknowledged is in its log.
    pub(crate) fn kill(&mut self) {
        let process = self.process();
        process.signal("KILL");
        process.wait();
    }

    /// Starts it again where it was, with what it held.
    #[track_caller]
    pub(crate) fn start_again(&mut self) {
        self.own().start();
    }

    /// Stops it in mid-air: its sockets stay open and nobody answers.
    pub(crate) fn freeze(&mut self) {
        self.process().signal("STOP");
    }

    /// Lets it go on after [`Kafka::freeze`].
    pub(crate) fn thaw(&mut self) {
        self.process().signal("CONT");
    }

    fn process(&mut self) -> &mut Process {
        self.own().process.get_mut().unwrap().as_mut().expect("it runs")
    }

    fn own(&mut self) -> &mut Own {
        self.own.as_mut().expect("a broker of the test's own")
    }

    /// Creates a topic, removing the one that an earlier run left on given brokers.
    #[track_caller]
    pub(crate) fn create_topic(&self, name: &str, partitions: i32, config: &[(&str, &str)]) {
        let admin: AdminClient<DefaultClientContext> = self.client().create().unwrap();
        let options = AdminOptions::new().operation_timeout(Some(PATIENCE));
        let mut topic = NewTopic::new(name, partitions, TopicReplication::Fixed(1));
        for (key, value) in config {
            topic = topic.set(key, value);
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            if self.own.is_none() {
                admin.delete_topics(&[name], &options).await.unwrap();
            }
            let deadline = now() + PATIENCE;
            // A topic takes a moment to be gone.
            loop {
                let made = admin.create_topics([&topic], &options).await.unwrap().remove(0);
                match made {
                    Ok(_) => return,
                    Err(error) => assert!(now() < deadline, "{error:?}"),
                }
            }
        });
    }

    /// The records of `topic` from the beginning, by partition and offset, as soon as there are
    /// `count`.
    #[track_caller]
    pub(crate) fn read(&self, topic: &str, count: usize) -> Vec<Consumed> {
        self.read_until(topic, |records| records.len() >= count)
    }

    /// The records of `topic` from the beginning, by partition and offset, as soon as they are what
    /// is wanted.
    #[track_caller]
    pub(crate) fn read_until(
        &self,
        topic: &str,
        mut is_enough: impl FnMut(&[Consumed]) -> bool,
    ) -> Vec<Consumed> {
        let consumer: BaseConsumer = self
            .client()
            .set("group.id", "tests")
            .set("enable.auto.commit", "false")
            .create()
            .unwrap();
        let metadata = consumer.fetch_metadata(Some(topic), PATIENCE).unwrap();
        let mut from = TopicPartitionList::new();
        for partition in metadata.topics()[0].partitions() {
            from.add_partition_offset(topic, partition.id(), Offset::Beginning).unwrap();
        }
        consumer.assign(&from).unwrap();
        let mut records = Vec::new();
        // On a busy machine there may be much to read; it only has to go on.
        let mut deadline = now() + PATIENCE;
        while !is_enough(&records) {
            let last = records.last();
            assert!(now() < deadline, "{topic} holds only {}, the last {last:?}", records.len());
            if let Some(Ok(message)) = consumer.poll(Duration::from_millis(100)) {
                records.push(consumed(&message));
                deadline = now() + PATIENCE;
            }
        }
        records.sort_by_key(|record: &Consumed| record.partition);
        records
    }

    fn client(&self) -> ClientConfig {
        let mut client = ClientConfig::new();
        client.set("bootstrap.servers", &self.brokers).set("reconnect.backoff.max.ms", "500");
        client
    }
}

impl Own {
    #[track_caller]
    fn start(&mut self) {
        let folder = self.folder.path().to_path_buf();
        let mut process = on_a_thread_that_stays(move || {
            // Ends with the thread that started it, and so with the test process.
            let mut command = Command::new("setpriv");
            command.args(["--pdeathsig", "KILL"]).arg("java").args(java_arguments());
            command.args(["kafka.Kafka", "server.properties"]).current_dir(folder);
            Process::start(&mut command)
        });
        let probe: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", format!("127.0.0.1:{}", self.ports.plain))
            .set("reconnect.backoff.max.ms", "200")
            .create()
            .unwrap();
        let deadline = now() + PATIENCE;
        while probe.fetch_metadata(None, Duration::from_secs(1)).is_err() {
            assert!(process.is_running(), "Kafka has ended; it said\n{}", process.said());
            assert!(now() < deadline, "Kafka does not answer; it said\n{}", process.said());
        }
        self.process = Mutex::new(Some(process));
    }
}

fn consumed(message: &impl Message) -> Consumed {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let headers = message.headers().into_iter().flat_map(Headers::iter);
    Consumed {
        partition: message.partition(),
        key: message.key().map(text),
        value: message.payload().map(text).expect("no record here is a tombstone"),
        headers: headers.map(|header| (header.key.to_owned(), header.value.map(text))).collect(),
        timestamp: message.timestamp().to_millis().expect("Kafka stamps every record"),
    }
}

fn properties(folder: &Path, ports: Ports, creates_topics: bool) -> String {
    let Ports { plain, sasl, tls, controller } = ports;
    let key_store = folder.join("key-store.pem");
    let key_store = key_store.display();
    let log = folder.join("log");
    let log = log.display();
    let login = format!(
        "org.apache.kafka.common.security.plain.PlainLoginModule required \
         user_{}=\"{}\";",
        Kafka::USER,
        Kafka::PASSWORD
    );
    let scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;";
    format!(
        "process.roles=broker,controller\n\
         node.id=1\n\
         controller.quorum.voters=1@127.0.0.1:{controller}\n\
         controller.listener.names=CONTROLLER\n\
         listeners=PLAIN://127.0.0.1:{plain},SASL://127.0.0.1:{sasl},\
         TLS://127.0.0.1:{tls},CONTROLLER://127.0.0.1:{controller}\n\
         listener.security.protocol.map=PLAIN:PLAINTEXT,SASL:SASL_PLAINTEXT,TLS:SASL_SSL,\
         CONTROLLER:PLAINTEXT\n\
         inter.broker.listener.name=PLAIN\n\
         sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256\n\
         listener.name.sasl.plain.sasl.jaas.config={login}\n\
         listener.name.tls.plain.sasl.jaas.config={login}\n\
         listener.name.tls.ssl.keystore.type=PEM\n\
         listener.name.tls.ssl.keystore.location={key_store}\n\
         listener.name.sasl.scram-sha-256.sasl.jaas.config={scram}\n\
         listener.name.tls.scram-sha-256.sasl.jaas.config={scram}\n\
         log.dirs={log}\n\
         num.partitions=1\n\
         offsets.topic.num.partitions=1\n\
         offsets.topic.replication.factor=1\n\
         transaction.state.log.replication.factor=1\n\
         transaction.state.log.min.isr=1\n\
         share.coordinator.state.topic.replication.factor=1\n\
         share.coordinator.state.topic.min.isr=1\n\
         group.initial.rebalance.delay.ms=0\n\
         broker.heartbeat.interval.ms=500\n\
         broker.session.timeout.ms=2000\n\
         auto.create.topics.enable={creates_topics}\n"
    )
}

/// A certificate for 127.0.0.1 that vouches for itself, alone and with its key.
#[track_caller]
fn make_certificate(folder: &Path) {
    let arguments = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=kafka \
                     -addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out certificate.pem";
    run(Command::new("openssl").current_dir(folder).args(arguments.split_whitespace()))
        .expect_code(0);
    let read = |name| fs::read_to_string(folder.join(name)).unwrap();
    fs::write(folder.join("key-store.pem"), read("key.pem") + &read("certificate.pem")).unwrap();
}

fn format_arguments(folder: &TempDir) -> Vec<String> {
    let properties = folder.path().join("server.properties").display().to_string();
    let scram = format!("SCRAM-SHA-256=[name={},password={}]", Kafka::USER, Kafka::PASSWORD);
    ["-t", CLUSTER_ID, "-c", &properties, "--add-scram", &scram].map(str::to_owned).to_vec()
}

fn java() -> Command {
    let mut java = Command::new("java");
    java.args(java_arguments());
    java
}

#[track_caller]
fn java_arguments() -> Vec<String> {
    let libs = libs();
    assert!(libs.is_dir(), "Apache Kafka is missing: `make test` installs it");
    let path = format!("{}/*", libs.display());
    // Starts in half the time of a server's usual compilers and collectors.
    ["-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", &path]
        .map(str::to_owned)
        .to_vec()
}

/// The jars: `TEST_KAFKA_LIBS`, or where `scripts/install-kafka.sh` puts them.
fn libs() -> PathBuf {
    match environment("TEST_KAFKA_LIBS") {
        Some(given) => given.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join(".services/kafka/libs"),
    }
}

/// Ports that were free a moment ago, all different. They lie below those that the system hands to
/// clients, so that a broker finds them free again after a restart.
fn free_ports<const N: usize>() -> [u16; N] {
    // One broker has not bound its ports yet when another looks for its own.
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let bind = || loop {
        let nth = std::process::id().wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = u16::try_from(20_000 + nth % 12_000).expect("below 65,536");
        if let Ok(listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            return listener;
        }
    };
    let bound = [(); N].map(|()| bind());
    bound.map(|listener| listener.local_addr().unwrap().port())
}

/// Runs `start` on a thread that ends with the process only.
pub(super) fn on_a_thread_that_stays<T: Send + 'static>(
    start: impl FnOnce() -> T + Send + 'static,
) -> T {
    let (sender, started) = channel();
    thread::spawn(move || {
        sender.send(start()).unwrap();
        loop {
            thread::park();
        }
    });
    started.recv().expect("its panic is shown above")
}

#[expect(clippy::print_stderr, reason = "a test that does not run says so")]
fn say(text: &str) {
    eprintln!("{text}");
}

const CLUSTER_ID: &str = "c2x1aWNlLXRlc3RzLTAwMQ";
