//! Published vulnerabilities of MCP servers: which are found, and which findings the fix takes away.
//!
//! Reads a manifest of labelled version pairs (one JSON object a line) and a folder with `DIR/<dir>/{vuln,fixed}`. The trees are
//! code of others, so they are no part of this repository; without them this says what it needs and is content.
//!
//! An entry is **found** if a finding of its class stands in the sink's file at most three lines from one of the sink's
//! lines, or has a step of its trace there. It is **separated** if, at the place of the fixed file that a diff aligns with
//! the finding, in the same function, the finding is gone; a file or function that is gone takes its findings along.
//! Stricter: if no other rule of the class stands there either.
#![allow(clippy::print_stdout, clippy::print_stderr, clippy::disallowed_methods, reason = "a benchmark talks")]

#[path = "known_vulnerable/align.rs"]
mod align;
#[path = "known_vulnerable/monorepo.rs"]
mod monorepo;
#[path = "known_vulnerable/picket.rs"]
mod picket;

use align::Alignment;
use picket::{Finding, Picket};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The rules that name a class of the manifest. Command and argument injection are one: a fix that trades the one for the other
/// is none.
const CLASSES: &[(&[&str], &[&str])] = &[
    (
        &["command_injection", "argument_injection"],
        &[
            "tool-input-reaches-command",
            "tool-input-reaches-program",
            "tool-input-reaches-opener",
            "argument-injection",
        ],
    ),
    (
        &["path_traversal"],
        &[
            "tool-input-reaches-file-access",
            "containment-without-symlink-resolution",
            "prefix-string-containment",
            "check-then-use-path",
        ],
    ),
    (&["ssrf"], &["server-side-request-forgery", "weak-url-validation"]),
    (&["sql_injection"], &["tool-input-reaches-sql", "sql-built-from-strings"]),
    (&["code_eval"], &["tool-input-reaches-eval", "tool-input-reaches-template", "dynamic-code-evaluation"]),
    (
        &["missing_auth_bind"],
        &[
            "http-server-without-authentication",
            "missing-origin-or-host-validation",
            "bind-all-interfaces",
            "unauthenticated-developer-tooling",
            "insecure-secret-default",
            "authentication-fails-open",
        ],
    ),
    (
        &["secret_leak"],
        &[
            "secret-returned-to-caller",
            "exception-text-returned",
            "sensitive-data-logged",
            "tool-input-reaches-attribute",
        ],
    ),
];

/// Lines that a finding may be away from the sink.
const SLACK: usize = 3;

/// Findings of an entry that are shown.
const SHOWN: usize = 5;

/// What counts as source when lines are counted. Declarations (`.d.ts`, `.pyi`) run nothing and do not.
const SOURCE: &[&str] = &["py", "js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts"];

/// Source files of a small server.
const SMALL: usize = 30;

const USAGE: &str = "\
known_vulnerable: needs labelled trees, which are no part of this repository
  cargo bench --bench known_vulnerable -- --trees DIR --manifest FILE [what] [--only ID] [--binary PATH]
    --trees DIR      DIR/<dir>/vuln and DIR/<dir>/fixed for every entry of the manifest
    --manifest FILE  one JSON object a line: id, class, dir, group, sink_file, sink_lines, fixed_residual, score
    --only ID        this entry alone; may be repeated
    --binary PATH    measure this binary instead of the one built here
  what (nothing: score every entry, and count the noise of the fixed trees)
    --list           every finding of the classes in the fixed trees, for reading
    --noise DIR...   critical and high findings per 10,000 lines of these trees
    --places         where the lines of the sinks are in the fixed trees, without a scan
    --speed          flow analysis on one core over the trees; whole scans of the small ones
    --linear FILES   time and memory for a generated monorepo of that many files, of twice and of four times as many";

#[derive(Default)]
struct Options {
    trees: Option<PathBuf>,
    manifest: Option<PathBuf>,
    binary: Option<PathBuf>,
    only: Vec<String>,
    linear: Option<usize>,
    noise: Vec<PathBuf>,
    list: bool,
    places: bool,
    speed: bool,
}

impl Options {
    /// Anything else is for another benchmark, as in `cargo bench -- load`.
    fn read(arguments: impl Iterator<Item = String>) -> Self {
        let mut out = Self::default();
        let mut arguments = arguments.peekable();
        // The child starts elsewhere.
        let path = |text: String| std::path::absolute(&text).unwrap_or_else(|_| PathBuf::from(text));
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--trees" => out.trees = arguments.next().map(path),
                "--manifest" => out.manifest = arguments.next().map(path),
                "--binary" => out.binary = arguments.next().map(path),
                "--only" => out.only.extend(arguments.next()),
                "--linear" => out.linear = arguments.next().and_then(|files| files.parse().ok()),
                "--list" => out.list = true,
                "--places" => out.places = true,
                "--speed" => out.speed = true,
                "--noise" => {
                    while let Some(dir) = arguments.next_if(|next| !next.starts_with("--")) {
                        out.noise.push(path(dir));
                    }
                }
                _ => {}
            }
        }
        out
    }
}

/// One line of the manifest.
struct Entry {
    id: String,
    class: String,
    dir: String,
    group: String,
    sink_file: String,
    sink_lines: Vec<usize>,
    residual: BTreeSet<String>,
    is_scored: bool,
}

impl Entry {
    fn read(line: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(line).ok()?;
        let text = |name: &str| value[name].as_str().map(str::to_owned);
        let id = text("id")?;
        let number = |line: &Value| line.as_u64().and_then(|line| usize::try_from(line).ok());
        Some(Self {
            class: text("class")?,
            dir: text("dir").unwrap_or_else(|| id.clone()),
            group: text("group").or_else(|| text("package")).unwrap_or_else(|| id.clone()),
            sink_file: text("sink_file")?,
            sink_lines: value["sink_lines"].as_array()?.iter().filter_map(number).collect(),
            residual: value["fixed_residual"]
                .as_array()
                .map_or(&[][..], Vec::as_slice)
                .iter()
                .filter_map(|file| file.as_str().map(str::to_owned))
                .collect(),
            is_scored: value["score"].as_bool().unwrap_or(true),
            id,
        })
    }

    fn rules(&self) -> &'static [&'static str] {
        CLASSES.iter().find(|(classes, _)| classes.contains(&self.class.as_str())).map_or(&[], |(_, rules)| rules)
    }

    fn is_of_class(&self, finding: &Finding) -> bool {
        self.rules().contains(&finding.rule.as_str())
    }
}

fn is_of_any_class(finding: &Finding) -> bool {
    CLASSES.iter().any(|(_, rules)| rules.contains(&finding.rule.as_str()))
}

/// The findings of every tree that was asked for, each scanned once.
struct Trees {
    root: PathBuf,
    picket: Picket,
    scanned: BTreeMap<PathBuf, Result<Vec<Finding>, String>>,
}

impl Trees {
    fn findings(&mut self, dir: &str, side: &str) -> Result<&[Finding], String> {
        let tree = self.root.join(dir).join(side);
        if !self.scanned.contains_key(&tree) {
            let found = if tree.is_dir() { self.picket.findings(&tree) } else { Err("not laid out".to_owned()) };
            self.scanned.insert(tree.clone(), found);
        }
        match &self.scanned[&tree] {
            Ok(found) => Ok(found),
            Err(why) => Err(format!("{dir}/{side}: {why}")),
        }
    }

    fn text(&self, dir: &str, side: &str, file: &str) -> Option<String> {
        let bytes = fs::read(self.root.join(dir).join(side).join(file)).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Recall {
    /// At the sink.
    Found,
    /// The sink is a step on the way to a finding.
    OnTrace,
    Missed,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Separation {
    /// No rule of the class stands at the aligned place.
    Separated,
    /// The rule is silent there, another one of the class is not.
    OtherRule,
    Stays,
    /// Nothing was found that could go.
    None,
}

struct Verdict {
    recall: Recall,
    separation: Separation,
    lines: Vec<String>,
}

fn shown(finding: &Finding) -> String {
    let line = finding.line();
    format!("{} {}/{} {}:{line}", finding.rule, finding.severity, finding.confidence, finding.path)
}

fn judge(entry: &Entry, trees: &mut Trees) -> Result<Verdict, String> {
    trees.findings(&entry.dir, "fixed")?;
    trees.findings(&entry.dir, "vuln")?;
    let read = |side: &str| -> Vec<&Finding> {
        let found = trees.scanned.get(&trees.root.join(&entry.dir).join(side));
        found.and_then(|found| found.as_ref().ok()).into_iter().flatten().filter(|one| entry.is_of_class(one)).collect()
    };
    let (vulnerable, fixed) = (read("vuln"), read("fixed"));
    let file = entry.sink_file.as_str();
    let near = |one: &Finding, line: &usize| one.is_at(file, *line, SLACK);
    let on_trace = |one: &Finding, line: &usize| one.passes(file, *line, SLACK);
    let at_sink: Vec<&Finding> =
        vulnerable.iter().copied().filter(|one| entry.sink_lines.iter().any(|line| near(one, line))).collect();
    let passing: Vec<&Finding> =
        vulnerable.iter().copied().filter(|one| entry.sink_lines.iter().any(|line| on_trace(one, line))).collect();
    let (recall, hits) = match (at_sink.is_empty(), passing.is_empty()) {
        (false, _) => (Recall::Found, at_sink),
        (true, false) => (Recall::OnTrace, passing),
        (true, true) => (Recall::Missed, Vec::new()),
    };
    let mut lines: Vec<String> = hits.iter().take(SHOWN).map(|one| format!("vuln   {}", shown(one))).collect();
    if hits.len() > SHOWN {
        lines.push(format!("vuln   and {} more", hits.len() - SHOWN));
    }
    if recall == Recall::Missed {
        let elsewhere = vulnerable.iter().filter(|one| one.path == file).map(|one| shown(one));
        lines.extend(elsewhere.take(3).map(|one| format!("else   {one}")));
        lines.push(format!("class  {} findings in the tree, {} in the file", vulnerable.len(), {
            vulnerable.iter().filter(|one| one.path == file).count()
        }));
        return Ok(Verdict { recall, separation: Separation::None, lines });
    }
    let (old, new) = (trees.text(&entry.dir, "vuln", file), trees.text(&entry.dir, "fixed", file));
    let (Some(old), Some(new)) = (old, new) else {
        lines.push("fixed  the file is gone".to_owned());
        return Ok(Verdict { recall, separation: Separation::Separated, lines });
    };
    let alignment = Alignment::of(&old, &new);
    // A finding at the sink is followed to its own line; one that passes the sink, to the sink's lines.
    let followed: Vec<(usize, &str)> = match recall {
        Recall::Found => hits.iter().map(|one| (one.line(), one.rule.as_str())).collect(),
        _ => hits
            .iter()
            .flat_map(|one| {
                let passed = entry.sink_lines.iter().filter(|line| on_trace(one, line));
                passed.map(|line| (*line, one.rule.as_str()))
            })
            .collect(),
    };
    let stands = |one: &Finding, line: usize| match recall {
        Recall::Found => {
            let (first, last) = one.lines.unwrap_or((0, 0));
            one.path == file && (first..=last).any(|at| alignment.is_at(line, at, SLACK))
        }
        _ => {
            let mut steps = one.trace.iter().filter(|(path, _)| path == file).map(|(_, at)| *at);
            steps.any(|at| alignment.is_at(line, at, SLACK))
                || (one.path == file && alignment.is_at(line, one.line(), SLACK))
        }
    };
    let left: Vec<&Finding> = fixed
        .iter()
        .copied()
        .filter(|one| !entry.residual.contains(&one.path))
        .filter(|one| followed.iter().any(|(line, _)| stands(one, *line)))
        .collect();
    let is_same = |one: &&&Finding| followed.iter().any(|(line, rule)| *rule == one.rule && stands(one, *line));
    let separation = match (left.is_empty(), left.iter().any(|one| is_same(&one))) {
        (true, _) => Separation::Separated,
        (false, false) => Separation::OtherRule,
        (false, true) => Separation::Stays,
    };
    lines.extend(left.iter().take(SHOWN).map(|one| format!("fixed  {}", shown(one))));
    if left.len() > SHOWN {
        lines.push(format!("fixed  and {} more", left.len() - SHOWN));
    }
    let places: BTreeSet<usize> = followed.iter().map(|(line, _)| *line).collect();
    let places: Vec<String> = places.iter().map(|line| format!("{line}: {}", alignment.describe(*line))).collect();
    lines.push(format!("place  {}", places.join("; ")));
    Ok(Verdict { recall, separation, lines })
}

/// The lines of the sinks, and what the fixed file has at the place that is aligned with each.
fn places(entry: &Entry, trees: &Trees) {
    let text = |side| trees.text(&entry.dir, side, &entry.sink_file);
    let (Some(old), new) = (text("vuln"), text("fixed")) else {
        println!("{}: no {}", entry.id, entry.sink_file);
        return;
    };
    let Some(new) = new else {
        println!("{}: {} is gone", entry.id, entry.sink_file);
        return;
    };
    let alignment = Alignment::of(&old, &new);
    let shown = |text: &str, line: usize| {
        let line = text.lines().nth(line.saturating_sub(1)).unwrap_or_default().trim();
        line.chars().take(110).collect::<String>()
    };
    for line in &entry.sink_lines {
        println!("{} {}:{line} {}", entry.id, entry.sink_file, alignment.describe(*line));
        println!("  - {}", shown(&old, *line));
        let near = (1..=new.lines().count()).filter(|at| alignment.is_at(*line, *at, 0));
        near.take(8).for_each(|at| println!("  + {at}: {}", shown(&new, at)));
    }
}

/// Counts of a class, a package or everything.
#[derive(Clone, Copy, Default)]
struct Tally {
    entries: usize,
    at_sink: usize,
    on_trace: usize,
    separated: usize,
    other_rule: usize,
}

impl Tally {
    fn add(&mut self, verdict: &Verdict) {
        self.entries += 1;
        self.at_sink += usize::from(verdict.recall == Recall::Found);
        self.on_trace += usize::from(verdict.recall == Recall::OnTrace);
        self.separated += usize::from(verdict.separation == Separation::Separated);
        self.other_rule += usize::from(verdict.separation == Separation::OtherRule);
    }

    fn shown(self) -> String {
        let found = self.at_sink + self.on_trace;
        let gone = self.separated + self.other_rule;
        format!(
            "found {found} of {} ({} at the sink, {} on the trace), separated {gone} ({} with the whole class silent)",
            self.entries, self.at_sink, self.on_trace, self.separated
        )
    }
}

fn score(entries: &[&Entry], trees: &mut Trees) -> Tally {
    let (mut all, mut classes, mut groups) = (Tally::default(), BTreeMap::new(), BTreeMap::new());
    for entry in entries {
        let verdict = match judge(entry, trees) {
            Ok(verdict) => verdict,
            Err(why) => {
                println!("NO TREE              {:<26}{why}", entry.id);
                continue;
            }
        };
        let recall = match verdict.recall {
            Recall::Found => "found",
            Recall::OnTrace => "on trace",
            Recall::Missed => "MISSED",
        };
        let separation = match verdict.separation {
            Separation::Separated => "separated",
            Separation::OtherRule => "other rule",
            Separation::Stays => "STAYS",
            Separation::None => "-",
        };
        let sinks: Vec<String> = entry.sink_lines.iter().map(usize::to_string).collect();
        let (id, class, file) = (&entry.id, &entry.class, &entry.sink_file);
        println!("{recall:<10}{separation:<11}{id:<26}{class:<20}{file}:{}", sinks.join(","));
        for line in &verdict.lines {
            println!("                       {line}");
        }
        all.add(&verdict);
        classes.entry(entry.class.as_str()).or_insert_with(Tally::default).add(&verdict);
        groups.entry(entry.group.as_str()).or_insert_with(Tally::default).add(&verdict);
    }
    println!("\nper class");
    classes.iter().for_each(|(class, tally)| println!("  {class:<42}{}", tally.shown()));
    println!("per package");
    groups.iter().for_each(|(group, tally)| println!("  {group:<42}{}", tally.shown()));
    all
}

/// Source files, lines and bytes below a folder.
fn count(tree: &Path) -> (usize, usize, usize) {
    let (mut files, mut lines, mut bytes) = (0, 0, 0);
    let mut open = vec![tree.to_path_buf()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
            let (path, Ok(kind)) = (entry.path(), entry.file_type()) else { continue };
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_source = path.extension().is_some_and(|extension| SOURCE.iter().any(|known| *known == extension));
            if kind.is_dir() && name != ".git" {
                open.push(path);
            } else if kind.is_file()
                && is_source
                && ![".d.ts", ".d.mts", ".d.cts"].iter().any(|end| name.ends_with(end))
            {
                let text = fs::read(&path).unwrap_or_default();
                files += 1;
                lines += text.iter().filter(|byte| **byte == b'\n').count() + usize::from(!text.ends_with(b"\n"));
                bytes += text.len();
            }
        }
    }
    (files, lines, bytes)
}

#[allow(clippy::cast_precision_loss, reason = "shown with two digits")]
fn per(count: usize, lines: usize, unit: usize) -> f64 {
    count as f64 * unit as f64 / lines.max(1) as f64
}

/// The folders of the manifest, each once, with the files in which the fixed tree still has a true positive.
fn folders<'a>(entries: &[&'a Entry]) -> BTreeMap<&'a str, BTreeSet<&'a str>> {
    let mut out: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for entry in entries {
        out.entry(&entry.dir).or_default().extend(entry.residual.iter().map(String::as_str));
    }
    out
}

/// Findings of the classes in the fixed trees; a tree that several entries share counts once.
fn noise(entries: &[&Entry], trees: &mut Trees, list: bool) {
    let (mut lines, mut rules, mut severe, mut scanned) = (0, BTreeMap::<String, [usize; 2]>::new(), 0, 0);
    for (dir, residual) in folders(entries) {
        let tree = trees.root.join(dir).join("fixed");
        let Ok(found) = trees.findings(dir, "fixed") else { continue };
        scanned += 1;
        lines += count(&tree).1;
        let mut groups = BTreeSet::new();
        let counted = |one: &&Finding| is_of_any_class(one) && !residual.contains(one.path.as_str());
        for one in found.iter().filter(counted) {
            let [all, shown_once] = rules.entry(one.rule.clone()).or_default();
            *all += 1;
            *shown_once += usize::from(one.group.as_ref().is_none_or(|group| groups.insert((dir, group.as_str()))));
            severe += usize::from(one.is_severe());
            if list {
                println!("{dir} {} {}", shown(one), one.message);
            }
        }
    }
    let sum = |which: usize| rules.values().map(|counts| counts[which]).sum::<usize>();
    let (all, folded) = (sum(0), sum(1));
    println!(
        "\nnoise: {all} findings of the classes' rules in {scanned} fixed trees of {lines} lines: {:.3} per 1,000 lines; {severe} of them critical or high; {folded} ({:.3}) with groups that a report shows as one counted once",
        per(all, lines, 1_000),
        per(folded, lines, 1_000)
    );
    for (rule, [all, folded]) in &rules {
        println!("  {rule:<44}{all:>6}{:>9.3}{folded:>9}{:>9.3}", per(*all, lines, 1_000), per(*folded, lines, 1_000));
    }
}

/// Critical and high findings of any rule in other trees.
fn noise_in(dirs: &[PathBuf], picket: &Picket) {
    let (mut total, mut of_classes, mut total_lines) = (0, 0, 0);
    for dir in dirs {
        let found = match picket.findings(dir) {
            Ok(found) => found,
            Err(why) => {
                println!("{}: {why}", dir.display());
                continue;
            }
        };
        let (files, lines, _) = count(dir);
        let severe: Vec<&Finding> = found.iter().filter(|one| one.is_severe()).collect();
        let own = severe.iter().filter(|one| is_of_any_class(one)).count();
        for one in &severe {
            println!("  {} {}", shown(one), one.message);
        }
        println!(
            "{}: {} critical or high ({own} of the classes) in {files} files, {lines} lines: {:.2} per 10,000 lines",
            dir.display(),
            severe.len(),
            per(severe.len(), lines, 10_000)
        );
        (total, of_classes, total_lines) = (total + severe.len(), of_classes + own, total_lines + lines);
    }
    println!(
        "all: {total} critical or high ({of_classes} of the classes) in {total_lines} lines: {:.2} per 10,000 lines",
        per(total, total_lines, 10_000)
    );
}

/// Megabytes a second, as far as `--timings` tells; and how long small servers take.
#[allow(clippy::cast_precision_loss, reason = "shown with one digit")]
fn speed(entries: &[&Entry], trees: &Trees) {
    let mut stages: BTreeMap<&str, (f64, u64)> = BTreeMap::new();
    let (mut small, mut peak) = (Vec::new(), 0);
    for dir in folders(entries).into_keys() {
        for side in ["vuln", "fixed"] {
            let tree = trees.root.join(dir).join(side);
            let cost = match trees.picket.cost(&tree) {
                Ok(cost) => cost,
                Err(why) => {
                    println!("{dir}/{side}: {why}");
                    continue;
                }
            };
            for name in ["lower source", "follow flows"] {
                if let Some((seconds, bytes)) = cost.stage(name) {
                    let sum = stages.entry(name).or_default();
                    *sum = (sum.0 + seconds, sum.1 + bytes);
                }
            }
            peak = peak.max(cost.peak.unwrap_or(0));
            let (files, _, bytes) = count(&tree);
            if files <= SMALL {
                let again = (0..4).filter_map(|_| trees.picket.cost(&tree).ok()).map(|cost| cost.wall);
                let mut walls: Vec<_> = again.chain([cost.wall]).collect();
                walls.sort_unstable();
                small.push((walls[walls.len() / 2], dir, side, files, bytes));
            }
        }
    }
    for name in ["lower source", "follow flows"] {
        match stages.get(name) {
            Some((seconds, bytes)) => println!(
                "{name:<16}{:.2} MB in {seconds:.3} s on one core: {:.1} MB/s",
                *bytes as f64 / 1e6,
                *bytes as f64 / 1e6 / seconds.max(1e-9)
            ),
            None => println!("{name:<16}this binary's --timings have no such line"),
        }
    }
    println!("peak memory of a tree at most {} MiB", peak / 1024);
    small.sort_unstable();
    println!(
        "whole scans of {} trees of at most {SMALL} source files, one thread, medians of 5; the slowest:",
        small.len()
    );
    for (wall, dir, side, files, bytes) in small.iter().rev().take(5) {
        println!("  {:>6.1} ms  {dir}/{side} ({files} files, {bytes} bytes)", wall.as_secs_f64() * 1e3);
    }
}

/// Time and memory for a monorepo of `files` files, of twice and of four times as many.
fn linear(files: usize, picket: &Picket) -> Result<(), String> {
    for has_manifests in [true, false] {
        println!("{}", if has_manifests { "packages of 10 files" } else { "all files in one package" });
        linear_in(files, has_manifests, picket)?;
    }
    Ok(())
}

#[allow(clippy::cast_precision_loss, reason = "shown with one digit")]
fn linear_in(files: usize, has_manifests: bool, picket: &Picket) -> Result<(), String> {
    let mut first = None;
    println!("  files        MB    wall s     ratio    flow s   peak MiB  findings");
    for times in [1, 2, 4] {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("monorepo-{}-{times}", std::process::id()));
        let packages = (files * times).div_ceil(monorepo::PACKAGE);
        let measured =
            monorepo::write(&root, packages, has_manifests).map_err(|error| error.to_string()).and_then(|bytes| {
                let cost = picket.cost(&root)?;
                Ok((bytes, cost, picket.findings(&root)?.iter().filter(|one| is_of_any_class(one)).count()))
            });
        fs::remove_dir_all(&root).map_err(|error| error.to_string())?;
        let (bytes, cost, found) = measured?;
        let wall = cost.wall.as_secs_f64();
        let flow = cost.stage("follow flows").map_or_else(|| "-".to_owned(), |(seconds, _)| format!("{seconds:.2}"));
        let peak = cost.peak.map_or_else(|| "-".to_owned(), |peak| (peak / 1024).to_string());
        println!(
            "{:>7}{:>10.1}{wall:>10.2}{:>10.2}{flow:>10}{peak:>11}{found:>10}",
            packages * monorepo::PACKAGE,
            bytes as f64 / 1e6,
            wall / *first.get_or_insert(wall),
        );
    }
    Ok(())
}

fn run(options: Options) -> Result<(), String> {
    let binary = options.binary.unwrap_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_mcp-picket")));
    let picket = Picket { binary };
    if !options.noise.is_empty() {
        noise_in(&options.noise, &picket);
    }
    if let Some(files) = options.linear {
        linear(files, &picket)?;
    }
    let (Some(root), Some(manifest)) = (options.trees, options.manifest) else { return Ok(()) };
    let text = fs::read_to_string(&manifest).map_err(|error| format!("{}: {error}", manifest.display()))?;
    let mut entries = Vec::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let entry = Entry::read(line).ok_or_else(|| format!("{}:{}: no entry", manifest.display(), at + 1))?;
        if entry.rules().is_empty() {
            return Err(format!("{}: no rules stand for the class {}", entry.id, entry.class));
        }
        if options.only.is_empty() || options.only.contains(&entry.id) {
            entries.push(entry);
        }
    }
    let all: Vec<&Entry> = entries.iter().collect();
    let mut trees = Trees { root, picket, scanned: BTreeMap::new() };
    if options.speed {
        speed(&all, &trees);
        return Ok(());
    }
    if options.places {
        all.iter().for_each(|entry| places(entry, &trees));
        return Ok(());
    }
    if options.list {
        noise(&all, &mut trees, true);
        return Ok(());
    }
    let (scored, apart): (Vec<&Entry>, Vec<&Entry>) = entries.iter().partition(|entry| entry.is_scored);
    let total = score(&scored, &mut trees);
    if !apart.is_empty() {
        println!("\nnot scored");
        let unscored = score(&apart, &mut trees);
        println!("not scored: {}", unscored.shown());
    }
    noise(&all, &mut trees, false);
    println!("\ntotal: {}", total.shown());
    Ok(())
}

fn main() -> ExitCode {
    let options = Options::read(std::env::args().skip(1));
    let needs_trees = options.noise.is_empty() && options.linear.is_none();
    if needs_trees && (options.trees.is_none() || options.manifest.is_none()) {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    match run(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}
