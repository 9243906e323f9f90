//! `.env` files: one object of names and strings. It expands no variables.

use super::builder::{Builder, MAX_NODES};
use super::{Document, Language, Note, NoteKind, Quote, Text, Value, mark_len};
use crate::text::Span;

pub(super) fn parse(text: &str) -> Document {
    let start = mark_len(text);
    let mut reader = Reader { text, at: start, builder: Builder::default(), comments: Vec::new(), strange: None };
    reader.builder.open_object(start);
    let mut fitting = 0_usize;
    while reader.at < text.len() && fitting < MAX_NODES {
        fitting += usize::from(reader.line());
    }
    if fitting == MAX_NODES {
        reader.builder.note_once(Note::too_many(reader.at));
    }
    if let Some(line) = reader.strange.filter(|_| fitting == 0) {
        reader.builder.note_once(Note::new(NoteKind::Broken, line, "no line assigns a value to a name"));
    }
    reader.builder.close_all(text.len());
    reader.builder.finish(Language::Dotenv, reader.comments)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    builder: Builder,
    comments: Vec<Span>,
    /// The first line that is neither blank, a comment nor an assignment.
    strange: Option<Span>,
}

impl<'a> Reader<'a> {
    fn rest(&self, at: usize) -> &'a str {
        self.text.get(at..).unwrap_or_default()
    }

    /// The rest of the line from `at`, without its terminator.
    fn rest_of_line(&self, at: usize) -> &'a str {
        let rest = self.rest(at);
        let line = rest.split_once('\n').map_or(rest, |(line, _)| line);
        line.strip_suffix('\r').unwrap_or(line)
    }

    /// Read a line, or the several of a quoted value; whether it is an assignment.
    fn line(&mut self) -> bool {
        let line = self.rest_of_line(self.at);
        let trimmed = line.trim_start();
        let start = self.at + line.len() - trimmed.len();
        let assigned = assignment(trimmed);
        if trimmed.starts_with('#') {
            self.comments.push(Span::new(start, start + trimmed.len()));
        } else if let Some((name, value)) = assigned {
            let name = Span::new(start + name.start, start + name.end);
            let decoded = name.slice(self.text).unwrap_or_default().to_owned();
            self.builder.key(Text { decoded, span: name, quote: Quote::Verbatim });
            self.at = self.value(start + value);
        } else if !trimmed.is_empty() {
            self.strange = self.strange.or(Some(Span::new(start, start + trimmed.len())));
        }
        self.at += self.rest(self.at).find('\n').map_or(self.rest(self.at).len(), |newline| newline + 1);
        assigned.is_some()
    }

    /// Read the value at `start`; returns where it ends.
    fn value(&mut self, start: usize) -> usize {
        let quoted = match self.rest(start).bytes().next() {
            Some(b'"') => closing_quote(self.rest(start + 1)).map(|len| (len, Quote::Escaped)),
            Some(b'\'') => self.rest_of_line(start + 1).find('\'').map(|len| (len, Quote::Verbatim)),
            _ => None,
        };
        let Some((len, quote)) = quoted else { return self.bare_value(start) };
        let content = Span::new(start + 1, start + 1 + len);
        let raw = content.slice(self.text).unwrap_or_default();
        let decoded = if quote == Quote::Escaped { unescape(raw) } else { raw.to_owned() };
        let end = content.end + 1;
        self.builder.value(Span::new(start, end), Value::String(Text::at(self.text, content, decoded, quote)));
        let behind = self.rest_of_line(end);
        if behind.trim_start().starts_with('#') {
            self.comments.push(Span::new(end + behind.len() - behind.trim_start().len(), end + behind.len()));
        }
        end + behind.len()
    }

    fn bare_value(&mut self, start: usize) -> usize {
        let line = self.rest_of_line(start);
        let comment = line.match_indices('#').map(|(at, _)| at).find(|at| {
            let before = line.get(..*at).unwrap_or_default();
            before.ends_with(char::is_whitespace)
        });
        if let Some(at) = comment {
            self.comments.push(Span::new(start + at, start + line.len()));
        }
        let value = line.get(..comment.unwrap_or(line.len())).unwrap_or_default().trim_end();
        let span = Span::new(start, start + value.len());
        let text = Text { decoded: value.to_owned(), span, quote: Quote::Verbatim };
        self.builder.value(span, Value::String(text));
        start + line.len()
    }
}

/// The name that a line assigns to, and where its value begins.
fn assignment(line: &str) -> Option<(Span, usize)> {
    let exported =
        line.strip_prefix("export").filter(|rest| rest.starts_with([' ', '\t'])).unwrap_or(line).trim_start();
    let start = line.len() - exported.len();
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    let name_len = exported.find(|c| !is_name(c))?;
    let behind = exported.get(name_len..)?.trim_start();
    let value = behind.strip_prefix('=')?.trim_start();
    let begins_well = exported.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    begins_well.then(|| (Span::new(start, start + name_len), line.len() - value.len()))
}

/// How many bytes stand before the quote that ends a double-quoted value.
fn closing_quote(rest: &str) -> Option<usize> {
    let mut bytes = rest.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => return Some(at),
            b'\\' => drop(bytes.next()),
            _ => {}
        }
    }
    None
}

/// Decode the escapes that the common readers know; the others stay with their backslash.
fn unescape(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut characters = raw.chars();
    while let Some(c) = characters.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match characters.next() {
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('t') => out.push('\t'),
            Some(c @ ('"' | '\\' | '$' | '\'' | '`')) => out.push(c),
            other => {
                out.push('\\');
                out.extend(other);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::testing::{at, notes, parse_quickly, show, slices, text_at};
    use super::*;

    fn check(text: &str, tree: &str, comments: &[&str]) {
        let document = parse(text);
        assert_eq!(show(&document), tree, "{text}");
        assert_eq!(slices(&document.comments, text), comments, "{text}");
    }

    #[test]
    fn assignments_are_read() {
        check("A=1\r\nexport B = two words \r\n\r\nC=\nD.e-f=x", r#"{A:"1",B:"two words",C:"",D.e-f:"x"}"#, &[]);
        check(
            "\u{feff}# top\nA=b#c # tail\n  # in\nB='x # y' # z\n",
            r#"{A:"b#c",B:"x # y"}"#,
            &["# top", "# tail", "# in", "# z"],
        );
        check("A=\"l1\nl2 \\\"q\\\" \\d\" # c\nB='\\n'\n", r#"{A:"l1\nl2 \"q\" \\d",B:"\\n"}"#, &["# c"]);
        check("A=\"open\nB=1\n", r#"{A:"\"open",B:"1"}"#, &[]);
        check("exported=1\nexport X=2\n1A=3\nwords here\n", r#"{exported:"1",X:"2"}"#, &[]);
    }

    #[test]
    fn spans_are_those_of_the_given_text() {
        let text = "\u{feff}KEY=\"ä\\n\" \r\nB=日本\r\n";
        let document = parse(text);
        assert_eq!(text_at(&document, text, "/KEY"), ("ä\n".into(), "ä\\n", Quote::Escaped));
        assert_eq!(at(&document, text, "/KEY").1, "\"ä\\n\"");
        assert_eq!(text_at(&document, text, "/B"), ("日本".into(), "日本", Quote::Verbatim));
    }

    #[test]
    fn repeated_names_and_foreign_text_are_noted() {
        assert_eq!(notes(&parse("A=1\nA=2\n"), "A=1\nA=2\n"), [(NoteKind::DuplicateKey, "A")]);
        let foreign = "# c\n\nuse flake\nlayout python\n";
        assert_eq!(notes(&parse(foreign), foreign), [(NoteKind::Broken, "use flake")]);
        assert!(parse("# c\n").notes.is_empty());
    }

    #[test]
    fn unclosed_quotes_cost_linear_time() {
        parse_quickly(Language::Dotenv, &"A=\"\\\"\nB='\n".repeat(100_000));
    }
}
