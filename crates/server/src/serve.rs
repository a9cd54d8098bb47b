//! `sluice serve`: puts the rooms together, starts them, and drains them when told to stop. It
//! decides nothing about packets, rules or sessions.

mod data_dir;
mod limits;
mod open_files;
mod secrets;
mod signals;
mod status;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use sluice_admin::{Admin, Credentials, Services};
use sluice_broker::Broker;
use sluice_catalogue::{Catalogue, Setup};
use sluice_listener::tcp::{self, Bound};
use tokio::sync::oneshot;

use crate::cli::ConfigArgs;
use crate::clock;
use crate::commands::Outcome;
use crate::config::{self, Bind, Config, Transport};
use crate::registry::CONNECTOR_TYPES;

use signals::{Signal, Signals};
use status::StatusFacts;

/// Threads of the runtime that serves REST and sinks; connections have threads of their own.
const SHARED_THREADS: usize = 2;

/// Of the binary.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Runs the router until a signal ends it.
///
/// # Errors
/// When it cannot start: one line that says what and how to mend it.
pub(crate) fn run(args: ConfigArgs) -> anyhow::Result<Outcome> {
    let (sources, base) = config::gather(args.config.as_deref(), args.set)?;
    let config = Config::read(&sources, &base)?;
    sluice_telemetry::init_logging(&config.node.log)?;
    data_dir::prepare(&config.node.data_dir)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(SHARED_THREADS)
        .thread_name("shared")
        .enable_all()
        .build()
        .context("no runtime can be started")?;
    runtime.block_on(serve(&config, &base))?;
    Ok(Outcome::Done)
}

async fn serve(config: &Config, base: &Path) -> anyhow::Result<()> {
    let started = clock::now();
    // Before anything is bound: a signal that comes during the start ends the process in order,
    // too.
    let mut signals = Signals::new().context("signals cannot be received")?;
    log_start(config);
    let broker = limits::broker_config(config);
    // Everything that can fail comes before the first client is let in.
    let listeners = bind_listeners(config, usize::from(broker.workers))?;
    let admin = Admin::bind(config.api.bind).await?;
    let credentials = open_credentials(config)?;
    let broker = Arc::new(Broker::start(&broker).context("no worker can be started")?);
    let catalogue = start_catalogue(config, base, &broker)?;
    for (name, bound) in listeners {
        for (worker, socket) in bound.sockets.into_iter().enumerate() {
            broker.listen(worker, &name, socket);
        }
        sluice_telemetry::listener_ready(&name, bound.address);
    }
    let facts = StatusFacts { node: config.node.name.clone(), version: VERSION, started };
    let (stop_admin, admin_stopped) = oneshot::channel::<()>();
    let services = Services {
        status: status::source(facts, Arc::downgrade(&broker), catalogue.clone()),
        broker: Arc::downgrade(&broker),
        catalogue: catalogue.clone(),
        credentials,
        node: config.node.name.clone(),
        version: VERSION,
        token_expiry: config.api.token_expiry,
        now: clock::wall,
    };
    let serving = sluice_telemetry::spawn("api", async move {
        // The sender gone means the same as a word from it.
        admin.serve(services, async { drop(admin_stopped.await) }).await;
    });
    let rows_done = {
        let catalogue = catalogue.clone();
        move || {
            let stats = catalogue.sinks().list().into_iter().map(|sink| sink.stats());
            stats.map(|it| it.delivered + it.set_aside).sum()
        }
    };
    let interval = config.sys.interval;
    let speaking =
        sluice_broker::publish_sys(Arc::downgrade(&broker), VERSION, interval, rows_done);
    let speaking = sluice_telemetry::spawn("sys", speaking);
    wait(&mut signals, &catalogue).await;
    let drain = async {
        // Whoever asks whether the node serves is told first.
        drop(stop_admin);
        drop(serving.await);
        speaking.abort();
        stop_broker(broker).await;
        // Only now: nobody makes rows any more.
        catalogue.stop(SINKS_DRAIN).await;
    };
    tokio::select! {
        () = drain => tracing::info!("stopped"),
        () = stop_again(&mut signals) => tracing::warn!("told to stop again: ending at once"),
    }
    Ok(())
}

fn log_start(config: &Config) {
    let node = &config.node.name;
    let open_files_max = open_files::raise_limit();
    tracing::info!(%node, version = VERSION, open_files_max, "starting");
    for line in config.without_effect() {
        tracing::warn!("accepted, without effect in this version: {line}");
    }
}

/// Binds every listener of a transport that is served, one socket for each worker.
fn bind_listeners(config: &Config, workers: usize) -> anyhow::Result<Vec<(String, Bound)>> {
    let mut bound = Vec::new();
    for listener in config.listeners.iter().filter(|it| it.enable) {
        if let (Transport::Tcp, Bind::Address(address)) = (listener.transport, &listener.bind) {
            let name = listener.full_name();
            let sockets = tcp::bind(&name, *address, workers)?;
            bound.push((name, sockets));
        }
    }
    Ok(bound)
}

/// Who may use the REST endpoint. A password that was made here is told on standard error, whatever
/// the log's filter: nobody could log in otherwise.
fn open_credentials(config: &Config) -> anyhow::Result<Credentials> {
    let password = config.api.admin_password.as_ref().map(|it| it.expose().to_owned());
    let (credentials, random) = Credentials::open(&config.node.data_dir, password)?;
    if let Some(random) = random {
        #[expect(clippy::print_stderr, reason = "a password belongs to a person, not to the log")]
        {
            eprintln!("REST: made the user `admin` with the password {random} (told this once)");
        }
    }
    Ok(credentials)
}

/// The rules that are there now are in force when this returns.
fn start_catalogue(
    config: &Config,
    base: &Path,
    broker: &Arc<Broker>,
) -> anyhow::Result<Catalogue> {
    let base: PathBuf = base.into();
    let rules_to = Arc::downgrade(broker);
    let setup = Setup {
        rules_dir: config.rules.dir.clone(),
        rules_dir_is_set: config.rules.dir_is_set,
        base_dir: base.clone(),
        data_dir: config.node.data_dir.clone(),
        connector_types: CONNECTOR_TYPES,
        resolve: Box::new(move |text| secrets::resolve(text.expose(), &base)),
        wake: broker.room_waker(),
        on_rules: Box::new(move |rules| {
            // Without a broker the node is on its way out.
            if let Some(broker) = rules_to.upgrade() {
                broker.publish_rules(rules);
            }
        }),
        now: clock::wall,
    };
    Ok(Catalogue::start(setup)?)
}

/// Carries out signals until one of them ends the process.
async fn wait(signals: &mut Signals, catalogue: &Catalogue) {
    loop {
        match signals.next().await {
            Signal::Reload => catalogue.reload(),
            Signal::Stop(name) => {
                tracing::info!(signal = name, "stopping");
                return;
            }
        }
    }
}

async fn stop_again(signals: &mut Signals) {
    while signals.next().await == Signal::Reload {}
}

async fn stop_broker(mut broker: Arc<Broker>) {
    // The last answers of the REST endpoint may hold it for a moment.
    for _ in 0..STOP_TRIES {
        match Arc::try_unwrap(broker) {
            Ok(broker) => return broker.stop().await,
            Err(shared) => broker = shared,
        }
        tokio::time::sleep(STOP_PAUSE).await;
    }
    tracing::error!("the broker is still in use: clients are cut off");
}

const STOP_TRIES: u32 = 100;
const STOP_PAUSE: Duration = Duration::from_millis(50);
/// How long rows that wait may take to be delivered once the node stops.
const SINKS_DRAIN: Duration = Duration::from_secs(5);
