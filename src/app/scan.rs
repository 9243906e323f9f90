//! `scan`: paths in, a report out.

use super::environment::read_standard_input;
use super::rules::{RuleSet, load_rules_with};
use super::{Environment, Failure, Output, Timings};
use crate::engine::{self, Collector, Engine, MAX_FINDINGS, Outcome, keep_most_severe, sort_findings};
use crate::finding::{Confidence, Finding, Gap, GapReason, Severity, Status, merge_gaps};
use crate::intake::{self, Artifact, WalkOptions};
use crate::report::text::Style;
use crate::report::{Honoured, Report, RuleCard, RuleInfo, Scanned as ScannedCount, Tally};
use crate::rule::{Catalogue, Knowledge, Problems, Prose, Rule, Selection, Selector};
use crate::text::Redactor;
use crate::triage::{Policy, Standpoint, Triage};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// Name of the policy file.
const POLICY: &str = "picket.toml";
/// Bytes of a policy file at most.
const POLICY_LIMIT: u64 = 1 << 20;

/// What a scan is asked to do. Fields that a policy also has win over it.
#[derive(Clone, Debug, Default)]
pub struct ScanOptions {
    pub paths: Vec<PathBuf>,
    /// Examine standard input as if it were the file at this path.
    pub stdin_path: Option<String>,
    pub outputs: Vec<Output>,
    pub fail_on: Option<Severity>,
    pub min_confidence: Option<Confidence>,
    pub select: Vec<String>,
    pub ignore: Vec<String>,
    pub config: Option<PathBuf>,
    pub rule_dirs: Vec<PathBuf>,
    /// Lift ignore files and the default skips.
    pub no_ignore: bool,
    /// The paths are what clients on this machine read; see [`WalkOptions::own_machine`]. None of them is no error.
    pub own_machine: bool,
    /// Folders that are judged besides, for what the file system says of them.
    pub folders: Vec<Artifact>,
    /// What was in the way of paths that would have been named.
    pub known_gaps: Vec<Gap>,
    /// Do not believe the tree: its comments, policy, rules and ignore files do not count.
    pub untrusted: bool,
    pub today: Option<Date>,
    pub jobs: usize,
    pub max_file_size: Option<u64>,
    pub exit_zero: bool,
    pub strict_gaps: bool,
    /// Suppressed findings are left out of SARIF, and counted.
    pub omit_suppressed: bool,
    pub quiet: bool,
    pub verbose: bool,
}

/// Exit codes of a scan that ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Clean,
    Findings,
    Internal,
}

impl Exit {
    pub fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Findings => 1,
            Self::Internal => 70,
        }
    }
}

/// A finished scan.
#[derive(Debug)]
pub struct Scanned {
    pub report: Report,
    pub exit: Exit,
    pub timings: Timings,
}

/// Standard output, and who wants to know how far the scan is.
pub struct Standard<'a> {
    pub out: &'a mut dyn Write,
    /// Called after every file that was examined, from any thread.
    pub progress: &'a (dyn Fn() + Sync),
    /// Called before the first report is written.
    pub finished: &'a dyn Fn(),
}

impl std::fmt::Debug for Standard<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Standard")
    }
}

/// Run a scan and write its reports.
///
/// # Errors
/// What must be mended before anything can run. Nothing was examined then.
pub fn scan(options: &ScanOptions, environment: &Environment, standard: Standard<'_>) -> Result<Scanned, Failure> {
    let started = Instant::now();
    let knowledge = Arc::new(Knowledge::embedded().map_err(Failure::Rules)?);
    scan_with(knowledge, started, options, environment, standard)
}

/// [`scan`] with knowledge that was read for something else before, since `started`.
pub(super) fn scan_with(
    knowledge: Arc<Knowledge>,
    started: Instant,
    options: &ScanOptions,
    environment: &Environment,
    standard: Standard<'_>,
) -> Result<Scanned, Failure> {
    options.outputs.iter().try_for_each(Output::check)?;
    let policy = load_policy(options, environment, &engine::redactor(&knowledge))?;
    let mut rule_dirs = options.rule_dirs.clone();
    for dir in policy.rule_dirs() {
        if !dir.is_dir() {
            let message =
                format!("{}: `directories` names {}, which is no directory", policy.policy.path, dir.display());
            return Err(Failure::Unreadable(message));
        }
        rule_dirs.push(dir);
    }
    let rules = load_rules_with(&rule_dirs, knowledge)?;
    policy.check(&rules.catalogue)?;
    let selection = selection(options, &policy.policy);
    check_selection(&selection, &rules.catalogue)?;
    let mut engine = compile(&rules, &selection, &policy.policy)?;
    engine.reads_again = options.stdin_path.is_none();
    let mut timings = Timings { load: started.elapsed(), ..Timings::default() };
    let walk_options = walk_options(options, environment, &policy);
    let examined = examine(options, &walk_options, &engine, standard.progress)?;
    timings.walk = started.elapsed() - timings.load;
    (timings.files, timings.bytes) = (examined.count.files, examined.count.bytes);
    let sight = Sight { catalogue: &rules.catalogue, policy: &policy, selection: &selection };
    let mut report = judge(options, environment, &sight, &engine, examined, &mut timings);
    cut(&mut report, options.min_confidence.or(policy.policy.min_confidence));
    describe_rules(&mut report, &rules.catalogue);
    report.catalogue = cards(&rules.catalogue, &engine, &policy.policy);
    timings.triage = started.elapsed() - timings.load - timings.walk;
    let exit = exit(options, &policy.policy, &report);
    report.exit_code = exit.code();
    (standard.finished)();
    let style = style(options, environment);
    for output in outputs(options) {
        output.write(&report, style, standard.out)?;
    }
    timings.write = started.elapsed() - timings.load - timings.walk - timings.triage;
    Ok(Scanned { report, exit, timings })
}

/// The policy with its text and its directory.
#[derive(Default)]
struct LoadedPolicy {
    policy: Policy,
    source: String,
    /// Where the file is.
    home: PathBuf,
    /// What its globs are relative to.
    dir: PathBuf,
}

impl LoadedPolicy {
    fn rule_dirs(&self) -> impl Iterator<Item = PathBuf> {
        self.policy.rule_dirs.iter().map(|dir| self.home.join(dir))
    }

    fn check(&self, catalogue: &Catalogue) -> Result<(), Failure> {
        let known = |word: &str| {
            let selector = Selector(word.to_owned());
            catalogue.rules().iter().any(|rule| selector.names(rule))
        };
        self.policy.check_rules(&self.source, known).map_err(Failure::Rules)
    }
}

/// The policy that is named, or the nearest one above the first path; none of the tree's own if it is not trusted.
fn load_policy(options: &ScanOptions, environment: &Environment, redactor: &Redactor) -> Result<LoadedPolicy, Failure> {
    let found = match &options.config {
        Some(file) => Some(environment.current_dir.join(file)),
        None if options.untrusted || options.own_machine => None,
        None => {
            let first = options.paths.first().map_or(Path::new("."), PathBuf::as_path);
            let start = environment.current_dir.join(first);
            let start = if start.is_dir() { start } else { start.parent().map_or(start.clone(), Path::to_path_buf) };
            intake::find_upward(&start, POLICY)
        }
    };
    let Some(file) = found else { return Ok(LoadedPolicy::default()) };
    if options.config.is_some() && !file.exists() {
        return Err(Failure::Missing(format!("{}: no such policy file", file.display())));
    }
    let source = intake::read_text(&file, POLICY_LIMIT).map_err(|error| Failure::Unreadable(error.to_string()))?;
    let dir = file.parent().map_or_else(PathBuf::new, Path::to_path_buf);
    let here = intake::display_path(&file, &environment.current_dir, environment.home.as_deref());
    let mut policy = Policy::parse(&redactor.path(&here), &source, redactor).map_err(Failure::Rules)?;
    let home = dir.canonicalize().unwrap_or(dir);
    let dir = base_of(home.clone(), options, environment);
    let with_slashes = |path: &Path| path.to_string_lossy().replace('\\', "/").trim_end_matches('/').to_owned();
    let real = |path: &Path| with_slashes(&path.canonicalize().unwrap_or_else(|_| path.to_path_buf()));
    policy.standpoint = Standpoint {
        policy_dir: with_slashes(&dir),
        current_dir: real(&environment.current_dir),
        home: environment.home.as_deref().map(real).unwrap_or_default(),
    };
    Ok(LoadedPolicy { policy, source, home, dir })
}

/// What the policy's paths are relative to: its own directory, or the current one for a policy that is kept elsewhere.
fn base_of(dir: PathBuf, options: &ScanOptions, environment: &Environment) -> PathBuf {
    let current = environment.current_dir.canonicalize().unwrap_or_else(|_| environment.current_dir.clone());
    let is_elsewhere = !current.starts_with(&dir) && !dir.starts_with(&current);
    if options.config.is_some() && is_elsewhere { current } else { dir }
}

/// The command line's choice, or the policy's; what either ignores is ignored.
fn selection(options: &ScanOptions, policy: &Policy) -> Selection {
    let own = |words: &[String]| words.iter().cloned().map(Selector).collect::<Vec<_>>();
    let select = if options.select.is_empty() { policy.selection.select.clone() } else { own(&options.select) };
    let mut ignore = own(&options.ignore);
    ignore.extend(policy.selection.ignore.iter().cloned());
    Selection { select, ignore }
}

fn check_selection(selection: &Selection, catalogue: &Catalogue) -> Result<(), Failure> {
    match selection.unknown(catalogue.rules()).next() {
        None => Ok(()),
        Some(Selector(word)) => Err(Failure::Usage(format!(
            "`{word}` is neither a rule nor a family; `mcp-picket rules list` names them all"
        ))),
    }
}

fn compile(rules: &RuleSet, selection: &Selection, policy: &Policy) -> Result<Engine, Failure> {
    let chosen = rules.catalogue.rules().iter().filter(|rule| selection.includes(rule)).cloned().collect();
    let engine =
        Engine::new(chosen, Arc::clone(&rules.knowledge), policy.severities.clone()).map_err(Failure::Rules)?;
    Ok(engine.with_flows(policy.flows.clone()))
}

fn walk_options(options: &ScanOptions, environment: &Environment, policy: &LoadedPolicy) -> WalkOptions {
    let mut walk = WalkOptions::new(environment.current_dir.clone(), environment.home.clone());
    walk.respect_ignore_files = !options.no_ignore && !options.untrusted;
    walk.skip_vendored = !options.no_ignore;
    walk.threads = options.jobs;
    walk.own_machine = options.own_machine;
    walk.own_reports = options.outputs.iter().filter_map(Output::real_path).collect();
    if let Some(limit) = options.max_file_size {
        walk.max_text_bytes = limit;
        walk.max_source_bytes = None;
    }
    walk.excludes.clone_from(&policy.policy.excludes);
    walk.excludes_base.clone_from(&policy.dir);
    walk
}

/// All that was examined.
struct Everything {
    outcome: Outcome,
    gaps: Vec<Gap>,
    count: ScannedCount,
}

fn examine(
    options: &ScanOptions,
    walk: &WalkOptions,
    engine: &Engine,
    progress: &(dyn Fn() + Sync),
) -> Result<Everything, Failure> {
    if let Some(path) = &options.stdin_path {
        return examine_stdin(path, walk, engine);
    }
    let collector = Mutex::new(Collector::default());
    let visit = |artifact: Artifact| {
        let one = engine.examine(&artifact);
        progress();
        collector.lock().unwrap_or_else(PoisonError::into_inner).add(one);
    };
    let here = [PathBuf::from(".")];
    let paths = if options.paths.is_empty() && !options.own_machine { &here[..] } else { &options.paths };
    let mut walked = intake::walk(paths, walk, &visit)
        .map_err(|missing| Failure::Missing(format!("{}: no such file or directory", missing.path)))?;
    options.folders.iter().cloned().for_each(visit);
    walked.gaps.extend(options.known_gaps.iter().cloned());
    let count = ScannedCount { files: walked.files, bytes: walked.bytes, rules: engine.planned().len() };
    let again = |artifact: &Artifact| {
        let home = walk.home.as_deref();
        let path = match (artifact.place.strip_prefix("~/"), home) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => PathBuf::from(&artifact.place),
        };
        intake::read_again(artifact, &path, walk.max_text_bytes)
    };
    let outcome = collector.into_inner().unwrap_or_else(PoisonError::into_inner).finish(engine, &again);
    Ok(Everything { outcome, gaps: redacted(walked.gaps, engine.redactor()), count })
}

/// The walk and the decoder know no secrets.
pub(super) fn redacted(gaps: Vec<Gap>, redactor: &Redactor) -> Vec<Gap> {
    gaps.into_iter()
        .map(|gap| Gap { path: redactor.path(&gap.path), detail: redactor.inline(&gap.detail), ..gap })
        .collect()
}

fn examine_stdin(path: &str, walk: &WalkOptions, engine: &Engine) -> Result<Everything, Failure> {
    let bytes = read_standard_input(walk.max_text_bytes)
        .map_err(|error| Failure::Usage(format!("cannot read standard input: {error}")))?;
    let size = bytes.len() as u64;
    let place = walk.current_dir.join(path).to_string_lossy().replace('\\', "/");
    let (examined, gaps) = match intake::from_bytes(path, &place, bytes) {
        Ok(artifact) => (vec![engine.examine(&artifact)], Vec::new()),
        Err(gap) => (Vec::new(), vec![gap]),
    };
    let count = ScannedCount { files: examined.len() as u64, bytes: size, rules: engine.planned().len() };
    Ok(Everything { outcome: engine.conclude(examined), gaps: redacted(gaps, engine.redactor()), count })
}

/// By what findings are judged.
struct Sight<'a> {
    catalogue: &'a Catalogue,
    policy: &'a LoadedPolicy,
    selection: &'a Selection,
}

fn judge(
    options: &ScanOptions,
    environment: &Environment,
    sight: &Sight<'_>,
    engine: &Engine,
    everything: Everything,
    timings: &mut Timings,
) -> Report {
    let Sight { catalogue, policy, selection } = *sight;
    let outcome = everything.outcome;
    timings.spent = outcome.spent;
    let ran: BTreeSet<String> = engine.planned().iter().map(|plan| plan.rule.id.clone()).collect();
    let triage = Triage {
        policy: &policy.policy,
        catalogue,
        ran: &ran,
        redactor: engine.redactor(),
        today: options.today.unwrap_or(environment.today),
        honour_comments: !options.untrusted,
        is_whole: options.stdin_path.is_none() && sees_all(&options.paths, &policy.dir, environment),
        all_rules: *selection == Selection::default(),
    };
    let triaged = triage.run(outcome.findings, &outcome.ignores);
    let mut findings = triaged.findings;
    sort_findings(&mut findings);
    let mut gaps = everything.gaps;
    gaps.extend(outcome.gaps);
    Report {
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        scanned: everything.count,
        gaps: merge_gaps(gaps),
        tally: Tally { found: outcome.made + triaged.raised, superseded: outcome.superseded, cut: outcome.dropped },
        findings,
        rules: BTreeMap::new(),
        catalogue: Vec::new(),
        evidence: outcome.evidence,
        honoured: Honoured {
            inline_ignores: triaged.inline_honoured,
            policy_ignores: triaged.policy_honoured,
            untrusted: options.untrusted,
        },
        omit_suppressed: options.omit_suppressed,
        exit_code: 0,
    }
}

/// Whether the scan covers everything below the policy's directory, so that an unused entry is really useless.
fn sees_all(paths: &[PathBuf], policy_dir: &Path, environment: &Environment) -> bool {
    let whole =
        |path: &Path| environment.current_dir.join(path).canonicalize().is_ok_and(|path| policy_dir.starts_with(path));
    if paths.is_empty() { whole(Path::new(".")) } else { paths.iter().any(|path| whole(path)) }
}

/// Leave out what the person does not want to see and what no report can hold. Both are counted.
fn cut(report: &mut Report, min_confidence: Option<Confidence>) {
    let before = report.findings.len();
    if let Some(least) = min_confidence {
        report.findings.retain(|finding| finding.confidence >= least);
    }
    let unseen = report.tally.cut + keep_most_severe(&mut report.findings);
    if unseen > 0 {
        sort_findings(&mut report.findings);
        let detail = format!("{unseen} more findings; the {MAX_FINDINGS} most severe are in the report");
        report.gaps.push(Gap { path: ".".to_owned(), reason: GapReason::Budget, detail, files: None });
        report.gaps.sort();
    }
    report.tally.cut += before - report.findings.len();
}

/// The words of the pages that have findings.
fn describe_rules(report: &mut Report, catalogue: &Catalogue) {
    let ids: BTreeSet<&str> = report.findings.iter().map(|finding| finding.rule.as_str()).collect();
    let described = ids.into_iter().filter_map(|id| {
        let rule = catalogue.get(id)?;
        let prose = Prose::parse(&rule.front.source, &mut Problems::default());
        Some((id.to_owned(), RuleInfo { title: rule.title.clone(), why: prose.why, fix: prose.fix }))
    });
    report.rules = described.collect();
}

/// All rules, for formats that list them.
fn cards(catalogue: &Catalogue, engine: &Engine, policy: &Policy) -> Vec<RuleCard> {
    let ran: BTreeSet<&str> = engine.planned().iter().map(|plan| plan.rule.id.as_str()).collect();
    let card = |rule: &Rule| RuleCard {
        id: rule.id.clone(),
        family: rule.family.clone(),
        title: rule.title.clone(),
        severity: policy.severities.get(&rule.id).copied().unwrap_or(rule.severity),
        confidence: rule.confidence,
        cwe: rule.cwe.clone(),
        owasp_mcp: rule.owasp_mcp.clone(),
        ran: ran.contains(rule.id.as_str()),
        page: rule.front.is_embedded.then(|| rule.front.path.clone()),
        source: Arc::clone(&rule.front.source),
    };
    catalogue.rules().iter().map(card).collect()
}

fn exit(options: &ScanOptions, policy: &Policy, report: &Report) -> Exit {
    if report.gaps.iter().any(|gap| gap.reason == GapReason::Internal) {
        return Exit::Internal;
    }
    let severity = options.fail_on.or(policy.fail_on).unwrap_or(Severity::Medium);
    let confidence = options.min_confidence.or(policy.min_confidence).unwrap_or(Confidence::Medium);
    let counts = |finding: &Finding| {
        finding.status == Status::New && finding.severity >= severity && finding.confidence >= confidence
    };
    let has_gaps = options.strict_gaps && report.gaps.iter().any(|gap| !gap.reason.is_by_choice());
    let fails = report.findings.iter().any(counts) || has_gaps;
    if fails && !options.exit_zero { Exit::Findings } else { Exit::Clean }
}

fn style(options: &ScanOptions, environment: &Environment) -> Style {
    Style {
        color: environment.color,
        unicode: environment.unicode,
        width: environment.width,
        verbose: options.verbose,
        quiet: options.quiet,
    }
}

/// Text on standard output, if nothing else is asked for.
fn outputs(options: &ScanOptions) -> Vec<Output> {
    if options.outputs.is_empty() {
        vec![Output { format: super::Format::Text, file: None }]
    } else {
        options.outputs.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_of_this_tool_decides_the_exit_code() {
        let gap = |reason| Gap { path: "x".to_owned(), reason, detail: String::new(), files: Some(1) };
        let check = |reason, options: ScanOptions, expected| {
            let report = Report { gaps: vec![gap(reason)], ..Report::default() };
            assert_eq!(exit(&options, &Policy::default(), &report), expected, "{reason}");
        };
        let strict = || ScanOptions { strict_gaps: true, ..ScanOptions::default() };
        check(GapReason::Internal, ScanOptions { exit_zero: true, ..strict() }, Exit::Internal);
        check(GapReason::Unparsable, strict(), Exit::Findings);
        check(GapReason::Unparsable, ScanOptions::default(), Exit::Clean);
        check(GapReason::Binary, strict(), Exit::Clean);
    }
}
