//! Which rules run, compiled, with what wakes them.

use super::prefilter::{Prefilter, Slot};
use crate::deployment::model_text::LIST_MARKERS;
use crate::deployment::tools;
use crate::document::Language;
use crate::finding::Severity;
use crate::matcher::{LOWERED, Matcher, Trigger, glob_set};
use crate::rule::{Diagnostic, Flows, Kinds, Knowledge, Rule};
use crate::text::{Mask, Redactor, Sensitive, find_values_of};
use globset::GlobSet;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

/// A rule ready to run.
#[derive(Debug)]
pub struct Planned {
    pub rule: Rule,
    pub matchers: Vec<Matcher>,
    /// Prefilter slot of each matcher that waits for literals.
    pub(super) slots: Vec<Option<usize>>,
}

/// Rules, knowledge and prefilter, shared by all threads.
#[derive(Debug)]
pub struct Engine {
    pub(super) planned: Vec<Planned>,
    pub(super) knowledge: Arc<Knowledge>,
    pub(super) prefilter: Prefilter,
    pub(super) redactor: Redactor,
    /// Severities that the policy sets.
    pub(super) severities: BTreeMap<String, Severity>,
    /// Whether any rule asks what clients read.
    pub(super) wants_configuration: bool,
    /// Files that matchers name besides those that clients read: to read them, and to judge their metadata.
    pub(super) places: GlobSet,
    pub(super) listed: GlobSet,
    /// Kinds of sinks that rules ask for.
    pub(super) flows: Kinds,
    /// Whether files that were examined can be read again, so that not every text has to be kept.
    pub reads_again: bool,
    /// Bytes of source whose graphs were kept so far.
    pub(super) kept_source: AtomicUsize,
    /// The tables of flows with rows of the user, if there are any.
    own_flows: Option<Arc<Flows>>,
}

/// Prefilter slots of the engine itself; they come before those of the rules.
pub(super) const MARKER_SLOT: usize = 0;
pub(super) const DIRECTIVE_SLOT: usize = 1;
pub(super) const LIST_SLOT: usize = 2;
/// Source that serves, or speaks to, a model.
pub(super) const SERVER_SLOT: usize = 3;
/// Source that registers tools.
pub(super) const HANDLER_SLOT: usize = 4;

/// What stands in the source of every MCP server: names of the SDKs and of the protocol's methods.
const SERVER_LITERALS: &[&str] = &[
    "modelcontextprotocol",
    "FastMCP",
    "fastmcp",
    "mcp.server",
    "mcp.types",
    "CallToolRequestSchema",
    "tools/call",
    "mcp-go",
    "rmcp",
    "mcp_use",
    "mcp-framework",
];

impl Engine {
    /// Compile `rules`. `severities` come from the policy and decide last.
    ///
    /// # Errors
    /// The mistakes in the pages' matches, with their places.
    pub fn new(
        rules: Vec<Rule>,
        knowledge: Arc<Knowledge>,
        severities: BTreeMap<String, Severity>,
    ) -> Result<Self, Vec<Diagnostic>> {
        let mut planned = Vec::new();
        let mut diagnostics = Vec::new();
        for rule in rules {
            match Matcher::compile_all(&rule, &knowledge) {
                Ok(matchers) => planned.push(Planned { rule, matchers, slots: Vec::new() }),
                Err(found) => diagnostics.extend(found),
            }
        }
        if diagnostics.is_empty() { Ok(Self::with(planned, knowledge, severities)) } else { Err(diagnostics) }
    }

    pub(super) fn with(
        mut planned: Vec<Planned>,
        knowledge: Arc<Knowledge>,
        severities: BTreeMap<String, Severity>,
    ) -> Self {
        let markers = knowledge.clients.content_markers().into_iter().map(String::into_bytes).collect();
        let once = |literals| Slot { literals, once: true, ..Slot::default() };
        let words = |words: &[&str]| words.iter().map(|word| word.as_bytes().to_vec()).collect();
        let lists = Slot { languages: vec![Language::Json, Language::Yaml], ..once(words(LIST_MARKERS)) };
        let servers = Slot { languages: LOWERED.to_vec(), ..once(words(SERVER_LITERALS)) };
        let handlers = Slot { languages: LOWERED.to_vec(), ..once(words(tools::MARKERS)) };
        let mut slots = vec![once(markers), once(words(&["picket:"])), lists, servers, handlers];
        for plan in &mut planned {
            for matcher in &plan.matchers {
                let trigger = matcher.trigger();
                let is_waiting = matches!(trigger, Trigger::Literals | Trigger::Code);
                plan.slots.push(is_waiting.then_some(slots.len()));
                if is_waiting {
                    let (literals, languages) = (matcher.literals(), matcher.languages().to_vec());
                    slots.push(Slot { literals, languages, once: trigger == Trigger::Code });
                }
            }
        }
        let prefilter = Prefilter::new(slots);
        let redactor = redactor(&knowledge);
        let asks = |matcher: &Matcher| matches!(matcher.trigger(), Trigger::Configuration | Trigger::Place);
        let wants_configuration = planned.iter().flat_map(|plan| &plan.matchers).any(asks);
        let (places, listed) = (places(&planned, Trigger::Place), places(&planned, Trigger::Listed));
        let (flows, own_flows) = (Kinds::default(), None);
        let mut engine = Self {
            planned,
            knowledge,
            prefilter,
            redactor,
            severities,
            wants_configuration,
            places,
            listed,
            flows,
            own_flows,
            reads_again: false,
            kept_source: AtomicUsize::new(0),
        };
        engine.flows = engine.wanted_flows();
        engine
    }

    /// With these tables of flows instead of those that ship with the program.
    #[must_use]
    pub fn with_flows(self, flows: Option<Arc<Flows>>) -> Self {
        Self { own_flows: flows, ..self }
    }

    pub(super) fn flow_tables(&self) -> &Flows {
        self.own_flows.as_deref().unwrap_or(&self.knowledge.flows)
    }

    pub fn planned(&self) -> &[Planned] {
        &self.planned
    }

    pub fn redactor(&self) -> &Redactor {
        &self.redactor
    }
}

/// All globs of the matchers that wait for `trigger` as one set, asked once per file.
fn places(planned: &[Planned], trigger: Trigger) -> GlobSet {
    let matchers = planned.iter().flat_map(|plan| &plan.matchers).filter(|matcher| matcher.trigger() == trigger);
    glob_set(matchers.flat_map(Matcher::places))
}

/// Hides every token of a known format and every value behind a credential's name, whichever rules run.
pub fn redactor(knowledge: &Arc<Knowledge>) -> Redactor {
    let tokens = Arc::clone(knowledge);
    let values = Arc::clone(knowledge);
    let services = Arc::clone(knowledge);
    Redactor::new(vec![
        Box::new(move |text: &str, found: &mut Vec<Sensitive>| {
            let tokens = tokens.tokens.find_shapes(text);
            found.extend(tokens.iter().map(|token| Sensitive {
                span: token.span,
                visible: token.format.visible,
                mask: Mask::Secret,
            }));
        }),
        Box::new(move |text: &str, found: &mut Vec<Sensitive>| {
            let values = &values.values;
            let is_unsure = |name: &str, value: &str| values.is_random(value) && values.is_ambiguous_name(name);
            let is_secret = |name: &str, value: &str| values.is_credential_name(name) || is_unsure(name, value);
            find_values_of(text, is_secret, found);
        }),
        Box::new(move |text: &str, found: &mut Vec<Sensitive>| {
            let keys = services.services.find(text);
            found.extend(keys.iter().map(|key| Sensitive { span: key.span, visible: 0, mask: Mask::Secret }));
        }),
    ])
}
