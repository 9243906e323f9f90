//! Match → finding: region, message, excerpt, pointer, fix, fingerprint. Everything that leaves here is redacted.

use super::plan::{Engine, Planned};
use crate::deployment;
use crate::document::{self, Directive, DirectiveScope};
use crate::finding::{
    Change, Confidence, Evidence, Finding, Fix, InlineIgnore, Region, Severity, Status, fingerprint, normalise,
};
use crate::matcher::{Capture, Match, Proof, Subject};
use crate::rule::{Condition, EditSpec, Rule, Template};
use crate::text::{Edit, Excerpt, LineIndex, Mask, Sensitive, Span, excerpt, line_hashes};
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

/// Characters of a snippet that enter a fingerprint at most.
const SNIPPET: usize = 500;
/// Characters of a capture that a message shows at most.
const SHOWN: usize = 80;

/// A match and the index of the planned rule that made it.
pub(super) struct Hit {
    pub plan: usize,
    pub found: Match,
}

/// Turns what was matched in one file into what is said about it.
pub(super) struct Describer<'a> {
    engine: &'a Engine,
    subject: &'a Subject<'a>,
    /// Worked out when the first finding asks: most files have none.
    path: OnceCell<String>,
    index: OnceCell<LineIndex>,
}

impl<'a> Describer<'a> {
    pub(super) fn new(engine: &'a Engine, subject: &'a Subject<'a>) -> Self {
        Self { engine, subject, path: OnceCell::new(), index: OnceCell::new() }
    }

    fn path(&self) -> &str {
        self.path.get_or_init(|| self.engine.redactor.path(&self.subject.artifact.path))
    }

    /// Findings in the order of the hits, which is the order of the file.
    pub(super) fn findings(&self, hits: &[Hit]) -> Vec<Finding> {
        let known: Vec<Sensitive> = hits.iter().flat_map(|hit| hit.found.sensitive.iter().copied()).collect();
        let sensitive = match hits.is_empty() {
            true => Vec::new(),
            false => self.engine.redactor.sensitive_and(self.subject.text, &known),
        };
        let mut seen: BTreeMap<(usize, String, String), usize> = BTreeMap::new();
        let mut out = Vec::with_capacity(hits.len());
        for hit in hits {
            let Some(plan) = self.engine.planned.get(hit.plan) else { continue };
            let mut finding = self.finding(plan, &hit.found, &sensitive);
            let (anchor, snippet) = self.identity(&hit.found, finding.pointer.as_deref(), &known);
            let ordinal = seen.entry((hit.plan, anchor.clone(), snippet.clone())).or_insert(0);
            finding.fingerprint = fingerprint(&finding.rule, self.path(), &anchor, &snippet, *ordinal);
            *ordinal += 1;
            out.push(finding);
        }
        let lines = out.iter().map(first_line).collect();
        let hashes = self.line_hashes(&lines, &sensitive);
        for finding in &mut out {
            finding.line_hash = hashes.get(&first_line(finding)).cloned();
        }
        out
    }

    /// Of the lines that something is said about. Reports never see the text.
    fn line_hashes(&self, lines: &BTreeSet<usize>, sensitive: &[Sensitive]) -> BTreeMap<usize, String> {
        match self.subject.artifact.source() {
            Some(_) => line_hashes(self.subject.text, sensitive, lines),
            None => BTreeMap::new(),
        }
    }

    fn finding(&self, plan: &Planned, found: &Match, sensitive: &[Sensitive]) -> Finding {
        let rule = &plan.rule;
        let (severity, confidence) = self.weigh(rule, found);
        Finding {
            rule: rule.id.clone(),
            family: rule.family.clone(),
            class: rule.class.clone(),
            severity,
            confidence,
            title: rule.title.clone(),
            message: rule.message.fill(|name| found.capture(name).map(|capture| self.show(capture, sensitive))),
            path: self.path().to_owned(),
            region: found.span.map(|span| self.region(span)),
            pointer: self.pointer(found),
            excerpt: found.span.map(|span| self.excerpt(span, sensitive)),
            group: rule.group_by_file.then(|| format!("{}@{}", rule.id, self.path())),
            trace: None,
            related: Vec::new(),
            fix: self.fix(rule, found),
            fingerprint: String::new(),
            line_hash: None,
            status: Status::New,
        }
    }

    fn index(&self) -> &LineIndex {
        self.index.get_or_init(|| LineIndex::new(self.subject.text))
    }

    fn region(&self, span: Span) -> Region {
        let span = span.clamped(self.subject.text);
        let position = |offset| self.index().position(self.subject.text, offset);
        Region { span, start: position(span.start), end: position(span.end) }
    }

    fn excerpt(&self, span: Span, sensitive: &[Sensitive]) -> Excerpt {
        excerpt(self.subject.text, self.index(), span, sensitive, 1)
    }

    /// A capture for a message: without its secrets, short, on one line.
    fn show(&self, capture: &Capture, sensitive: &[Sensitive]) -> String {
        let known: Vec<Sensitive> = match capture.span {
            Some(span) => {
                let from = sensitive.partition_point(|part| part.span.end <= span.start);
                let near = sensitive.iter().skip(from).take_while(|part| part.span.start < span.end);
                near.filter(|part| part.mask == Mask::Secret)
                    .filter_map(|part| relative(*part, span, &capture.text))
                    .collect()
            }
            None => Vec::new(),
        };
        let shown = self.engine.redactor.inline_and(&capture.text, &known);
        if shown.chars().count() <= SHOWN { shown } else { shown.chars().take(SHOWN - 1).chain(['…']).collect() }
    }

    fn weigh(&self, rule: &Rule, found: &Match) -> (Severity, Confidence) {
        let (mut severity, mut confidence) = (rule.severity, rule.confidence);
        for adjust in &rule.adjusts {
            if adjust.when.iter().all(|condition| self.holds(condition, found)) {
                severity = adjust.severity.unwrap_or(severity);
                confidence = adjust.confidence.unwrap_or(confidence);
            }
        }
        (self.engine.severities.get(&rule.id).copied().unwrap_or(severity), confidence)
    }

    fn holds(&self, condition: &Condition, found: &Match) -> bool {
        let artifact = self.subject.artifact;
        match condition {
            Condition::InTests => deployment::is_test(&artifact.path),
            Condition::InDocs => deployment::is_documentation(&artifact.path),
            Condition::InExamples => deployment::is_example(&artifact.path),
            Condition::UserLevel => deployment::is_user_level(&artifact.place, artifact.meta.in_work_tree),
            Condition::InWorkTree => artifact.meta.in_work_tree,
            Condition::InPipeline => deployment::is_pipeline(&artifact.path),
            Condition::Capture { name, regex, .. } => {
                found.capture(name).is_some_and(|capture| regex.is_match(&capture.text))
            }
        }
    }

    /// The matcher's pointer, or that of the value under the finding. Worked out from the file alone, so that a
    /// fingerprint does not depend on which other rules run.
    fn pointer(&self, found: &Match) -> Option<String> {
        let pointer = match &found.pointer {
            Some(pointer) => (pointer.len() <= document::MAX_POINTER).then(|| pointer.clone())?,
            None if self.subject.language.is_data() => {
                self.subject.document().tree.as_ref()?.pointer_at(found.span?.start)?
            }
            None => return None,
        };
        let tokens = pointer.split('/').map(|token| {
            let token = token.replace("~1", "/").replace("~0", "~");
            self.engine.redactor.inline(&token).replace('~', "~0").replace('/', "~1")
        });
        Some(tokens.collect::<Vec<_>>().join("/"))
    }

    /// What stays the same when lines move, keys change their order and text is re-formatted.
    fn identity(&self, found: &Match, pointer: Option<&str>, known: &[Sensitive]) -> (String, String) {
        let Some(span) = found.span else { return (String::new(), String::new()) };
        let (anchor, part) = match pointer {
            // An index moves when an element is added before it; the ordinal tells equal ones apart.
            Some(pointer) => (without_indexes(pointer), span),
            None => (String::new(), self.lines(span)),
        };
        let part = Span::new(part.start, part.end.min(part.start + 4 * SNIPPET)).clamped(self.subject.text);
        let inside: Vec<Sensitive> = known.iter().filter_map(|s| relative_span(*s, part)).collect();
        let text = part.slice(self.subject.text).unwrap_or_default();
        let snippet = normalise(&self.engine.redactor.without_secrets(text, &inside));
        (anchor, snippet.chars().take(SNIPPET).collect())
    }

    /// The whole lines of a span.
    fn lines(&self, span: Span) -> Span {
        let text = self.subject.text;
        let line = |offset| self.index().line_span(text, self.index().line_of(offset));
        Span::new(line(span.start).start.max(span.start.saturating_sub(SNIPPET)), line(span.end).end)
    }

    fn fix(&self, rule: &Rule, found: &Match) -> Option<Fix> {
        let spec = rule.fix.as_ref()?;
        if let EditSpec::Mode(bits) = spec.edit {
            let description = format!("set the mode to {bits:04o}");
            return Some(Fix { safety: spec.safety, description, changes: vec![Change::Mode(bits)] });
        }
        let spans: Vec<Span> = match &spec.on {
            Some(on) => found.captures.iter().filter(|c| c.name == on.value).filter_map(|c| c.span).collect(),
            None => found.span.into_iter().collect(),
        };
        let artifact = self.subject.artifact;
        let is_editable =
            !artifact.meta.packed && artifact.source().is_some_and(|source| source.encoding.allows_edits());
        // The edit's text is shown in reports, so a secret may not pass through it.
        let is_secret = |span: &Span| found.sensitive.iter().any(|part| part.span.overlaps(*span));
        if spans.is_empty() || !is_editable || spans.iter().any(is_secret) {
            return None;
        }
        let edits: Vec<Edit> = spans.iter().map(|span| edit(&spec.edit, *span, found)).collect();
        let description = self.describe_edit(spans.first().copied()?, edits.first()?);
        Some(Fix {
            safety: spec.safety,
            description,
            changes: edits.into_iter().map(|edit| self.change(edit)).collect(),
        })
    }

    fn change(&self, edit: Edit) -> Change {
        Change::Text { region: self.region(edit.span), edit }
    }

    /// What the first edit does, in words: short texts are quoted.
    fn describe_edit(&self, span: Span, edit: &Edit) -> String {
        let before = span.slice(self.subject.text).unwrap_or_default();
        let inside = Span::new(edit.span.start - span.start, edit.span.end - span.start);
        let whole = Edit { span: inside, text: edit.text.clone() };
        let after = crate::text::apply_edits(before, &[whole]).unwrap_or_default();
        let is_short = |text: &str| !text.is_empty() && text.chars().count() <= SHOWN / 2;
        let quote = |text: &str| self.engine.redactor.inline(text);
        match after.as_str() {
            "" => "remove it".to_owned(),
            after if is_short(before) && is_short(after) => {
                format!("write `{}` instead of `{}`", quote(after), quote(before))
            }
            after if is_short(after) => format!("write `{}`", quote(after)),
            _ => "change it as shown".to_owned(),
        }
    }

    pub(super) fn evidence(&self, proofs: Vec<(usize, Proof)>) -> Vec<Evidence> {
        let evidence = |(plan, proof): (usize, Proof)| {
            Some(Evidence {
                kind: proof.kind,
                path: self.path().to_owned(),
                region: proof.span.map(|span| self.region(span)),
                value: self.engine.redactor.inline(&proof.value),
                rule: self.engine.planned.get(plan)?.rule.id.clone(),
            })
        };
        proofs.into_iter().filter_map(evidence).collect()
    }

    /// Comments that ask for silence, and whether there are more than count.
    pub(super) fn ignores(&self) -> (Vec<InlineIgnore>, bool) {
        let found = document::directives(self.subject.document(), self.subject.text);
        let sensitive = match found.is_empty() {
            true => Vec::new(),
            false => self.engine.redactor.sensitive(self.subject.text),
        };
        let more = found.len() > document::MAX_DIRECTIVES;
        let counting = found.into_iter().take(document::MAX_DIRECTIVES);
        let mut ignores: Vec<InlineIgnore> = counting.map(|directive| self.ignore(directive, &sensitive)).collect();
        let hashes = self.line_hashes(&ignores.iter().map(|ignore| ignore.line).collect(), &sensitive);
        for ignore in &mut ignores {
            ignore.line_hash = hashes.get(&ignore.line).cloned();
        }
        (ignores, more)
    }

    fn ignore(&self, directive: Directive, sensitive: &[Sensitive]) -> InlineIgnore {
        InlineIgnore {
            path: self.path().to_owned(),
            whole_file: directive.scope == DirectiveScope::File,
            rules: directive.rules.into_iter().map(|(id, _)| id).collect(),
            reason: self.engine.redactor.inline(&directive.reason),
            region: self.region(directive.span),
            excerpt: self.excerpt(directive.span, sensitive),
            line_hash: None,
            line: directive.line + 1,
            covers: directive.covers + 1,
        }
    }
}

/// The line by which code scanning knows a finding again.
fn first_line(finding: &Finding) -> usize {
    finding.region.map_or(1, |region| region.start.line)
}

fn edit(spec: &EditSpec, span: Span, found: &Match) -> Edit {
    let fill = |template: &Template| template.fill(|name| found.capture(name).map(|capture| capture.text.clone()));
    match spec {
        EditSpec::Replace(template) => Edit { span, text: fill(template) },
        EditSpec::InsertBefore(template) => Edit { span: Span::at(span.start), text: fill(template) },
        EditSpec::InsertAfter(template) => Edit { span: Span::at(span.end), text: fill(template) },
        EditSpec::Remove | EditSpec::Mode(_) => Edit { span, text: String::new() },
    }
}

/// A sensitive part of the file inside a capture that stands at `span`; all of the capture if the two cannot be
/// mapped byte by byte.
fn relative(part: Sensitive, span: Span, text: &str) -> Option<Sensitive> {
    if !part.span.overlaps(span) {
        return None;
    }
    if span.len() == text.len() {
        return relative_span(part, span);
    }
    Some(Sensitive { span: Span::new(0, text.len()), visible: 0, ..part })
}

/// The share of a sensitive part that lies in `span`, counted from its start.
fn relative_span(part: Sensitive, span: Span) -> Option<Sensitive> {
    let start = part.span.start.max(span.start);
    let end = part.span.end.min(span.end);
    let visible = if part.span.start >= span.start { part.visible } else { 0 };
    (start < end).then(|| Sensitive { span: Span::new(start - span.start, end - span.start), visible, ..part })
}

fn without_indexes(pointer: &str) -> String {
    let token = |token: &str| {
        if token.bytes().all(|b| b.is_ascii_digit()) && !token.is_empty() { "*".to_owned() } else { token.to_owned() }
    };
    pointer.split('/').map(token).collect::<Vec<_>>().join("/")
}
