//! What a finished process left: exit code, standard output, standard error.

use std::process::Output;

#[derive(Debug)]
pub(crate) struct Outcome {
    /// `None` when a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Outcome {
    /// Fails the test with everything the process said unless it ended with `code`.
    #[track_caller]
    pub(crate) fn expect_code(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "exit code; the process said:\n{self}");
        self
    }

    /// Fails the test unless `part` stands in standard output.
    #[track_caller]
    pub(crate) fn expect_stdout(self, part: &str) -> Self {
        assert!(self.stdout.contains(part), "{part:?} is missing on standard output:\n{self}");
        self
    }

    /// Fails the test unless `part` stands in standard error.
    #[track_caller]
    pub(crate) fn expect_stderr(self, part: &str) -> Self {
        assert!(self.stderr.contains(part), "{part:?} is missing on standard error:\n{self}");
        self
    }

    /// Standard output and standard error together: where the stream does not matter.
    pub(crate) fn said(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "--- stdout\n{}--- stderr\n{}--- code {:?}", self.stdout, self.stderr, self.code)
    }
}

impl From<Output> for Outcome {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}
