//! The inventory of servers and tools for people and machines. It only lists; nothing here is judged.

use super::visible;
use crate::finding::Gap;
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt::Write;
use unicode_width::UnicodeWidthStr;

/// Every server that was found.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    pub tool_version: String,
    pub rows: Vec<Row>,
    /// Sorted.
    pub tools: Vec<Tool>,
    /// Text files that were looked at.
    pub files: u64,
    /// What could not be looked at.
    pub gaps: Vec<Gap>,
}

/// One server, whoever uses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub launch: Launch,
    /// Sorted; at least one.
    pub places: Vec<Place>,
}

/// What is started or reached: the same for all places of a row. Redacted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Launch {
    /// Package, address or command line.
    pub target: String,
    pub ecosystem: Option<&'static str>,
    pub version: Option<String>,
    /// How firmly the version is pinned, in words.
    pub pin: Option<&'static str>,
    /// The program that is started.
    pub runner: Option<String>,
    pub transport: &'static str,
}

/// One declaration of a server. Redacted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    pub client: String,
    pub path: String,
    pub line: usize,
    pub pointer: String,
    pub name: String,
    pub enabled: bool,
    pub approval: Approval,
}

/// A tool, resource or prompt that source code registers. Redacted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Tool {
    pub path: String,
    pub line: usize,
    pub kind: &'static str,
    pub name: String,
    pub parameters: Vec<Parameter>,
    /// Its first line.
    pub description: Option<String>,
}

/// A parameter of a tool. Redacted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Parameter {
    pub name: String,
    #[serde(rename = "type")]
    pub of_type: String,
    pub required: bool,
}

/// Whether tools run without a question, as the declaration itself says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Approval {
    Asks,
    NamedTools,
    EveryTool,
}

impl Approval {
    fn as_str(self) -> &'static str {
        match self {
            Self::Asks => "asks",
            Self::NamedTools => "some unasked",
            Self::EveryTool => "all unasked",
        }
    }
}

impl Row {
    /// What the server is called, by whomever.
    pub fn names(&self) -> BTreeSet<&str> {
        self.places.iter().map(|place| place.name.as_str()).collect()
    }

    /// What most call the server.
    fn name(&self) -> &str {
        let count = |name: &str| self.places.iter().filter(|place| place.name == name).count();
        self.names().into_iter().rev().max_by_key(|name| count(name)).unwrap_or_default()
    }

    fn approval(&self) -> Approval {
        self.places.iter().map(|place| place.approval).max().unwrap_or(Approval::Asks)
    }

    fn version(&self) -> String {
        match (&self.launch.version, self.launch.pin) {
            (Some(version), _) => version.clone(),
            (None, Some(_)) => "unpinned".to_owned(),
            (None, None) => "-".to_owned(),
        }
    }
}

const HEADINGS: [&str; 5] = ["SERVER", "VERSION", "TRANSPORT", "APPROVAL", "STARTS OR REACHES"];
/// Columns that a cell takes at most. The last is never cut: it is what the person came for.
const WIDEST: [usize; 5] = [24, 16, 9, 12, usize::MAX];

impl Inventory {
    /// A table with the places of each server below its line.
    pub fn text(&self) -> String {
        let mut out = String::new();
        if self.rows.is_empty() {
            let _ = writeln!(out, "No server is declared in the {} files that were looked at.", self.files);
        }
        let cells: Vec<[String; 5]> = self.rows.iter().map(cells).collect();
        let widths = widths(&cells);
        if !cells.is_empty() {
            line(&mut out, &HEADINGS.map(str::to_owned), &widths);
        }
        for (row, cells) in self.rows.iter().zip(&cells) {
            line(&mut out, cells, &widths);
            for place in &row.places {
                let off = if place.enabled { "" } else { ", switched off" };
                let named = if row.names().len() > 1 { format!(" as `{}`", place.name) } else { String::new() };
                let _ = writeln!(out, "  {}:{}  {}{named}{off}", place.path, place.line, place.client);
            }
        }
        let clients: BTreeSet<&str> = self.places().map(|place| place.client.as_str()).collect();
        if !self.rows.is_empty() {
            let _ = writeln!(
                out,
                "\n{} in {} by {}",
                counted(self.rows.len(), "server"),
                counted(self.places().count(), "place"),
                counted(clients.len(), "client")
            );
        }
        self.write_tools(&mut out);
        for gap in &self.gaps {
            let _ = writeln!(out, "not examined: {} ({})", gap.path, gap.detail);
        }
        out
    }

    /// What source registers, file by file: `line  name(parameter: type, left-out?: type)` and what it says it does.
    fn write_tools(&self, out: &mut String) {
        let mut path = None;
        for tool in &self.tools {
            if path != Some(&tool.path) {
                path = Some(&tool.path);
                let _ = writeln!(out, "\n{} registers", tool.path);
            }
            let parameter =
                |it: &Parameter| format!("{}{}: {}", it.name, if it.required { "" } else { "?" }, it.of_type);
            let parameters = tool.parameters.iter().map(parameter).collect::<Vec<_>>().join(", ");
            let kind = if tool.kind == "tool" { String::new() } else { format!("{} ", tool.kind) };
            let _ = writeln!(out, "{:>6}  {kind}{}({parameters})", tool.line, tool.name);
            if let Some(description) = tool.description.as_ref().filter(|it| !it.is_empty()) {
                let _ = writeln!(out, "        {description}");
            }
        }
        let count = self.tools.iter().filter(|tool| tool.kind == "tool").count();
        if count > 0 {
            let _ = writeln!(out, "\n{} in source", counted(count, "tool"));
        }
    }

    fn places(&self) -> impl Iterator<Item = &Place> {
        self.rows.iter().flat_map(|row| &row.places)
    }

    /// Version 1 of the machine-readable inventory, described by `schema/inventory-v1.schema.json`.
    pub fn json(&self) -> String {
        #[derive(Serialize)]
        struct Out<'a> {
            schema: u32,
            tool: Program<'a>,
            servers: Vec<Server<'a>>,
            tools: &'a [Tool],
            gaps: Vec<super::json::GapOut<'a>>,
        }
        #[derive(Serialize)]
        struct Program<'a> {
            name: &'static str,
            version: &'a str,
        }
        #[derive(Serialize)]
        struct Server<'a> {
            names: BTreeSet<&'a str>,
            launch: &'a Launch,
            approval: Approval,
            places: &'a [Place],
        }
        let servers = self.rows.iter().map(|row| Server {
            names: row.names(),
            launch: &row.launch,
            approval: row.approval(),
            places: &row.places,
        });
        let out = Out {
            schema: 1,
            tool: Program { name: "mcp-picket", version: &self.tool_version },
            servers: servers.collect(),
            tools: &self.tools,
            gaps: self.gaps.iter().map(super::json::gap).collect(),
        };
        let mut bytes = Vec::new();
        // Writing to memory does not fail.
        let _ = visible::write(&out, &mut bytes);
        String::from_utf8(bytes).unwrap_or_default()
    }
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

fn cells(row: &Row) -> [String; 5] {
    let (first, others) = (row.name(), row.names().len() - 1);
    let name = if others > 0 { format!("{first} (+{others})") } else { first.to_owned() };
    let target = match (&row.launch.runner, row.launch.ecosystem) {
        (Some(runner), Some(_)) => format!("{} ({runner})", row.launch.target),
        _ => row.launch.target.clone(),
    };
    [name, row.version(), row.launch.transport.to_owned(), row.approval().as_str().to_owned(), target]
}

fn widths(cells: &[[String; 5]]) -> [usize; 5] {
    let mut widths = HEADINGS.map(UnicodeWidthStr::width);
    for row in cells {
        for ((cell, most), known) in row.iter().zip(WIDEST).zip(&mut widths) {
            *known = (*known).max(cell.width().min(most));
        }
    }
    widths
}

fn line(out: &mut String, cells: &[String; 5], widths: &[usize; 5]) {
    let padded = cells.iter().zip(widths).map(|(cell, width)| {
        let shown = fitted(cell, *width);
        let gap = width.saturating_sub(shown.width());
        shown + &" ".repeat(gap)
    });
    let _ = writeln!(out, "{}", padded.collect::<Vec<_>>().join("  ").trim_end());
}

/// `cell` in at most `width` columns.
fn fitted(cell: &str, width: usize) -> String {
    if cell.width() <= width {
        return cell.to_owned();
    }
    let mut out = String::new();
    for c in cell.chars() {
        if out.width() + unicode_width::UnicodeWidthChar::width(c).unwrap_or(0) + 1 > width {
            break;
        }
        out.push(c);
    }
    out + "…"
}
