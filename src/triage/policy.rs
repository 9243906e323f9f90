//! `picket.toml`: which rules run, how severe they are, what is ignored and why.

use crate::document::{Document, Language, parse};
use crate::finding::{Confidence, Region, Severity};
use crate::rule::{Diagnostic, Flows, Problems, Selection, Selector, Spanned, TableReader};
use crate::text::{Excerpt, LineIndex, Redactor, Sensitive, Span, excerpt, line_hashes};
use globset::{Glob, GlobSet};
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Entries of one list at most: each is held against every path or finding.
const MAX_ENTRIES: usize = 1_000;
/// Unknown words that are named: each is searched for in the whole text.
const SHOWN_UNKNOWN: usize = 100;
/// Bytes of a glob at most.
const MAX_GLOB: usize = 1_000;

/// A policy as its file states it. The default is no policy.
#[derive(Debug, Default)]
pub struct Policy {
    /// In the form of finding paths; empty without a file.
    pub path: String,
    pub standpoint: Standpoint,
    pub selection: Selection,
    pub severities: BTreeMap<String, Severity>,
    pub fail_on: Option<Severity>,
    pub min_confidence: Option<Confidence>,
    /// Directories of user rules, relative to the policy.
    pub rule_dirs: Vec<String>,
    /// Globs of paths, relative to the policy, that are not scanned.
    pub excludes: GlobSet,
    pub ignores: Vec<PolicyIgnore>,
    /// The tables of flows with rows of the policy's own, if it has any.
    pub flows: Option<Arc<Flows>>,
}

/// From where paths are seen: absolute directories, with `/` between their parts.
#[derive(Clone, Debug, Default)]
pub struct Standpoint {
    /// The policy's own, which its globs are relative to.
    pub policy_dir: String,
    /// The one that shown paths are relative to.
    pub current_dir: String,
    /// What is shown as `~`.
    pub home: String,
}

/// One `[[ignore]]` entry.
#[derive(Debug)]
pub struct PolicyIgnore {
    pub subject: Subject,
    pub reason: String,
    /// Last day on which it holds.
    pub until: Option<Date>,
    pub region: Region,
    pub excerpt: Excerpt,
    /// Of the entry's first line, as for findings.
    pub line_hash: Option<String>,
}

/// What an entry speaks of.
#[derive(Debug)]
pub enum Subject {
    Fingerprint(String),
    /// A rule, everywhere or below a path.
    Rule {
        id: String,
        path: Option<GlobSet>,
    },
}

impl Policy {
    /// Read `source`, the text of the file at `path`. What reports will quote of it is redacted.
    ///
    /// # Errors
    /// All mistakes with their places. Whether rules exist is checked by [`Policy::check_rules`], once they are loaded.
    pub fn parse(path: &str, source: &str, redactor: &Redactor) -> Result<Self, Vec<Diagnostic>> {
        let mut problems = Problems::default();
        let document = parse(Language::Toml, source);
        for note in &document.notes {
            problems.add(note.span, note.message.clone());
        }
        let policy = Self::read(path, source, &document, redactor, &mut problems);
        if problems.is_empty() { Ok(policy) } else { Err(problems.in_file(path, &Arc::from(source))) }
    }

    /// A finding's path as the policy writes it: relative to the policy's directory.
    pub fn relative(&self, path: &str) -> String {
        let Standpoint { policy_dir, current_dir, home } = &self.standpoint;
        let whole = match path.strip_prefix("~/") {
            Some(inside) => format!("{home}/{inside}"),
            None if path.starts_with('/') => path.to_owned(),
            None => format!("{current_dir}/{path}"),
        };
        whole.strip_prefix(policy_dir.as_str()).and_then(|inside| inside.strip_prefix('/')).unwrap_or(&whole).to_owned()
    }

    fn read(path: &str, source: &str, document: &Document, redactor: &Redactor, problems: &mut Problems) -> Self {
        let mut policy = Self { path: path.to_owned(), ..Self::default() };
        let Some(tree) = &document.tree else { return policy };
        let Some(root) = tree.roots().first() else { return policy };
        let mut table = TableReader::new(tree, *root, 0);
        if let Some(mut rules) = table.table("rules", problems) {
            let selectors = |words: Vec<String>| words.into_iter().map(Selector).collect();
            policy.selection.select = selectors(rules.owned_strings("select", problems));
            policy.selection.ignore = selectors(rules.owned_strings("ignore", problems));
            policy.rule_dirs = rules.owned_strings("directories", problems);
            rules.finish(problems);
        }
        if let Some(severities) = table.table("severity", problems) {
            for member in tree.members(severities.tree_node()).unwrap_or_default() {
                match tree.text(member.value).map(|text| text.decoded.parse()) {
                    Some(Ok(severity)) => {
                        policy.severities.insert(member.key.decoded.clone(), severity);
                    }
                    Some(Err(message)) => problems.add(tree.node(member.value).span, message),
                    None => problems.add(tree.node(member.value).span, "a severity is a string"),
                }
            }
        }
        if let Some(mut report) = table.table("report", problems) {
            policy.fail_on = report.parsed("fail-on", problems);
            policy.min_confidence = report.parsed("min-confidence", problems);
            report.finish(problems);
        }
        if let Some(mut scan) = table.table("scan", problems) {
            let globs = scan.strings("exclude", problems);
            let mut set = GlobSet::builder();
            if let Some(glob) = globs.get(MAX_ENTRIES) {
                problems.add(glob.span, format!("more than {MAX_ENTRIES} globs"));
            }
            for glob in globs.into_iter().take(MAX_ENTRIES) {
                // Alone first, so that a glob that is too large is told from its neighbours.
                if let Some(glob) = glob_set(glob, problems).and_then(|_| Glob::new(glob.value).ok()) {
                    set.add(glob);
                }
            }
            match set.build() {
                Ok(set) => policy.excludes = set,
                Err(error) => problems.add(scan.span(), error.to_string()),
            }
            scan.finish(problems);
        }
        if let Some(mut flow) = table.table("flow", problems) {
            let flows = Flows::read_own(&mut flow, problems);
            policy.flows = flows.has_own().then(|| Arc::new(flows));
            flow.finish(problems);
        }
        if table.has("ignore") {
            let index = LineIndex::new(source);
            let entries = table.tables("ignore", problems);
            if let Some(entry) = entries.get(MAX_ENTRIES) {
                let help = "an entry without `path`, or with a glob, speaks for many findings";
                problems.add_with_help(entry.span(), format!("more than {MAX_ENTRIES} `[[ignore]]` entries"), help);
            }
            let sensitive = redactor.sensitive(source);
            let entries = entries.into_iter().take(MAX_ENTRIES);
            let read = |entry| ignore(entry, source, &index, &sensitive, problems);
            policy.ignores = entries.filter_map(read).collect();
            let lines = policy.ignores.iter().map(|entry| entry.region.start.line).collect();
            let hashes = line_hashes(source, &sensitive, &lines);
            for entry in &mut policy.ignores {
                entry.line_hash = hashes.get(&entry.region.start.line).cloned();
                entry.reason = redactor.inline(&entry.reason);
            }
        }
        table.node("ignore");
        table.finish(problems);
        policy
    }

    /// Rules that the policy names and that do not exist are mistakes, except in `[[ignore]]`: there they are findings.
    ///
    /// # Errors
    /// One mistake for each.
    pub fn check_rules(&self, source: &str, is_rule_or_family: impl Fn(&str) -> bool) -> Result<(), Vec<Diagnostic>> {
        let mut problems = Problems::default();
        let selectors = self.selection.select.iter().chain(&self.selection.ignore).map(|selector| selector.0.as_str());
        let unknown =
            selectors.chain(self.severities.keys().map(String::as_str)).filter(|word| !is_rule_or_family(word));
        for word in unknown.take(SHOWN_UNKNOWN) {
            let at = source.find(word).map_or(Span::at(0), |at| Span::new(at, at + word.len()));
            problems.add(at, format!("`{word}` is neither a rule nor a family"));
        }
        if problems.is_empty() { Ok(()) } else { Err(problems.in_file(&self.path, &Arc::from(source))) }
    }
}

fn ignore(
    mut entry: TableReader<'_>,
    source: &str,
    index: &LineIndex,
    sensitive: &[Sensitive],
    problems: &mut Problems,
) -> Option<PolicyIgnore> {
    let span = entry.span().clamped(source);
    let rule = entry.str("rule", problems);
    let path = entry.str("path", problems);
    let fingerprint = entry.str("fingerprint", problems);
    let reason = entry.str("reason", problems).map_or("", |text| text.value).trim().to_owned();
    let until = entry.str("until", problems).and_then(|text| date(text, problems));
    let subject = match (rule, fingerprint) {
        (None, Some(fingerprint)) if path.is_none() => Some(Subject::Fingerprint(fingerprint.value.to_owned())),
        (Some(rule), None) => {
            let path = path.and_then(|path| glob_set(path, problems));
            Some(Subject::Rule { id: rule.value.to_owned(), path })
        }
        _ => {
            problems.add(span, "an `[[ignore]]` names a `rule` (and perhaps a `path`), or a `fingerprint`");
            None
        }
    };
    entry.finish(problems);
    let position = |offset| index.position(source, offset);
    let region = Region { span, start: position(span.start), end: position(span.end) };
    let shown = excerpt(source, index, span, sensitive, 0);
    Some(PolicyIgnore { subject: subject?, reason, until, region, excerpt: shown, line_hash: None })
}

/// The glob alone in a set: unlike a matcher, a set says so when an expression is too large.
fn glob_set(text: Spanned<&str>, problems: &mut Problems) -> Option<GlobSet> {
    if text.value.len() > MAX_GLOB {
        problems.add(text.span, format!("a glob has at most {MAX_GLOB} bytes"));
        return None;
    }
    let set = Glob::new(text.value).and_then(|glob| GlobSet::builder().add(glob).build());
    set.map_err(|error| problems.add(text.span, error.to_string())).ok()
}

fn date(text: Spanned<&str>, problems: &mut Problems) -> Option<Date> {
    let date = text.value.parse().ok();
    if date.is_none() {
        problems.add(text.span, format!("`{}` is no date; write YYYY-MM-DD", text.value));
    }
    date
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(source: &str) -> Vec<String> {
        Policy::parse("picket.toml", source, &Redactor::new(Vec::new()))
            .err()
            .unwrap_or_default()
            .into_iter()
            .map(|d| d.message)
            .collect()
    }

    #[test]
    fn a_policy_is_read() {
        let source = "[rules]\nselect = [\"secrets\"]\n[severity]\nx = \"high\"\n[report]\nfail-on = \"high\"\n[[ignore]]\nrule = \"a\"\npath = \"x/**\"\nreason = \"why\"\nuntil = \"2027-01-31\"\n";
        let policy = Policy::parse("picket.toml", source, &Redactor::new(Vec::new())).unwrap();
        assert_eq!(policy.selection.select, [Selector("secrets".into())]);
        assert_eq!((policy.fail_on, policy.severities.get("x")), (Some(Severity::High), Some(&Severity::High)));
        assert_eq!(policy.ignores[0].reason, "why");
        assert!(policy.ignores[0].until.is_some());
    }

    #[test]
    fn paths_are_relative_to_the_policy_wherever_one_stands() {
        let at = |current_dir: &str| Policy {
            standpoint: Standpoint { policy_dir: "/r".into(), current_dir: current_dir.into(), home: "/home/x".into() },
            ..Policy::default()
        };
        assert_eq!(at("/r").relative("a/b"), "a/b");
        assert_eq!(at("/r/sub").relative("b"), "sub/b");
        assert_eq!(at("/r/sub").relative("/r/a/b"), "a/b");
        assert_eq!(at("").relative("r/a/b"), "a/b");
        assert_eq!(at("/elsewhere").relative("~/c"), "/home/x/c");
    }

    #[test]
    fn mistakes_are_named() {
        assert_eq!(errors("[rules]\nselct = []\n"), ["unknown key `selct`"]);
        assert_eq!(errors("[[ignore]]\nreason = \"x\"\n").len(), 1);
        assert_eq!(errors("[[ignore]]\nrule = \"x\"\nuntil = \"soon\"\n"), ["`soon` is no date; write YYYY-MM-DD"]);
        assert_eq!(errors("[severity]\nx = \"loud\"\n"), ["`loud` is none of low, medium, high, critical"]);
        assert!(!errors("[rules\n").is_empty());
    }

    #[test]
    fn rows_of_flows_are_read_for_one_language_or_both() {
        let source = "[[flow.sink]]\nlanguage = \"python\"\nkind = \"command\"\ncall = [\"tools.run\"]\nargument = 0\n\
                      [[flow.sanitizer]]\ncall = [\"tools.clean\"]\nfor = [\"command\"]\n";
        let policy = Policy::parse("picket.toml", source, &Redactor::new(Vec::new())).unwrap();
        let flows = policy.flows.unwrap();
        let counts = |language| {
            let table = flows.of(language).unwrap();
            (table.sinks_of("tools.run").count(), table.sanitizers_of("tools.clean").count())
        };
        assert_eq!((counts(Language::Python), counts(Language::JavaScript)), ((1, 1), (0, 1)));
        assert!(Policy::parse("picket.toml", "", &Redactor::new(Vec::new())).unwrap().flows.is_none());
    }

    #[test]
    fn mistakes_in_rows_of_flows_are_named() {
        let sink = |more: &str| {
            errors(&format!("[[flow.sink]]\ncall = [\"a.b\"]\nargument = 0\nkind = \"command\"\n{more}\n"))
        };
        assert!(sink("").is_empty());
        assert_eq!(sink("language = \"cobol\""), ["`language` is python or javascript"]);
        assert_eq!(errors("[[flow.sink]]\ncall = \"a\"\nargument = 0\nkind = \"all\"\n"), ["a sink is of one kind"]);
        assert_eq!(sink("argumnt = 1"), ["unknown key `argumnt`"]);
        assert_eq!(sink("receiver = \"(\"").len(), 1);
        assert_eq!(errors("[[flow.sink]]\nkind = \"command\"\nargument = 0\n"), ["`call` is missing"]);
        assert_eq!(errors("[[flow.guard]]\ncall = [\"a\"]\n"), ["`for` is missing"]);
        assert_eq!(errors("[[flow.sinks]]\n").len(), 1);
        assert_eq!(errors("[flow]\nsink = 1\n"), ["`sink` must be a list of tables"]);
    }

    #[test]
    fn unknown_rules_are_mistakes() {
        let source = "[severity]\nno-such-rule = \"high\"\n";
        let policy = Policy::parse("picket.toml", source, &Redactor::new(Vec::new())).unwrap();
        let found = policy.check_rules(source, |_| false).unwrap_err();
        assert_eq!(found[0].span.and_then(|span| span.slice(source)), Some("no-such-rule"));
    }
}
