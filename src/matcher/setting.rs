//! `setting`: a value in the settings of a client, or in a file at a named place, by pointer.
//!
//! What the value is asked: `equals`, `matches`, or `does` (what a command does, see [`super::script`]). What else must
//! hold: `with` and `without`, other settings of the same file.

use super::globs::Globs;
use super::script::{self, Effect};
use super::{Capture, Match, Output, Subject};
use crate::deployment::is_own;
use crate::document::{NodeId, Selected, Tree, Value};
use crate::rule::{Expression, Knowledge, Problems, TableReader};
use crate::text::Span;

/// `what` is a phrase about the setting and its value, as the words of `server` fill in one about a server; `does` is what
/// a command does, or empty.
pub(super) const CAPTURES: &[&str] = &["client", "setting", "value", "what", "does"];
/// Words of a command that are read at most.
const MAX_WORDS: usize = 256;

#[derive(Debug)]
pub struct SettingMatcher {
    clients: Vec<String>,
    /// Files besides those of the clients, and who reads them.
    files: Option<Globs>,
    reader: String,
    /// Only what a project hands to others, not a person's own settings.
    is_of_project: bool,
    pointers: Vec<String>,
    /// The last key of the pointer, for pointers that end in `*`.
    key: Option<Expression>,
    /// The key above the last.
    under: Option<Expression>,
    test: Test,
    /// Values that are none, whatever else holds.
    except: Option<Expression>,
    with: Vec<Other>,
    without: Vec<Other>,
    does: Vec<Effect>,
}

/// What a scalar must be.
#[derive(Debug, Default)]
struct Test {
    equals: Vec<String>,
    matches: Option<Expression>,
}

impl Test {
    fn read(table: &mut TableReader<'_>, problems: &mut Problems) -> Self {
        Self { equals: scalars(table, problems), matches: table.expression("matches", problems) }
    }

    fn is_empty(&self) -> bool {
        self.equals.is_empty() && self.matches.is_none()
    }

    fn fits(&self, value: &str) -> bool {
        self.equals.iter().any(|wanted| wanted == value)
            || self.matches.as_ref().is_some_and(|regex| regex.is_match(value))
    }
}

/// Another setting of the same file.
#[derive(Debug)]
struct Other {
    /// From the root with a leading `/`; otherwise from the object that holds the setting.
    pointer: String,
    test: Test,
}

impl Other {
    fn read(table: &mut TableReader<'_>, key: &'static str, problems: &mut Problems) -> Vec<Self> {
        let Some(mut table) = table.table(key, problems) else { return Vec::new() };
        let pointer = table.required_str("pointer", problems).map_or_else(String::new, |text| text.value.to_owned());
        let test = Test::read(&mut table, problems);
        if test.is_empty() {
            problems.add(table.span(), format!("`{key}` needs `equals` or `matches`"));
        }
        table.finish(problems);
        vec![Self { pointer, test }]
    }

    fn holds(&self, tree: &Tree, root: NodeId, holder: NodeId) -> bool {
        let selected = match self.pointer.starts_with('/') {
            true => tree.select(root, &self.pointer),
            false => tree.select(holder, &format!("/{}", self.pointer)),
        };
        selected.iter().any(|found| scalar(tree, found.node).is_some_and(|(value, _)| self.test.fits(&value)))
    }
}

impl SettingMatcher {
    pub(super) fn read(table: &mut TableReader<'_>, knowledge: &Knowledge, problems: &mut Problems) -> Option<Self> {
        let clients = table.strings("client", problems);
        for client in clients.iter().filter(|client| knowledge.clients.get(client.value).is_none()) {
            problems.add(client.span, format!("there is no client `{}` in clients.toml", client.value));
        }
        let clients = clients.iter().map(|client| client.value.to_owned()).collect();
        let files = Globs::read(table, "files", problems);
        let reader = table.str("reader", problems).map_or_else(String::new, |text| text.value.to_owned());
        if files.is_some() == reader.is_empty() {
            problems.add(table.span(), "`files` and `reader`, the name of who reads them, go together");
        }
        let is_of_project = match table.str("scope", problems) {
            None => false,
            Some(text) if text.value == "project" => true,
            Some(text) => {
                problems.add(text.span, "`scope` can only be \"project\"");
                false
            }
        };
        let pointers = table.owned_strings("pointer", problems);
        if pointers.is_empty() {
            problems.add(table.span(), "`pointer` is missing");
        }
        let key = table.expression("key", problems);
        let under = table.expression("under", problems);
        let test = Test::read(table, problems);
        let except = table.expression("except", problems);
        let with = Other::read(table, "with", problems);
        let without = Other::read(table, "without", problems);
        let mut does = Vec::new();
        for word in table.strings("does", problems) {
            match (word.value, Effect::named(word.value)) {
                ("anything", _) => does.extend(Effect::WORDS.iter().map(|(_, effect, _)| *effect)),
                (_, Some(effect)) => does.push(effect),
                (..) => {
                    let known: Vec<_> = Effect::WORDS.iter().map(|(name, ..)| *name).collect();
                    let message = format!("unknown effect `{}`", word.value);
                    problems.add_with_help(word.span, message, format!("anything, {}", known.join(", ")));
                }
            }
        }
        if test.is_empty() == does.is_empty() {
            problems.add(table.span(), "`setting` needs `equals` or `matches`, or `does`");
            return None;
        }
        let found =
            Self { clients, files, reader, is_of_project, pointers, key, under, test, except, with, without, does };
        Some(found)
    }

    /// Globs of files that no client's row names.
    pub(super) fn patterns(&self) -> &[String] {
        self.files.as_ref().map_or(&[], Globs::patterns)
    }

    /// Whether clients' rows name files that it judges.
    pub(super) fn is_about_clients(&self) -> bool {
        self.files.is_none() || !self.clients.is_empty()
    }

    pub(super) fn run(&self, subject: &Subject<'_>, out: &mut Output) {
        let artifact = subject.artifact;
        if self.is_of_project && is_own(&artifact.place, artifact.meta.in_work_tree) {
            return;
        }
        let mut readers: Vec<&str> = Vec::new();
        if self.is_about_clients() {
            let files = subject.clients().iter().filter(|file| file.has_settings);
            let files = files.filter(|file| self.clients.is_empty() || self.clients.contains(&file.client.id));
            readers.extend(files.map(|file| file.client.name.as_str()));
        }
        if readers.is_empty() && self.files.as_ref().is_some_and(|files| files.is_match(&artifact.place)) {
            readers.push(&self.reader);
        }
        if readers.is_empty() {
            return;
        }
        let Some(tree) = &subject.document().tree else { return };
        for reader in readers {
            for root in tree.roots() {
                for pointer in &self.pointers {
                    for selected in tree.select(*root, pointer) {
                        self.judge(reader, tree, *root, &selected, out);
                    }
                }
            }
        }
    }

    fn judge(&self, client: &str, tree: &Tree, root: NodeId, selected: &Selected<'_>, out: &mut Output) {
        if let Some(key) = &self.key
            && !selected.key.is_some_and(|text| key.is_match(&text.decoded))
        {
            return;
        }
        if let Some(under) = &self.under
            && !selected.pointer.rsplit('/').nth(1).is_some_and(|token| under.is_match(&unescaped(token)))
        {
            return;
        }
        let holder = holder(tree, root, &selected.pointer);
        let holds = |other: &Other| other.holds(tree, root, holder);
        if !self.with.iter().all(holds) || self.without.iter().any(holds) {
            return;
        }
        let Some(asked) = self.ask(tree, holder, selected) else { return };
        if self.except.as_ref().is_some_and(|regex| regex.is_match(&asked.value)) {
            return;
        }
        let name = selected.pointer.rsplit('/').find(|token| token.parse::<usize>().is_err()).unwrap_or_default();
        let name = unescaped(name);
        let above = unescaped(selected.pointer.rsplit('/').nth(1).unwrap_or_default());
        let what = match selected.key {
            Some(_) if self.under.is_some() => format!("`{name}` of `{above}` is `{}`", asked.value),
            Some(_) => format!("`{name}` is `{}`", asked.value),
            None => format!("`{name}` holds `{}`", asked.value),
        };
        out.push(Match {
            span: Some(asked.span),
            pointer: Some(selected.pointer.clone()),
            captures: vec![
                Capture::new("client", client),
                Capture::new("setting", name),
                Capture::at("value", asked.value, asked.span),
                Capture::new("what", what),
                Capture::new("does", asked.does),
            ],
            ..Match::default()
        });
    }

    /// The value, if it is one of those that are looked for.
    fn ask(&self, tree: &Tree, holder: NodeId, selected: &Selected<'_>) -> Option<Asked> {
        if self.does.is_empty() {
            let (value, span) = scalar(tree, selected.node)?;
            return self.test.fits(&value).then(|| Asked { value, span, does: String::new() });
        }
        let command = Command::read(tree, holder, selected)?;
        let found = match &command.words {
            Some(words) => script::effects_of_words(words),
            None => script::effects_of_text(&command.text),
        };
        let effect = found.into_iter().find(|effect| self.does.contains(effect))?;
        Some(Asked { value: command.text, span: command.span, does: effect.phrase().to_owned() })
    }
}

/// A value that is a finding.
struct Asked {
    value: String,
    span: Span,
    does: String,
}

/// A command as a setting holds it: a text for a shell, a list of words, or a program beside its `args`.
struct Command {
    text: String,
    words: Option<Vec<String>>,
    span: Span,
}

impl Command {
    fn read(tree: &Tree, holder: NodeId, selected: &Selected<'_>) -> Option<Self> {
        let list = |items: &[NodeId]| -> Vec<(String, Span)> {
            items.iter().take(MAX_WORDS).filter_map(|item| scalar(tree, *item)).collect()
        };
        let of_words = |words: Vec<(String, Span)>| {
            let span = words.iter().map(|(_, span)| *span).reduce(|all, next| Span::new(all.start, next.end))?;
            let words: Vec<String> = words.into_iter().map(|(text, _)| text).collect();
            Some(Self { text: words.join(" "), words: Some(words), span })
        };
        if let Some(items) = tree.array(selected.node) {
            return of_words(list(items));
        }
        let (text, span) = scalar(tree, selected.node)?;
        let args = tree.get(holder, "args").and_then(|node| tree.array(node)).unwrap_or_default();
        match args {
            [] => Some(Self { text, words: None, span }),
            args => {
                let words: Vec<String> =
                    std::iter::once(text).chain(list(args).into_iter().map(|(word, _)| word)).collect();
                Some(Self { text: words.join(" "), words: Some(words), span })
            }
        }
    }
}

/// The object or list that a pointer's value stands in.
fn holder(tree: &Tree, root: NodeId, pointer: &str) -> NodeId {
    let parent = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
    // A key `*` is no wildcard here: the pointer is exact, so each of its tokens is followed by itself.
    let mut at = root;
    for token in parent.split('/').skip(1) {
        let key = unescaped(token);
        let item = || tree.array(at).and_then(|items| items.get(key.parse::<usize>().ok()?)).copied();
        match tree.get(at, &key).or_else(item) {
            Some(next) => at = next,
            None => break,
        }
    }
    at
}

/// A token of a pointer as the key that it stands for.
fn unescaped(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}

/// A scalar as text, with the place of its content.
fn scalar(tree: &Tree, node: NodeId) -> Option<(String, Span)> {
    let span = tree.node(node).span;
    match tree.value(node) {
        Value::String(text) => Some((text.decoded.clone(), text.span)),
        Value::Bool(value) => Some((value.to_string(), span)),
        Value::Number(digits) => Some((digits.clone(), span)),
        _ => None,
    }
}

/// `equals`: a string, boolean or number, or a list of these.
fn scalars(table: &mut TableReader<'_>, problems: &mut Problems) -> Vec<String> {
    let Some(node) = table.node("equals") else { return Vec::new() };
    let tree = table.tree();
    let items = tree.array(node).map_or_else(|| vec![node], <[NodeId]>::to_vec);
    let found: Vec<String> = items.iter().filter_map(|item| Some(scalar(tree, *item)?.0)).collect();
    if found.len() != items.len() || found.is_empty() {
        problems.add(table.span(), "`equals` is a string, boolean or number, or a list of these");
    }
    found
}
