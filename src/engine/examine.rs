//! One artifact: prefilter, matchers, who gives way to whom, findings.

use super::describe::{Describer, Hit};
use super::flows::Part;
use super::plan::{DIRECTIVE_SLOT, Engine, HANDLER_SLOT, LIST_SLOT, MARKER_SLOT, SERVER_SLOT};
use crate::document::{Language, MAX_DIRECTIVES, NoteKind};
use crate::finding::{Evidence, Finding, Gap, GapReason, InlineIgnore};
use crate::intake::{Artifact, is_inside_packages};
use crate::lower::{Embedded, embedded};
use crate::matcher::{Capture, MAX_MATCHES, Markers, Match, Output, Subject, Trigger};
use crate::text::{Redactor, Sensitive, Span};
use globset::Candidate;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// The last resort against an input that is slow in a way nobody foresaw. Always a gap.
const WATCHDOG: Duration = Duration::from_secs(30);

/// What one artifact gave.
#[derive(Debug, Default)]
pub struct Examined {
    pub findings: Vec<Finding>,
    /// Matches that were made, whatever became of them.
    pub made: usize,
    /// Matches that gave way to a stronger rule of their class, or to the same rule on the same place.
    pub superseded: usize,
    pub evidence: Vec<Evidence>,
    pub gaps: Vec<Gap>,
    pub ignores: Vec<InlineIgnore>,
    pub spent: Spent,
    /// What the search for flows needs of it.
    pub(super) flow: Part,
}

/// Time per stage; for `--timings` only, never part of a result.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spent {
    pub prefilter: Duration,
    pub lowering: Duration,
    pub matching: Duration,
    pub reporting: Duration,
    /// Bytes that went through the prefilter.
    pub bytes: u64,
    /// Bytes of the files that a rule woke on.
    pub matched_bytes: u64,
    /// Bytes of source that was lowered.
    pub lowered_bytes: u64,
    /// The search for flows, and the source that it was made in.
    pub flows: Duration,
    pub flow_bytes: u64,
}

impl Engine {
    /// Judge one artifact. Never panics: a rule that does is a gap of reason [`GapReason::Internal`].
    pub fn examine(&self, artifact: &Artifact) -> Examined {
        let mut out = Examined::default();
        let guarded = catch_unwind(AssertUnwindSafe(|| self.examine_guarded(artifact, &mut out)));
        if guarded.is_err() {
            out.gaps.push(self.gap(artifact, GapReason::Internal, "the examination failed".to_owned()));
        }
        out
    }

    fn examine_guarded(&self, artifact: &Artifact, out: &mut Examined) {
        let started = Instant::now();
        let bytes = artifact.source().map_or(&[][..], |source| source.text.as_bytes());
        let language = Language::detect(&artifact.place, artifact.source().map_or("", |source| source.text.as_str()));
        let hits = self.prefilter.scan(bytes, language);
        out.spent.prefilter = started.elapsed();
        out.spent.bytes = bytes.len() as u64;
        let has = |slot: usize| !hits.of(slot).is_empty();
        let markers = Markers { server: has(MARKER_SLOT), list: has(LIST_SLOT), handler: has(HANDLER_SLOT) };
        let subject = Subject::new(artifact, language, &self.knowledge, markers);
        let place = Candidate::new(&artifact.place);
        let is_named = self.places.is_match_candidate(&place);
        let is_listed = self.listed.is_match_candidate(&place);
        // How a dependency is written is not how the deployment is; a server that was installed as one is.
        let is_dependency = artifact.meta.installed || is_inside_packages(&artifact.place);
        let is_judged = !is_dependency || !hits.of(SERVER_SLOT).is_empty();
        let mut found: Vec<Hit> = Vec::new();
        let mut proofs = Vec::new();
        if !hits.is_empty() || is_named || subject.is_candidate() {
            out.spent.matched_bytes = bytes.len() as u64;
        }
        if hits.cut {
            out.gaps.push(self.gap(artifact, GapReason::Budget, "too many candidates for one file".to_owned()));
        }
        'plans: for (index, plan) in self.planned.iter().enumerate() {
            let mut output = Output::default();
            for (matcher, slot) in plan.matchers.iter().zip(&plan.slots) {
                let offsets = slot.map_or(&[][..], |slot| hits.of(slot));
                let is_awake = match matcher.trigger() {
                    Trigger::Literals => !offsets.is_empty(),
                    Trigger::Code => !offsets.is_empty() && is_judged,
                    Trigger::Language => matcher.languages().contains(&language),
                    Trigger::Configuration => subject.is_candidate(),
                    Trigger::Place => is_named || subject.is_candidate(),
                    Trigger::ModelText => subject.has_model_text() && is_judged,
                    Trigger::Listed => is_listed || subject.is_candidate(),
                    Trigger::Metadata => true,
                    Trigger::Never => false,
                };
                if !is_awake {
                    continue;
                }
                if started.elapsed() > WATCHDOG {
                    let detail =
                        format!("examined for {} s; rules from `{}` on did not run", WATCHDOG.as_secs(), plan.rule.id);
                    out.gaps.push(self.gap(artifact, GapReason::Budget, detail));
                    break 'plans;
                }
                if catch_unwind(AssertUnwindSafe(|| matcher.run(&subject, offsets, &mut output))).is_err() {
                    let detail = format!("the rule `{}` failed", plan.rule.id);
                    out.gaps.push(self.gap(artifact, GapReason::Internal, detail));
                }
            }
            if output.exhausted {
                let detail = format!("more findings of `{}` than one file may have", plan.rule.id);
                out.gaps.push(self.gap(artifact, GapReason::Budget, detail));
            }
            found.extend(output.matches.into_iter().map(|found| Hit { plan: index, found }));
            proofs.extend(output.proofs.into_iter().take(MAX_MATCHES).map(|proof| (index, proof)));
        }
        if is_judged {
            let is_cut = self.examine_embedded(artifact, &subject, &mut found);
            if is_cut || subject.is_code_cut() {
                let detail = "too large, too deep or too confused to be read as source whole".to_owned();
                out.gaps.push(self.gap(artifact, GapReason::Budget, detail));
            }
        }
        self.note_gaps(artifact, &subject, is_named, out);
        out.made = found.len();
        out.superseded = self.give_way(&mut found);
        out.flow = self.flow_part(&subject, is_judged && !hits.of(SERVER_SLOT).is_empty());
        out.spent.lowering = subject.lowering();
        out.spent.lowered_bytes = if subject.is_lowered() { bytes.len() as u64 } else { 0 };
        out.spent.matching = (started.elapsed() - out.spent.prefilter).saturating_sub(out.spent.lowering);
        let describer = Describer::new(self, &subject);
        out.findings = describer.findings(&found);
        out.evidence = describer.evidence(proofs);
        if !hits.of(DIRECTIVE_SLOT).is_empty() {
            let (ignores, more) = describer.ignores();
            out.ignores = ignores;
            if more {
                let detail = format!("more than {MAX_DIRECTIVES} suppressions in one file; the others do not count");
                out.gaps.push(self.gap(artifact, GapReason::Budget, detail));
            }
        }
        out.spent.reporting =
            started.elapsed().saturating_sub(out.spent.prefilter + out.spent.lowering + out.spent.matching);
    }

    /// Ask the rules about code of the code inside of a notebook; what they find stands where the notebook has it. The
    /// fences of Markdown are examples, and judged as text only. Says whether something could not be read whole.
    fn examine_embedded(&self, artifact: &Artifact, subject: &Subject<'_>, found: &mut Vec<Hit>) -> bool {
        if subject.language != Language::Json || !artifact.place.ends_with(".ipynb") || artifact.source().is_none() {
            return false;
        }
        let mut is_cut = false;
        for embedded in embedded(&artifact.place, subject.document(), subject.text) {
            let inner =
                Artifact { place: artifact.place.clone(), ..Artifact::in_memory(embedded.path, &embedded.text) };
            let hits = self.prefilter.scan(embedded.text.as_bytes(), embedded.language);
            let inner = Subject::new(&inner, embedded.language, &self.knowledge, Markers::default());
            for (index, plan) in self.planned.iter().enumerate() {
                let mut output = Output::default();
                for (matcher, slot) in plan.matchers.iter().zip(&plan.slots) {
                    let is_awake = match matcher.trigger() {
                        Trigger::Code => slot.is_some_and(|slot| !hits.of(slot).is_empty()),
                        Trigger::Language => matcher.languages().contains(&embedded.language),
                        _ => false,
                    };
                    if is_awake {
                        matcher.run(&inner, &[], &mut output);
                    }
                }
                found.extend(
                    output.matches.into_iter().map(|found| Hit { plan: index, found: placed(found, &embedded) }),
                );
            }
            is_cut |= inner.is_code_cut();
        }
        is_cut
    }

    pub(super) fn gap(&self, artifact: &Artifact, reason: GapReason, detail: String) -> Gap {
        Gap { path: self.redactor.path(&artifact.path), reason, detail, files: Some(1) }
    }

    /// What a rule read and could not read whole is a gap.
    fn note_gaps(&self, artifact: &Artifact, subject: &Subject<'_>, is_named: bool, out: &mut Examined) {
        let is_read = (subject.is_candidate() || is_named) && self.wants_configuration || subject.parsed().is_some();
        if is_read && artifact.source().is_some() {
            out.gaps.extend(unread(subject, &self.redactor));
        }
    }

    /// Drop what gives way: the same rule on overlapping places, and rules that another of their class supersedes.
    /// Decided before suppression, so that ignoring the strong finding does not revive the weak one.
    fn give_way(&self, found: &mut Vec<Hit>) -> usize {
        found.sort_by_key(|hit| (hit.found.span, hit.plan));
        let before = found.len();
        let mut keep = vec![true; before];
        // Between rules first: what gave way to a stronger rule defeats nothing itself.
        self.settle(found, &mut keep, |one, other| {
            let defeats = |strong: &Hit, weak: &Hit| self.supersedes(strong.plan, weak.plan);
            if defeats(one, other) { Some(Loser::Later) } else { defeats(other, one).then_some(Loser::Earlier) }
        });
        self.settle(found, &mut keep, |one, other| (one.plan == other.plan).then_some(Loser::Later));
        // Findings of a whole file: the stronger rule first, then one per rule.
        let of_file: BTreeSet<usize> =
            found.iter().filter(|hit| hit.found.span.is_none()).map(|hit| hit.plan).collect();
        for (hit, kept) in found.iter().zip(&mut keep).filter(|(hit, _)| hit.found.span.is_none()) {
            *kept &= !of_file.iter().any(|strong| self.supersedes(*strong, hit.plan));
        }
        let mut whole = BTreeSet::new();
        for (hit, kept) in found.iter().zip(&mut keep) {
            *kept &= hit.found.span.is_some() || whole.insert(hit.plan);
        }
        let mut kept = keep.into_iter();
        found.retain(|_| kept.next().unwrap_or(true));
        before - found.len()
    }

    /// Ask `judge` about every two that overlap and are both still kept.
    fn settle(&self, found: &[Hit], keep: &mut [bool], judge: impl Fn(&Hit, &Hit) -> Option<Loser>) {
        for (at, hit) in found.iter().enumerate() {
            let Some(span) = hit.found.span else { continue };
            for (other_at, other) in found.iter().enumerate().skip(at + 1) {
                let Some(other_span) = other.found.span else { continue };
                if other_span.start > span.end || keep.get(at) != Some(&true) {
                    break;
                }
                if keep.get(other_at) != Some(&true) || !span.overlaps(other_span) {
                    continue;
                }
                let loser = match judge(hit, other) {
                    Some(Loser::Earlier) => at,
                    Some(Loser::Later) => other_at,
                    None => continue,
                };
                if let Some(kept) = keep.get_mut(loser) {
                    *kept = false;
                }
            }
        }
    }

    pub(super) fn supersedes(&self, strong: usize, weak: usize) -> bool {
        let rule = |at: usize| self.planned.get(at).map(|plan| &plan.rule);
        rule(strong).zip(rule(weak)).is_some_and(|(strong, weak)| {
            strong.class.is_some() && strong.class == weak.class && strong.supersedes.contains(&weak.id)
        })
    }
}

/// A match in code inside of a file, at its place in the file.
fn placed(found: Match, embedded: &Embedded<'_>) -> Match {
    let place = |span: Option<Span>| span.map(|span| embedded.place(span));
    let captures = found.captures.into_iter().map(|it| Capture { span: place(it.span), ..it }).collect();
    let sensitive = found.sensitive.into_iter().map(|it| Sensitive { span: embedded.place(it.span), ..it }).collect();
    Match { span: place(found.span), captures, sensitive, ..found }
}

/// What of a file could not be read: where its parser gave up, and servers beyond the number that is read.
pub fn unread(subject: &Subject<'_>, redactor: &Redactor) -> Vec<Gap> {
    let path = redactor.path(&subject.artifact.path);
    let gap = |reason, detail| Gap { path: path.clone(), reason, detail, files: Some(1) };
    let mut out = Vec::new();
    if subject.is_cut() {
        out.push(gap(GapReason::Budget, "more servers than one file may have".to_owned()));
    }
    if subject.is_model_text_cut() {
        out.push(gap(GapReason::Budget, "more texts for a model than one file may have".to_owned()));
    }
    for note in subject.document().notes.iter().filter(|note| note.kind != NoteKind::DuplicateKey) {
        let line = 1 + subject.text.as_bytes().iter().take(note.span.start).filter(|byte| **byte == b'\n').count();
        out.push(gap(GapReason::Unparsable, format!("line {line}: {}", redactor.inline(&note.message))));
    }
    out
}

/// Which of two overlapping matches gives way; they are in the order of the file.
enum Loser {
    Earlier,
    Later,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Planned;
    use crate::matcher::{Match, Matcher, NativeCheck};
    use crate::rule::{Catalogue, Knowledge};
    use std::collections::BTreeMap;
    use std::sync::Arc;

    static BROKEN: NativeCheck = NativeCheck {
        name: "broken",
        anchors: &[b"anchor"],
        captures: &[],
        trigger: Trigger::Literals,
        languages: &[],
        run: |_, _, _| panic!("on purpose"),
    };
    static SOUND: NativeCheck = NativeCheck {
        name: "sound",
        anchors: &[b"anchor"],
        captures: &[],
        trigger: Trigger::Literals,
        languages: &[],
        run: |_, hits, out| {
            let found = hits.iter().map(|at| crate::text::Span::new(*at, at + 6));
            found.for_each(|span| out.push(Match { span: Some(span), ..Match::default() }));
        },
    };

    fn plan(id: &str, check: &'static NativeCheck) -> Planned {
        let page = format!(
            "# A page\n\n```toml\n[rule]\nseverity = \"high\"\nconfidence = \"high\"\nstatus = \"stable\"\nsince = \"0.1.0\"\n\
             cwe = [798]\nmessage = \"found\"\n\n[[match]]\nnative = \"{}\"\n```\n\nWhy.\n\n## Fix\n\nDo.\n",
            check.name
        );
        let page = (format!("own/{id}.md"), Arc::from(page), false);
        let catalogue = Catalogue::from_pages(std::iter::once(page)).unwrap();
        let rule = catalogue.get(id).unwrap().clone();
        Planned { rule, matchers: vec![Matcher::Native(check)], slots: Vec::new() }
    }

    #[test]
    fn a_rule_that_panics_is_a_gap_and_the_others_still_report() {
        let plans = vec![plan("a-broken", &BROKEN), plan("b-sound", &SOUND)];
        let engine = Engine::with(plans, Arc::new(Knowledge::embedded().unwrap()), BTreeMap::new());
        let examined = engine.examine(&Artifact::in_memory("x.txt", "an anchor"));
        let gaps: Vec<_> = examined.gaps.iter().map(|gap| (gap.reason, gap.detail.as_str())).collect();
        assert_eq!(gaps, [(GapReason::Internal, "the rule `a-broken` failed")]);
        assert_eq!(examined.findings.iter().map(|found| found.rule.as_str()).collect::<Vec<_>>(), ["b-sound"]);
    }
}
