//! One rule page: the schema of its front table. The prose and the cases are read by [`super::prose`].

use super::diagnostic::{Diagnostic, Problems};
use super::expression::Expression;
use super::table::{Spanned, TableReader, parse_toml};
use super::template::Template;
use crate::document::{NodeId, Tree};
use crate::finding::{Confidence, Safety, Severity};
use crate::text::Span;
use std::str::FromStr;
use std::sync::Arc;

/// A rule as its page states it.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The file's name without `.md`.
    pub id: String,
    /// The folder's name.
    pub family: String,
    pub title: String,
    pub severity: Severity,
    pub confidence: Confidence,
    pub status: Status,
    /// Version in which the rule appeared.
    pub since: String,
    pub cwe: Vec<u64>,
    pub owasp_mcp: Vec<String>,
    pub checklist: Vec<String>,
    pub message: Template,
    /// Rules of one class describe one problem.
    pub class: Option<String>,
    /// Ids of the class whose findings give way to this rule's.
    pub supersedes: Vec<String>,
    /// Show the findings of one file as one.
    pub group_by_file: bool,
    /// Former ids.
    pub aliases: Vec<String>,
    pub matches: Vec<MatchSpec>,
    pub adjusts: Vec<Adjust>,
    pub fix: Option<FixSpec>,
    pub front: Arc<Front>,
}

/// Where a rule was read from.
#[derive(Debug)]
pub struct Front {
    pub path: String,
    /// Compiled in, as opposed to brought by a user.
    pub is_embedded: bool,
    pub source: Arc<str>,
    /// The front table, parsed.
    pub tree: Tree,
    /// Where the TOML begins in `source`.
    pub offset: usize,
}

/// One `[[match]]` table: a matcher's name and its parameters.
#[derive(Clone, Debug)]
pub struct MatchSpec {
    pub matcher: String,
    pub span: Span,
    /// The value behind the matcher's name.
    pub parameters: NodeId,
}

/// Severity or confidence in a context.
#[derive(Clone, Debug)]
pub struct Adjust {
    /// All must hold.
    pub when: Vec<Condition>,
    pub severity: Option<Severity>,
    pub confidence: Option<Confidence>,
}

#[derive(Clone, Debug)]
pub enum Condition {
    /// In a test, a test's data, or a test's configuration.
    InTests,
    /// In documentation: Markdown prose and files below `docs`.
    InDocs,
    /// In an example or template that is copied before it is used.
    InExamples,
    /// In a user-level file: below the home directory and outside any git work tree.
    UserLevel,
    /// Inside a git work tree.
    InWorkTree,
    /// In a pipeline's definition, where nobody can answer.
    InPipeline,
    /// A capture of the match, tested with a regular expression.
    Capture { name: String, span: Span, regex: Expression },
}

impl Condition {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("in-tests", Self::InTests),
        ("in-docs", Self::InDocs),
        ("in-examples", Self::InExamples),
        ("user-level", Self::UserLevel),
        ("in-work-tree", Self::InWorkTree),
        ("in-pipeline", Self::InPipeline),
    ];
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Off unless selected by id.
    Preview,
    Stable,
    /// As preview; goes away.
    Deprecated,
}

impl Status {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Preview => "preview",
            Self::Stable => "stable",
            Self::Deprecated => "deprecated",
        }
    }
}

impl FromStr for Status {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Preview, Self::Stable, Self::Deprecated]
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or_else(|| format!("`{text}` is none of preview, stable, deprecated"))
    }
}

/// How a finding of the rule is mended by an edit.
#[derive(Clone, Debug)]
pub struct FixSpec {
    pub safety: Safety,
    pub edit: EditSpec,
    /// The capture that the edit touches; the whole finding if absent.
    pub on: Option<Spanned<String>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EditSpec {
    Replace(Template),
    Remove,
    InsertBefore(Template),
    InsertAfter(Template),
    /// Permission bits.
    Mode(u32),
}

/// The parts of a page that start-up reads, found by plain string search.
struct Parts<'a> {
    title: &'a str,
    toml: &'a str,
    offset: usize,
}

const OPENING: &str = "```toml\n";

fn split(source: &str) -> Result<Parts<'_>, &'static str> {
    let title = source
        .lines()
        .next()
        .and_then(|line| line.strip_prefix("# "))
        .map(str::trim)
        .filter(|title| !title.is_empty())
        .ok_or("a rule page begins with its title: `# …`")?;
    let offset =
        source.find(OPENING).ok_or("a rule page holds its rule in a ```toml fence after the title")? + OPENING.len();
    let rest = source.get(offset..).unwrap_or_default();
    let end = rest.find("\n```").ok_or("the ```toml fence is never closed")?;
    Ok(Parts { title, toml: rest.get(..=end).unwrap_or_default(), offset })
}

impl Rule {
    /// Read the front of a page. `path` is `<family>/<id>.md`, possibly below other folders.
    ///
    /// # Errors
    /// All mistakes of the page, each with its place.
    pub fn parse(path: &str, source: &Arc<str>, is_embedded: bool) -> Result<Self, Vec<Diagnostic>> {
        let mut problems = Problems::of_page(is_embedded);
        let rule = Self::read(path, source, is_embedded, &mut problems);
        match rule {
            Some(rule) if problems.is_empty() => Ok(rule),
            _ => Err(problems.in_file(path, source)),
        }
    }

    fn read(path: &str, source: &Arc<str>, is_embedded: bool, problems: &mut Problems) -> Option<Self> {
        let (id, family) = names(path, problems)?;
        let parts = match split(source) {
            Ok(parts) => parts,
            Err(message) => {
                problems.add(Span::new(0, source.lines().next().map_or(0, str::len)), message);
                return None;
            }
        };
        let front = Arc::new(Front {
            path: path.to_owned(),
            is_embedded,
            source: Arc::clone(source),
            offset: parts.offset,
            tree: parse_toml(parts.toml, parts.offset, problems),
        });
        let root = *front.tree.roots().first()?;
        let mut top = TableReader::new(&front.tree, root, parts.offset);
        let Some(mut head) = top.table("rule", problems) else {
            problems.add(Span::new(parts.offset, parts.offset), "the `[rule]` table is missing");
            return None;
        };
        let required = |key: &'static str, head: &mut TableReader<'_>, problems: &mut Problems| {
            if !head.has(key) {
                problems.add(head.span(), format!("`{key}` is missing in `[rule]`"));
            }
        };
        for key in ["severity", "confidence"] {
            required(key, &mut head, problems);
        }
        let severity = head.parsed("severity", problems);
        let confidence = head.parsed("confidence", problems);
        let status = head.parsed("status", problems).unwrap_or(Status::Stable);
        let since = head.required_str("since", problems).map(|text| text.value.to_owned());
        let cwe = head.integers("cwe", problems);
        let owasp_mcp = head.owned_strings("owasp_mcp", problems);
        let checklist = head.owned_strings("checklist", problems);
        let message =
            head.required_str("message", problems).map(|text| Template::parse(text.value, text.span, problems));
        let class = head.str("class", problems).map(|text| text.value.to_owned());
        let supersedes = head.owned_strings("supersedes", problems);
        let group = head.str("group", problems);
        if let Some(group) = group.filter(|group| group.value != "file") {
            problems.add(group.span, "`group` can only be \"file\"");
        }
        let aliases = head.owned_strings("aliases", problems);
        if !supersedes.is_empty() && class.is_none() {
            problems.add(head.span(), "`supersedes` needs a `class`: rules only give way within one");
        }
        head.finish(problems);
        let matches =
            top.tables("match", problems).into_iter().filter_map(|table| match_spec(&table, problems)).collect();
        if !top.has("match") {
            problems.add(Span::at(parts.offset), "a rule needs at least one `[[match]]`");
        }
        let adjusts = if top.has("adjust") {
            top.tables("adjust", problems).into_iter().filter_map(|table| adjust(table, problems)).collect()
        } else {
            Vec::new()
        };
        let fix = top.table("fix", problems).and_then(|table| fix(table, problems));
        top.finish(problems);
        Some(Self {
            id,
            family,
            title: parts.title.to_owned(),
            severity: severity?,
            confidence: confidence?,
            status,
            since: since?,
            cwe,
            owasp_mcp,
            checklist,
            message: message?,
            class,
            supersedes,
            group_by_file: group.is_some(),
            aliases,
            matches,
            adjusts,
            fix,
            front: Arc::clone(&front),
        })
    }

    /// A reader over the parameters of one of this rule's matches, if they are a table.
    pub fn parameters(&self, spec: &MatchSpec) -> Option<TableReader<'_>> {
        let tree = &self.front.tree;
        tree.members(spec.parameters)?;
        Some(TableReader::new(tree, spec.parameters, self.front.offset))
    }

    /// The parameter of a match that is a plain string (`native = "name"`).
    pub fn word(&self, spec: &MatchSpec) -> Option<&str> {
        self.front.tree.text(spec.parameters).map(|text| text.decoded.as_str())
    }

    /// `problems` as diagnostics of this rule's page.
    pub fn diagnostics(&self, problems: Problems) -> Vec<Diagnostic> {
        problems.in_file(&self.front.path, &self.front.source)
    }
}

/// Id and family from `…/<family>/<id>.md`.
fn names(path: &str, problems: &mut Problems) -> Option<(String, String)> {
    let mut segments = path.rsplit('/');
    let id = segments.next().and_then(|name| name.strip_suffix(".md")).unwrap_or_default();
    let family = segments.next().unwrap_or("custom");
    let kebab = |word: &str| {
        !word.is_empty()
            && word.split('-').all(|part| !part.is_empty())
            && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    for (what, word) in [("rule id", id), ("family", family)] {
        if !kebab(word) {
            problems.add_unplaced(format!("the {what} `{word}` (from the file's path) is not kebab-case"));
            return None;
        }
    }
    Some((id.to_owned(), family.to_owned()))
}

fn match_spec(table: &TableReader<'_>, problems: &mut Problems) -> Option<MatchSpec> {
    let mut keys = table.keys();
    let (Some(key), None) = (keys.next(), keys.next()) else {
        problems.add(table.span(), "a `[[match]]` names exactly one matcher: `server = { … }`");
        return None;
    };
    let parameters = table.tree().get(table.tree_node(), key.value)?;
    Some(MatchSpec { matcher: key.value.to_owned(), span: key.span, parameters })
}

fn adjust(mut table: TableReader<'_>, problems: &mut Problems) -> Option<Adjust> {
    let when = conditions(&mut table, problems);
    let severity = table.parsed("severity", problems);
    let confidence = table.parsed("confidence", problems);
    if when.is_empty() {
        problems.add(table.span(), "an `[[adjust]]` needs `when`");
    }
    if severity.is_none() && confidence.is_none() {
        problems.add(table.span(), "an `[[adjust]]` sets `severity` or `confidence`");
    }
    table.finish(problems);
    Some(Adjust { when, severity, confidence })
}

/// `when` is a word, a table of `capture = "regex"`, or a list of these that must all hold.
fn conditions(table: &mut TableReader<'_>, problems: &mut Problems) -> Vec<Condition> {
    let Some(node) = table.node("when") else { return Vec::new() };
    let (tree, offset) = (table.tree(), table.offset());
    let items = tree.array(node).map_or_else(|| vec![node], <[NodeId]>::to_vec);
    let mut found = Vec::new();
    for item in items {
        let span = tree.node(item).span.shifted(offset);
        if let Some(word) = tree.text(item) {
            match Condition::WORDS.iter().find(|(known, _)| *known == word.decoded) {
                Some((_, condition)) => found.push(condition.clone()),
                None => {
                    let known: Vec<_> = Condition::WORDS.iter().map(|(word, _)| *word).collect();
                    let help = format!("known: {}, or {{ capture = \"regex\" }}", known.join(", "));
                    problems.add_with_help(span, format!("unknown condition `{}`", word.decoded), help);
                }
            }
        } else if let Some(members) = tree.members(item) {
            for member in members {
                let name = member.key.decoded.clone();
                let span = member.key.span.shifted(offset);
                let Some(text) = tree.text(member.value) else {
                    problems.add(span, format!("`{name}` must be a regular expression in a string"));
                    continue;
                };
                let source = Spanned { value: text.decoded.as_str(), span: text.span.shifted(offset) };
                let regex = Expression::read(source, problems);
                found.extend(regex.map(|regex| Condition::Capture { name, span, regex }));
            }
        } else {
            problems.add(span, "`when` is a word, a table of `capture = \"regex\"`, or a list of these");
        }
    }
    found
}

fn fix(mut table: TableReader<'_>, problems: &mut Problems) -> Option<FixSpec> {
    let safety = table.required_str("safety", problems).and_then(|text| match text.value {
        "safe" => Some(Safety::Safe),
        "unsafe" => Some(Safety::Unsafe),
        other => {
            problems.add(text.span, format!("`{other}` is none of safe, unsafe"));
            None
        }
    });
    let edit = table.table("edit", problems);
    if edit.is_none() {
        problems.add(table.span(), "`[fix]` needs `edit = { … }`");
    }
    table.finish(problems);
    let mut edit = edit?;
    let on = edit.str("on", problems).map(|text| Spanned { value: text.value.to_owned(), span: text.span });
    let spec = edit_spec(&mut edit, problems);
    edit.finish(problems);
    Some(FixSpec { safety: safety?, edit: spec?, on })
}

fn edit_spec(edit: &mut TableReader<'_>, problems: &mut Problems) -> Option<EditSpec> {
    let mut found = Vec::new();
    let template = |key, make: fn(Template) -> EditSpec, edit: &mut TableReader<'_>, problems: &mut Problems| {
        edit.str(key, problems).map(|text| make(Template::parse(text.value, text.span, problems)))
    };
    found.extend(template("replace", EditSpec::Replace, edit, problems));
    found.extend(template("insert-before", EditSpec::InsertBefore, edit, problems));
    found.extend(template("insert-after", EditSpec::InsertAfter, edit, problems));
    if edit.bool("remove", problems) == Some(true) {
        found.push(EditSpec::Remove);
    }
    if let Some(mode) = edit.str("mode", problems) {
        match u32::from_str_radix(mode.value, 8) {
            Ok(bits) => found.push(EditSpec::Mode(bits)),
            Err(_) => problems.add(mode.span, "`mode` is octal, such as \"0600\""),
        }
    }
    if found.len() != 1 {
        problems.add(edit.span(), "an edit is exactly one of replace, remove, insert-before, insert-after, mode");
    }
    found.into_iter().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(toml: &str) -> Arc<str> {
        Arc::from(format!("# A title\n\n```toml\n{toml}\n```\n\nWhy.\n"))
    }

    fn errors(path: &str, toml: &str) -> Vec<(String, String)> {
        let source = page(toml);
        let found = Rule::parse(path, &source, true).err().unwrap_or_default();
        found
            .into_iter()
            .map(|d| (d.message, d.span.and_then(|s| s.slice(&source)).unwrap_or_default().to_owned()))
            .collect()
    }

    const GOOD: &str = "[rule]\nseverity = \"low\"\nconfidence = \"high\"\nsince = \"0.1.0\"\nmessage = \"`{a}`\"\n[[match]]\nnative = \"x\"";

    #[test]
    fn a_page_is_read() {
        let rule = Rule::parse("fam/some-rule.md", &page(GOOD), true).unwrap();
        assert_eq!((rule.id.as_str(), rule.family.as_str(), rule.title.as_str()), ("some-rule", "fam", "A title"));
        assert_eq!(rule.word(&rule.matches[0]), Some("x"));
    }

    #[test]
    fn mistakes_have_their_own_place() {
        let found = errors("fam/a.md", &GOOD.replace("severity = \"low\"", "severty = \"low\""));
        assert!(found.contains(&("unknown key `severty`".into(), "severty".into())), "{found:?}");
        let found = errors("fam/a.md", &GOOD.replace("\"low\"", "\"loud\""));
        assert_eq!(found, [("`loud` is none of low, medium, high, critical".into(), "loud".into())]);
        let found = errors("fam/a.md", &GOOD.replace("\"low\"", "\"low"));
        assert!(!found.is_empty());
        let found = errors("fam/a.md", &format!("{GOOD}\n[[adjust]]\nwhen = \"in-test\"\nseverity = \"low\""));
        assert_eq!(found[0], ("unknown condition `in-test`".into(), "\"in-test\"".into()));
        let found = errors("Fam/a.md", GOOD);
        assert!(found[0].0.contains("kebab-case"));
    }

    #[test]
    fn a_page_without_title_or_fence_is_refused() {
        for source in ["no title", "# t\nno fence", "# t\n```toml\nnever closed"] {
            assert!(Rule::parse("f/a.md", &Arc::from(source), true).is_err(), "{source}");
        }
    }
}
