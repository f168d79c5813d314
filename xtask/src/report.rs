//! What became of the steps, and the summary that a run ends in.

use std::{fmt, process::ExitCode, time::Duration};

use crate::shell::Stop;

/// What became of one step.
pub(crate) enum Outcome {
    Passed,
    Failed(String),
    Skipped(String),
}

impl From<Result<(), Stop>> for Outcome {
    fn from(result: Result<(), Stop>) -> Self {
        match result {
            Ok(()) => Self::Passed,
            Err(Stop::Failed(why)) => Self::Failed(why),
            Err(Stop::Skipped(why)) => Self::Skipped(why),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => f.write_str("passed"),
            Self::Failed(why) => write!(f, "FAILED: {why}"),
            Self::Skipped(why) => write!(f, "skipped: {why}"),
        }
    }
}

struct Line {
    step: &'static str,
    outcome: Outcome,
    took: Duration,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.took.as_secs_f64();
        write!(f, "{:<18} {seconds:>6.1} s  {}", self.step, self.outcome)
    }
}

/// The outcomes so far. Displays as one line a step and, as its last line,
/// `N passed, N failed, N skipped`.
#[derive(Default)]
pub(crate) struct Report {
    lines: Vec<Line>,
}

impl Report {
    /// Adds an outcome and prints its line at once, below the output of its step.
    pub(crate) fn add(&mut self, step: &'static str, outcome: Outcome, took: Duration) {
        let line = Line {
            step,
            outcome,
            took,
        };
        println!("=== {line}");
        self.lines.push(line);
    }

    /// Success unless a step failed. A skipped step does not fail the run; its line says why it was
    /// skipped.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self.count(|outcome| matches!(outcome, Outcome::Failed(_))) {
            0 => ExitCode::SUCCESS,
            _ => ExitCode::FAILURE,
        }
    }

    fn count(&self, is: impl Fn(&Outcome) -> bool) -> usize {
        self.lines.iter().filter(|line| is(&line.outcome)).count()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.lines {
            writeln!(f, "{line}")?;
        }
        write!(
            f,
            "\n{} passed, {} failed, {} skipped",
            self.count(|outcome| matches!(outcome, Outcome::Passed)),
            self.count(|outcome| matches!(outcome, Outcome::Failed(_))),
            self.count(|outcome| matches!(outcome, Outcome::Skipped(_))),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(results: [Result<(), Stop>; 3]) -> Report {
        let mut report = Report::default();
        for (step, result) in ["fmt", "clippy", "msrv"].into_iter().zip(results) {
            report.add(step, result.into(), Duration::from_millis(1_250));
        }
        report
    }

    #[test]
    fn the_closing_line_counts_and_stands_alone() {
        let failed = Stop::Failed("`cargo clippy` exited with 101".to_owned());
        let skipped = Stop::Skipped("toolchain 1.88 is not installed".to_owned());
        let text = report([Ok(()), Err(failed), Err(skipped)]).to_string();
        assert_eq!(text.lines().last(), Some("1 passed, 1 failed, 1 skipped"));
    }

    #[test]
    fn a_step_that_did_not_pass_says_why() {
        let skipped = Stop::Skipped("toolchain 1.88 is not installed".to_owned());
        let text = report([Ok(()), Ok(()), Err(skipped)]).to_string();
        assert_eq!(
            text.lines().nth(2),
            Some("msrv                  1.2 s  skipped: toolchain 1.88 is not installed"),
        );
    }

    #[test]
    fn one_failure_fails_the_run_and_a_skip_does_not() {
        let failed = Stop::Failed("…".to_owned());
        let skipped = || Stop::Skipped("…".to_owned());
        assert_eq!(
            report([Ok(()), Ok(()), Err(skipped())]).exit_code(),
            ExitCode::SUCCESS
        );
        assert_eq!(
            report([Ok(()), Err(failed), Err(skipped())]).exit_code(),
            ExitCode::FAILURE
        );
    }
}
