//! What is being put together: the command, its pipeline, and the groups around it.

use super::super::expand::is_declaration;
use super::super::{Command, CommandKind, Context, Function, Link, Options, Pipeline, Redirect, Script, Word};
use crate::text::Span;

/// Groups inside of groups that are followed.
const MAX_GROUPS: usize = 200;
/// Commands of one pipeline: what comes out of it is asked at each of them.
const MAX_COMMANDS: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BlockKind {
    If,
    Loop,
    Case,
    Brace,
    Paren,
    /// A parenthesis that groups nothing.
    Ignored,
}

struct Block {
    kind: BlockKind,
    /// The context around it.
    outside: Context,
    /// Pipelines that came before it.
    start: usize,
    /// A pattern of `case` comes next.
    wants_pattern: bool,
    is_function: bool,
    is_negated: bool,
    /// The line in which it begins.
    line: usize,
}

#[derive(Default)]
pub(super) struct Open {
    script: Script,
    pub pipeline: Pipeline,
    pub command: Command,
    pub context: Context,
    /// A number right before a redirection, and where it stands.
    pub descriptor: Option<(u32, usize)>,
    /// A function whose body comes next.
    pub function: Option<Function>,
    blocks: Vec<Block>,
    before: Link,
    line: usize,
    /// Behind `|`: the pipeline goes on, in the next line if need be.
    goes_on: bool,
    /// A group was just closed: the pipelines that came before it.
    closed: Option<usize>,
    /// Options that the script itself turns on somewhere outside of functions.
    of_script: Options,
}

impl Open {
    pub(super) fn is_at_command(&self) -> bool {
        self.command.words.is_empty() && self.command.kind == CommandKind::Simple
    }

    pub(super) fn is_declaration(&self) -> bool {
        is_declaration(self.command.name())
    }

    /// Whether `}` behind a command's words is the end of a group, as in zsh: of one that begins in the same line.
    pub(super) fn ends_brace(&self) -> bool {
        self.command.kind == CommandKind::Simple
            && self.blocks.last().is_some_and(|block| block.kind == BlockKind::Brace && block.line == self.line)
    }

    pub(super) fn in_pattern(&self) -> bool {
        self.blocks.last().is_some_and(|block| block.wants_pattern)
    }

    /// Whether `byte` closes the substitution that is being read.
    pub(super) fn ends_here(&self, byte: u8, closer: Option<u8>) -> bool {
        let is_group = |block: &Block| matches!(block.kind, BlockKind::Paren | BlockKind::Ignored);
        Some(byte) == closer && !self.blocks.iter().any(is_group)
    }

    pub(super) fn push_word(&mut self, word: Word) {
        self.extend(word.span);
        self.closed = None;
        self.function = None;
        self.command.words.push(word);
    }

    pub(super) fn push_redirect(&mut self, redirect: Redirect) {
        if self.command.is_empty() && self.closed.is_some() {
            self.command.kind = CommandKind::Group;
        }
        self.extend(redirect.span);
        self.command.redirects.push(redirect);
    }

    fn extend(&mut self, span: Span) {
        let known = self.command.span;
        let is_new = self.command.words.is_empty() && self.command.redirects.is_empty();
        let start = if is_new { span.start } else { known.start };
        self.command.span = Span::new(start, span.end.max(known.end));
    }

    pub(super) fn end_command(&mut self) {
        self.descriptor = None;
        if self.command.is_empty() {
            return;
        }
        self.goes_on = false;
        let mut command = std::mem::take(&mut self.command);
        if let Some((first, last)) = command.assignments.first().zip(command.assignments.last()) {
            let end = last.span.end.max(command.span.end);
            let start = if command.words.is_empty() && command.redirects.is_empty() {
                first.span.start
            } else {
                first.span.start.min(command.span.start)
            };
            command.span = Span::new(start, end);
        }
        command.context = self.context;
        if command.kind == CommandKind::Group
            && command.redirects.iter().any(Redirect::takes_output)
            && let Some(start) = self.closed
        {
            self.mark(start, |context| context.is_redirected = true);
        }
        let mut options = self.context.options;
        options.apply(&command);
        self.set_options(options);
        if self.pipeline.commands.len() < MAX_COMMANDS {
            self.pipeline.commands.push(command);
        }
    }

    fn set_options(&mut self, options: Options) {
        if options == self.context.options {
            return;
        }
        self.context.options = options;
        // What a group of the same shell sets holds behind it as well.
        for block in self.blocks.iter_mut().rev() {
            if block.kind == BlockKind::Paren || block.is_function {
                return;
            }
            block.outside.options = options;
        }
        self.of_script = self.of_script.joined(options);
    }

    pub(super) fn end_line(&mut self) {
        self.line += 1;
        if !self.goes_on || !self.command.is_empty() {
            self.end_pipeline(Link::End);
        }
    }

    pub(super) fn end_pipeline(&mut self, after: Link) {
        self.end_command();
        if self.pipeline.commands.is_empty() {
            // `{ … } || exit`: somebody asks what became of the group.
            if let Some(start) = self.closed.filter(|_| matches!(after, Link::And | Link::Or)) {
                self.mark(start, |context| context.in_condition = true);
                self.before = after;
            }
        } else {
            let mut pipeline = std::mem::take(&mut self.pipeline);
            pipeline.before = std::mem::replace(&mut self.before, after);
            pipeline.after = after;
            self.script.pipelines.push(pipeline);
        }
        self.pipeline = Pipeline::default();
        self.goes_on = false;
        if after == Link::End {
            self.before = Link::End;
        }
        self.closed = None;
    }

    pub(super) fn pipe(&mut self) {
        let closed = self.closed.take();
        if self.command.kind == CommandKind::Group {
            self.closed = closed;
            self.end_command();
            self.pipeline = Pipeline::default();
            self.closed = None;
        }
        if let Some(start) = closed.filter(|_| self.command.is_empty() && self.pipeline.commands.is_empty()) {
            // What is piped out of a group comes from its last command.
            let is_inside = self.script.pipelines.len() > start;
            if let Some(last) = self.script.pipelines.pop_if(|_| is_inside) {
                self.before = last.before;
                self.pipeline = last;
            }
        }
        self.end_command();
        self.goes_on = true;
    }

    fn mark(&mut self, start: usize, change: impl Fn(&mut Context)) {
        let inside = self.script.pipelines.iter_mut().skip(start).flat_map(|pipeline| &mut pipeline.commands);
        inside.for_each(|command| change(&mut command.context));
    }

    pub(super) fn forget_group(&mut self) {
        self.closed = None;
    }

    pub(super) fn ignore_parenthesis(&mut self) {
        self.push_block(BlockKind::Ignored, false);
    }

    pub(super) fn open(&mut self, kind: BlockKind) {
        // Assignments before a group, or none: what stands there is a command of its own.
        self.end_command();
        let is_function = matches!(kind, BlockKind::Brace | BlockKind::Paren) && self.function.is_some();
        self.push_block(kind, is_function);
        self.closed = None;
        self.goes_on = false;
        if let Some(function) = self.function.take().filter(|_| is_function) {
            self.context.function = Some(self.script.functions.len());
            self.context.in_condition = false;
            self.context.is_conditional = false;
            self.context.in_loop = false;
            self.script.functions.push(function);
        }
        match kind {
            BlockKind::Loop => {
                self.context.in_loop = true;
                self.context.is_conditional = true;
            }
            BlockKind::If | BlockKind::Case => self.context.is_conditional = true,
            BlockKind::Paren => self.context.in_subshell = true,
            BlockKind::Brace | BlockKind::Ignored => {}
        }
    }

    fn push_block(&mut self, kind: BlockKind, is_function: bool) {
        if self.blocks.len() >= MAX_GROUPS {
            self.script.is_cut = true;
            return;
        }
        let is_negated = self.pipeline.is_negated;
        let start = self.script.pipelines.len();
        let outside = self.context;
        self.blocks.push(Block {
            kind,
            outside,
            start,
            wants_pattern: false,
            is_function,
            is_negated,
            line: self.line,
        });
    }

    /// `{`: a group, a function's body, or in zsh the body of `if` and loops.
    pub(super) fn open_brace(&mut self) {
        self.end_command();
        let has_condition = self
            .blocks
            .last()
            .is_some_and(|block| matches!(block.kind, BlockKind::If | BlockKind::Loop) && self.is_behind(block));
        if has_condition && self.function.is_none() {
            self.set_condition(false);
            if let Some(block) = self.blocks.last_mut() {
                block.kind = BlockKind::Brace;
            }
            return;
        }
        self.open(BlockKind::Brace);
    }

    /// Whether the condition of a block has been read.
    fn is_behind(&self, block: &Block) -> bool {
        self.context.in_condition && !block.outside.in_condition && self.before == Link::End && {
            let last = self.pipeline.commands.last().or_else(|| {
                self.script.pipelines.last().filter(|_| self.script.pipelines.len() > block.start)?.commands.last()
            });
            last.is_some_and(|command| matches!(command.kind, CommandKind::Test | CommandKind::Arithmetic))
        }
    }

    pub(super) fn set_condition(&mut self, is_condition: bool) {
        self.end_pipeline(Link::End);
        let outside = self.blocks.last().is_some_and(|block| block.outside.in_condition);
        self.context.in_condition = is_condition || outside;
    }

    pub(super) fn start_patterns(&mut self) {
        if let Some(block) = self.blocks.last_mut().filter(|block| block.kind == BlockKind::Case) {
            block.wants_pattern = true;
        }
    }

    pub(super) fn start_arm(&mut self) {
        if let Some(block) = self.blocks.last_mut() {
            block.wants_pattern = false;
        }
    }

    /// `;;`.
    pub(super) fn end_arm(&mut self) {
        let Some(at) = self.blocks.iter().rposition(|block| block.kind == BlockKind::Case) else { return };
        // What was left open in the arm ends with it.
        self.blocks.truncate(at + 1);
        self.start_patterns();
    }

    pub(super) fn close(&mut self, kind: BlockKind) {
        if self.blocks.last().is_some_and(|block| block.kind == BlockKind::Ignored) && kind == BlockKind::Paren {
            self.blocks.pop();
            return;
        }
        let Some(found) = self.blocks.iter().rposition(|block| block.kind == kind) else {
            return;
        };
        self.end_pipeline(Link::End);
        self.blocks.truncate(found + 1);
        let Some(block) = self.blocks.pop() else { return };
        self.context = block.outside;
        if block.is_negated {
            self.mark(block.start, |context| context.in_condition = true);
        }
        self.closed = Some(block.start).filter(|_| !block.is_function);
    }

    pub(super) fn finish(mut self) -> Script {
        self.end_pipeline(Link::End);
        let of_script = self.of_script;
        let commands = self.script.pipelines.iter_mut().flat_map(|pipeline| &mut pipeline.commands);
        for command in commands.filter(|command| command.context.function.is_some()) {
            // Functions run later than they stand.
            let xtrace = command.context.options.xtrace;
            command.context.options = Options { xtrace, ..command.context.options.joined(of_script) };
        }
        self.script
    }
}
