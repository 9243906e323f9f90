//! Comments and string literals of source files, by one scanner over a table. It knows no grammar; where a language
//! leaves a doubt, it gets back in step at the next line.

use super::syntax::{Delimiter, Dialect, Position, Syntax};
use super::{Document, Language};
use crate::text::Span;
use std::collections::HashMap;

pub(super) fn parse(language: Language, text: &str) -> Document {
    let mut document = Document::empty(language);
    if let Some(syntax) = Syntax::of(language) {
        let mut scanner = Scanner::new(syntax, text);
        scanner.run();
        document.comments = scanner.comments;
        document.strings = scanner.strings;
    }
    document
}

struct Scanner<'a> {
    syntax: &'static Syntax,
    text: &'a str,
    at: usize,
    comments: Vec<Span>,
    strings: Vec<Span>,
    /// JavaScript: for each template that code stands in, the braces open in that code.
    templates: Vec<usize>,
    /// JavaScript: up to here, no slash begins a regular expression.
    no_regex_before: usize,
    /// Shell: the words that end the here-documents that begin on the next line.
    here_words: Vec<&'a str>,
    /// Shell: where a line with this content stands last; made when it is first needed.
    last_lines: Option<HashMap<&'a str, usize>>,
}

impl<'a> Scanner<'a> {
    fn new(syntax: &'static Syntax, text: &'a str) -> Self {
        Self {
            syntax,
            text,
            at: super::mark_len(text),
            comments: Vec::new(),
            strings: Vec::new(),
            templates: Vec::new(),
            no_regex_before: 0,
            here_words: Vec::new(),
            last_lines: None,
        }
    }

    fn run(&mut self) {
        let first = self.syntax.first_bytes();
        while let Some(byte) = self.byte(self.at) {
            let interesting = first.get(usize::from(byte)).copied().unwrap_or(false);
            if !(interesting && (self.comment() || self.dialect(byte) || self.string())) {
                self.at += 1;
            }
        }
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    fn byte_before(&self, at: usize) -> Option<u8> {
        self.byte(at.checked_sub(1)?)
    }

    /// What follows `at` in bytes: the scanner may stand inside a character, which then matches nothing.
    fn starts_with(&self, at: usize, expected: &str) -> bool {
        self.text.as_bytes().get(at..).is_some_and(|rest| rest.starts_with(expected.as_bytes()))
    }

    fn find(&self, from: usize, needle: &str) -> Option<usize> {
        self.text.get(from..)?.find(needle).map(|at| from + at)
    }

    fn line_end(&self, from: usize) -> usize {
        let end = self.find(from, "\n").unwrap_or(self.text.len());
        if end > from && self.byte_before(end) == Some(b'\r') { end - 1 } else { end }
    }

    fn push_string(&mut self, end: usize) -> bool {
        self.strings.push(Span::new(self.at, end));
        self.at = end;
        true
    }

    fn push_comment(&mut self, end: usize) -> bool {
        self.comments.push(Span::new(self.at, end));
        self.at = end;
        true
    }

    fn comment(&mut self) -> bool {
        for (open, close) in self.syntax.block_comments {
            if self.starts_with(self.at, open) {
                return self.push_comment(self.block_end(open, close));
            }
        }
        for (marker, position) in self.syntax.line_comments {
            if self.begins_line_comment(marker, *position) {
                return self.push_comment(self.line_end(self.at));
            }
        }
        false
    }

    fn begins_line_comment(&self, marker: &str, position: Position) -> bool {
        let bytes = self.text.as_bytes();
        let written = bytes.get(self.at..self.at + marker.len()).unwrap_or_default();
        if !written.eq_ignore_ascii_case(marker.as_bytes()) {
            return false;
        }
        let is_word = marker.bytes().all(|byte| byte.is_ascii_alphabetic());
        let behind = self.byte(self.at + marker.len());
        if is_word && !behind.is_none_or(|byte| byte.is_ascii_whitespace()) {
            return false;
        }
        match position {
            Position::Anywhere => true,
            Position::WordStart => {
                self.byte_before(self.at).is_none_or(|byte| byte.is_ascii_whitespace() || b";&|()".contains(&byte))
            }
            Position::LineStart => {
                let before = bytes.get(..self.at).unwrap_or_default();
                let lead = before.iter().rev().find(|byte| !matches!(byte, b' ' | b'\t' | b'@'));
                lead.is_none_or(|byte| *byte == b'\n') || self.at == super::mark_len(self.text)
            }
        }
    }

    fn block_end(&self, open: &str, close: &str) -> usize {
        let mut depth = 1_usize;
        let mut at = self.at + open.len();
        while let Some(end) = self.find(at, close) {
            if self.syntax.dialect == Dialect::Rust {
                let inner = self.text.get(at..end).unwrap_or_default();
                depth += inner.matches(open).count();
            }
            at = end + close.len();
            depth -= 1;
            if depth == 0 {
                return at;
            }
        }
        self.text.len()
    }

    fn string(&mut self) -> bool {
        let found = self.syntax.strings.iter().find(|delimiter| self.starts_with(self.at, delimiter.open));
        found.is_some_and(|delimiter| self.push_string(self.string_end(self.at + delimiter.open.len(), delimiter)))
    }

    fn string_end(&self, from: usize, delimiter: &Delimiter) -> usize {
        let mut at = from;
        while let Some(byte) = self.byte(at) {
            if Some(byte) == delimiter.escape {
                at += if self.starts_with(at + 1, "\r\n") { 3 } else { 2 };
            } else if !delimiter.multiline && byte == b'\n' {
                return if self.byte_before(at) == Some(b'\r') && at > from { at - 1 } else { at };
            } else if self.starts_with(at, delimiter.close) {
                return at + delimiter.close.len();
            } else {
                at += 1;
            }
        }
        self.text.len()
    }

    fn dialect(&mut self, byte: u8) -> bool {
        match (self.syntax.dialect, byte) {
            (Dialect::Shell, b'\\') => self.skip(2),
            (Dialect::Shell, b'<') => self.here_word(),
            (Dialect::Shell, b'\n') => self.here_documents(),
            (Dialect::JavaScript, b'`') => self.template(),
            (Dialect::JavaScript, b'{' | b'}') => self.brace(byte),
            (Dialect::JavaScript, b'/') => self.regex(),
            (Dialect::Rust, b'\'') => self.rust_quote(),
            (Dialect::Rust, b'r') => self.rust_raw(),
            _ => false,
        }
    }

    fn skip(&mut self, bytes: usize) -> bool {
        self.at += bytes;
        true
    }

    /// Remember the word behind `<<` or `<<-`.
    fn here_word(&mut self) -> bool {
        if self.starts_with(self.at, "<<<") {
            return self.skip(3);
        }
        let rest = self.text.get(self.at..).unwrap_or_default();
        let Some(operand) = rest.strip_prefix("<<") else { return false };
        let operand = operand.strip_prefix('-').unwrap_or(operand).trim_start_matches([' ', '\t']);
        let bare = operand.trim_start_matches(['\'', '"', '\\']);
        let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '!');
        let word = bare.split(|c| !is_word(c)).next().unwrap_or_default();
        let quotes = operand.len() - bare.len();
        if quotes > 1 || !word.starts_with(|c: char| !c.is_ascii_digit()) {
            return self.skip(2);
        }
        self.here_words.push(word);
        self.skip(rest.len() - bare.len() + word.len() + usize::from(operand.starts_with(['\'', '"'])))
    }

    /// Take the here-documents that begin behind this line feed as strings.
    fn here_documents(&mut self) -> bool {
        self.at += 1;
        for word in std::mem::take(&mut self.here_words) {
            let text = self.text;
            let last = self.last_lines.get_or_insert_with(|| {
                super::lines(text).map(|(start, line)| (line.trim_start_matches('\t'), start)).collect()
            });
            // A shift in an expression looks the same, but no line ends it.
            if last.get(word).is_none_or(|line| *line < self.at) {
                continue;
            }
            let rest = text.get(self.at..).unwrap_or_default();
            let end = super::lines(rest).find(|(_, line)| line.trim_start_matches('\t') == word);
            let Some((length, _)) = end else { continue };
            self.push_string(self.at + length);
            self.at = self.find(self.at, "\n").map_or(text.len(), |line_feed| line_feed + 1);
        }
        true
    }

    /// Take a template up to its end or to the code in it.
    fn template(&mut self) -> bool {
        let mut at = self.at + 1;
        while let Some(byte) = self.byte(at) {
            match byte {
                b'\\' => at += 2,
                b'`' => return self.push_string(at + 1),
                b'$' if self.byte(at + 1) == Some(b'{') => {
                    self.templates.push(0);
                    return self.push_string(at + 2);
                }
                _ => at += 1,
            }
        }
        self.push_string(self.text.len())
    }

    fn brace(&mut self, brace: u8) -> bool {
        match (self.templates.last_mut(), brace) {
            (Some(open), b'{') => *open += 1,
            (Some(0), _) => {
                self.templates.pop();
                return self.template();
            }
            (Some(open), _) => *open -= 1,
            (None, _) => {}
        }
        false
    }

    /// Pass over a regular expression, where a value may begin.
    fn regex(&mut self) -> bool {
        if self.at < self.no_regex_before || !self.value_may_begin() {
            return false;
        }
        let line_end = self.line_end(self.at);
        let mut in_class = false;
        let mut at = self.at + 1;
        while at < line_end {
            match self.byte(at) {
                Some(b'\\') => at += 1,
                Some(b'[') => in_class = true,
                Some(b']') => in_class = false,
                Some(b'/') if !in_class => {
                    self.at = at + 1;
                    return true;
                }
                _ => {}
            }
            at += 1;
        }
        self.no_regex_before = line_end;
        false
    }

    /// Whether what stands before is an operator or a keyword rather than a value.
    fn value_may_begin(&self) -> bool {
        let before = self.text.get(..self.at).unwrap_or_default().trim_end_matches([' ', '\t']);
        let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$');
        match before.chars().next_back() {
            None => true,
            Some(c) if is_word(c) => {
                let word_start =
                    before.len() - before.bytes().rev().take(12).take_while(|b| is_word(char::from(*b))).count();
                let word = before.get(word_start..).unwrap_or_default();
                matches!(
                    word,
                    "return" | "typeof" | "case" | "in" | "of" | "do" | "else" | "void" | "delete" | "await" | "yield"
                )
            }
            Some(c) => !matches!(c, ')' | ']' | '}' | '<' | '"' | '\'' | '`'),
        }
    }

    /// A character literal, or the quote of a lifetime.
    fn rust_quote(&mut self) -> bool {
        let rest = self.text.get(self.at + 1..).unwrap_or_default();
        let mut characters = rest.char_indices();
        let Some((_, first)) = characters.next() else { return false };
        let close = match first {
            '\\' => rest.bytes().take(12).skip(2).position(|byte| byte == b'\'').map(|at| at + 2),
            _ => characters.next().filter(|(_, c)| *c == '\'').map(|(at, _)| at),
        };
        match close {
            Some(close) => self.push_string(self.at + 1 + close + 1),
            None => self.skip(1),
        }
    }

    fn rust_raw(&mut self) -> bool {
        let before = self.byte_before(self.at).filter(|byte| !matches!(byte, b'b' | b'c'));
        if before.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            return false;
        }
        let rest = self.text.get(self.at + 1..).unwrap_or_default();
        let hashes = rest.bytes().take_while(|byte| *byte == b'#').count();
        if rest.as_bytes().get(hashes) != Some(&b'"') {
            return self.skip(1 + hashes);
        }
        let closer = format!("\"{}", rest.get(..hashes).unwrap_or_default());
        let end = self.find(self.at + hashes + 2, &closer).map_or(self.text.len(), |at| at + closer.len());
        self.push_string(end)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::slices;
    use super::*;

    fn check(language: Language, text: &str, comments: &[&str], strings: &[&str]) {
        let document = parse(language, text);
        assert_eq!(slices(&document.comments, text), comments, "{text}");
        assert_eq!(slices(&document.strings, text), strings, "{text}");
    }

    #[test]
    fn python() {
        check(
            Language::Python,
            "x = r'\\'' # a\ny = f\"\"\"b\n# 'c'\"\"\" + 'd",
            &["# a"],
            &["'\\''", "\"\"\"b\n# 'c'\"\"\"", "'d"],
        );
        check(Language::Python, "a = 'open # no\nb = \"ä\\\nz\" # yes\r\n", &["# yes"], &["'open # no", "\"ä\\\nz\""]);
    }

    #[test]
    fn javascript() {
        check(
            Language::JavaScript,
            "a('//') // 'b'\n/* \"c */ d(\"e\\\"\")",
            &["// 'b'", "/* \"c */"],
            &["'//'", "\"e\\\"\""],
        );
        check(Language::JavaScript, "x = `a ${b({c: `d`}, 'e')} f` // g", &["// g"], &["`a ${", "`d`", "'e'", "} f`"]);
    }

    #[test]
    fn a_regular_expression_does_not_begin_a_string() {
        check(Language::JavaScript, "s.replace(/[`'\"/*]/g, 'x') // y", &["// y"], &["'x'"]);
        check(Language::JavaScript, "return /`/.test(a) ? a / 2 : b[0] / 3 // c\n'd'", &["// c"], &["'d'"]);
        check(Language::JavaScript, "<p>Don't</p>\n'a' // b", &["// b"], &["'t</p>", "'a'"]);
    }

    #[test]
    fn go_and_rust() {
        check(Language::Go, "`a\\` + \"b\\\"\" // c\n'\\''", &["// c"], &["`a\\`", "\"b\\\"\"", "'\\''"]);
        check(
            Language::Rust,
            "fn f<'a>(x: &'a str) { r#\"q\"\"#; br\"\\\"; '\\''; 'ä'; \"m\nn\" } /* a /* b */ c */ // d",
            &["/* a /* b */ c */", "// d"],
            &["r#\"q\"\"#", "r\"\\\"", "'\\''", "'ä'", "\"m\nn\""],
        );
        check(Language::Rust, "for r#type in 'l: x'", &[], &[]);
    }

    #[test]
    fn shell() {
        check(
            Language::Shell,
            "#!/bin/sh\necho a#b ${#x} \\' 'c # d' $'e\\'f' \"g\\\" # h\" # i\n",
            &["#!/bin/sh", "# i"],
            &["'c # d'", "$'e\\'f'", "\"g\\\" # h\""],
        );
    }

    #[test]
    fn here_documents_are_strings() {
        check(
            Language::Shell,
            "cat <<'A' <<-B # c\n# 'in A\nA\n\tin B\n\tB\necho 'x' # d\n",
            &["# c", "# d"],
            &["# 'in A\n", "\tin B\n", "'x'"],
        );
        check(Language::Shell, "((y = 1 << n)); cat <<< 'w' # c\n'z'\n", &["# c"], &["'w'", "'z'"]);
    }

    #[test]
    fn powershell_batch_docker_and_html() {
        check(
            Language::PowerShell,
            "<# a\nb #> $x = @'\n\"c\n'@ # d\n\"e`\"f\"",
            &["<# a\nb #>", "# d"],
            &["@'\n\"c\n'@", "\"e`\"f\""],
        );
        check(
            Language::Batch,
            "@REM a\r\n:: b\r\nset X=\"c\" & echo rem\r\nremove\r\n",
            &["REM a", ":: b"],
            &["\"c\""],
        );
        check(
            Language::Dockerfile,
            "# a\nRUN echo don't # b\n  # c\nCMD [\"d\"]\n",
            &["# a", "# c"],
            &["'t # b", "\"d\""],
        );
        check(Language::Html, "<a href='x'><!-- b\n--> don't", &["<!-- b\n-->"], &[]);
        check(Language::Plain, "# 'a'", &[], &[]);
    }
}
