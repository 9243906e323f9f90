//! A shell text as pipelines of commands, with what stands in quotes, what is expanded, and what runs inside of a word.
//!
//! As much of the shell's grammar as telling what a line does needs; it fails on nothing and is bounded in length and depth.

use std::iter::Peekable;
use std::str::Chars;

/// Characters of one text that are read at most.
const MAX_LENGTH: usize = 32 * 1024;
/// Substitutions inside of substitutions.
const MAX_DEPTH: usize = 6;
/// Commands of one pipeline that are read at most: what comes out of it is asked at each of them.
const MAX_COMMANDS: usize = 32;

#[derive(Clone, Debug, Default)]
pub(super) struct Script {
    pub pipelines: Vec<Pipeline>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Pipeline {
    pub commands: Vec<Command>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Command {
    pub words: Vec<Word>,
    pub redirects: Vec<Redirect>,
}

#[derive(Clone, Debug)]
pub(super) struct Redirect {
    /// `>`, `>>`, `<`, `<<`, `<<<`, …
    pub operator: String,
    pub target: Word,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Word {
    /// Without quotes; expansions as they stand.
    pub text: String,
    /// Names of variables that this shell expands in it.
    pub names: Vec<String>,
    /// What runs in it: `$(…)`, backticks, `<(…)`.
    pub inner: Vec<Script>,
    /// Some expansion stands outside of quotes: its value becomes several words.
    pub splits: bool,
    is_begun: bool,
}

impl Script {
    pub(super) fn of_text(text: &str) -> Self {
        Self::at_depth(text, 0)
    }

    /// A command that a program starts from a list of words, without a shell.
    pub(super) fn of_words(words: &[String]) -> Self {
        let word = |text: &String| Word { text: text.clone(), is_begun: true, ..Word::default() };
        let command = Command { words: words.iter().map(word).collect(), redirects: Vec::new() };
        Self { pipelines: vec![Pipeline { commands: vec![command] }] }
    }

    fn at_depth(text: &str, depth: usize) -> Self {
        let end = text.char_indices().nth(MAX_LENGTH).map_or(text.len(), |(at, _)| at);
        let mut reader = Reader { rest: text.get(..end).unwrap_or_default().chars().peekable(), depth };
        reader.script(None)
    }
}

struct Reader<'a> {
    rest: Peekable<Chars<'a>>,
    depth: usize,
}

/// What is being put together.
#[derive(Default)]
struct Open {
    script: Script,
    pipeline: Pipeline,
    command: Command,
    word: Word,
    /// The operator of a redirection whose target has not come.
    redirect: Option<String>,
}

impl Open {
    fn end_word(&mut self) {
        if !self.word.is_begun {
            return;
        }
        let word = std::mem::take(&mut self.word);
        match self.redirect.take() {
            Some(operator) => self.command.redirects.push(Redirect { operator, target: word }),
            None => self.command.words.push(word),
        }
    }

    fn end_command(&mut self) {
        self.end_word();
        self.redirect = None;
        if !self.command.words.is_empty() || !self.command.redirects.is_empty() {
            let command = std::mem::take(&mut self.command);
            if self.pipeline.commands.len() < MAX_COMMANDS {
                self.pipeline.commands.push(command);
            }
        }
    }

    fn end_pipeline(&mut self) {
        self.end_command();
        if !self.pipeline.commands.is_empty() {
            self.script.pipelines.push(std::mem::take(&mut self.pipeline));
        }
    }
}

impl Reader<'_> {
    fn next_is(&mut self, wanted: char) -> bool {
        self.rest.next_if_eq(&wanted).is_some()
    }

    /// Up to `end`, which is consumed, or to the end of the text.
    fn script(&mut self, end: Option<char>) -> Script {
        let mut open = Open::default();
        while let Some(c) = self.rest.next() {
            match c {
                c if Some(c) == end => break,
                ' ' | '\t' | '\r' => open.end_word(),
                '\n' | ';' => open.end_pipeline(),
                // A group's end: what is piped out of it comes from its last command.
                '(' | ')' => open.end_word(),
                '#' if !open.word.is_begun => while self.rest.next_if(|c| *c != '\n').is_some() {},
                '|' if self.next_is('|') => open.end_pipeline(),
                '|' => {
                    self.next_is('&');
                    open.end_command();
                }
                '&' if self.next_is('>') => self.redirect(&mut open, '>'),
                '&' => {
                    self.next_is('&');
                    open.end_pipeline();
                }
                '<' | '>' if self.next_is('(') => {
                    let inner = self.nested(')');
                    open.word.is_begun = true;
                    open.word.text.push_str("<(…)");
                    open.word.inner.push(inner);
                }
                '<' | '>' => self.redirect(&mut open, c),
                _ => self.part(c, &mut open.word),
            }
        }
        open.end_pipeline();
        open.script
    }

    fn redirect(&mut self, open: &mut Open, first: char) {
        // `2>`: the number is no word.
        if open.word.text.bytes().all(|b| b.is_ascii_digit()) {
            open.word = Word::default();
        }
        open.end_word();
        let mut operator = String::from(first);
        while let Some(c) = self.rest.next_if(|c| matches!(c, '<' | '>' | '|' | '&')) {
            operator.push(c);
        }
        open.redirect = Some(operator);
    }

    /// One piece of a word that begins with `c`.
    fn part(&mut self, c: char, word: &mut Word) {
        word.is_begun = true;
        match c {
            '\'' => {
                while let Some(c) = self.rest.next_if(|c| *c != '\'') {
                    word.text.push(c);
                }
                self.rest.next();
            }
            '"' => self.quoted(word),
            '\\' => {
                if let Some(c) = self.rest.next().filter(|c| *c != '\n') {
                    word.text.push(c);
                }
            }
            '$' | '`' => word.splits |= self.expansion(c, word),
            c => word.text.push(c),
        }
    }

    fn quoted(&mut self, word: &mut Word) {
        while let Some(c) = self.rest.next() {
            match c {
                '"' => return,
                '\\' => match self.rest.next() {
                    Some(c @ ('"' | '\\' | '$' | '`')) => word.text.push(c),
                    Some('\n') | None => {}
                    Some(c) => word.text.extend(['\\', c]),
                },
                '$' | '`' => {
                    self.expansion(c, word);
                }
                c => word.text.push(c),
            }
        }
    }

    /// Returns whether anything is expanded.
    fn expansion(&mut self, c: char, word: &mut Word) -> bool {
        if c == '`' {
            let mut text = String::new();
            while let Some(c) = self.rest.next_if(|c| *c != '`') {
                text.push(c);
            }
            self.rest.next();
            word.text.push_str("$(…)");
            if self.depth < MAX_DEPTH {
                word.inner.push(Script::at_depth(&text, self.depth + 1));
            }
            return true;
        }
        if self.next_is('(') {
            let inner = self.nested(')');
            word.text.push_str("$(…)");
            word.inner.push(inner);
            return true;
        }
        if self.next_is('{') {
            let mut text = String::new();
            let mut depth = 1;
            for c in self.rest.by_ref() {
                depth += usize::from(c == '{');
                depth -= usize::from(c == '}');
                if depth == 0 {
                    break;
                }
                text.push(c);
            }
            let name: String = text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            word.text.push_str("${");
            word.text.push_str(&text);
            word.text.push('}');
            word.names.push(name);
            return true;
        }
        let mut name = String::new();
        while let Some(c) = self.rest.next_if(|c| c.is_ascii_alphanumeric() || *c == '_') {
            name.push(c);
        }
        word.text.push('$');
        word.text.push_str(&name);
        let is_name = !name.is_empty();
        if is_name {
            word.names.push(name);
        } else if let Some(c) = self.rest.next_if(|c| matches!(c, '@' | '*' | '#' | '?' | '!')) {
            word.text.push(c);
        }
        is_name
    }

    fn nested(&mut self, end: char) -> Script {
        if self.depth >= MAX_DEPTH {
            return Script::default();
        }
        self.depth += 1;
        let script = self.script(Some(end));
        self.depth -= 1;
        script
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(script: &Script) -> String {
        let word = |word: &Word| {
            let inner: Vec<String> = word.inner.iter().map(show).collect();
            let split = if word.splits { "~" } else { "" };
            format!("[{split}{}{}]", word.text, inner.iter().map(|text| format!("={text}")).collect::<String>())
        };
        let command = |command: &Command| {
            let words: Vec<String> = command.words.iter().map(word).collect();
            let redirects: Vec<String> =
                command.redirects.iter().map(|to| format!("{}{}", to.operator, word(&to.target))).collect();
            format!("{}{}", words.concat(), redirects.concat())
        };
        let pipeline = |line: &Pipeline| line.commands.iter().map(command).collect::<Vec<_>>().join("|");
        script.pipelines.iter().map(pipeline).collect::<Vec<_>>().join(";")
    }

    #[test]
    fn words_pipes_and_substitutions_are_told_apart() {
        for (text, expected) in [
            (r#"a "b c" 'd $x' \"e"#, r#"[a][b c][d $x]["e]"#),
            ("a | b |& c && d || e; f & g", "[a]|[b]|[c];[d];[e];[f];[g]"),
            (r#"sh -c "$(jq -r .a)" $X"#, "[sh][-c][$(…)=[jq][-r][.a]][~$X]"),
            ("a `b c` <(d)", "[a][~$(…)=[b][c]][<(…)=[d]]"),
            ("a >x 2>&1 <<< \"$Y\" # b | c", "[a]>[x]>&[1]<<<[$Y]"),
            ("(a; b) | c\n# d\ne", "[a];[b]|[c];[e]"),
            ("${A:-$(b)} $((1+2))", "[~${A:-$(b)}][~$(…)=[1+2]]"),
            ("a 'unclosed", "[a][unclosed]"),
            ("a \"$(b \"c d\" | e)\"", "[a][$(…)=[b][c d]|[e]]"),
        ] {
            assert_eq!(show(&Script::of_text(text)), expected, "{text}");
        }
    }

    #[test]
    fn hostile_texts_are_bounded() {
        for part in ["$(", "`", "(", "${", "\"$(", "<(", "'", "a|", "\\"] {
            Script::of_text(&part.repeat(100_000));
        }
    }
}
