//! JSON, JSONC and JSON5-like text into the common tree. The tokens are those of `jsonc-parser`; the grammar is here,
//! because it must not recurse, must keep what stands before an error, and must read several documents in one file.

use super::builder::Builder;
use super::{Document, Language, MAX_DEPTH, Note, NoteKind, Quote, Text, Value, mark_len};
use crate::text::Span;
use jsonc_parser::errors::ParseError;
use jsonc_parser::tokens::Token;
use jsonc_parser::{Scanner, ScannerOptions};

pub(super) fn parse(text: &str) -> Document {
    let mut reader = Reader::new(text);
    if let Err(note) = reader.read() {
        reader.builder.note_once(note);
        reader.skip_to_end();
    }
    reader.builder.close_all(reader.end);
    reader.builder.finish(Language::Json, reader.comments)
}

struct Reader<'a> {
    text: &'a str,
    scanner: Scanner<'a>,
    /// Offset of the scanner's text in the whole.
    base: usize,
    builder: Builder,
    comments: Vec<Span>,
    step: Step,
    /// End of the last token that is no comment.
    end: usize,
}

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    /// A key or the end of the object.
    Key,
    Colon,
    /// A value, or the end of the array.
    Value,
    /// A comma, or the end of the array or object.
    Comma,
}

impl Step {
    fn expectation(self) -> &'static str {
        match self {
            Self::Key => "expected a key or `}`",
            Self::Colon => "expected a colon after the key",
            Self::Value => "expected a value",
            Self::Comma => "expected a comma",
        }
    }
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        let base = mark_len(text);
        let body = text.get(base..).unwrap_or_default();
        Self {
            text,
            scanner: Scanner::new(body, &ScannerOptions::default()),
            base,
            builder: Builder::default(),
            comments: Vec::new(),
            step: Step::Value,
            end: base,
        }
    }

    /// Read all documents.
    ///
    /// # Errors
    /// The note on what ends the parse early.
    fn read(&mut self) -> Result<(), Note> {
        while let Some((token, span)) = self.next_token()? {
            self.take(token, span)?;
            self.end = self.end.max(span.end);
            if self.builder.is_full() {
                return Err(Note::too_many(span.end));
            }
        }
        match self.builder.open_start() {
            None => Ok(()),
            Some(start) => Err(broken(Span::new(start, start + 1), "this bracket is not closed")),
        }
    }

    /// The next token that is no comment.
    fn next_token(&mut self) -> Result<Option<(Token<'a>, Span)>, Note> {
        loop {
            let scanned = self.scanner.scan();
            let span = Span::new(self.scanner.token_start(), self.scanner.token_end()).shifted(self.base);
            match scanned {
                Ok(None) => return Ok(None),
                Ok(Some(Token::CommentLine(_) | Token::CommentBlock(_))) => self.comments.push(span),
                Ok(Some(token)) => return Ok(Some((token, span))),
                Err(error) => return self.recover(span.start, &error).map(Some),
            }
        }
    }

    /// Read what the scanner refused at `start` as a string with wrong escapes, if it is one.
    fn recover(&mut self, start: usize, error: &ParseError) -> Result<(Token<'a>, Span), Note> {
        let rest = self.text.get(start..).unwrap_or_default();
        if rest.starts_with("/*") {
            self.comments.push(Span::new(start, self.text.len()));
        }
        let note =
            broken(Span::from(error.range().start..error.range().end).shifted(self.base), error.kind().to_string());
        let Some(raw) = quoted(rest) else { return Err(note) };
        let (decoded, sound) = decode(raw);
        if !sound {
            self.builder.note_once(note);
        }
        let span = Span::new(start, start + raw.len() + 2);
        self.base = span.end;
        self.scanner = Scanner::new(self.text.get(span.end..).unwrap_or_default(), &ScannerOptions::default());
        Ok((Token::String(decoded.into()), span))
    }

    fn take(&mut self, token: Token<'a>, span: Span) -> Result<(), Note> {
        match (self.step, &token) {
            (Step::Comma, Token::Comma) => self.step = self.inner_step(),
            (Step::Colon, Token::Colon) => self.step = Step::Value,
            (Step::Key | Step::Comma, Token::CloseBrace) if self.builder.in_object() => self.close(span),
            (Step::Value | Step::Comma, Token::CloseBracket) if self.in_array() => self.close(span),
            (Step::Key, _) => {
                let key = self.text_of(token, span).ok_or_else(|| self.unexpected(span))?;
                self.builder.key(key);
                self.step = Step::Colon;
            }
            (Step::Value, _) => self.take_value(token, span)?,
            (Step::Comma, token_after) if begins_member(token_after) => {
                // Nothing else can be meant, so the rest of the file is worth reading.
                let note = self.unexpected(Span::at(self.end));
                self.builder.note_once(note);
                self.step = self.inner_step();
                self.take(token, span)?;
            }
            _ => return Err(self.unexpected(span)),
        }
        Ok(())
    }

    fn take_value(&mut self, token: Token<'a>, span: Span) -> Result<(), Note> {
        let value = match token {
            Token::OpenBrace | Token::OpenBracket if self.builder.depth() == MAX_DEPTH => {
                return self.skip_nested(span);
            }
            Token::OpenBrace => {
                self.note_root(span);
                self.builder.open_object(span.start);
                self.step = Step::Key;
                return Ok(());
            }
            Token::OpenBracket => {
                self.note_root(span);
                self.builder.open_array(span.start);
                return Ok(());
            }
            Token::Null => Value::Null,
            Token::Boolean(value) => Value::Bool(value),
            Token::Number(number) => Value::Number(number.to_owned()),
            Token::String(_) => self.text_of(token, span).map_or(Value::Null, Value::String),
            _ => return Err(self.unexpected(span)),
        };
        self.note_root(span);
        self.builder.value(span, value);
        self.step = self.step_after_value();
        Ok(())
    }

    fn close(&mut self, span: Span) {
        self.builder.close(span.end);
        self.step = self.step_after_value();
    }

    /// Leave out the array or object that opens at `span`.
    fn skip_nested(&mut self, span: Span) -> Result<(), Note> {
        self.builder.note_once(Note::too_deep(span));
        let mut depth = 1_usize;
        let mut end = span.end;
        while depth > 0 {
            let Some((token, at)) = self.next_token()? else { break };
            end = at.end;
            match token {
                Token::OpenBrace | Token::OpenBracket => depth += 1,
                Token::CloseBrace | Token::CloseBracket => depth -= 1,
                _ => {}
            }
        }
        self.builder.value(Span::new(span.start, end), Value::Null);
        self.end = end;
        self.step = self.step_after_value();
        Ok(())
    }

    /// Note a second document.
    fn note_root(&mut self, span: Span) {
        if self.builder.depth() == 0 && self.builder.has_roots() {
            self.builder.note_once(Note::new(NoteKind::SecondDocument, span, "a further document begins here"));
        }
    }

    /// Collect the comments behind an error, as far as the text still has tokens.
    fn skip_to_end(&mut self) {
        while let Ok(Some(_)) = self.next_token() {}
    }

    fn in_array(&self) -> bool {
        self.builder.depth() > 0 && !self.builder.in_object()
    }

    fn inner_step(&self) -> Step {
        if self.builder.in_object() { Step::Key } else { Step::Value }
    }

    fn step_after_value(&self) -> Step {
        if self.builder.depth() == 0 { Step::Value } else { Step::Comma }
    }

    fn unexpected(&self, span: Span) -> Note {
        broken(span, self.step.expectation())
    }

    /// A string, or a word, number or literal that stands for a key.
    fn text_of(&self, token: Token<'a>, span: Span) -> Option<Text> {
        match token {
            Token::String(decoded) => {
                let inner = Span::new(span.start + 1, span.end.saturating_sub(1));
                Some(Text::at(self.text, inner, decoded.into_owned(), Quote::Escaped))
            }
            Token::Word(_) | Token::Number(_) | Token::Boolean(_) | Token::Null => {
                Some(Text::at(self.text, span, token.as_str().to_owned(), Quote::Verbatim))
            }
            _ => None,
        }
    }
}

fn begins_member(token: &Token<'_>) -> bool {
    !matches!(token, Token::Comma | Token::Colon | Token::CloseBrace | Token::CloseBracket)
}

fn broken(span: Span, message: impl Into<String>) -> Note {
    Note::new(NoteKind::Broken, span, message)
}

/// The content of the quoted string that `rest` begins with.
fn quoted(rest: &str) -> Option<&str> {
    let quote = rest.bytes().next().filter(|byte| matches!(byte, b'"' | b'\''))?;
    let mut bytes = rest.bytes().enumerate().skip(1);
    while let Some((at, byte)) = bytes.next() {
        if byte == quote {
            return rest.get(1..at);
        }
        if byte == b'\\' {
            bytes.next();
        }
    }
    None
}

/// Decode a string that the scanner refuses, and whether a reader of JSON may accept it: an unpaired surrogate becomes
/// U+FFFD, a wrong escape stays as its character.
fn decode(raw: &str) -> (String, bool) {
    let mut out = String::with_capacity(raw.len());
    let mut sound = true;
    let mut rest = raw;
    while let Some((before, escape)) = rest.split_once('\\') {
        out.push_str(before);
        let (decoded, taken) = decode_escape(escape).unwrap_or_else(|| {
            sound = false;
            (escape.chars().next(), escape.chars().next().map_or(0, char::len_utf8))
        });
        out.extend(decoded);
        rest = escape.get(taken..).unwrap_or_default();
    }
    out.push_str(rest);
    (out, sound)
}

/// The character of an escape (without its backslash) and its length; `None` for a wrong one.
fn decode_escape(escape: &str) -> Option<(Option<char>, usize)> {
    let first = escape.chars().next()?;
    let decoded = match first {
        'u' => return decode_unicode(escape).map(|(c, taken)| (Some(c), taken)),
        'x' => return Some((char::from_u32(hex(escape, 1, 2)?), 3)),
        '\n' | '\u{2028}' | '\u{2029}' => return Some((None, first.len_utf8())),
        '\r' => return Some((None, if escape.starts_with("\r\n") { 2 } else { 1 })),
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'v' => '\u{b}',
        '0'..='9' => return None,
        other => other,
    };
    Some((Some(decoded), first.len_utf8()))
}

fn decode_unicode(escape: &str) -> Option<(char, usize)> {
    let high = hex(escape, 1, 4)?;
    if (0xD800..0xDC00).contains(&high)
        && escape.get(5..7) == Some("\\u")
        && let Some(low) = hex(escape, 7, 4).filter(|low| (0xDC00..0xE000).contains(low))
    {
        return Some((char::from_u32(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))?, 11));
    }
    Some((char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER), 5))
}

fn hex(escape: &str, from: usize, digits: usize) -> Option<u32> {
    let digits = escape.get(from..from + digits)?;
    digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::super::testing::{at, notes, parse_quickly, show, slices, text_at};
    use super::*;

    fn check(text: &str, tree: &str, expected: &[(NoteKind, &str)]) {
        let document = parse(text);
        assert_eq!(show(&document), tree, "{text}");
        assert_eq!(notes(&document, text), expected, "{text}");
    }

    #[test]
    fn comments_trailing_commas_and_loose_syntax_are_read() {
        check("{\"a\": [1, 2,], // x\n /* y */ 'b': null,}", "{a:[1,2],b:null}", &[]);
        check("{a: +0x1F, \"\": -1.5e3, true: NaN}", "{a:+0x1F,:-1.5e3,true:NaN}", &[]);
        let text = "// äx\r\n{\"a\": 1 /* y */} // end";
        assert_eq!(slices(&parse(text).comments, text), ["// äx", "/* y */", "// end"]);
    }

    #[test]
    fn a_file_of_comments_holds_nothing() {
        check("", "", &[]);
        check("\u{feff} \r\n", "", &[]);
        check("// {\"mcpServers\": {}}\n/* {} */\n", "", &[]);
    }

    #[test]
    fn spans_are_those_of_the_given_text() {
        let text = "\u{feff}{\r\n  \"ключ/日\": \"C:\\\\x\\u00e4\", \"🚀\": {\"k\": [true]}\r\n}";
        let document = parse(text);
        assert_eq!(text_at(&document, text, "/ключ~1日"), ("C:\\xä".into(), "C:\\\\x\\u00e4", Quote::Escaped));
        assert_eq!(at(&document, text, "/ключ~1日").1, "\"C:\\\\x\\u00e4\"");
        assert_eq!(at(&document, text, "/🚀").1, "{\"k\": [true]}");
        assert_eq!(at(&document, text, "/🚀/k/0").1, "true");
        assert_eq!(at(&document, text, "").1.len(), text.len() - 3);
    }

    #[test]
    fn duplicate_keys_are_kept_and_noted() {
        check(r#"{"check": 1, "b": 2, "check": 3}"#, "{check:1,b:2,check:3}", &[(NoteKind::DuplicateKey, "check")]);
        check(r#"{"a": 1, "\u0061": 2}"#, "{a:1,a:2}", &[(NoteKind::DuplicateKey, r"\u0061")]);
    }

    #[test]
    fn further_documents_become_roots() {
        check("{\"a\": 1}\n{\"b\": 2} [3]", "{a:1}\n{b:2}\n[3]", &[(NoteKind::SecondDocument, "{")]);
    }

    #[test]
    fn what_stands_before_an_error_stays() {
        check(
            "{\"a\": 1}\n{\"b\": [2, @",
            "{a:1}\n{b:[2]}",
            &[(NoteKind::SecondDocument, "{"), (NoteKind::Broken, "@")],
        );
        check("{\"a\": {\"b\": 1}", "{a:{b:1}}", &[(NoteKind::Broken, "{")]);
        check("{\"a\": 1]", "{a:1}", &[(NoteKind::Broken, "]")]);
        check("{\"a\" 1}", "{}", &[(NoteKind::Broken, "1")]);
        check("{\"a\": \"b", "{}", &[(NoteKind::Broken, "\"b")]);
        check("[1,,2]", "[1]", &[(NoteKind::Broken, ",")]);
        check("plain words", "", &[(NoteKind::Broken, "plain")]);
    }

    #[test]
    fn a_missing_comma_is_noted_and_the_rest_is_read() {
        check("{\"a\": 1 \"b\": [2 3]}", "{a:1,b:[2,3]}", &[(NoteKind::Broken, "")]);
    }

    #[test]
    fn comments_behind_an_error_still_count() {
        let text = "{]\n// later\n/* unclosed";
        assert_eq!(slices(&parse(text).comments, text), ["// later", "/* unclosed"]);
    }

    #[test]
    fn unpaired_surrogates_are_replaced_and_wrong_escapes_are_noted() {
        check(r#"["\ud800", "\ud83d\ude00\n"]"#, "[\"\u{fffd}\",\"😀\\n\"]", &[]);
        check(r#"["a\u12", 2]"#, "[\"au12\",2]", &[(NoteKind::Broken, "\\u12\"")]);
    }

    #[test]
    fn deep_values_are_left_out_and_what_follows_is_read() {
        let text = format!("[{}{}, 7]", "[".repeat(100_000), "]".repeat(100_000));
        let document = parse_quickly(Language::Json, &text);
        assert_eq!(document.notes.iter().map(|note| note.kind).collect::<Vec<_>>(), [NoteKind::Limit]);
        assert_eq!(at(&document, &text, "/1").1, "7");
    }

    #[test]
    fn large_input_ends_soon() {
        let long = format!("{{\"a\": \"{}\"}}", "x\\n".repeat(500_000));
        assert!(parse_quickly(Language::Json, &long).notes.is_empty());
        let duplicates = format!("{{{}}}", "\"a\":1,".repeat(200_000));
        assert_eq!(parse_quickly(Language::Json, &duplicates).notes.len(), 199_999);
    }
}
