//! Where the time of a scan went. Never part of a report.

use crate::engine::Spent;
use std::fmt;
use std::time::Duration;

/// Seconds and bytes per stage. Stages inside the walk add up over threads, so they may exceed the wall time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Timings {
    /// Rules, policy, knowledge.
    pub load: Duration,
    /// Wall time of walking, reading and examining together.
    pub walk: Duration,
    pub spent: Spent,
    /// Putting together, suppressions, prose of the pages.
    pub triage: Duration,
    pub write: Duration,
    pub files: u64,
    pub bytes: u64,
}

impl fmt::Display for Timings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut row = |stage: &str, time: Duration, bytes: Option<u64>| {
            let bytes = bytes.map_or_else(String::new, |bytes| format!("{bytes:>14} bytes"));
            writeln!(f, "{stage:<22}{:>9.3} s{bytes}", time.as_secs_f64())
        };
        row("load rules", self.load, None)?;
        row("walk, read, examine", self.walk, Some(self.bytes))?;
        row("  search literals", self.spent.prefilter, Some(self.spent.bytes))?;
        row("  lower source", self.spent.lowering, Some(self.spent.lowered_bytes))?;
        row("  parse and match", self.spent.matching, Some(self.spent.matched_bytes))?;
        row("  describe findings", self.spent.reporting, None)?;
        row("  follow flows", self.spent.flows, Some(self.spent.flow_bytes))?;
        row("triage", self.triage, None)?;
        row("write", self.write, None)
    }
}
