//! The arguments that every command which judges a deployment has, and how such a command ends.

use super::progress::Progress;
use crate::app::{Environment, Failure, Output, ScanOptions, Scanned, Standard};
use crate::finding::{Confidence, Severity};
use clap::Args;
use jiff::civil::Date;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(super) struct Judging {
    /// A report: text, json, sarif, github, junit or gitlab, to standard output or to a file; may be repeated
    #[arg(long = "format", value_name = "FORMAT[=FILE]")]
    formats: Vec<Output>,
    /// Exit with 1 from this severity on: low, medium, high, critical [default: medium]
    #[arg(long, value_name = "SEVERITY")]
    fail_on: Option<Severity>,
    /// Leave out findings of less confidence: low, medium, high
    #[arg(long, value_name = "CONFIDENCE")]
    min_confidence: Option<Confidence>,
    /// Run only these rules or families
    #[arg(long, value_name = "RULE|FAMILY", value_delimiter = ',')]
    select: Vec<String>,
    /// Do not run these rules or families
    #[arg(long, value_name = "RULE|FAMILY", value_delimiter = ',')]
    ignore: Vec<String>,
    /// The policy, instead of the nearest picket.toml
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Also run the rule pages in this directory
    #[arg(long, value_name = "DIR")]
    rules: Vec<PathBuf>,
    /// The day on which expiry dates are judged [default: today]
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_date)]
    today: Option<Date>,
    /// Threads [default: all]
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    jobs: usize,
    /// Leave suppressed findings out of SARIF: code scanning would show them as open
    #[arg(long)]
    omit_suppressed: bool,
    /// One line for each finding, and nothing else
    #[arg(long, short, conflicts_with = "verbose")]
    quiet: bool,
    /// Also list suppressed findings and every gap
    #[arg(long, short)]
    verbose: bool,
    /// Say where the time went, on standard error
    #[arg(long)]
    timings: bool,
    /// Exit with 0 whatever is found
    #[arg(long)]
    exit_zero: bool,
    /// Exit with 1 if something could not be examined
    #[arg(long)]
    strict_gaps: bool,
}

fn parse_date(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| "a date is written YYYY-MM-DD".to_owned())
}

impl Judging {
    /// Run a command with these options and write its reports; `more` adds what the command itself was asked.
    pub(super) fn run(
        self,
        environment: &Environment,
        more: impl FnOnce(&mut ScanOptions),
        command: impl FnOnce(&ScanOptions, Standard<'_>) -> Result<Scanned, Failure>,
    ) -> Result<ExitCode, Failure> {
        let timings = self.timings;
        let progress = Progress::new(environment.progress && !self.quiet);
        let mut options = self.options()?;
        more(&mut options);
        let mut out = BufWriter::new(io::stdout().lock());
        let standard = Standard { out: &mut out, progress: &|| progress.advance(), finished: &|| progress.finish() };
        let scanned = command(&options, standard)?;
        match out.flush() {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                return Err(Failure::Output(format!("cannot write standard output: {error}")));
            }
            _ => {}
        }
        if timings {
            let _ = write!(io::stderr().lock(), "{}", scanned.timings);
        }
        Ok(ExitCode::from(scanned.exit.code()))
    }

    fn options(self) -> Result<ScanOptions, Failure> {
        let to_standard = self.formats.iter().filter(|output| output.file.is_none()).count();
        if to_standard > 1 {
            let message = "only one report can go to standard output; give the others a file: --format json=FILE";
            return Err(Failure::Usage(message.to_owned()));
        }
        Ok(ScanOptions {
            outputs: self.formats,
            fail_on: self.fail_on,
            min_confidence: self.min_confidence,
            select: self.select,
            ignore: self.ignore,
            config: self.config,
            rule_dirs: self.rules,
            today: self.today,
            jobs: self.jobs,
            exit_zero: self.exit_zero,
            strict_gaps: self.strict_gaps,
            omit_suppressed: self.omit_suppressed,
            quiet: self.quiet,
            verbose: self.verbose,
            ..ScanOptions::default()
        })
    }
}
