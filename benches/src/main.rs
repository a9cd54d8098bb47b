//! The side-by-side harness: starts Sluice and mosquitto in turn, loads both with `sluice bench`,
//! prints deliveries per broker CPU second and their ratio as Markdown. It does not know how a
//! broker works inside.

mod broker;
mod generator;
mod host;
mod interrupt;
mod median;
mod process;
mod rules;
mod scenario;
mod sinks;
mod table;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;

use broker::{Broker, Kind};
use generator::Generator;
use interrupt::Interrupt;
use scenario::Scenario;
use sinks::Services;
use sluice_client::Report;

/// Compares Sluice with mosquitto on this machine
#[derive(Parser, Debug)]
struct Cli {
    /// Sluice's release binary [default: the one beside this program]
    #[arg(long, value_name = "PATH")]
    sluice: Option<PathBuf>,
    /// mosquitto's binary
    #[arg(long, value_name = "PATH", default_value = "mosquitto")]
    mosquitto: PathBuf,
    /// Program whose `bench` command makes the load [default: Sluice's binary]
    #[arg(long, value_name = "PATH")]
    generator: Option<PathBuf>,
    /// Which brokers to run
    #[arg(long, value_name = "NAME", value_enum, default_values = ["mosquitto", "sluice"])]
    broker: Vec<Kind>,
    /// Only scenarios whose name contains this
    #[arg(long, value_name = "TEXT", default_value = "")]
    only: String,
    /// How often each scenario is run on each broker; medians are printed
    #[arg(long, value_name = "N", default_value_t = 3)]
    rounds: u32,
    /// Seconds of load that are measured
    #[arg(long, value_name = "SECONDS", default_value_t = 5)]
    seconds: u32,
    /// Idle connections whose memory is measured
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    idle: u32,
    /// Measures rows into real destinations instead: PostgreSQL, Kafka, and a web server of its own
    #[arg(long)]
    sinks: bool,
    /// PostgreSQL for --sinks, where a table `bench` is made; left out, it is not measured
    #[arg(long, value_name = "URL")]
    postgres: Option<String>,
    /// Kafka for --sinks, where a topic `bench` is made; left out, it is not measured
    #[arg(long, value_name = "HOST:PORT")]
    kafka: Option<String>,
    /// Serves as the web server of --sinks
    #[arg(long, hide = true)]
    null_http: bool,
    /// Folder for the brokers' logs [default: one that is removed at the end]
    #[arg(long, value_name = "PATH")]
    logs: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Standard error that is gone cannot be told.
            drop(writeln!(io::stderr().lock(), "Error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Everything that was started is stopped again when this returns.
fn run(cli: &Cli) -> anyhow::Result<()> {
    if cli.null_http {
        return sinks::serve_null();
    }
    let harness = Harness::new(cli)?;
    let mut stdout = io::stdout().lock();
    host::write_header(&harness.sluice, &harness.mosquitto, &mut stdout)?;
    if cli.sinks {
        let services = Services { postgres: cli.postgres.clone(), kafka: cli.kafka.clone() };
        return harness.measure_sinks((&services, cli.rounds), &mut stdout);
    }
    harness.compare(cli, &mut stdout)?;
    harness.measure_idle(cli, &mut stdout)?;
    harness.measure_rules(cli, &mut stdout)
}

/// What all measurements share.
struct Harness {
    sluice: PathBuf,
    mosquitto: PathBuf,
    generator: Generator,
    /// One folder for each broker that is started.
    folder: PathBuf,
    interrupt: Interrupt,
    /// Removes the folder at the end, unless it was named.
    _temporary: Option<tempfile::TempDir>,
}

impl Harness {
    fn new(cli: &Cli) -> anyhow::Result<Self> {
        let sluice = match &cli.sluice {
            Some(path) => path.clone(),
            None => std::env::current_exe()?.with_file_name("sluice"),
        };
        let interrupt = Interrupt::watch()?;
        let program = cli.generator.as_ref().unwrap_or(&sluice).clone();
        let generator = Generator { program, seconds: cli.seconds, interrupt: interrupt.clone() };
        let (folder, temporary) = match &cli.logs {
            Some(path) => (path.clone(), None),
            None => {
                let temporary = tempfile::Builder::new().prefix("sluice-compare").tempdir()?;
                (temporary.path().to_owned(), Some(temporary))
            }
        };
        let mosquitto = cli.mosquitto.clone();
        Ok(Self { sluice, mosquitto, generator, folder, interrupt, _temporary: temporary })
    }

    /// A fresh broker with `rules` rules, of which one passes. Dropping it stops it.
    fn start(&self, kind: Kind, name: &str, rules: u32) -> anyhow::Result<Broker> {
        self.interrupt.check()?;
        let folder = self.folder.join(format!("{name}-{kind}"));
        let program = match kind {
            Kind::Sluice => &self.sluice,
            Kind::Mosquitto => &self.mosquitto,
        };
        let broker = match kind {
            Kind::Sluice => Broker::start_sluice(program, &folder, &rules::file(rules)),
            Kind::Mosquitto => Broker::start_mosquitto(program, &folder),
        };
        broker.with_context(|| format!("cannot start {}", program.display()))
    }

    /// The scenarios, brokers interleaved within each round.
    fn compare(&self, cli: &Cli, out: &mut impl Write) -> anyhow::Result<()> {
        let scenarios: Vec<_> =
            Scenario::all().into_iter().filter(|it| it.name.contains(&cli.only)).collect();
        let mut rows: Vec<_> = scenarios.iter().map(|it| table::Row::new(it.name)).collect();
        for round in 0..cli.rounds {
            for (scenario, row) in scenarios.iter().zip(&mut rows) {
                for kind in &cli.broker {
                    match self.load(*kind, scenario, round) {
                        Ok(report) => row.add(*kind, report),
                        // The figures of the others are not lost for it.
                        Err(error) => row.fail(*kind, &error),
                    }
                    self.interrupt.check()?;
                }
            }
        }
        table::write_comparison(&rows, out)
    }

    fn load(&self, kind: Kind, scenario: &Scenario, round: u32) -> anyhow::Result<Report> {
        let broker = self.start(kind, &format!("{}-{round}", scenario.slug()), 0)?;
        self.generator.load(&broker, &scenario.flags)
    }

    /// Memory of idle connections.
    fn measure_idle(&self, cli: &Cli, out: &mut impl Write) -> anyhow::Result<()> {
        if !"idle".contains(&cli.only) {
            return Ok(());
        }
        let mut rows = Vec::new();
        for kind in &cli.broker {
            let mut reports = Vec::new();
            for round in 0..cli.rounds {
                let broker = self.start(*kind, &format!("idle-{round}"), 0)?;
                reports.push(self.generator.idle(&broker, cli.idle)?);
            }
            rows.push((*kind, reports));
        }
        table::write_idle(&rows, out)
    }

    /// Publishes through rules, on Sluice alone.
    fn measure_rules(&self, cli: &Cli, out: &mut impl Write) -> anyhow::Result<()> {
        if !"rules".contains(&cli.only) || !cli.broker.contains(&Kind::Sluice) {
            return Ok(());
        }
        let mut rows: Vec<_> = rules::COUNTS.iter().map(|count| (*count, Vec::new())).collect();
        let payload = self.folder.join("payload.json");
        std::fs::create_dir_all(&self.folder)?;
        std::fs::write(&payload, rules::payload())?;
        let payload = payload.to_string_lossy().into_owned();
        let flags = ["--pairs", "100", "--window", "64", "--payload-file", &payload];
        let flags: Vec<_> = flags.map(str::to_owned).into();
        for round in 0..cli.rounds {
            for (count, reports) in &mut rows {
                let broker = self.start(Kind::Sluice, &format!("rules-{count}-{round}"), *count)?;
                reports.push(self.generator.load(&broker, &flags)?);
            }
        }
        table::write_rules(&rows, out)
    }
}
