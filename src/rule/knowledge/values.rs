//! What a configured value is: a reference, a placeholder, a literal; and what a name says of its value.

use super::super::diagnostic::Problems;
use super::super::expression::Expression;
use super::super::table::TableReader;
use std::sync::LazyLock;

/// The table, ready for use. Regular expressions are compiled when the first value is judged.
#[derive(Debug, Default)]
pub struct Values {
    references: Vec<Expression>,
    placeholders: Vec<Expression>,
    credential_endings: Vec<String>,
    public_words: Vec<String>,
    /// What makes a token in a name one that is no credential.
    public_tokens: Vec<String>,
    generic_users: Vec<String>,
    /// Last words of names of secrets that somebody else is checked against: whoever knows one is let in.
    lock_endings: Vec<String>,
    /// Values that stand for a secret until somebody thinks of one.
    weak_words: Vec<String>,
    /// Last words of names that may or may not be those of credentials.
    ambiguous_endings: Vec<String>,
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
        let mut public = lists(table, "public", &["words", "tokens"], &mut values.examples, problems);
        values.public_tokens = public.pop().unwrap_or_default();
        values.public_words = public.pop().unwrap_or_default();
        values.lock_endings = words(table, "lock", &["endings"], &mut values.examples, problems);
        values.weak_words = words(table, "weak", &["words"], &mut values.examples, problems);
        values.ambiguous_endings = words(table, "ambiguous", &["endings"], &mut values.examples, problems);
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
        self.ends_like(name, &self.credential_endings)
    }

    /// Whether `name` is that of a secret that lets in whoever knows it (a password, a signing key), as opposed to one
    /// that somebody else has given out, where a made-up value is of no use.
    pub fn is_lock_name(&self, name: &str) -> bool {
        self.ends_like(name, &self.lock_endings)
    }

    /// Whether `name` leaves open if its value is a credential: `ACME_KEY`, `SESSION`.
    pub fn is_ambiguous_name(&self, name: &str) -> bool {
        self.ends_like(name, &self.ambiguous_endings) && !self.is_credential_name(name)
    }

    fn ends_like(&self, name: &str, endings: &[String]) -> bool {
        let words = split_name(name);
        let joined = words.join(" ");
        let ends = |ending: &String| {
            joined.strip_suffix(ending.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with(' '))
                || !ending.contains(' ') && ending.len() > 4 && joined.ends_with(ending.as_str())
        };
        let is_public = |word: &String| self.public_words.contains(word);
        let is_mark = words.last().is_some_and(|word| word == "token")
            && words.iter().any(|word| self.public_tokens.contains(word));
        endings.iter().any(ends) && !is_mark && !words.iter().any(is_public)
    }

    /// Whether a literal is the secret that its name speaks of, where only servers are declared: words such as `none` or
    /// `oauth` stand behind credentials' names too.
    pub fn is_secret(&self, name: &str, value: &str) -> bool {
        if is_phrase_name(name) && is_seed_phrase(value) {
            return true;
        }
        if !self.is_credential_name(name) || self.kind(value) != ValueKind::Literal {
            return false;
        }
        let lower = name.to_ascii_lowercase();
        if is_phrase_name(name) && !lower.contains("pass") {
            return false;
        }
        let words = value.split_whitespace().count();
        // What everybody tries first is another rule's.
        if self.is_weak(value) {
            return false;
        }
        if is_password_name(&lower) {
            return value.len() >= 6 && words <= 4;
        }
        words == 1 && value.len() >= 8 && (is_mixed(value) || value.len() >= 20 && !value.contains('/'))
    }

    /// Like [`Values::is_secret`], where anything may be assigned to anything: translations, schemas, questions asked of
    /// a person. A word of a language is none, whatever stands before it.
    pub fn is_assigned_secret(&self, name: &str, value: &str) -> bool {
        if is_phrase_name(name) && is_seed_phrase(value) {
            return true;
        }
        let is_one_word = (6..=512).contains(&value.len()) && !value.contains(char::is_whitespace);
        let is_reading = value.contains(['(', ')', '<', '>', '|', ';', '`']) && !is_rare(value);
        let is_shouted = name.bytes().all(|byte| !byte.is_ascii_lowercase());
        is_one_word
            && !is_reading
            && (!value.starts_with("0x") || value.len() > 18)
            && !value.starts_with(['.', ':', '@', '&', '*', '$', '%'])
            && self.is_secret(name, value)
            && !same_words(name, value)
            && !is_member(value)
            && (is_mixed(value) && !is_slug(value)
                || is_rare(value)
                || is_shouted && is_password_name(&name.to_ascii_lowercase()) && !is_slug(value))
    }

    /// Whether `value`, used when nobody gives `name` another one, lets in whoever has read the file.
    pub fn is_insecure_default(&self, name: &str, value: &str) -> bool {
        let value = value.trim().trim_matches(['"', '\'']);
        if !self.is_credential_name(name)
            || !(3..=128).contains(&value.len())
            || self.is_reference(value)
            || is_harmless(value)
        {
            return false;
        }
        let nothing = [
            "none",
            "null",
            "nil",
            "unset",
            "undefined",
            "false",
            "true",
            "disabled",
            "missing",
            "not-set",
            "not_set",
            "empty",
            "n/a",
            "skip",
            "auto",
            "random",
            "generate",
            "generated",
        ];
        if value.contains(char::is_whitespace) || nothing.iter().any(|word| value.eq_ignore_ascii_case(word)) {
            return false;
        }
        if self.is_lock_name(name) {
            return !value.starts_with(['<', '[', '{', '*']) && !value.ends_with('>');
        }
        self.is_secret(name, value)
    }

    /// Whether `value` is what everybody tries first.
    pub fn is_weak(&self, value: &str) -> bool {
        let lower = value.trim().to_ascii_lowercase();
        let stem = lower.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '!' | '.' | '@' | '#' | '*'));
        let is_pin = (3..=8).contains(&lower.len()) && lower.bytes().all(|byte| byte.is_ascii_digit());
        is_pin || self.weak_words.iter().any(|word| *word == lower || *word == stem)
    }

    /// Whether `value` is one that nobody would write by hand and that is no identifier: random letters and digits.
    pub fn is_random(&self, value: &str) -> bool {
        (20..=256).contains(&value.len())
            && self.kind(value) == ValueKind::Literal
            && !is_identifier(value)
            && is_rare(value)
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

/// The words of a table's lists, all together.
fn words(
    table: &mut TableReader<'_>,
    key: &'static str,
    keys: &[&'static str],
    examples: &mut Vec<ValueExample>,
    problems: &mut Problems,
) -> Vec<String> {
    lists(table, key, keys, examples, problems).concat()
}

/// The lists `keys` of a table, in their order.
fn lists(
    table: &mut TableReader<'_>,
    key: &'static str,
    keys: &[&'static str],
    examples: &mut Vec<ValueExample>,
    problems: &mut Problems,
) -> Vec<Vec<String>> {
    let Some(mut row) = table.table(key, problems) else { return Vec::new() };
    let found = keys.iter().map(|list| row.owned_strings(list, problems)).collect();
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

fn is_password_name(lower: &str) -> bool {
    ["pass", "pwd", "credential"].iter().any(|word| lower.contains(word))
}

fn is_phrase_name(name: &str) -> bool {
    split_name(name).iter().any(|word| matches!(word.as_str(), "mnemonic" | "seed" | "phrase" | "seedphrase"))
}

/// Twelve to twenty-four plain words, as wallets write their keys: three to eight lower-case letters each.
fn is_seed_phrase(value: &str) -> bool {
    let is_word = |word: &str| (3..=8).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_lowercase());
    let mut words = value.split_whitespace();
    let count = words.clone().take(25).count();
    let repeated = value.split_whitespace().take(2).collect::<std::collections::BTreeSet<_>>().len() == 1;
    matches!(count, 12 | 15 | 18 | 21 | 24) && !repeated && words.all(is_word)
}

fn is_mixed(value: &str) -> bool {
    let has = |test: fn(&u8) -> bool| value.as_bytes().iter().any(test);
    has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic)
}

/// Words with separators and perhaps a number: `my-service-2`, `X-API-Key`, `user_password`.
fn is_slug(value: &str) -> bool {
    let mut parts = value.split(['-', '_', '.', ':', '/']);
    let word = |part: &str| {
        let letters = part.trim_start_matches(['v', 'V']).trim_end_matches(|c: char| c.is_ascii_digit());
        part.bytes().all(|byte| byte.is_ascii_digit()) && part.len() < 5
            || letters.len() < 16
                && letters.bytes().all(|byte| byte.is_ascii_alphabetic())
                && part.len() - letters.len() < 3
    };
    parts.clone().count() > 1 && parts.all(word) || value.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// `password: "Password"`, `API_KEY: apiKey`: the value repeats its name.
fn same_words(name: &str, value: &str) -> bool {
    let (name, value) = (split_name(name).concat(), split_name(value).concat());
    !value.is_empty() && (name.ends_with(&value) || value.ends_with(&name))
}

/// `fontWeight.fontWeight500`, `space200`: names of a program or a design, in small and capital letters with a number.
fn is_member(value: &str) -> bool {
    let is_name = |part: &str| {
        let letters = part.trim_end_matches(|c: char| c.is_ascii_digit());
        part.len() - letters.len() <= 4
            && letters.starts_with(|c: char| c.is_ascii_lowercase())
            && letters.bytes().all(|byte| byte.is_ascii_alphabetic())
    };
    value.split('.').all(is_name) && (value.contains('.') || value.len() < 24)
}

/// UUIDs, and digests as they are written everywhere.
fn is_identifier(value: &str) -> bool {
    let hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_uuid =
        value.len() == 36 && value.split('-').map(str::len).eq([8, 4, 4, 4, 12]) && hex(&value.replace('-', ""));
    let algorithm = value.split([':', '-']).next().unwrap_or_default();
    is_uuid || matches!(algorithm, "sha1" | "sha256" | "sha384" | "sha512" | "md5" | "ssh" | "age1" | "pk")
        // Encoded JSON, certificates and public keys begin alike.
        || ["eyJ", "ey", "MII", "AAAA", "LS0t", "ssh-", "age1", "pk_", "pk."].iter().any(|start| value.starts_with(start))
}

/// The pairs of letters that make up more than half of an English text, and a tenth of a random one.
const COMMON_PAIRS: &[u8] =
    b"th he in er an re on at en nd ti es or te of ed is it al ar st to nt ng se ha as ou io le \
ve co me de hi ri ro ic ne ea ra ce li ch ll be ma si om ur";

/// For each first letter the second ones, a bit each.
static PAIRS: LazyLock<[u32; 26]> = LazyLock::new(|| {
    let mut table = [0; 26];
    for pair in COMMON_PAIRS.chunks(3) {
        if let [a, b, ..] = pair
            && let Some(row) = table.get_mut(usize::from(a - b'a'))
        {
            *row |= 1 << (b - b'a');
        }
    }
    table
});

fn is_common(a: u8, b: u8) -> bool {
    let (a, b) = (a.to_ascii_lowercase().wrapping_sub(b'a'), b.to_ascii_lowercase().wrapping_sub(b'a'));
    b < 26 && PAIRS.get(usize::from(a)).is_some_and(|row| row >> b & 1 == 1)
}

/// Whether the letters of a value follow each other as chance puts them. A tie-break for values in telling places, never
/// a reason by itself.
fn is_rare(value: &str) -> bool {
    let bytes = value.as_bytes();
    let is_token = bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+/=_-.~!$@#%^&*".contains(byte));
    if bytes.len() < 12 || !is_token || !is_mixed(value) || is_slug(value) {
        return false;
    }
    let (mut pairs, mut common, mut changes) = (0_usize, 0_usize, 0_usize);
    let class = |byte: u8| (byte.is_ascii_digit(), byte.is_ascii_uppercase(), byte.is_ascii_lowercase());
    for pair in bytes.windows(2) {
        let &[a, b] = pair else { continue };
        changes += usize::from(class(a) != class(b));
        if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() {
            pairs += 1;
            common += usize::from(is_common(a, b));
        }
    }
    common * 4 <= pairs && changes * 5 >= bytes.len()
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
                "lock" => values.is_lock_name(value),
                "weak" => values.is_weak(value),
                "ambiguous" => values.is_ambiguous_name(value),
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

    #[test]
    fn a_secret_needs_a_name_and_a_value_that_fit() {
        let values = values();
        let seed = "orbit lemon castle river paper guitar window yellow forest candle marble silent";
        for (name, value, declared, assigned) in [
            ("DB_PASSWORD", "correct-horse-8", true, false),
            ("DB_PASSWORD", "Zq81vantage4471", true, true),
            ("DB_PASSWORD", "swordfishing", true, false),
            ("password", "Contraseña", true, false),
            ("password", "Zq81vantage", true, true),
            ("WALLET_SEED", seed, true, true),
            ("SEED", "42", false, false),
            ("RECOVERY_PHRASE", "say the words", false, false),
            ("API_KEY", "X-API-Key", false, false),
            ("token", "access_token", false, false),
            ("password", "changeme123", false, false),
            ("MAX_TOKENS", "Zq81vantage4471", false, false),
            ("API_KEY", "9f8e7d6c5b4a39281706f5e4d3c2b1a0", true, true),
        ] {
            assert_eq!(values.is_secret(name, value), declared, "{name}={value}");
            assert_eq!(values.is_assigned_secret(name, value), assigned, "{name}={value}");
        }
    }

    #[test]
    fn defaults_are_judged_by_who_uses_them() {
        let values = values();
        for (name, value, expected) in [
            ("JWT_SECRET", "your-secret-key", true),
            ("DB_PASSWORD", "postgres", true),
            ("DB_PASSWORD", "", false),
            ("API_KEY", "your-api-key", false),
            ("API_KEY", "Zq81vantage4471", true),
            ("TOKEN_TTL", "3600", false),
            ("DB_PASSWORD", "$OTHER", false),
            ("JWT_SECRET", "none", false),
            ("SECRET_KEY_FILE", "/run/secrets/k", false),
        ] {
            assert_eq!(values.is_insecure_default(name, value), expected, "{name}={value}");
        }
    }

    #[test]
    fn random_letters_are_told_from_words_and_identifiers() {
        let values = values();
        for (value, expected) in [
            ("q7Rk2vXz9LmP4wTs8BnC6yHd", true),
            ("9f8e7d6c5b4a39281706f5e4d3c2b1a0", true),
            ("correct-horse-battery-staple-7", false),
            ("6f1c2e9a-7b3d-4e58-9c0f-1a2b3c4d5e6f", false),
            ("sha256-q7Rk2vXz9LmP4wTs8BnC6yHd", false),
            ("application/vnd.acme.v2+json", false),
            ("short7Xq", false),
        ] {
            assert_eq!(values.is_random(value), expected, "{value}");
        }
    }
}
