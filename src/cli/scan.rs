//! `scan [PATH…]`.

use crate::app::{Environment, Exit, Failure, Output, ScanOptions, Standard, scan};
use crate::finding::{Confidence, Severity};
use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::civil::Date;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A scan that ends sooner shows no progress.
const PATIENCE: Duration = Duration::from_secs(1);

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
mcp-picket scan                                    the current directory\n  \
mcp-picket scan .mcp.json --fail-on high           one file\n  \
mcp-picket scan --format text --format json=r.json two reports at once\n  \
mcp-picket scan --select secrets --no-ignore       one family, everywhere\n  \
mcp-picket scan --untrusted third-party/           nothing in the tree may silence a finding\n  \
git show HEAD:.mcp.json | mcp-picket scan - --stdin-path .mcp.json")]
pub(super) struct Scan {
    /// Files and directories; `-` is standard input [default: .]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// What standard input is, for `-`
    #[arg(long, value_name = "PATH")]
    stdin_path: Option<String>,
    /// A report: text or json, to standard output or to a file; may be repeated
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
    /// Also examine what ignore files name, and third-party and generated trees
    #[arg(long)]
    no_ignore: bool,
    /// Honour nothing that the tree says of itself: comments, picket.toml, ignore files
    #[arg(long)]
    untrusted: bool,
    /// The day on which expiry dates are judged [default: today]
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_date)]
    today: Option<Date>,
    /// Threads [default: all]
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    jobs: usize,
    /// Largest file that is read, such as 500K or 64M [default: 16M, source 5M]
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    max_file_size: Option<u64>,
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

/// `16M`, `500K`, `1G` or a number of bytes.
fn parse_size(text: &str) -> Result<u64, String> {
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at(split);
    let factor: u64 = match unit.trim_end_matches(['B', 'b', 'i']).to_ascii_uppercase().as_str() {
        "" => 1,
        "K" => 1 << 10,
        "M" => 1 << 20,
        "G" => 1 << 30,
        _ => return Err(format!("`{unit}` is none of K, M, G")),
    };
    let number: u64 = digits.parse().map_err(|_| "a size is a number with K, M or G".to_owned())?;
    number
        .checked_mul(factor)
        .filter(|size| (1..=4 << 30).contains(size))
        .ok_or_else(|| "a size is at most 4G".to_owned())
}

impl Scan {
    pub(super) fn run(self, environment: &Environment) -> Result<ExitCode, Failure> {
        let timings = self.timings;
        let quiet = self.quiet;
        let options = self.options()?;
        let progress = Progress::new(environment.progress && !quiet);
        let mut out = BufWriter::new(io::stdout().lock());
        let standard = Standard { out: &mut out, progress: &|| progress.advance(), finished: &|| progress.finish() };
        let scanned = scan(&options, environment, standard)?;
        match out.flush() {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                return Err(Failure::Output(format!("cannot write standard output: {error}")));
            }
            _ => {}
        }
        if timings {
            let _ = write!(io::stderr().lock(), "{}", scanned.timings);
        }
        Ok(ExitCode::from(match scanned.exit {
            Exit::Clean => 0,
            Exit::Findings => 1,
            Exit::Internal => 70,
        }))
    }

    fn options(self) -> Result<ScanOptions, Failure> {
        let is_stdin = self.paths.iter().any(|path| path.as_os_str() == "-");
        let usage = |message: &str| Err(Failure::Usage(message.to_owned()));
        match (is_stdin, &self.stdin_path) {
            (true, _) if self.paths.len() > 1 => {
                return usage("`-` stands alone: standard input is the only input then");
            }
            (true, None) => return usage("`-` needs --stdin-path: the path decides how the text is read"),
            (false, Some(_)) => return usage("--stdin-path needs the path `-`"),
            _ => {}
        }
        let to_standard = self.formats.iter().filter(|output| output.file.is_none()).count();
        if to_standard > 1 {
            return usage("only one report can go to standard output; give the others a file: --format json=FILE");
        }
        Ok(ScanOptions {
            paths: if is_stdin { Vec::new() } else { self.paths },
            stdin_path: self.stdin_path,
            outputs: self.formats,
            fail_on: self.fail_on,
            min_confidence: self.min_confidence,
            select: self.select,
            ignore: self.ignore,
            config: self.config,
            rule_dirs: self.rules,
            no_ignore: self.no_ignore,
            untrusted: self.untrusted,
            today: self.today,
            jobs: self.jobs,
            max_file_size: self.max_file_size,
            exit_zero: self.exit_zero,
            strict_gaps: self.strict_gaps,
            quiet: self.quiet,
            verbose: self.verbose,
        })
    }
}

/// A line on a terminal that appears once a scan takes longer than a person waits gladly.
struct Progress {
    bar: OnceLock<ProgressBar>,
    started: Instant,
    examined: AtomicU64,
    enabled: bool,
}

impl Progress {
    fn new(enabled: bool) -> Self {
        Self { bar: OnceLock::new(), started: Instant::now(), examined: AtomicU64::new(0), enabled }
    }

    fn advance(&self) {
        let examined = self.examined.fetch_add(1, Ordering::Relaxed);
        // Asking for the time at every file would cost more than the bar.
        if !self.enabled || !examined.is_multiple_of(64) || self.started.elapsed() < PATIENCE {
            return;
        }
        let bar = self.bar.get_or_init(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("{spinner} {pos} files examined, {elapsed}") {
                bar.set_style(style);
            }
            bar
        });
        bar.set_position(examined);
    }

    fn finish(&self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read() {
        assert_eq!((parse_size("16M"), parse_size("500K"), parse_size("7")), (Ok(16 << 20), Ok(500 << 10), Ok(7)));
        assert_eq!(parse_size("1GiB"), Ok(1 << 30));
        for bad in ["", "M", "5T", "99999999999G", "0"] {
            assert!(parse_size(bad).is_err(), "{bad}");
        }
    }
}
