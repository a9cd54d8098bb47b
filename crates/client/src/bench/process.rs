//! What processes cost: CPU time and memory as the kernel counts them. It does not know what they
//! did.

use std::fs;
use std::io;
use std::time::Duration;

use rustix::process::{Resource, Rlimit};
use rustix::time::{ClockId, clock_gettime};

/// Kernel ticks a second in `/proc/<pid>/stat`; 100 on every Linux that Rust runs on.
const TICKS_PER_SECOND: u64 = 100;

/// A process that is watched from outside.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Process(pub(crate) u32);

impl Process {
    /// User and system time of all its threads, to 10 ms.
    pub(crate) fn cpu(self) -> io::Result<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0))?;
        let ticks = cpu_ticks(&stat).ok_or(io::ErrorKind::InvalidData)?;
        Ok(Duration::from_millis(ticks * (1000 / TICKS_PER_SECOND)))
    }

    /// Anonymous resident memory in bytes: what it allocated and touched.
    pub(crate) fn anonymous_bytes(self) -> io::Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0))?;
        Ok(kib_line(&status, "RssAnon:").ok_or(io::ErrorKind::InvalidData)? * 1024)
    }
}

/// CPU time of this process.
pub(crate) fn own_cpu() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Raises the limit of open files as far as it may go without privileges; returns it.
pub(crate) fn raise_open_files() -> u64 {
    let limit = rustix::process::getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let granted = match rustix::process::setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        // The connections that do not fit fail one by one and are reported then.
        Err(_) => limit.current,
    };
    granted.unwrap_or(u64::MAX)
}

/// Fields 14 and 15; the name in field 2 may hold anything, so counting starts behind its last
/// bracket.
fn cpu_ticks(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

fn kib_line(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_found_behind_an_odd_name() {
        let stat = "42 (a) b) S 1 2 3 4 5 6 7 8 9 10 700 30 0 0";
        assert_eq!(cpu_ticks(stat), Some(730));
        assert_eq!(cpu_ticks("42"), None);
    }

    #[test]
    fn memory_is_read_in_kib() {
        assert_eq!(kib_line("VmRSS:\t 9 kB\nRssAnon:\t   1234 kB\n", "RssAnon:"), Some(1234));
        assert_eq!(kib_line("VmRSS:\t 9 kB\n", "RssAnon:"), None);
    }

    #[test]
    fn this_process_can_be_watched() {
        let process = Process(std::process::id());
        assert!(process.anonymous_bytes().unwrap() > 0);
        assert!(process.cpu().is_ok());
        assert!(own_cpu() > Duration::ZERO);
    }
}
