//! Code inside of files of another kind: the cells of notebooks and the fences of Markdown, each as a text of its own that
//! knows where in the file it stands. What a notebook printed is data and none of this.

use crate::document::{Document, Language, Node, NodeId, Quote, Text, Tree, Value};
use crate::text::Span;
use std::borrow::Cow;

/// Texts, and bytes of all of them, that are taken out of one file.
const MAX_TEXTS: usize = 500;
const MAX_BYTES: usize = 4 << 20;
/// A line that is longer is only pointed at as a whole.
const MAX_LINE: usize = 64 << 10;

/// A piece of code with its places in the file around it.
#[derive(Clone, Debug)]
pub struct Embedded<'a> {
    pub language: Language,
    /// A name that says the dialect, for [`super::lower`].
    pub path: &'static str,
    pub text: Cow<'a, str>,
    file: &'a str,
    /// In the order of the text, without gaps but for what joins them.
    lines: Vec<Line>,
}

/// A line of the text, or a longer stretch that stands in the file as it is.
#[derive(Clone, Copy, Debug)]
struct Line {
    /// Where it starts in the text.
    start: usize,
    len: usize,
    /// Where it stands in the file.
    file: Span,
    quote: Quote,
}

impl<'a> Embedded<'a> {
    fn new(language: Language, path: &'static str, file: &'a str) -> Self {
        Self { language, path, text: Cow::Borrowed(""), file, lines: Vec::new() }
    }

    fn push(&mut self, text: &str, file: Span, quote: Quote) {
        let start = self.text.len();
        self.text.to_mut().push_str(text);
        self.lines.push(Line { start, len: text.len(), file, quote });
    }

    /// Where in the file a part of the text stands.
    pub fn place(&self, part: Span) -> Span {
        let start = self.offset(part.start, false);
        let end = if part.is_empty() { start } else { self.offset(part.end, true) };
        Span::new(start, end.max(start)).clamped(self.file)
    }

    /// The place of an offset; as the end of something it belongs to the line before.
    fn offset(&self, at: usize, is_end: bool) -> usize {
        let behind = self.lines.partition_point(|line| if is_end { line.start < at } else { line.start <= at });
        let Some(line) = behind.checked_sub(1).and_then(|it| self.lines.get(it)) else {
            return self.lines.first().map_or(0, |line| line.file.start);
        };
        let inside = (at - line.start).min(line.len);
        if line.file.len() == line.len {
            return line.file.start + inside;
        }
        if inside == line.len {
            return line.file.end;
        }
        if line.len > MAX_LINE {
            return if is_end { line.file.end } else { line.file.start };
        }
        let decoded = self.text.get(line.start..line.start + line.len).unwrap_or_default().to_owned();
        let place = Text { decoded, span: line.file, quote: line.quote }.source_span(self.file, Span::new(0, inside));
        if place == line.file && !is_end { line.file.start } else { place.end }
    }
}

/// The code inside of a file that is no source itself.
pub fn embedded<'a>(path: &str, document: &Document, file: &'a str) -> Vec<Embedded<'a>> {
    match document.language {
        Language::Markdown => fences(document, file),
        Language::Json if path.ends_with(".ipynb") => {
            document.tree.as_ref().map(|tree| notebook(tree, file)).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

/// The language of a fence or a kernel by its name, and a path in it.
fn language(name: &str) -> Option<(Language, &'static str)> {
    let name = name.trim_start_matches(['{', '.']);
    let end = name.find(|it: char| !it.is_ascii_alphanumeric()).unwrap_or(name.len());
    Some(match name.get(..end).unwrap_or_default().to_ascii_lowercase().as_str() {
        "python" | "py" | "python3" | "ipython" => (Language::Python, "text.py"),
        "javascript" | "js" | "mjs" | "cjs" | "node" => (Language::JavaScript, "text.js"),
        "typescript" | "ts" | "mts" | "deno" => (Language::JavaScript, "text.ts"),
        "jsx" | "tsx" => (Language::JavaScript, "text.tsx"),
        "bash" | "sh" | "shell" | "zsh" => (Language::Shell, "text.sh"),
        "go" | "golang" => (Language::Go, "text.go"),
        "rust" | "rs" => (Language::Rust, "text.rs"),
        _ => return None,
    })
}

fn fences<'a>(document: &Document, file: &'a str) -> Vec<Embedded<'a>> {
    let mut out = Vec::new();
    let mut room = MAX_BYTES;
    for fence in &document.fences {
        let (Some((language, path)), Some(content)) = (language(&fence.info), fence.content.slice(file)) else {
            continue;
        };
        if out.len() >= MAX_TEXTS || content.len() > room {
            break;
        }
        room -= content.len();
        let mut embedded = Embedded::new(language, path, file);
        // A fence in a list or a quotation stands behind what those put in front of each line.
        let is_quoted = file
            .get(..fence.whole.start)
            .is_some_and(|before| before.rsplit('\n').next().is_some_and(|line| line.trim_start().starts_with('>')));
        let is_prefix = |byte: u8| byte == b' ' || byte == b'\t' || is_quoted && byte == b'>';
        let prefix_of = |line: &str| line.bytes().take_while(|byte| is_prefix(*byte)).count();
        let lines = content.split_inclusive('\n').filter(|line| prefix_of(line) < line.trim_end().len());
        let prefix = lines.map(prefix_of).min().unwrap_or(0);
        if prefix == 0 {
            embedded.text = Cow::Borrowed(content);
            embedded.lines.push(Line { start: 0, len: content.len(), file: fence.content, quote: Quote::Verbatim });
        } else {
            let mut at = fence.content.start;
            for line in content.split_inclusive('\n') {
                let text = line.get(prefix_of(line).min(prefix)..).unwrap_or_default();
                let end = at + line.len();
                embedded.push(text, Span::new(end - text.len(), end), Quote::Verbatim);
                at = end;
            }
        }
        out.push(embedded);
    }
    out
}

/// The cells of a notebook as one text, so that what one imports the next ones know. Lines for a shell are a text of their
/// own.
fn notebook<'a>(tree: &Tree, file: &'a str) -> Vec<Embedded<'a>> {
    let Some(root) = tree.roots().first().copied() else { return Vec::new() };
    let named = ["/metadata/kernelspec/language", "/metadata/language_info/name"].iter().find_map(|pointer| {
        let found = tree.select(root, pointer);
        found.first().and_then(|it| tree.text(it.node)).map(|text| text.decoded.clone())
    });
    let Some((kernel, path)) = language(named.as_deref().unwrap_or("python")) else { return Vec::new() };
    let mut code = Embedded::new(kernel, path, file);
    let mut shell = Embedded::new(Language::Shell, "text.sh", file);
    let mut cells = tree.select(root, "/cells/*");
    cells.extend(tree.select(root, "/worksheets/*/cells/*"));
    for cell in cells {
        let is_code =
            tree.get(cell.node, "cell_type").and_then(|it| tree.text(it)).is_some_and(|it| it.decoded == "code");
        let source = tree.get(cell.node, "source").or_else(|| tree.get(cell.node, "input"));
        let (true, Some(source)) = (is_code, source) else { continue };
        if code.text.len() + shell.text.len() > MAX_BYTES {
            break;
        }
        push_cell(tree, source, file, &mut code, &mut shell);
    }
    [code, shell].into_iter().filter(|it| !it.text.is_empty()).collect()
}

/// The strings of a source: one, or one for each line.
fn strings(tree: &Tree, source: NodeId) -> Vec<&Text> {
    let text = |node: NodeId| match tree.node(node) {
        Node { value: Value::String(text), .. } => Some(text),
        _ => None,
    };
    match tree.array(source) {
        Some(items) => items.iter().filter_map(|item| text(*item)).collect(),
        None => text(source).into_iter().collect(),
    }
}

fn push_cell<'a>(tree: &Tree, source: NodeId, file: &str, code: &mut Embedded<'a>, shell: &mut Embedded<'a>) {
    let strings = strings(tree, source);
    let first = strings.first().map_or("", |text| text.decoded.as_str()).trim_start();
    // `%%bash` makes the whole cell a script; most others of the kind are for people or other languages.
    let magic = first.strip_prefix("%%").map(|rest| rest.split_whitespace().next().unwrap_or_default());
    let is_shell = match magic {
        Some("bash" | "sh" | "!" | "script") => true,
        None | Some("time" | "timeit" | "capture" | "prun" | "writefile") => false,
        Some(_) => return,
    };
    for (number, text) in strings.into_iter().enumerate() {
        let mut parts = Vec::new();
        let mut at = 0;
        for line in text.decoded.split_inclusive('\n') {
            parts.push(Span::new(at, at + line.len()));
            at += line.len();
        }
        let places = text.source_spans(file, &parts);
        for (nth, (part, place)) in parts.iter().zip(places).enumerate() {
            let line = part.slice(&text.decoded).unwrap_or_default();
            let bare = line.trim_start();
            let is_magic = magic.is_some() && number == 0 && nth == 0;
            // One sign takes the place of the other, so that no offset moves.
            let commented = || {
                format!(
                    "{}#{}",
                    line.get(..line.len() - bare.len()).unwrap_or_default(),
                    bare.get(1..).unwrap_or_default()
                )
            };
            match bare.bytes().next() {
                _ if is_shell => {
                    let line = if is_magic { Cow::Owned(commented()) } else { Cow::Borrowed(line) };
                    shell.push(&line, place, text.quote);
                }
                Some(b'!') if code.language == Language::Python => {
                    let command = commented().replacen('#', " ", 1);
                    shell.push(&command, place, text.quote);
                    code.push(&commented(), place, text.quote);
                }
                Some(b'%') if code.language == Language::Python => code.push(&commented(), place, text.quote),
                _ => code.push(line, place, text.quote),
            }
        }
    }
    for text in [code, shell] {
        if !text.text.is_empty() && !text.text.ends_with('\n') {
            text.text.to_mut().push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::parse;
    use crate::lower::{ExprKind, lower};

    /// What the calls in the embedded code are, by their path, and what stands at their place in the file.
    fn check(path: &str, file: &str, expected: &[(Language, &str, &str)]) {
        let document = parse(Language::detect(path, ""), file);
        let mut found = Vec::new();
        for embedded in embedded(path, &document, file) {
            let module = lower(embedded.language, embedded.path, &embedded.text);
            for call in &module.calls {
                let ExprKind::Call { callee, .. } = module.kind(*call) else { continue };
                let place = embedded.place(module.span(*call));
                found.push((embedded.language, module.path(callee), place.slice(file).unwrap_or_default()));
            }
        }
        let found: Vec<_> = found.iter().map(|(language, path, text)| (*language, path.as_str(), *text)).collect();
        assert_eq!(found, expected, "{file}");
    }

    #[test]
    fn fences_are_code_of_their_language() {
        check(
            "a.md",
            "# T\n```python title=x\nimport os\nos.system('ä')\n```\n```text\nf()\n```\n\
             - item\n  ```ts\n  run(\n    a)\n  ```\n> ```go\n> f(x)\n> ```\n```{.rust}\nm!(a)\n```\n",
            &[
                (Language::Python, "os.system", "os.system('ä')"),
                (Language::JavaScript, "run", "run(\n    a)"),
                (Language::Go, "f", "f(x)"),
                (Language::Rust, "m", "m!(a)"),
            ],
        );
    }

    #[test]
    fn cells_are_one_text_with_places_in_the_notebook() {
        let file = r##"{"cells": [
 {"cell_type": "markdown", "source": ["f()\n"]},
 {"cell_type": "code", "outputs": [{"text": ["g()"]}], "source": ["%matplotlib inline\n", "!pip install x\n", "import os as o\n", "a = \"\u00e4\"; o.system(\"ä\\n\" + a)"]},
 {"cell_type": "code", "source": "# é\no.popen('x')\nh(\n\"b\")"},
 {"cell_type": "code", "source": ["%%bash\n", "rm -rf x"]},
 {"cell_type": "code", "source": ["%%html\n", "i()"]}
], "metadata": {"kernelspec": {"language": "python"}}}"##;
        check(
            "a.ipynb",
            file,
            &[
                (Language::Python, "os.system", r#"o.system(\"ä\\n\" + a)"#),
                (Language::Python, "os.popen", "o.popen('x')"),
                (Language::Python, "h", r#"h(\n\"b\")"#),
            ],
        );
        let document = parse(Language::Json, file);
        let texts = embedded("a.ipynb", &document, file);
        assert_eq!(texts[1].language, Language::Shell);
        assert_eq!(texts[1].text, " pip install x\n#%bash\nrm -rf x\n");
        let at = texts[1].text.find("rm").unwrap();
        assert_eq!(texts[1].place(Span::new(at, at + 8)).slice(file).unwrap(), "rm -rf x");
    }

    #[test]
    fn broken_files_have_no_code() {
        for file in ["", "{", "[]", r#"{"cells": 1}"#, r#"{"cells": [{"cell_type": "code", "source": 1}, 2]}"#] {
            check("a.ipynb", file, &[]);
        }
        check("a.json", r#"{"cells": [{"cell_type": "code", "source": "f()"}]}"#, &[]);
    }
}
