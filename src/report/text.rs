//! The report for a person in a hurry: what is wrong, where exactly, why, what to change; then what was not examined,
//! and one verdict at the end, where a terminal leaves the eye.
//!
//! Only new findings are shown in full. The only module that knows miette.

mod closing;
mod diagnostic;
mod layout;
mod problem;
mod prose;
#[cfg(test)]
mod tests;
mod window;

pub use diagnostic::{Diagnostic, diagnostic};

use super::Report;
use super::group::fold;
use crate::finding::{Finding, Region, Severity, Status};
use crate::text::escape_controls;
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::io::{self, BufWriter, Write};

/// How the text is written. `width` counts terminal columns and is kept within 60 and 120.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    pub color: bool,
    /// Draw with characters outside ASCII. What is quoted from files stays as it is.
    pub unicode: bool,
    pub width: usize,
    /// Nothing is shortened, and findings that do not count are listed.
    pub verbose: bool,
    /// One line per new finding and nothing else.
    pub quiet: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self { color: false, unicode: true, width: 80, verbose: false, quiet: false }
    }
}

/// What a colour means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ink {
    Severity(Severity),
    Place,
    Strong,
    Faint,
    Good,
}

impl Style {
    fn columns(self) -> usize {
        self.width.clamp(60, 120)
    }

    fn paint(self, ink: Ink, text: &str) -> String {
        if !self.color || text.is_empty() {
            return text.to_owned();
        }
        let code = match ink {
            Ink::Severity(Severity::Critical) => "1;31",
            Ink::Severity(Severity::High) => "31",
            Ink::Severity(Severity::Medium) => "33",
            Ink::Severity(Severity::Low) | Ink::Place => "36",
            Ink::Strong => "1",
            Ink::Faint => "2",
            Ink::Good => "32",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }

    fn separator(self) -> &'static str {
        if self.unicode { " · " } else { " - " }
    }

    fn ellipsis(self) -> &'static str {
        if self.unicode { "…" } else { "..." }
    }
}

/// Write `report` for a person.
///
/// # Errors
/// If `out` refuses to take it.
pub fn write(report: &Report, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    let new = || report.findings.iter().filter(|finding| finding.status == Status::New);
    if style.quiet {
        for finding in new() {
            writeln!(out, "{}", one_line(finding, style))?;
        }
        return out.flush();
    }
    let mut explained = BTreeSet::new();
    let mut groups = fold(new());
    // The worst first, each severity in the order of the files: nobody reads on to the second hundred.
    groups.sort_by_key(|group| Reverse(group.iter().map(|finding| finding.severity).max()));
    for mut group in groups {
        // The most severe speaks for the others.
        group.sort_by_key(|finding| Reverse(finding.severity));
        let Some((first, others)) = group.split_first() else { continue };
        let info = report.rules.get(&first.rule).filter(|_| explained.insert(first.rule.as_str()));
        writeln!(out, "{}", problem::render(first, others, info, style))?;
    }
    out.write_all(closing::render(report, style).as_bytes())?;
    out.flush()
}

fn one_line(finding: &Finding, style: Style) -> String {
    let place = location(&finding.path, finding.region);
    let tag = style.paint(Ink::Severity(finding.severity), &tag(finding));
    format!("{place}: {tag} {}", escape_controls(&finding.message))
}

/// `high[rule-id]`
fn tag(finding: &Finding) -> String {
    format!("{}[{}]", finding.severity, escape_controls(&finding.rule))
}

/// `path:line:column`, or the path alone.
fn location(path: &str, region: Option<Region>) -> String {
    let path = escape_controls(path);
    match region {
        Some(region) => format!("{path}:{}:{}", region.start.line, region.start.column),
        None => path,
    }
}
