//! Text to words: quotes, expansions, substitutions.

use super::super::word::{LENGTH, Part, Piece, Quote, Substitution, Word};
use super::super::{Assignment, Script};
use super::{MAX_DEPTH, Open, Reader};
use crate::text::Span;

/// Bytes of an arithmetic expression at most.
const MAX_ARITHMETIC: usize = 2_048;

/// What ends a word besides the end of the text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ends {
    /// Blanks and operators.
    Word,
    /// `"`.
    Quote,
    /// `}`; inside of double quotes or not.
    Brace(Quote),
    /// The end of a here-document.
    Text,
}

impl Reader<'_> {
    /// The word that begins here; empty if none does.
    pub(super) fn word(&mut self) -> Word {
        let mut word = Word { span: Span::at(self.at), ..Word::default() };
        self.parts(&mut word, Ends::Word);
        word.span.end = self.at;
        word
    }

    /// The text of a here-document whose delimiter is not quoted, and the like: only expansions mean anything in it.
    pub(super) fn document(&mut self, span: Span) -> Word {
        let (at, end, resume) = (self.at, self.end, self.resume.take());
        (self.at, self.end) = (span.start, span.end);
        let mut word = Word { span, ..Word::default() };
        self.parts(&mut word, Ends::Text);
        (self.at, self.end, self.resume) = (at, end, resume);
        word
    }

    /// What is expanded between `((` and `))`.
    pub(super) fn arithmetic(&mut self, span: Span) -> Word {
        if self.depth >= MAX_DEPTH {
            return Word::default();
        }
        self.depth += 1;
        let word = self.document(span);
        self.depth -= 1;
        word
    }

    fn parts(&mut self, word: &mut Word, ends: Ends) {
        let quote = match ends {
            Ends::Word => Quote::None,
            Ends::Quote | Ends::Text => Quote::Double,
            Ends::Brace(quote) => quote,
        };
        while let Some(byte) = self.peek() {
            let start = self.at;
            match (ends, byte) {
                (Ends::Word, b'<' | b'>') if self.byte(1) == Some(b'(') => self.process(word),
                (Ends::Word, b' ' | b'\t' | b'\n' | b'\r' | b';' | b'&' | b'|' | b'<' | b'>' | b')') => return,
                (Ends::Word, b'(') => {
                    if !self.inner_parenthesis(word) {
                        return;
                    }
                }
                (Ends::Quote, b'"') | (Ends::Brace(_), b'}') => return,
                (_, b'\\') => self.escape(word, quote),
                (_, b'$') => self.dollar(word, quote),
                (_, b'`') => self.backticks(word, quote),
                (Ends::Word | Ends::Brace(Quote::None), b'\'') => self.single_quoted(word),
                (Ends::Word | Ends::Brace(_), b'"') => self.double_quoted(word),
                _ => {
                    self.plain(word, quote, ends);
                }
            }
            if self.at == start {
                self.at += 1;
            }
        }
    }

    /// A run of characters that mean themselves.
    fn plain(&mut self, word: &mut Word, quote: Quote, ends: Ends) {
        let start = self.at;
        let is_plain = |byte: u8| match byte {
            b'\\' | b'$' | b'`' | b'"' | b'}' => false,
            b'\'' | b' ' | b'\t' | b'\n' | b'\r' | b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')' => {
                matches!(ends, Ends::Quote | Ends::Text) || matches!(ends, Ends::Brace(_)) && byte != b'\''
            }
            _ => true,
        };
        self.at += 1;
        while self.peek().is_some_and(is_plain) {
            self.at += 1;
        }
        let span = Span::new(start, self.at);
        word.push_literal(span.slice(self.text).unwrap_or_default(), span, quote);
    }

    fn single_quoted(&mut self, word: &mut Word) {
        let start = self.at;
        let rest = self.rest().get(1..).unwrap_or_default();
        let length = rest.iter().position(|byte| *byte == b'\'').unwrap_or(rest.len());
        let inner = Span::new(start + 1, start + 1 + length);
        self.at = (inner.end + 1).min(self.end);
        word.push_literal(inner.slice(self.text).unwrap_or_default(), inner, Quote::Single);
    }

    fn double_quoted(&mut self, word: &mut Word) {
        self.at += 1;
        let empty = Span::at(self.at);
        let before = word.parts.len();
        self.parts(word, Ends::Quote);
        if word.parts.len() == before && self.at == empty.end {
            word.push_literal("", empty, Quote::Double);
        }
        self.takes("\"");
    }

    fn escape(&mut self, word: &mut Word, quote: Quote) {
        let start = self.at;
        let next = self.text.get(self.at + 1..self.end).and_then(|rest| rest.chars().next());
        let Some(next) = next else {
            self.at = self.end;
            return;
        };
        self.at += 1 + next.len_utf8();
        let span = Span::new(start, self.at);
        let stays = quote == Quote::Double && !matches!(next, '"' | '\\' | '$' | '`' | '\n');
        if stays {
            word.push_literal(span.slice(self.text).unwrap_or_default(), span, quote);
        } else if next != '\n' {
            let quote = if quote == Quote::None { Quote::Single } else { quote };
            word.push_literal(next.encode_utf8(&mut [0; 4]), span, quote);
        }
    }

    fn dollar(&mut self, word: &mut Word, quote: Quote) {
        let start = self.at;
        match self.byte(1) {
            Some(b'(') => {
                if self.byte(2) == Some(b'(')
                    && let Some(end) = self.arithmetic_end(self.at + 3)
                {
                    let inner = self.arithmetic(Span::new(self.at + 3, end - 2));
                    self.at = end;
                    let span = Span::new(start, end);
                    word.push("$((…))", Part { span, quote, piece: Piece::Arithmetic(Box::new(inner)) });
                    return;
                }
                self.at += 2;
                let script = self.substitution();
                let span = Span::new(start, self.at);
                let piece = Piece::Script(Box::new(script), Substitution::Output);
                word.push("$(…)", Part { span, quote, piece });
            }
            Some(b'{') => self.braced(word, quote),
            Some(b'\'') if quote == Quote::None => {
                self.at += 1;
                self.ansi_quoted(word);
            }
            Some(b'"') if quote == Quote::None => self.at += 1,
            Some(byte) if byte.is_ascii_alphabetic() || byte == b'_' => {
                self.at += 1;
                let name = self.name();
                self.variable(word, start, quote, &name);
            }
            Some(byte) if byte.is_ascii_digit() || b"@*#?$!-".contains(&byte) => {
                self.at += 2;
                self.variable(word, start, quote, &char::from(byte).to_string());
            }
            _ => {
                self.at += 1;
                word.push_literal("$", Span::new(start, self.at), quote);
            }
        }
    }

    fn variable(&mut self, word: &mut Word, start: usize, quote: Quote, name: &str) {
        let span = Span::new(start, self.at);
        let piece = Piece::Variable { name: name.to_owned(), operator: String::new(), argument: None };
        word.push(span.slice(self.text).unwrap_or_default(), Part { span, quote, piece });
    }

    fn name(&mut self) -> String {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            self.at += 1;
        }
        self.text.get(start..self.at).unwrap_or_default().to_owned()
    }

    /// `${NAME…}`.
    fn braced(&mut self, word: &mut Word, quote: Quote) {
        let start = self.at;
        self.at += 2;
        let mut operator = String::new();
        // zsh's flags: `${(q)name}`.
        if self.peek() == Some(b'(') {
            while self.peek().is_some_and(|byte| byte != b')' && byte != b'}' && byte != b'\n') {
                self.at += 1;
            }
            self.takes(")");
        }
        if self.peek() == Some(b'#') && self.byte(1).is_some_and(|byte| byte != b'}') || self.peek() == Some(b'!') {
            operator.push_str(if self.peek() == Some(b'#') { LENGTH } else { "!" });
            self.at += 1;
        }
        let mut name = self.name();
        if name.is_empty()
            && let Some(byte) = self.peek().filter(|byte| b"@*#?$!-".contains(byte))
        {
            name.push(char::from(byte));
            self.at += 1;
        }
        if self.peek() == Some(b'[') {
            let from = self.at;
            let mut left = 256;
            while left > 0 && self.peek().is_some_and(|byte| byte != b']' && byte != b'}' && byte != b'\n') {
                self.at += 1;
                left -= 1;
            }
            self.takes("]");
            operator.push_str(Span::new(from, self.at).clamped(self.text).slice(self.text).unwrap_or_default());
        }
        while operator.len() < 24
            && let Some(byte) = self.peek().filter(|byte| b":-+=?#%/^,@~".contains(byte))
        {
            operator.push(char::from(byte));
            self.at += 1;
        }
        let mut argument = None;
        if self.peek().is_some_and(|byte| byte != b'}') {
            if self.depth < MAX_DEPTH {
                self.depth += 1;
                let mut inner = Word { span: Span::at(self.at), ..Word::default() };
                self.parts(&mut inner, Ends::Brace(quote));
                inner.span.end = self.at;
                argument = Some(Box::new(inner));
                self.depth -= 1;
            } else {
                self.skip(b'{', b'}');
            }
        }
        self.takes("}");
        let span = Span::new(start, self.at);
        let text = span.slice(self.text).unwrap_or_default();
        word.push(text, Part { span, quote, piece: Piece::Variable { name, operator, argument } });
    }

    fn ansi_quoted(&mut self, word: &mut Word) {
        self.at += 1;
        let start = self.at;
        while let Some(byte) = self.peek() {
            match byte {
                b'\'' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        self.at = self.at.min(self.end);
        let span = Span::new(start, self.at).clamped(self.text);
        word.push_literal(span.slice(self.text).unwrap_or_default(), span, Quote::Single);
        self.takes("'");
    }

    fn backticks(&mut self, word: &mut Word, quote: Quote) {
        let start = self.at;
        self.at += 1;
        let mut close = self.at;
        while let Some(byte) = self.text.as_bytes().get(close).filter(|byte| **byte != b'`' && close < self.end) {
            close += if *byte == b'\\' { 2 } else { 1 };
        }
        let close = Span::new(self.at, close.min(self.end)).clamped(self.text).end;
        let end = std::mem::replace(&mut self.end, close);
        let script = self.nested(None);
        self.end = end;
        self.at = (close + 1).min(end);
        let piece = Piece::Script(Box::new(script), Substitution::Output);
        word.push("$(…)", Part { span: Span::new(start, self.at), quote, piece });
    }

    /// `<(…)`.
    fn process(&mut self, word: &mut Word) {
        let start = self.at;
        self.at += 2;
        let script = self.substitution();
        let span = Span::new(start, self.at);
        let piece = Piece::Script(Box::new(script), Substitution::File);
        word.push("<(…)", Part { span, quote: Quote::None, piece });
    }

    fn substitution(&mut self) -> Script {
        if self.depth < MAX_DEPTH {
            return self.nested(Some(b')'));
        }
        self.skip(b'(', b')');
        self.takes(")");
        Script::default()
    }

    fn nested(&mut self, closer: Option<u8>) -> Script {
        if self.depth >= MAX_DEPTH {
            self.is_cut = true;
            self.at = self.end;
            return Script::default();
        }
        self.depth += 1;
        let script = self.script(Open::default(), closer);
        self.depth -= 1;
        script
    }

    /// To the byte that closes what is open; it is not consumed.
    fn skip(&mut self, opens: u8, closes: u8) {
        self.is_cut = true;
        let mut depth = 0_usize;
        while let Some(byte) = self.peek() {
            if byte == closes {
                if depth == 0 {
                    return;
                }
                depth -= 1;
            } else if byte == opens {
                depth += 1;
            }
            self.at += 1;
        }
    }

    /// Behind the `))` that ends the arithmetic which begins at `from`.
    pub(super) fn arithmetic_end(&self, from: usize) -> Option<usize> {
        let bytes = self.text.as_bytes().get(from..self.end.min(from + MAX_ARITHMETIC))?;
        let mut depth = 0_usize;
        let mut all = bytes.iter().enumerate().peekable();
        while let Some((at, byte)) = all.next() {
            match byte {
                b'(' => depth += 1,
                b')' if depth > 0 => depth -= 1,
                b')' => return all.next().filter(|(_, next)| **next == b')').map(|_| from + at + 2),
                _ => {}
            }
        }
        None
    }

    /// A parenthesis right behind the beginning of a word: a glob (`@(a|b)`, `*(N)`), or an array. Returns whether it
    /// belongs to the word.
    fn inner_parenthesis(&mut self, word: &mut Word) -> bool {
        let Some(last) = word.text.bytes().last() else { return false };
        if last == b'=' && word.is_literal() && name_of_assignment(&word.text).is_some() {
            self.array(word);
            return true;
        }
        if !b"@*+?!".contains(&last) || self.byte(1) == Some(b')') {
            return false;
        }
        let start = self.at;
        let mut depth = 0_usize;
        while let Some(byte) = self.peek().filter(|byte| *byte != b'\n') {
            self.at += 1;
            match byte {
                b'(' => depth += 1,
                b')' if depth == 1 => break,
                b')' => depth -= 1,
                _ => {}
            }
        }
        let span = Span::new(start, self.at);
        word.push_literal(span.slice(self.text).unwrap_or_default(), span, Quote::None);
        true
    }

    /// `(a b "$c")` behind `NAME=`: the parts of its words, with blanks between them.
    fn array(&mut self, word: &mut Word) {
        self.at += 1;
        loop {
            self.gap();
            let start = self.at;
            match self.peek() {
                None => return,
                Some(b')') => {
                    self.at += 1;
                    return;
                }
                Some(_) if self.depth >= MAX_DEPTH => {
                    self.skip(b'(', b')');
                    continue;
                }
                Some(_) => {}
            }
            self.depth += 1;
            let item = self.word();
            self.depth -= 1;
            word.push_literal(" ", Span::at(start), Quote::Single);
            word.text.push_str(&item.text);
            word.parts.extend(item.parts);
            if self.at == start {
                self.at += 1;
            }
        }
    }

    /// `NAME=value`, `NAME+=value`, `NAME[1]=value`.
    pub(super) fn assignment(&self, word: &Word) -> Option<Assignment> {
        let name = name_of_assignment(&word.text)?;
        let first = word.parts.first().filter(|part| part.quote == Quote::None)?;
        let Piece::Literal(literal) = &first.piece else { return None };
        let (head, rest) = literal.split_once('=')?;
        let at = word.span.start + head.len() + 1;
        let span = Span::new(at.min(word.span.end), word.span.end);
        let text = word.text.split_once('=').map_or("", |(_, value)| value);
        let mut value = Word { span, text: text.to_owned(), parts: Vec::new() };
        if !rest.is_empty() {
            let span = Span::new(at, first.span.end);
            value.parts.push(Part { span, quote: Quote::None, piece: Piece::Literal(rest.to_owned()) });
        }
        value.parts.extend(word.parts.iter().skip(1).cloned());
        let is_array = self.text.as_bytes().get(at) == Some(&b'(');
        let is_partial = is_array || head.len() != name.len();
        Some(Assignment { name: name.to_owned(), span: word.span, is_partial, value })
    }
}

/// The name that a word of this text assigns.
fn name_of_assignment(text: &str) -> Option<&str> {
    let (head, _) = text.split_once('=')?;
    let name = head.strip_suffix('+').unwrap_or(head);
    let name = name.split_once('[').map_or(name, |(name, _)| name);
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_name.then_some(name)
}
