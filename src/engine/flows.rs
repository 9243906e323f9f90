//! All source of a package together: which files belong to one, the search for flows, and its findings at their places.

use super::describe::{Describer, Hit};
use super::examine::Examined;
use super::plan::Engine;
use crate::deployment::{is_test, tools};
use crate::document::Language;
use crate::finding::{Finding, Gap, GapReason, Place, Region};
use crate::flow::{self, Found, LANGUAGES, Source, Unit};
use crate::intake::Artifact;
use crate::matcher::{Code, Markers, Matcher, Subject};
use crate::rule::Kinds;
use crate::text::{LineIndex, Span};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::time::Instant;

/// Reads a file again, by what was kept of it.
pub type Reader<'a> = &'a dyn Fn(&Artifact) -> Option<Artifact>;

/// Files that say where a package begins.
const MANIFESTS: &[&str] = &["package.json", "pyproject.toml", "setup.py", "setup.cfg", "deno.json"];
/// Bytes of source whose graphs are kept while the tree is walked through.
const MAX_KEPT: usize = 16 << 20;
/// Bytes of source of one package that are searched.
const MAX_PACKAGE: usize = 256 << 20;

/// A file that may take part in a flow.
#[derive(Debug)]
pub(super) struct Candidate {
    artifact: Artifact,
    language: Language,
    unit: Option<Unit>,
    /// It names the protocol.
    speaks: bool,
}

/// What the search needs of a file.
#[derive(Debug, Default)]
pub(super) struct Part {
    candidate: Option<Candidate>,
    /// The folder, if the file is a manifest.
    root: Option<String>,
}

impl Part {
    pub(super) fn is_empty(&self) -> bool {
        self.candidate.is_none() && self.root.is_none()
    }
}

impl Engine {
    /// The kinds of sinks that any rule asks for.
    pub(super) fn wanted_flows(&self) -> Kinds {
        let matchers = self.planned.iter().flat_map(|plan| &plan.matchers);
        matchers.fold(Kinds::default(), |all, matcher| match matcher {
            Matcher::Flow(flow) => all | flow.kinds(),
            _ => all,
        })
    }

    /// What the search needs of a file that was examined.
    pub(super) fn flow_part(&self, subject: &Subject<'_>, speaks: bool) -> Part {
        let artifact = subject.artifact;
        let name = artifact.place.rsplit('/').next().unwrap_or_default();
        let mut part = Part::default();
        if self.flows == Kinds::default() {
            return part;
        }
        if MANIFESTS.contains(&name) {
            part.root = Some(artifact.place.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned());
        }
        if !LANGUAGES.contains(&subject.language) || is_test(&artifact.path) || artifact.source().is_none() {
            return part;
        }
        // What is lowered is not lowered again, as long as not too much is kept for packages that may speak no protocol.
        let bytes = artifact.source().map_or(0, |source| source.text.len());
        let has_room = subject.is_lowered() && self.kept_source.fetch_add(bytes, Ordering::Relaxed) < MAX_KEPT;
        let unit = has_room.then(|| Unit::of(&subject.code().module, subject.tools()));
        // Texts are read again where one is needed, which is in the few files that something is said about.
        let is_kept = artifact.meta.packed || !self.reads_again;
        let artifact = if is_kept { artifact.clone() } else { artifact.clone_without_text() };
        part.candidate = Some(Candidate { artifact, language: subject.language, unit, speaks });
        part
    }

    /// Search all packages that speak the protocol.
    pub(super) fn find_flows(&self, parts: Vec<Part>, reader: Reader<'_>) -> Examined {
        let started = Instant::now();
        let mut out = Examined::default();
        let roots: BTreeSet<String> = parts.iter().filter_map(|part| part.root.clone()).collect();
        let mut packages: BTreeMap<String, Vec<Candidate>> = BTreeMap::new();
        for candidate in parts.into_iter().filter_map(|part| part.candidate) {
            let root = root_of(&candidate.artifact.place, &roots);
            packages.entry(root).or_default().push(candidate);
        }
        for (root, mut files) in packages {
            if !files.iter().any(|file| file.speaks) {
                continue;
            }
            files.sort_by(|a, b| a.artifact.place.cmp(&b.artifact.place));
            let guarded = catch_unwind(AssertUnwindSafe(|| self.search_package(&root, files, reader, &mut out)));
            if guarded.is_err() {
                let detail = "the search for flows failed".to_owned();
                let path = self.redactor.path(if root.is_empty() { "." } else { &root });
                out.gaps.push(Gap { path, reason: GapReason::Internal, detail, files: None });
            }
        }
        out.spent.flows = started.elapsed();
        out
    }

    fn search_package(&self, root: &str, files: Vec<Candidate>, reader: Reader<'_>, out: &mut Examined) {
        let mut artifacts = Vec::new();
        let mut sources = Vec::new();
        let mut bytes = 0;
        for file in files {
            bytes += usize::try_from(file.artifact.meta.bytes).unwrap_or(usize::MAX);
            if bytes > MAX_PACKAGE {
                out.gaps.push(self.gap(
                    &file.artifact,
                    GapReason::Budget,
                    "flows through it were not followed: the package is too large".to_owned(),
                ));
                continue;
            }
            out.spent.flow_bytes += file.artifact.meta.bytes;
            let unit = match file.unit {
                Some(unit) => unit,
                None => match with_text(&file.artifact, reader) {
                    Some(artifact) => read_unit(&artifact, file.language),
                    None => {
                        let detail = "flows through it were not followed: it could not be read again".to_owned();
                        out.gaps.push(self.gap(&file.artifact, GapReason::Unreadable, detail));
                        continue;
                    }
                },
            };
            if unit.is_cut() {
                out.gaps.push(self.gap(
                    &file.artifact,
                    GapReason::Budget,
                    "flows through it were not followed whole: too much in one file".to_owned(),
                ));
            }
            let place = file
                .artifact
                .place
                .strip_prefix(root)
                .unwrap_or(&file.artifact.place)
                .trim_start_matches('/')
                .to_owned();
            sources.push(Source { place, language: file.language, unit });
            artifacts.push(file.artifact);
        }
        let analysis = flow::search(sources, self.flow_tables(), self.flows);
        if analysis.is_cut {
            let path = self.redactor.path(if root.is_empty() { "." } else { root });
            let detail = "not every flow was followed to its end: too many ways".to_owned();
            out.gaps.push(Gap { path, reason: GapReason::Budget, detail, files: None });
        }
        self.tell(&Texts { artifacts: &artifacts, reader, read: RefCell::default() }, &analysis.found, out);
    }

    /// Findings at their places, with their traces.
    fn tell(&self, texts: &Texts<'_>, all: &[Found], out: &mut Examined) {
        let mut by_file: BTreeMap<usize, Vec<&Found>> = BTreeMap::new();
        all.iter().for_each(|found| by_file.entry(found.file).or_default().push(found));
        let mut indexes: BTreeMap<usize, LineIndex> = BTreeMap::new();
        for (file, of_file) in by_file {
            let Some(artifact) = texts.get(file) else { continue };
            let artifact = &*artifact;
            let language =
                Language::detect(&artifact.place, artifact.source().map_or("", |source| source.text.as_str()));
            let subject = Subject::new(artifact, language, &self.knowledge, Markers::default());
            let mut hits: Vec<(Hit, &Found)> = Vec::new();
            for found in of_file {
                for (plan, planned) in self.planned.iter().enumerate() {
                    let matched = planned.matchers.iter().find_map(|matcher| match matcher {
                        Matcher::Flow(flow) => flow.judge(found),
                        _ => None,
                    });
                    hits.extend(matched.map(|it| (Hit { plan, found: it }, found)));
                }
            }
            hits.sort_by_key(|(hit, _)| (hit.found.span, hit.plan));
            let all: Vec<(Option<Span>, usize)> = hits.iter().map(|(hit, _)| (hit.found.span, hit.plan)).collect();
            out.made += hits.len();
            hits.retain(|(hit, _)| {
                !all.iter().any(|(span, plan)| *span == hit.found.span && self.supersedes(*plan, hit.plan))
            });
            out.superseded += all.len() - hits.len();
            let (hits, sources): (Vec<Hit>, Vec<&Found>) = hits.into_iter().unzip();
            let findings = Describer::new(self, &subject).findings(&hits);
            for (mut finding, found) in findings.into_iter().zip(sources) {
                finding.trace = Some(found.trace.iter().map(|step| self.place(texts, &mut indexes, step)).collect());
                finding.related = found.others.iter().map(|step| self.place(texts, &mut indexes, step)).collect();
                out.findings.push(finding);
            }
        }
    }

    fn place(
        &self,
        texts: &Texts<'_>,
        indexes: &mut BTreeMap<usize, LineIndex>,
        step: &(usize, Span, String),
    ) -> Place {
        let (file, span, note) = step;
        let Some(artifact) = texts.get(*file) else {
            return Place { path: String::new(), region: None, note: self.redactor.inline(note) };
        };
        let text = artifact.source().map_or("", |source| source.text.as_str());
        let index = indexes.entry(*file).or_insert_with(|| LineIndex::new(text));
        let span = span.clamped(text);
        let position = |offset| index.position(text, offset);
        let region = Region { span, start: position(span.start), end: position(span.end) };
        Place { path: self.redactor.path(&artifact.path), region: Some(region), note: self.redactor.inline(note) }
    }

    /// Leave out what gives way to a finding of a flow; returns how many.
    pub(super) fn give_way_to_flows(&self, findings: &mut Vec<Finding>, flows: &[Finding]) -> usize {
        let before = findings.len();
        let rule = |id: &str| self.planned.iter().map(|plan| &plan.rule).find(|rule| rule.id == id);
        for flow in flows {
            let Some(strong) = rule(&flow.rule).filter(|rule| rule.class.is_some()) else { continue };
            let Some(place) = flow.region else { continue };
            findings.retain(|weak| {
                let gives_way = weak.path == flow.path
                    && weak.class == strong.class
                    && strong.supersedes.contains(&weak.rule)
                    && weak.region.is_some_and(|region| region.span.overlaps(place.span));
                !gives_way
            });
        }
        before - findings.len()
    }
}

/// The files of a package, each with its text once somebody asks.
struct Texts<'a> {
    artifacts: &'a [Artifact],
    reader: Reader<'a>,
    read: RefCell<BTreeMap<usize, Option<Rc<Artifact>>>>,
}

impl Texts<'_> {
    fn get(&self, file: usize) -> Option<Rc<Artifact>> {
        if let Some(known) = self.read.borrow().get(&file) {
            return known.clone();
        }
        let artifact = self.artifacts.get(file).and_then(|it| with_text(it, self.reader)).map(Rc::new);
        self.read.borrow_mut().insert(file, artifact.clone());
        artifact
    }
}

fn with_text(artifact: &Artifact, reader: Reader<'_>) -> Option<Artifact> {
    if artifact.source().is_some() { Some(artifact.clone()) } else { reader(artifact) }
}

fn read_unit(artifact: &Artifact, language: Language) -> Unit {
    let text = artifact.source().map_or("", |source| source.text.as_str());
    let code = Code::new(language, &artifact.place, text);
    let handlers = match tools::mentions_protocol(text) {
        true => tools::in_source(&code.module),
        false => Vec::new(),
    };
    Unit::of(&code.module, &handlers)
}

/// The folder of the nearest manifest above a file; the first part of its path if there is none at all.
fn root_of(place: &str, roots: &BTreeSet<String>) -> String {
    // What was installed for Python lies side by side.
    for packages in ["site-packages/", "dist-packages/"] {
        if let Some((before, inside)) = place.rsplit_once(packages) {
            let first = inside.split('/').next().unwrap_or_default();
            return format!("{before}{packages}{first}");
        }
    }
    let mut folder = place;
    while let Some((above, _)) = folder.rsplit_once('/') {
        if roots.contains(above) {
            return above.to_owned();
        }
        folder = above;
    }
    String::new()
}
