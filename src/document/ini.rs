//! INI files and systemd units: one object of sections, and of the keys before the first section. Keys repeat in units,
//! so that is not noted. It removes no quotes and splits no lists.

use super::builder::{Builder, MAX_NODES};
use super::{Document, Language, Member, Note, Quote, Text, Value, lines, mark_len};
use crate::text::Span;
use std::collections::HashMap;

pub(super) fn parse(text: &str) -> Document {
    let mut reader = Reader::new(text);
    for (at, line) in lines(text) {
        let start = if at == 0 { mark_len(text) } else { at };
        reader.line(start, line.get(start - at..).unwrap_or_default());
        if reader.values >= MAX_NODES {
            reader.builder.note_once(Note::too_many(at + line.len()));
            break;
        }
    }
    reader.finish()
}

struct Reader<'a> {
    text: &'a str,
    builder: Builder,
    comments: Vec<Span>,
    /// What stands before the first section.
    top: Vec<Member>,
    sections: Vec<Section>,
    /// Where in `sections` a name stands: a section may be opened again.
    names: HashMap<String, usize>,
    current: Option<usize>,
    /// A value whose line ended with a backslash.
    unfinished: Option<Unfinished>,
    values: usize,
}

struct Section {
    name: Text,
    span: Span,
    members: Vec<Member>,
}

struct Unfinished {
    key: Text,
    decoded: String,
    span: Span,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            builder: Builder::default(),
            comments: Vec::new(),
            top: Vec::new(),
            sections: Vec::new(),
            names: HashMap::new(),
            current: None,
            unfinished: None,
            values: 0,
        }
    }

    fn line(&mut self, start: usize, line: &str) {
        let trimmed = line.trim();
        let start = start + line.len() - line.trim_start().len();
        let span = Span::new(start, start + trimmed.len());
        if trimmed.starts_with(['#', ';']) {
            self.comments.push(span);
        } else if let Some(unfinished) = self.unfinished.take() {
            self.value(unfinished, trimmed, start);
        } else if let Some(name) = trimmed.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(name, _)| name)
        {
            self.enter(name, span);
        } else if let Some(separator) = trimmed.find(['=', ':']).filter(|at| *at > 0) {
            let key = self.verbatim(start, trimmed.get(..separator).unwrap_or_default());
            let value = trimmed.get(separator + 1..).unwrap_or_default();
            let value_start = start + trimmed.len() - value.trim_start().len();
            let unfinished = Unfinished { key, decoded: String::new(), span: Span::at(value_start) };
            self.value(unfinished, value.trim_start(), value_start);
        }
    }

    fn verbatim(&self, start: usize, part: &str) -> Text {
        let span = Span::new(start, start + part.trim_end().len());
        Text { decoded: part.trim_end().to_owned(), span, quote: Quote::Verbatim }
    }

    fn enter(&mut self, name: &str, header: Span) {
        let lead = name.len() - name.trim_start().len();
        let name = self.verbatim(header.start + 1 + lead, name.trim_start());
        let at = *self.names.entry(name.decoded.clone()).or_insert(self.sections.len());
        if at == self.sections.len() {
            self.values += 1;
            self.sections.push(Section { name, span: header, members: Vec::new() });
        }
        self.current = Some(at);
    }

    /// Add a line to a value. A backslash at its end joins the next line with a blank.
    fn value(&mut self, mut unfinished: Unfinished, line: &str, start: usize) {
        let part = line.strip_suffix('\\');
        unfinished.decoded.push_str(part.unwrap_or(line).trim_end());
        unfinished.span.end = start + part.unwrap_or(line).trim_end().len();
        if part.is_some() {
            unfinished.decoded.push(' ');
            self.unfinished = Some(unfinished);
        } else {
            self.add(unfinished);
        }
    }

    fn add(&mut self, Unfinished { key, decoded, span }: Unfinished) {
        let text = Text::at(self.text, span, decoded, Quote::Folded);
        let value = self.builder.detached(span, Value::String(text));
        self.values += 1;
        let member = Member { key, value };
        match self.current.and_then(|at| self.sections.get_mut(at)) {
            None => self.top.push(member),
            Some(section) => {
                section.span.end = section.span.end.max(span.end);
                section.members.push(member);
            }
        }
    }

    fn finish(mut self) -> Document {
        if let Some(unfinished) = self.unfinished.take() {
            self.add(unfinished);
        }
        let mut members = self.top;
        for Section { name, span, members: inner } in self.sections {
            let value = self.builder.detached(span, Value::Object(inner));
            members.push(Member { key: name, value });
        }
        self.builder.value(Span::new(mark_len(self.text), self.text.len()), Value::Object(members));
        self.builder.finish(Language::Ini, self.comments)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{at, show, slices, text_at};
    use super::*;

    fn check(text: &str, tree: &str) {
        let document = parse(text);
        assert_eq!(show(&document), tree, "{text}");
        assert!(document.notes.is_empty(), "{text}");
    }

    #[test]
    fn sections_and_keys_are_read() {
        check(
            "\u{feff}top = 1\r\n[a b]\r\nk=v ; w\r\nurl: http://x\r\n",
            r#"{top:"1",a b:{k:"v ; w",url:"http://x"}}"#,
        );
        check("[Service]\nEnvironment=A=1\nEnvironment=B=2\n", r#"{Service:{Environment:"A=1",Environment:"B=2"}}"#);
        check("[a]\nx=1\n[b]\n[a]\ny=2\n", r#"{a:{x:"1",y:"2"},b:{}}"#);
        check("flag\n=x\n[open\n", "{}");
    }

    #[test]
    fn continued_lines_are_joined() {
        let text = "[S]\nExecStart=/bin/x \\\n  --ä \\\n# not this\n  --b\nEnd=\\";
        let document = parse(text);
        let found = text_at(&document, text, "/S/ExecStart");
        assert_eq!(found, ("/bin/x --ä --b".into(), "/bin/x \\\n  --ä \\\n# not this\n  --b", Quote::Folded));
        assert_eq!(text_at(&document, text, "/S/End").0, " ");
        assert_eq!(slices(&document.comments, text), ["# not this"]);
    }

    #[test]
    fn a_section_spans_from_its_header_to_its_last_value() {
        let text = "[a]\nk = v\n\n; c\n[b]\n";
        assert_eq!(at(&parse(text), text, "/a").1, "[a]\nk = v");
        assert_eq!(slices(&parse(text).comments, text), ["; c"]);
    }
}
