//! Runs the binary in a tree as a user would and reads what it says.

use serde_json::Value;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A region that is longer stands in its first line alone.
const LONG: usize = 10;

/// What a report says of one problem.
pub(crate) struct Finding {
    pub(crate) rule: String,
    pub(crate) severity: String,
    pub(crate) confidence: String,
    pub(crate) path: String,
    /// First and last line.
    pub(crate) lines: Option<(usize, usize)>,
    pub(crate) message: String,
    /// What a report shows as one.
    pub(crate) group: Option<String>,
    /// The steps of its trace: path and line.
    pub(crate) trace: Vec<(String, usize)>,
}

impl Finding {
    /// Whether it stands in `path` at most `slack` lines from `line`.
    pub(crate) fn is_at(&self, path: &str, line: usize, slack: usize) -> bool {
        let Some((first, last)) = self.lines else { return false };
        self.path == path && line + slack >= first && line <= last + slack
    }

    /// Whether a step of its trace does.
    pub(crate) fn passes(&self, path: &str, line: usize, slack: usize) -> bool {
        self.trace.iter().any(|(step, at)| step == path && line.abs_diff(*at) <= slack)
    }

    pub(crate) fn line(&self) -> usize {
        self.lines.map_or(0, |(first, _)| first)
    }

    pub(crate) fn is_severe(&self) -> bool {
        ["critical", "high"].contains(&self.severity.as_str())
    }
}

/// The binary to measure.
pub(crate) struct Picket {
    pub(crate) binary: PathBuf,
}

/// What a run cost.
pub(crate) struct Cost {
    pub(crate) wall: Duration,
    /// KiB; as far as the system tells.
    pub(crate) peak: Option<u64>,
    /// Name, seconds and bytes of the stages.
    pub(crate) stages: Vec<(String, f64, Option<u64>)>,
}

impl Cost {
    /// Seconds and bytes of the stages whose name begins so.
    pub(crate) fn stage(&self, name: &str) -> Option<(f64, u64)> {
        let of_name = |(stage, seconds, bytes): &(String, f64, Option<u64>)| {
            stage.starts_with(name).then(|| (*seconds, bytes.unwrap_or(0)))
        };
        self.stages.iter().filter_map(of_name).reduce(|a, b| (a.0 + b.0, a.1 + b.1))
    }
}

impl Picket {
    fn command(&self, tree: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.current_dir(tree).args(["scan", "--no-ignore", "--exit-zero"]).args(arguments).stdin(Stdio::null());
        command
    }

    /// The findings that count in a tree.
    ///
    /// # Errors
    /// What kept the binary from reporting.
    pub(crate) fn findings(&self, tree: &Path) -> Result<Vec<Finding>, String> {
        let run = self.command(tree, &["--format", "json"]).output();
        let run = run.map_err(|error| format!("{}: {error}", self.binary.display()))?;
        let report: Value = serde_json::from_slice(&run.stdout)
            .map_err(|_| format!("no report: {}", String::from_utf8_lossy(&run.stderr).trim()))?;
        let found = report["findings"].as_array().map_or(&[][..], Vec::as_slice);
        Ok(found.iter().filter(|one| one["status"] == "new").map(read).collect())
    }

    /// A scan on one thread, with what it took.
    ///
    /// # Errors
    /// What kept the binary from running.
    pub(crate) fn cost(&self, tree: &Path) -> Result<Cost, String> {
        let started = Instant::now();
        let mut command = self.command(tree, &["--quiet", "--jobs", "1", "--timings"]);
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| format!("{}: {error}", self.binary.display()))?;
        let status = format!("/proc/{}/status", child.id());
        let mut peak = None;
        loop {
            // The high-water mark only rises: the last look before the end is the one that counts.
            peak = fs::read_to_string(&status).ok().as_deref().and_then(high_water_mark).or(peak);
            match child.try_wait() {
                Ok(None) => std::thread::sleep(Duration::from_millis(1)),
                Ok(Some(_)) => break,
                Err(error) => return Err(error.to_string()),
            }
        }
        let wall = started.elapsed();
        let mut said = String::new();
        if let Some(mut pipe) = child.stderr.take() {
            pipe.read_to_string(&mut said).map_err(|error| error.to_string())?;
        }
        let stages: Vec<_> = said.lines().filter_map(stage).collect();
        if stages.is_empty() { Err(said.trim().to_owned()) } else { Ok(Cost { wall, peak, stages }) }
    }
}

/// `  lower source          0.123 s     4567 bytes`
fn stage(line: &str) -> Option<(String, f64, Option<u64>)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let unit = words.iter().position(|word| *word == "s")?;
    let seconds = words.get(unit.checked_sub(1)?)?.parse().ok()?;
    let bytes = words.get(unit + 1).and_then(|word| word.parse().ok());
    Some((words[..unit - 1].join(" "), seconds, bytes))
}

fn high_water_mark(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

fn read(one: &Value) -> Finding {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let line = |region: &Value, end: &str| region[end].as_u64().and_then(|line| usize::try_from(line).ok());
    let lines = |region: &Value| {
        let (first, last) = (line(region, "start_line")?, line(region, "end_line")?);
        Some((first, if last - first > LONG { first } else { last }))
    };
    let step = |step: &Value| Some((text(&step["path"]), line(&step["region"], "start_line")?));
    Finding {
        rule: text(&one["rule"]),
        severity: text(&one["severity"]),
        confidence: text(&one["confidence"]),
        path: text(&one["path"]),
        lines: lines(&one["region"]),
        message: text(&one["message"]),
        group: one["group"].as_str().map(str::to_owned),
        trace: one["trace"].as_array().map_or(&[][..], Vec::as_slice).iter().filter_map(step).collect(),
    }
}
