//! Runs `sluice bench` beside a broker and reads its figures. It does not know which broker that
//! is.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Command;
use std::thread;

use anyhow::Context;
use sluice_client::{IdleReport, Report};

use crate::broker::Broker;
use crate::interrupt::Interrupt;
use crate::process::{LOOK_TIME, Process};

/// The program that makes the load.
#[derive(Debug)]
pub(crate) struct Generator {
    pub(crate) program: PathBuf,
    /// Of measured load.
    pub(crate) seconds: u32,
    pub(crate) interrupt: Interrupt,
}

impl Generator {
    pub(crate) fn load(&self, broker: &Broker, flags: &[String]) -> anyhow::Result<Report> {
        let mut command = self.command(broker);
        command.args(flags).args(["--warmup", "1s", "--duration", &self.seconds.to_string()]);
        let json = self.run(command, broker)?;
        Ok(serde_json::from_str(&json)?)
    }

    pub(crate) fn idle(&self, broker: &Broker, count: u32) -> anyhow::Result<IdleReport> {
        let mut command = self.command(broker);
        command.args(["--idle", &count.to_string(), "--hold", "0s"]);
        let json = self.run(command, broker)?;
        Ok(serde_json::from_str(&json)?)
    }

    fn command(&self, broker: &Broker) -> Command {
        let mut command = Command::new(&self.program);
        command.args(["bench", "--json", "--host", "127.0.0.1"]);
        command.args(["--port", &broker.port().to_string()]);
        command.args(["--broker-pid", &broker.process_id().to_string()]);
        command
    }

    /// Standard output of a run. A run whose messages did not arrive as they must exits with 1
    /// after its figures.
    fn run(&self, mut command: Command, broker: &Broker) -> anyhow::Result<String> {
        let (output, errors) =
            (broker.folder().join("bench.json"), broker.folder().join("bench.err"));
        command.stdout(File::create(&output)?).stderr(File::create(&errors)?);
        let mut process = Process::spawn(&mut command)
            .with_context(|| format!("cannot run {}", self.program.display()))?;
        let status = loop {
            self.interrupt.check()?;
            match process.try_wait()? {
                Some(status) => break status,
                None => thread::sleep(LOOK_TIME),
            }
        };
        let json = fs::read_to_string(&output)?;
        if json.is_empty() {
            let errors = fs::read_to_string(&errors)?;
            anyhow::bail!("{command:?} ended with {status}: {}", errors.trim());
        }
        Ok(json)
    }
}
