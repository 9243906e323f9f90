//! What was found: a sink with a source, and the way between them in phrases.

use super::*;

impl<'s, 'p> Search<'s, 'p> {
    /// A way was found.
    pub(super) fn arrived(&mut self, sink: usize, entered: Entered, item: Item) {
        let Some(it) = self.sinks.get(sink).cloned() else { return };
        let state = item.state.and(entered.state);
        if state.is_safe(it.kind) || (it.kind == Kinds::QUERY && !state.has(EMBEDDED)) {
            return;
        }
        // A whole vector with its program is a command by design; which program it is, is another question.
        let is_all = state.has(VECTOR | SPLIT) && !state.has(EMBEDDED) && !state.has(BEHIND);
        if it.kind == Kinds::ARGV && it.has_program && is_all {
            return;
        }
        let same = self
            .flows
            .iter()
            .filter(|flow| flow.sink.file == it.file && flow.sink.call == it.call && flow.sink.kind == it.kind);
        let mut count = 0;
        for flow in same {
            count += 1;
            if flow.entered.tool == entered.tool
                && flow.entered.parameter == entered.parameter
                && flow.entered.kind == entered.kind
            {
                return;
            }
        }
        if count >= MAX_FLOWS_PER_SINK {
            return;
        }
        let hops = self.hops(&it, &entered, item.step);
        self.flows.push(Flow { sink: it, entered, state, hops });
    }

    /// The way from the source to the sink, in phrases.
    pub(super) fn hops(&self, sink: &Sink, entered: &Entered, step: u32) -> Vec<Hop> {
        let mut out = vec![Hop { file: entered.file, span: entered.span, note: source_note(entered), is_built: false }];
        let mut at = step;
        while let Some(step) = self.steps.get(at as usize) {
            let note = match step.what {
                What::Sink => format!("`{}` {}", sink.callee, sink.does),
                What::Passed(call) => format!("it is passed to `{}`", self.callee(call)),
                What::Made(call) => format!("it goes through `{}`", self.callee(call)),
                What::GivenBack => "it is given back".to_owned(),
                What::Built => "it is put into a text".to_owned(),
                What::Stored => "it is kept".to_owned(),
            };
            let is_built = matches!(step.what, What::Built);
            let hop = Hop { file: step.file, span: step.span, note, is_built };
            if out.last() != Some(&hop) {
                out.push(hop);
            }
            at = step.previous;
        }
        out
    }

    pub(super) fn callee(&self, at: CallAt) -> String {
        let graph = self.project.graph(at.file);
        self.project.call(at).map_or_else(String::new, |call| graph.text(call.name).to_owned())
    }
}

pub(super) fn source_note(entered: &Entered) -> String {
    match (entered.tool.is_empty(), entered.says.is_empty()) {
        (false, _) => format!("{} `{}` is sent `{}`", entered.kind.as_str(), entered.tool, entered.parameter),
        (true, true) => format!("a {} is sent `{}`", entered.kind.as_str(), entered.parameter),
        (true, false) => format!("`{}` comes with {}", entered.parameter, entered.says),
    }
}
