//! Text to commands: operators, keywords, groups.

mod open;
mod words;

use super::word::{Quote, Word};
use super::{Command, CommandKind, Function, Link, Options, Redirect, Script};
use crate::text::Span;
use open::{BlockKind, Open};

/// Bytes of a text that are read.
const MAX_LENGTH: usize = 2 * 1024 * 1024;
/// Tokens of a text that are read: words, operators, line ends. A script of 5,000 lines has some 50,000.
const MAX_TOKENS: usize = 200_000;
/// Substitutions inside of substitutions that are read; what lies deeper is stepped over.
const MAX_DEPTH: usize = 24;

pub(super) fn read(text: &str) -> Script {
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let end = Span::new(start, text.len().min(MAX_LENGTH)).clamped(text).end;
    let mut reader = Reader { text, at: start, end, depth: 0, tokens: 0, resume: None, is_cut: end < text.len() };
    let mut open = Open::default();
    let first = text.get(start..).unwrap_or_default().lines().next().unwrap_or_default();
    let mut interpreter = None;
    if let Some(line) = first.strip_prefix("#!") {
        let mut words = line.split_ascii_whitespace().map(|word| word.rsplit('/').next().unwrap_or(word));
        let is_program = |word: &&str| *word != "env" && !word.starts_with('-') && !word.contains('=');
        interpreter = words.find(is_program).map(str::to_owned);
        open.context.options = Options::of_words(words);
    }
    let mut script = reader.script(open, None);
    script.interpreter = interpreter;
    script.is_cut |= reader.is_cut;
    script
}

pub(super) struct Reader<'a> {
    text: &'a str,
    at: usize,
    /// Where the text that is being read ends; before the end of the whole inside backticks.
    end: usize,
    depth: usize,
    tokens: usize,
    /// Where reading goes on behind the end of this line: here-documents stand there.
    resume: Option<usize>,
    is_cut: bool,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.byte(0)
    }

    fn byte(&self, ahead: usize) -> Option<u8> {
        let at = self.at + ahead;
        if at < self.end { self.text.as_bytes().get(at).copied() } else { None }
    }

    fn rest(&self) -> &[u8] {
        self.text.as_bytes().get(self.at..self.end).unwrap_or_default()
    }

    fn takes(&mut self, wanted: &str) -> bool {
        let is_there = self.rest().starts_with(wanted.as_bytes());
        if is_there {
            self.at += wanted.len();
        }
        is_there
    }

    fn blanks(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'\\' if self.byte(1) == Some(b'\n') => self.at += 2,
                b'\\' if self.byte(1) == Some(b'\r') && self.byte(2) == Some(b'\n') => self.at += 3,
                _ => return,
            }
        }
    }

    fn newline(&mut self) {
        self.at += 1;
        if let Some(resume) = self.resume.filter(|resume| *resume >= self.at) {
            self.at = resume.min(self.end);
            self.resume = None;
        }
    }

    /// Blanks, line ends and comments.
    fn gap(&mut self) {
        loop {
            self.blanks();
            match self.peek() {
                Some(b'\n') => self.newline(),
                Some(b'#') => self.comment(),
                _ => return,
            }
        }
    }

    fn comment(&mut self) {
        while self.peek().is_some_and(|byte| byte != b'\n') {
            self.at += 1;
        }
    }

    /// Up to `closer`, which is consumed, or to the end.
    fn script(&mut self, mut open: Open, closer: Option<u8>) -> Script {
        loop {
            if open.in_pattern() {
                if !self.pattern(&mut open) {
                    break;
                }
                continue;
            }
            self.blanks();
            let Some(byte) = self.peek() else { break };
            if open.ends_here(byte, closer) {
                self.at += 1;
                break;
            }
            self.tokens += 1;
            if self.tokens > MAX_TOKENS {
                self.is_cut = true;
                self.at = self.end;
                break;
            }
            self.token(byte, &mut open);
        }
        open.finish()
    }

    fn token(&mut self, byte: u8, open: &mut Open) {
        match byte {
            b'\n' => {
                open.end_line();
                self.newline();
            }
            b'#' => self.comment(),
            b';' => {
                self.at += 1;
                open.end_pipeline(Link::End);
                if self.takes(";&") || self.takes(";") || self.takes("&") || self.takes("|") {
                    open.end_arm();
                }
            }
            b'&' if self.takes("&&") => open.end_pipeline(Link::And),
            b'&' if self.byte(1) == Some(b'>') => self.redirect(open),
            b'&' => {
                self.at += 1;
                open.end_pipeline(Link::Background);
            }
            b'|' if self.takes("||") => open.end_pipeline(Link::Or),
            b'|' => {
                self.at += 1;
                self.takes("&");
                open.pipe();
            }
            b'(' => self.parenthesis(open),
            b')' => {
                self.at += 1;
                open.close(BlockKind::Paren);
            }
            b'<' | b'>' if self.byte(1) != Some(b'(') => self.redirect(open),
            _ => self.word_token(open),
        }
    }

    fn parenthesis(&mut self, open: &mut Open) {
        let start = self.at;
        if !open.is_at_command() {
            // `iex (irm …)` in PowerShell, a glob in zsh: the words inside belong to the command.
            self.at += 1;
            open.ignore_parenthesis();
            return;
        }
        if self.byte(1) == Some(b'(')
            && let Some(end) = self.arithmetic_end(self.at + 2)
        {
            let mut word = self.arithmetic(Span::new(start + 2, end - 2));
            word.span = Span::new(start, end);
            self.at = end;
            open.command.kind = CommandKind::Arithmetic;
            open.push_word(word);
            open.end_command();
            return;
        }
        self.at += 1;
        // `() { … }` in zsh.
        if self.takes(")") {
            open.function = Some(Function { name: String::new(), span: Span::new(start, self.at) });
            return;
        }
        open.open(BlockKind::Paren);
    }

    fn word_token(&mut self, open: &mut Open) {
        let start = self.at;
        let is_first = open.is_at_command();
        let word = self.word();
        if self.at == start {
            // No byte may stop the reading.
            self.at += 1;
            return;
        }
        if !word.text.is_empty()
            && word.text.len() < 10
            && word.is_plain()
            && matches!(self.peek(), Some(b'<' | b'>'))
            && let Ok(number) = word.text.parse::<u32>()
        {
            open.descriptor = Some((number, start));
            return;
        }
        if is_first && word.is_plain() && self.keyword(&word, open) {
            return;
        }
        if word.text == "}" && word.is_plain() && open.ends_brace() {
            open.close(BlockKind::Brace);
            return;
        }
        if is_first && self.function_head(&word, open) {
            return;
        }
        if is_first && let Some(assignment) = self.assignment(&word) {
            open.command.assignments.push(assignment);
            return;
        }
        if open.is_declaration()
            && let Some(assignment) = self.assignment(&word)
        {
            open.command.assignments.push(assignment);
        }
        open.push_word(word);
    }

    /// Whether the word is a keyword here, and then all that it does.
    fn keyword(&mut self, word: &Word, open: &mut Open) -> bool {
        match word.text.as_str() {
            "if" | "while" | "until" => {
                open.open(if word.text == "if" { BlockKind::If } else { BlockKind::Loop });
                open.context.in_condition = true;
            }
            "elif" => open.set_condition(true),
            "then" | "else" | "do" => open.set_condition(false),
            "fi" => open.close(BlockKind::If),
            "done" => open.close(BlockKind::Loop),
            "esac" => open.close(BlockKind::Case),
            "for" | "select" => {
                open.open(BlockKind::Loop);
                open.command.kind = CommandKind::For;
                open.push_word(word.clone());
                self.blanks();
                if self.rest().starts_with(b"((")
                    && let Some(end) = self.arithmetic_end(self.at + 2)
                {
                    self.at = end;
                    open.end_pipeline(Link::End);
                }
            }
            "case" => self.case(word, open),
            "{" => open.open_brace(),
            "}" => open.close(BlockKind::Brace),
            "!" => open.pipeline.is_negated = true,
            "time" | "coproc" | "noglob" | "nocorrect" => {}
            "function" => {
                self.blanks();
                let name = self.word();
                self.blanks();
                if self.takes("(") {
                    self.blanks();
                    self.takes(")");
                }
                open.function = Some(Function { name: name.text, span: Span::new(word.span.start, name.span.end) });
            }
            "[[" => self.test(word, open),
            _ => return false,
        }
        true
    }

    fn case(&mut self, word: &Word, open: &mut Open) {
        open.command.kind = CommandKind::Case;
        open.push_word(word.clone());
        self.blanks();
        let subject = self.word();
        open.push_word(subject);
        open.end_pipeline(Link::End);
        open.forget_group();
        self.gap();
        if self.takes("in") {
            open.open(BlockKind::Case);
            open.start_patterns();
        }
    }

    /// One pattern of `case`, or its end. Returns whether there is more text.
    fn pattern(&mut self, open: &mut Open) -> bool {
        self.gap();
        if self.rest().starts_with(b"esac") && !self.byte(4).is_some_and(|byte| byte.is_ascii_alphanumeric()) {
            self.at += 4;
            open.close(BlockKind::Case);
            return true;
        }
        self.takes("(");
        let mut depth = 0_usize;
        loop {
            let before = self.at;
            match self.peek() {
                None => return false,
                Some(b')') if depth == 0 => break,
                Some(b')') => depth -= 1,
                Some(b'(') => depth += 1,
                Some(b'\n') => {
                    self.newline();
                    continue;
                }
                Some(b'\'' | b'"' | b'\\' | b'$' | b'`') => {
                    self.word();
                }
                Some(_) => {}
            }
            if self.at == before {
                self.at += 1;
            }
        }
        self.at += 1;
        open.start_arm();
        true
    }

    /// `[[ … ]]`: its operators join no commands.
    fn test(&mut self, word: &Word, open: &mut Open) {
        open.command.kind = CommandKind::Test;
        open.push_word(word.clone());
        loop {
            self.gap();
            let start = self.at;
            let Some(byte) = self.peek() else { return };
            if matches!(byte, b'(' | b')' | b'<' | b'>' | b'&' | b'|' | b';') {
                self.at += 1;
                continue;
            }
            let word = self.word();
            if self.at == start {
                self.at += 1;
                continue;
            }
            let is_end = word.text == "]]";
            open.push_word(word);
            if is_end {
                open.end_command();
                return;
            }
        }
    }

    /// `name()`: the word is a function's name.
    fn function_head(&mut self, word: &Word, open: &mut Open) -> bool {
        let before = self.at;
        self.blanks();
        if word.is_literal() && self.takes("(") {
            self.blanks();
            if self.takes(")") {
                let span = Span::new(word.span.start, word.span.end);
                open.function = Some(Function { name: word.text.clone(), span });
                return true;
            }
        }
        self.at = before;
        false
    }

    fn redirect(&mut self, open: &mut Open) {
        let (descriptor, start) = open.descriptor.take().map_or((None, self.at), |(number, at)| (Some(number), at));
        let mut operator = String::new();
        for known in ["&>>", "&>", "<<<", "<<-", "<<", "<&", "<>", ">>", ">&", ">|", "<", ">"] {
            if self.takes(known) {
                operator.push_str(known);
                break;
            }
        }
        if operator.is_empty() {
            self.at += 1;
            return;
        }
        self.blanks();
        let target = self.word();
        let body = operator.starts_with("<<").then(|| self.here_document(&operator, &target)).flatten();
        let span = Span::new(start, self.at);
        open.push_redirect(Redirect { span, descriptor, operator, target, body });
    }

    /// The text of a here-document, which begins behind this line.
    fn here_document(&mut self, operator: &str, delimiter: &Word) -> Option<Word> {
        if operator == "<<<" || delimiter.text.is_empty() {
            return None;
        }
        let start = match self.resume {
            Some(resume) => resume,
            None => (self.line_end() + 1).min(self.end),
        };
        let tail = self.text.get(start..self.end)?;
        let mut at = start;
        let mut body_end = self.end;
        let mut next = self.end;
        for line in tail.split_inclusive('\n') {
            let bare = line.trim_end_matches(['\n', '\r']);
            let bare = if operator == "<<-" { bare.trim_start_matches('\t') } else { bare };
            if bare == delimiter.text {
                body_end = at;
                next = at + line.len();
                break;
            }
            at += line.len();
        }
        self.resume = Some(next);
        let span = Span::new(start, body_end);
        let is_quoted = delimiter.parts.iter().any(|part| part.quote != Quote::None)
            || delimiter.span.len() != delimiter.text.len();
        Some(if is_quoted { Word::literal(span.slice(self.text)?, span) } else { self.document(span) })
    }

    /// Where the logical line ends.
    fn line_end(&self) -> usize {
        let mut before = 0;
        for (ahead, byte) in self.rest().iter().enumerate() {
            if *byte == b'\n' && before != b'\\' {
                return self.at + ahead;
            }
            before = *byte;
        }
        self.end
    }
}

impl Command {
    pub(super) fn is_empty(&self) -> bool {
        self.words.is_empty() && self.assignments.is_empty() && self.redirects.is_empty()
    }
}
