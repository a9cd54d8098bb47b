//! A child process that never outlives the harness. It does not know what the child does.

use std::io;
use std::process::{Child, Command, ExitStatus};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

/// Stopped, by its process id, when dropped: asked first, then killed.
#[derive(Debug)]
pub(crate) struct Process(Child);

impl Process {
    pub(crate) fn spawn(command: &mut Command) -> io::Result<Self> {
        command.spawn().map(Self)
    }

    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    /// `None` while it runs.
    pub(crate) fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        self.0.try_wait()
    }

    fn stop(&mut self) -> io::Result<()> {
        if self.0.try_wait()?.is_some() {
            return Ok(());
        }
        if let Some(pid) = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw) {
            kill_process(pid, Signal::TERM)?;
        }
        for _ in 0..STOP_LOOKS {
            if self.0.try_wait()?.is_some() {
                return Ok(());
            }
            thread::sleep(LOOK_TIME);
        }
        self.0.kill()?;
        self.0.wait().map(drop)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It has ended by itself, or nothing more can be done.
        drop(self.stop());
    }
}

/// User and system time of a process, to 10 ms: the kernel counts in ticks of a hundredth second.
pub(crate) fn cpu(pid: u32) -> io::Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The second field is the name in parentheses and may hold anything.
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    let ticks = fields.split_ascii_whitespace().skip(11).take(2);
    let ticks: Option<Vec<u64>> = ticks.map(|ticks| ticks.parse().ok()).collect();
    let ticks = ticks.filter(|ticks| ticks.len() == 2).ok_or(io::ErrorKind::InvalidData)?;
    Ok(Duration::from_millis(ticks.iter().sum::<u64>() * 10))
}

/// Between two looks at a process.
pub(crate) const LOOK_TIME: Duration = Duration::from_millis(20);
/// Five seconds to stop by itself.
const STOP_LOOKS: u32 = 250;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_process_is_gone() {
        let process = Process::spawn(Command::new("sleep").arg("60")).unwrap();
        let folder = format!("/proc/{}", process.id());
        assert!(std::fs::exists(&folder).unwrap());
        drop(process);
        assert!(!std::fs::exists(&folder).unwrap());
    }
}
