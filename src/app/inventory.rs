//! `inventory`: every server that a client is told to start or reach, each once, with all places that say so, and the tools
//! that source code registers.

use super::scan::redacted;
use super::{Environment, Failure, Format, MachineOptions};
use crate::deployment::tools::{self, Handler, HandlerKind};
use crate::deployment::{self, Endpoint, Server};
use crate::document::Language;
use crate::engine;
use crate::finding::{Gap, merge_gaps};
use crate::intake::{self, Artifact, WalkOptions};
use crate::matcher::{LOWERED, Markers, Subject};
use crate::report::inventory::{Approval, Inventory, Launch, Parameter, Place, Row, Tool};
use crate::rule::Knowledge;
use crate::text::{LineIndex, Redactor};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// Characters of a command line or a description that are shown at most.
const SHOWN: usize = 100;

#[derive(Clone, Debug, Default)]
pub struct InventoryOptions {
    pub paths: Vec<PathBuf>,
    /// The clients' own files on a machine, instead of paths.
    pub machine: Option<MachineOptions>,
    pub no_ignore: bool,
}

/// The inventory as text or JSON.
///
/// # Errors
/// If a path or the home directory does not exist.
pub fn inventory(options: &InventoryOptions, environment: &Environment, format: Format) -> Result<String, Failure> {
    let knowledge = Arc::new(Knowledge::embedded().map_err(Failure::Rules)?);
    let mut walk = WalkOptions::new(environment.current_dir.clone(), environment.home.clone());
    walk.respect_ignore_files = !options.no_ignore;
    walk.skip_vendored = !options.no_ignore;
    let mut paths = options.paths.clone();
    let mut gaps = Vec::new();
    if let Some(machine) = &options.machine {
        let home = machine.home(environment)?;
        let known = machine.files(&home, &knowledge.clients);
        (paths, gaps) = (known.files(), known.gaps());
        (walk.home, walk.own_machine) = (Some(home), true);
    } else if paths.is_empty() {
        paths.push(PathBuf::from("."));
    }
    let taker = Taker::new(&knowledge);
    let visit = |artifact: Artifact| taker.take(&artifact);
    let walked = intake::walk(&paths, &walk, &visit)
        .map_err(|missing| Failure::Missing(format!("{}: no such file or directory", missing.path)))?;
    // What is left out of a tree on purpose holds nothing that a client reads.
    gaps.extend(walked.gaps.into_iter().filter(|gap| !gap.reason.is_by_choice()));
    let mut gaps = redacted(gaps, &taker.redactor);
    gaps.extend(taker.gaps());
    let gaps = merge_gaps(gaps);
    let (rows, tools) = taker.found();
    let inventory =
        Inventory { tool_version: env!("CARGO_PKG_VERSION").to_owned(), rows, tools, files: walked.files, gaps };
    Ok(if format == Format::Json { inventory.json() } else { inventory.text() })
}

/// Collects declarations from all threads of a walk.
struct Taker<'k> {
    knowledge: &'k Knowledge,
    redactor: Redactor,
    markers: Vec<String>,
    rows: Mutex<BTreeMap<Launch, Vec<Place>>>,
    tools: Mutex<Vec<Tool>>,
    gaps: Mutex<Vec<Gap>>,
}

impl<'k> Taker<'k> {
    fn new(knowledge: &'k Arc<Knowledge>) -> Self {
        Self {
            knowledge,
            redactor: engine::redactor(knowledge),
            markers: knowledge.clients.content_markers(),
            rows: Mutex::default(),
            tools: Mutex::default(),
            gaps: Mutex::default(),
        }
    }

    fn take(&self, artifact: &Artifact) {
        let Some(source) = artifact.source() else { return };
        let text = source.text.as_str();
        let has_marker = self.markers.iter().any(|marker| text.contains(marker.as_str()));
        let markers = Markers { server: has_marker, ..Markers::default() };
        let language = Language::detect(&artifact.place, text);
        let subject = Subject::new(artifact, language, self.knowledge, markers);
        if subject.is_candidate() {
            let gaps = engine::unread(&subject, &self.redactor);
            self.gaps.lock().unwrap_or_else(PoisonError::into_inner).extend(gaps);
        }
        self.take_tools(&subject);
        if subject.clients().is_empty() {
            return;
        }
        let index = LineIndex::new(text);
        let path = self.redactor.path(&artifact.path);
        for file in subject.clients() {
            for server in &file.servers {
                let place = Place {
                    client: file.client.name.clone(),
                    name: self.redactor.inline(&server.name.decoded),
                    path: path.clone(),
                    line: index.line_of(server.name.span.start) + 1,
                    pointer: self.redactor.inline(&server.pointer),
                    enabled: server.enabled,
                    approval: approval(server),
                };
                let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
                rows.entry(self.launch(server)).or_default().push(place);
            }
        }
    }

    /// What a source file registers. Tests register what no client ever sees.
    fn take_tools(&self, subject: &Subject<'_>) {
        let place = &subject.artifact.place;
        let is_source = LOWERED.contains(&subject.language) && !deployment::is_test(place);
        if !is_source || !tools::MARKERS.iter().any(|marker| subject.text.contains(marker)) {
            return;
        }
        let path = self.redactor.path(&subject.artifact.path);
        let index = LineIndex::new(subject.text);
        let listed = subject.tools().iter().filter(|it| it.kind != HandlerKind::Dispatcher);
        let listed = listed.map(|handler| self.tool(handler, &path, index.line_of(handler.span.start) + 1));
        self.tools.lock().unwrap_or_else(PoisonError::into_inner).extend(listed);
    }

    fn tool(&self, handler: &Handler, path: &str, line: usize) -> Tool {
        // The name of a tool may be declared in another file.
        let name = handler.name.as_ref().map_or_else(|| "?".to_owned(), |name| self.redactor.inline(&name.text));
        let parameter = |it: &tools::Parameter| Parameter {
            name: self.redactor.inline(&it.name.text),
            of_type: it.schema.summary(),
            required: it.is_required,
        };
        let description = handler.description.as_ref().map(|it| it.text.trim().lines().next().unwrap_or_default());
        Tool {
            path: path.to_owned(),
            line,
            kind: handler.kind.as_str(),
            name,
            parameters: handler.parameters.iter().map(parameter).collect(),
            description: description.map(|line| self.redactor.inline(&shortened(line))),
        }
    }

    /// What is started or reached, without secrets and without what differs from one place to the next.
    fn launch(&self, server: &Server) -> Launch {
        let transport = server.transport.as_str();
        let runner = server.launch.program().map(|program| self.redactor.inline(&program));
        if let Some(package) = &server.launch.package {
            // A bridge to a remote server is another server for each address.
            let is_address = |arg: &&deployment::Value| {
                arg.pointer != package.pointer
                    && ["http://", "https://", "ws://", "wss://"].iter().any(|scheme| arg.as_str().starts_with(scheme))
            };
            let bridged = server.args.iter().find(is_address);
            let bridged = bridged.map_or_else(String::new, |arg| format!(" to {}", address(arg.as_str())));
            return Launch {
                target: self.redactor.inline(&format!("{}{bridged}", package.name)),
                ecosystem: Some(package.kind.as_str()),
                version: package.version.as_ref().map(|version| self.redactor.inline(version)),
                pin: Some(package.pin.as_str()),
                runner,
                transport,
            };
        }
        let target = match (&server.url, &server.command) {
            (Some(url), None) => self.redactor.inline(&address(url.as_str())),
            (_, Some(_)) => self.redactor.inline(&command_line(server)),
            (None, None) => self.redactor.inline(&server.name.decoded),
        };
        Launch { target, ecosystem: None, version: None, pin: None, runner, transport }
    }

    /// What could not be read to its end.
    fn gaps(&self) -> Vec<Gap> {
        std::mem::take(&mut *self.gaps.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn found(self) -> (Vec<Row>, Vec<Tool>) {
        let rows = self.rows.into_inner().unwrap_or_else(PoisonError::into_inner);
        let row = |(launch, mut places): (Launch, Vec<Place>)| {
            places.sort();
            Row { launch, places }
        };
        let mut rows: Vec<Row> = rows.into_iter().map(row).collect();
        rows.sort_by(|a, b| a.names().cmp(&b.names()).then_with(|| a.launch.cmp(&b.launch)));
        let mut tools = self.tools.into_inner().unwrap_or_else(PoisonError::into_inner);
        tools.sort();
        (rows, tools)
    }
}

fn approval(server: &Server) -> Approval {
    if server.approvals.iter().any(|approval| approval.all) {
        Approval::EveryTool
    } else if server.approvals.is_empty() {
        Approval::Asks
    } else {
        Approval::NamedTools
    }
}

/// An address without user, password and query; a part of the path that looks like a key is left out as well.
fn address(url: &str) -> String {
    let Some(endpoint) = Endpoint::parse(url) else {
        return url.split(['?', '#']).next().unwrap_or_default().to_owned();
    };
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let path = rest.split(['?', '#']).next().unwrap_or_default().split_once('/').map_or("", |(_, path)| path);
    let is_key = |part: &str| part.len() >= 20 && part.bytes().any(|byte| byte.is_ascii_digit());
    let path = path.split('/').map(|part| if is_key(part) { "…" } else { part }).collect::<Vec<_>>().join("/");
    let slash = if path.is_empty() { "" } else { "/" };
    format!("{}://{authority}{slash}{path}", endpoint.scheme.to_ascii_lowercase())
}

fn command_line(server: &Server) -> String {
    let command = server.command.iter().chain(&server.args).map(deployment::Value::as_str);
    shortened(&command.collect::<Vec<_>>().join(" "))
}

fn shortened(line: &str) -> String {
    if line.chars().count() <= SHOWN { line.to_owned() } else { line.chars().take(SHOWN - 1).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_shows_no_credential() {
        let check = |url, expected: &str| assert_eq!(address(url), expected);
        check("https://u:p@host.example/mcp?key=1#x", "https://host.example/mcp");
        check("HTTPS://host.example", "https://host.example");
        check("https://host.example/api/0123456789abcdef0123/mcp", "https://host.example/api/…/mcp");
        check("not a url?x", "not a url");
    }
}
