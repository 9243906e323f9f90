//! What a configured value is: a reference, a placeholder, a literal; and what a name says of its value.

use super::super::diagnostic::Problems;
use super::super::expression::Expression;
use super::super::table::TableReader;

/// The table, ready for use. Regular expressions are compiled when the first value is judged.
#[derive(Debug, Default)]
pub struct Values {
    references: Vec<Expression>,
    placeholders: Vec<Expression>,
    credential_endings: Vec<String>,
    public_words: Vec<String>,
    generic_users: Vec<String>,
    pub examples: Vec<ValueExample>,
}

/// One row's self-test.
#[derive(Debug)]
pub struct ValueExample {
    pub row: String,
    pub value: String,
    pub expected: bool,
}

/// What kind of value stands in a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueKind {
    Empty,
    /// Stands for a value kept elsewhere.
    Reference,
    /// Meant to be replaced before use.
    Placeholder,
    /// A path, number, date or URL without credentials: no secret whatever its name says.
    Harmless,
    Literal,
}

impl Values {
    pub(super) fn read(table: &mut TableReader<'_>, problems: &mut Problems) -> Self {
        let mut values = Self::default();
        let references = patterns(table, "reference", &mut values.examples, problems);
        let placeholders = patterns(table, "placeholder", &mut values.examples, problems);
        values.references = references;
        values.placeholders = placeholders;
        values.credential_endings = words(table, "credential", &["endings"], &mut values.examples, problems);
        values.public_words = words(table, "public", &["words"], &mut values.examples, problems);
        values.generic_users =
            words(table, "generic_user", &["service", "placeholder"], &mut values.examples, problems);
        values
    }

    /// Judge a value by itself.
    pub fn kind(&self, value: &str) -> ValueKind {
        let value = value.trim();
        if value.is_empty() {
            ValueKind::Empty
        } else if self.is_reference(value) {
            ValueKind::Reference
        } else if is_harmless(value) {
            ValueKind::Harmless
        } else if self.is_placeholder(value) {
            ValueKind::Placeholder
        } else {
            ValueKind::Literal
        }
    }

    pub fn is_reference(&self, value: &str) -> bool {
        // Every reference syntax holds one of these; most values hold none.
        (value.contains(['$', '%', '{']) || value.contains(':'))
            && self.references.iter().any(|row| row.is_match(value))
    }

    pub fn is_placeholder(&self, value: &str) -> bool {
        let mut bytes = value.bytes();
        let first = bytes.next();
        let same = value.len() >= 3 && bytes.all(|byte| Some(byte) == first);
        same || self.placeholders.iter().any(|row| row.is_match(value))
    }

    /// Whether `name` says that its value is a credential: `GITHUB_TOKEN`, `x-api-key`, `dbPassword`.
    pub fn is_credential_name(&self, name: &str) -> bool {
        let words = split_name(name);
        let joined = words.join(" ");
        let ends = |ending: &String| {
            joined.strip_suffix(ending.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with(' '))
                || !ending.contains(' ') && ending.len() > 4 && joined.ends_with(ending.as_str())
        };
        self.credential_endings.iter().any(ends) && !words.iter().any(|word| self.public_words.contains(word))
    }

    /// Whether a user name in a path stands for nobody in particular.
    pub fn is_generic_user(&self, user: &str) -> bool {
        user.starts_with(['$', '<', '{', '%', '[', '(', '*'])
            || user.to_ascii_lowercase().starts_with("your")
            || self.generic_users.iter().any(|known| known.eq_ignore_ascii_case(user))
    }
}

fn patterns(
    table: &mut TableReader<'_>,
    key: &'static str,
    examples: &mut Vec<ValueExample>,
    problems: &mut Problems,
) -> Vec<Expression> {
    let mut out = Vec::new();
    for mut row in table.tables(key, problems) {
        let name = row.required_str("name", problems).map_or("", |text| text.value);
        let regex = row.required_str("regex", problems);
        push_examples(&mut row, &format!("{key}:{name}"), examples, problems);
        out.extend(regex.and_then(|regex| Expression::read(regex, problems)));
        row.finish(problems);
    }
    out
}

fn words(
    table: &mut TableReader<'_>,
    key: &'static str,
    lists: &[&'static str],
    examples: &mut Vec<ValueExample>,
    problems: &mut Problems,
) -> Vec<String> {
    let Some(mut row) = table.table(key, problems) else { return Vec::new() };
    let found = lists.iter().flat_map(|list| row.owned_strings(list, problems)).collect();
    push_examples(&mut row, key, examples, problems);
    row.finish(problems);
    found
}

fn push_examples(row: &mut TableReader<'_>, name: &str, examples: &mut Vec<ValueExample>, problems: &mut Problems) {
    for (key, expected) in [("example", true), ("near_miss", false)] {
        let values = row.owned_strings(key, problems);
        if values.is_empty() {
            problems.add(row.span(), format!("`{key}` is missing"));
        }
        examples.extend(values.into_iter().map(|value| ValueExample { row: name.to_owned(), value, expected }));
    }
}

/// `GITHUB_TOKEN`, `github-token` and `githubToken` as lower-case words; trailing numbers dropped.
fn split_name(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut previous_lower = false;
    for c in name.chars() {
        if !c.is_alphanumeric() {
            words.push(String::new());
            previous_lower = false;
            continue;
        }
        if words.is_empty() || c.is_uppercase() && previous_lower {
            words.push(String::new());
        }
        previous_lower = c.is_lowercase() || c.is_ascii_digit();
        if let Some(word) = words.last_mut() {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    while words.last().is_some_and(|word| word.chars().all(|c| c.is_ascii_digit())) {
        words.pop();
    }
    words
}

/// Numbers, dates, paths, plain URLs and file names.
fn is_harmless(value: &str) -> bool {
    let numeric =
        value.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b',' | b':' | b'-' | b'+' | b'/'));
    let path = value.starts_with(['/', '~']) && value.len() > 1 && !value.contains(' ')
        || value.starts_with("./")
        || value.starts_with("../")
        || value.get(1..3).is_some_and(|rest| rest == ":\\" || rest == ":/");
    let url = value
        .split_once("://")
        .is_some_and(|(_, rest)| !rest.contains('@') && !rest.contains("key=") && !rest.contains("token="));
    let file =
        [".json", ".pem", ".key", ".txt", ".toml", ".yaml", ".yml", ".env"].iter().any(|end| value.ends_with(end));
    // A number may be a weak password or a PIN, but nothing tells it from a limit.
    numeric && value.len() < 16 || path || url || file
}

#[cfg(test)]
mod tests {
    use super::super::Knowledge;
    use super::*;

    fn values() -> Values {
        Knowledge::embedded().unwrap().values
    }

    #[test]
    fn every_row_takes_its_example_and_leaves_its_near_miss() {
        let values = values();
        assert!(values.examples.len() > 20);
        for ValueExample { row, value, expected } in &values.examples {
            let got = match row.split(':').next().unwrap() {
                "reference" => values.is_reference(value),
                "placeholder" => values.is_placeholder(value),
                "credential" => values.is_credential_name(value),
                "public" => !values.is_credential_name(value),
                _ => values.is_generic_user(value),
            };
            assert_eq!(got, *expected, "{row}: {value}");
        }
    }

    #[test]
    fn kinds_of_values() {
        let values = values();
        for (value, kind) in [
            ("", ValueKind::Empty),
            ("${input:token}", ValueKind::Reference),
            ("{env:KEY}", ValueKind::Reference),
            ("YOUR_TOKEN_HERE", ValueKind::Placeholder),
            ("xxxxxxxx", ValueKind::Placeholder),
            ("4096", ValueKind::Harmless),
            ("/run/secrets/k", ValueKind::Harmless),
            ("https://api.example.com/v1", ValueKind::Harmless),
            ("hunter2hunter2", ValueKind::Literal),
        ] {
            assert_eq!(values.kind(value), kind, "{value}");
        }
    }
}
