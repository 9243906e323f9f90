//! What may never leave the process: secrets, the user name in a path, raw control and format characters.
//!
//! Two shapes of the same promise. In an excerpt the hidden part keeps its width, so that labels still point at the
//! right column; in running text (messages, paths, names) it is shortened to prefix and length.

use super::{Span, private_keys};
use regex::Regex;
use std::sync::LazyLock;

/// A part of a text that must not be shown. The first `visible` characters (a vendor prefix) may stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sensitive {
    pub span: Span,
    pub visible: usize,
    pub mask: Mask,
}

/// What is hidden, which decides how it is written in running text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mask {
    /// A secret: `ghp_…[40]`.
    Secret,
    /// The user name in the path of a home directory.
    User,
}

/// Adds what it knows to be sensitive in a text. Spans may overlap; they are merged later.
type Finder = Box<dyn Fn(&str, &mut Vec<Sensitive>) + Send + Sync>;

/// Hides secrets and user names in anything that is shown. Independent of which rules run: a window around a harmless
/// finding may hold the secret of another.
pub struct Redactor {
    finders: Vec<Finder>,
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redactor").field("finders", &self.finders.len()).finish()
    }
}

impl Redactor {
    /// `finders` know secrets by their format; values that stand behind a credential's name, credentials in URLs, and
    /// home directories are always known.
    pub fn new(finders: Vec<Finder>) -> Self {
        Self { finders }
    }

    /// All sensitive parts of `text`, sorted, without overlaps.
    pub fn sensitive(&self, text: &str) -> Vec<Sensitive> {
        self.sensitive_and(text, &[])
    }

    /// Like [`Redactor::sensitive`], together with parts that the caller knows.
    pub fn sensitive_and(&self, text: &str, known: &[Sensitive]) -> Vec<Sensitive> {
        let mut found = known.to_vec();
        for finder in &self.finders {
            finder(text, &mut found);
        }
        find_named_values(text, &mut found);
        find_phrases(text, &mut found);
        find_in_place(text, &mut found);
        found.extend(private_keys(text).into_iter().map(|span| Sensitive { span, visible: 0, mask: Mask::Secret }));
        find_users(text, &mut found);
        merge(found)
    }

    /// Running text that is safe to print on one line: secrets shortened, home directories as `~`, controls escaped.
    pub fn inline(&self, text: &str) -> String {
        self.inline_and(text, &[])
    }

    /// Like [`Redactor::inline`], together with secrets that the caller knows to stand in `text`.
    pub fn inline_and(&self, text: &str, known: &[Sensitive]) -> String {
        escape_controls(&hide_home_directories(&shorten(text, &self.sensitive_and(text, known))))
    }

    /// A path that is safe to print and still leads to its file: in a relative one, `src/home/page.ts` is no home
    /// directory and `reset password form.md` holds no password.
    pub fn path(&self, path: &str) -> String {
        let mut found = Vec::new();
        self.finders.iter().for_each(|finder| finder(path, &mut found));
        let shown = shorten(path, &merge(found));
        let is_absolute = shown.starts_with(['/', '\\']) || shown.as_bytes().get(1) == Some(&b':');
        escape_controls(&if is_absolute { hide_home_directories(&shown) } else { shown })
    }

    /// The text with every secret and user name cut out: the input of fingerprints, where a changed secret is the same
    /// finding and a hash of one would be an oracle.
    pub fn without_secrets(&self, text: &str, known: &[Sensitive]) -> String {
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        for part in self.sensitive_and(text, known) {
            out.push_str(text.get(at..part.span.start).unwrap_or_default());
            out.push('…');
            at = part.span.end;
        }
        out.push_str(text.get(at..).unwrap_or_default());
        out
    }
}

/// Secrets as prefix and length.
fn shorten(text: &str, sensitive: &[Sensitive]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for part in sensitive.iter().filter(|part| part.mask == Mask::Secret) {
        let Some(secret) = part.span.slice(text) else { continue };
        out.push_str(text.get(at..part.span.start).unwrap_or_default());
        out.extend(secret.chars().take(part.visible));
        out.push_str(&format!("…[{}]", secret.chars().count()));
        at = part.span.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

fn merge(mut found: Vec<Sensitive>) -> Vec<Sensitive> {
    // Where two overlap, the earlier and longer one decides, and a secret wins over a user name.
    found.sort_by_key(|part| (part.span.start, std::cmp::Reverse(part.span.end), part.mask));
    let mut out: Vec<Sensitive> = Vec::with_capacity(found.len());
    for part in found {
        match out.last_mut() {
            Some(last) if part.span.start < last.span.end => {
                last.span.end = last.span.end.max(part.span.end);
                last.visible = last.visible.min(part.visible);
                last.mask = last.mask.min(part.mask);
            }
            _ => out.push(part),
        }
    }
    out
}

/// Bytes of a quoted value that are looked at for its end.
const QUOTED: usize = 512;

/// Characters of the parts of a URL with a password in it.
const MAX_SCHEME: usize = 21;
const MAX_USER: usize = 128;
const MAX_PASSWORD: usize = 256;

/// Values behind a credential's name (`api_key = …`, `"--token", "…"`, `?key=…`, `Bearer …`, `user:…@host`).
/// Deliberately generous: hiding a harmless word in an excerpt costs nothing.
fn find_named_values(text: &str, found: &mut Vec<Sensitive>) {
    static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(concat!(
            r#"(?i-u:api[-_]?key|access[-_]?key|private[-_]?key|client[-_]?secret|secret|token|passwd|password|passphrase|"#,
            r#"(?:\b|_)pass|pwd|credentials?|auth(?:orization)?|x-[a-z-]*key|_key|mnemonic|seed[-_]?phrase|cookie|dsn)"#,
            r#"(?i-u:[a-z0-9_-]{0,40})\\{0,3}["']?\]?"#,
            r#"(?:(?-u:\s){0,8}(?:[:=]|=>|:=)(?-u:\s){0,8}|["']?(?-u:\s){0,8},(?-u:\s){0,40}|[ \t])\\{0,3}(?P<quote>["']?)"#,
            r#"(?i-u:(?:bearer|basic|token)\s+)?"#
        ))
        .ok()
    });
    static BEARER: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r#"(?i-u)\b(?:bearer|basic)\s+([A-Za-z0-9._~+/=-]{12,})"#).ok());
    if let Some(name) = &*NAME {
        each_name(name, text, |_, value| !is_path(value), found);
    }
    for value in BEARER.iter().flat_map(|regex| regex.captures_iter(text)).filter_map(|captures| captures.get(1)) {
        push_secret(text, Span::new(value.start(), value.end()), found);
    }
    text.match_indices("://")
        .filter_map(|(at, _)| password_of_url(text, at))
        .for_each(|span| push_secret(text, span, found));
}

/// The password of a URL whose `://` stands at `at`: `scheme://user:password@`. By hand, because an expression that
/// counts characters of all scripts takes longer to compile than a small scan lasts.
fn password_of_url(text: &str, at: usize) -> Option<Span> {
    let (before, behind) = (text.get(..at)?, text.get(at + 3..)?);
    let is_scheme = |byte: &u8| byte.is_ascii_alphanumeric() || b"+.-".contains(byte);
    let mut scheme = before.bytes().rev().take(MAX_SCHEME).take_while(is_scheme).skip(1);
    let length = |text: &str, most: usize, none_of: &str| {
        let part = text.chars().take_while(|c| !c.is_whitespace() && !none_of.contains(*c)).take(most + 1);
        let (count, bytes) = part.fold((0, 0), |(count, bytes), c| (count + 1, bytes + c.len_utf8()));
        (count <= most).then_some(bytes)
    };
    let user = length(behind, MAX_USER, "/:@\"'")?;
    let password = behind.get(user..)?.strip_prefix(':')?;
    let length = length(password, MAX_PASSWORD, "/@\"'").filter(|length| *length > 0)?;
    let is_url = scheme.any(|byte| byte.is_ascii_alphabetic()) && password.get(length..)?.starts_with('@');
    let start = at + 3 + user + 1;
    is_url.then(|| Span::new(start, start + length))
}

/// `ghcr.io/acme/server:1.2.0` behind `-e TOKEN`: the next argument, not a value. Lower-case words between slashes, none of
/// which could be a key.
fn is_path(value: &str) -> bool {
    let is_word = |part: &str| part.len() < 20 || !part.bytes().any(|byte| byte.is_ascii_digit());
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"./:@_-".contains(&byte);
    value.contains('/') && value.bytes().all(is_plain) && value.split(['/', ':', '@']).all(is_word)
}

/// Seed phrases: the whole line behind such a name, quoted or not.
fn find_phrases(text: &str, found: &mut Vec<Sensitive>) {
    static PHRASE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let name =
            r#"(?:mnemonic|seed|phrase|MNEMONIC|SEED|PHRASE|Mnemonic|Seed|Phrase)[A-Za-z0-9_-]{0,20}[\\"']{0,4}"#;
        let words = r"[a-z]{3,8}(?:[ \t]+[a-z]{3,8}){11,23}";
        Regex::new(&format!(r#"(?-u){name}[ \t]{{0,8}}[:=,\s][\s"'\\]{{0,40}}(?P<words>{words})"#)).ok()
    });
    let words = PHRASE.iter().flat_map(|regex| regex.captures_iter(text)).filter_map(|captures| captures.name("words"));
    words.for_each(|words| push_secret(text, Span::new(words.start(), words.end()), found));
}

/// What only its place tells: cookies up to the end of the line, keys in the query of a URL, a token before the host,
/// the value of `--key`.
fn find_in_place(text: &str, found: &mut Vec<Sensitive>) {
    static PLACES: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(concat!(
            r#"(?-u)(?:[cC]ookie|COOKIE)[\\"']{0,4}[ \t]{0,8}[:=][ \t]{0,8}[\\"']{0,4}(?P<cookie>[!#-&(-~][ !#-&(-~]+)"#,
            r#"|[?&](?:key|sig|signature|code)=(?P<query>[!$%(-~]+)"#,
            r#"|://(?P<user>[0-9A-Za-z_-]{20,200})@"#,
            r#"|--key[\\"']{0,4}(?:=|[\s,]{1,40})[\\"']{0,4}(?P<flag>[0-9A-Za-z_-]{16,200})"#
        ))
        .ok()
    });
    for captures in PLACES.iter().flat_map(|regex| regex.captures_iter(text)) {
        let value = ["cookie", "query", "user", "flag"].iter().find_map(|name| captures.name(name));
        value.into_iter().for_each(|value| push_secret(text, Span::new(value.start(), value.end()), found));
    }
}

/// Values that `is_secret` knows, by their name and by themselves: `signingKey: …`, `"db_password" = "…"`.
pub fn find_values_of(text: &str, is_secret: impl Fn(&str, &str) -> bool, found: &mut Vec<Sensitive>) {
    static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let name = r#"\b(?P<name>[A-Za-z_][A-Za-z0-9_-]{1,60})\\{0,3}["']?\]?[ \t]{0,8}(?:=>|:=|[:=])(?-u:\s){0,8}\\{0,3}(?P<quote>["']?)"#;
        Regex::new(&format!("(?-u){name}")).ok()
    });
    if let Some(name) = &*NAME {
        each_name(name, text, is_secret, found);
    }
}

/// Every match of `regex`, which ends where a value begins. The search goes on inside the value: what looks like one
/// may be the next name.
fn each_name(regex: &Regex, text: &str, is_secret: impl Fn(&str, &str) -> bool, found: &mut Vec<Sensitive>) {
    let mut at = 0;
    while let Some(captures) = regex.captures_at(text, at) {
        let Some(whole) = captures.get(0) else { break };
        at = whole.end().max(at + 1);
        while !text.is_char_boundary(at) {
            at += 1;
        }
        let quote = captures.name("quote").map_or("", |quote| quote.as_str());
        let name = captures.name("name").map_or("", |name| name.as_str());
        let value = value_at(text, whole.end(), quote);
        if !value.is_empty() && is_secret(name, value.slice(text).unwrap_or_default()) {
            push_secret(text, value, found);
        }
        if at >= text.len() {
            break;
        }
    }
}

/// The value that begins at `start`: up to its closing quote, or one word. Empty if it is too short to be a secret.
fn value_at(text: &str, start: usize, quote: &str) -> Span {
    let rest = Span::new(start, start + QUOTED).clamped(text).slice(text).unwrap_or_default();
    let word = rest.find(|c: char| c.is_whitespace() || "\"',;&}]".contains(c)).unwrap_or(rest.len());
    let line = rest.lines().next().unwrap_or_default();
    let closing = if quote.is_empty() { None } else { line.find(quote) };
    // The quote may be escaped itself.
    let closing = closing.map(|end| line.get(..end).unwrap_or_default().trim_end_matches('\\').len());
    let (length, least) = closing.map_or((word, 6), |closing| (closing, 4));
    Span::new(start, if length < least { start } else { start + length })
}

/// A reference to a secret is no secret, and hiding it would hide the right answer.
fn push_secret(text: &str, span: Span, found: &mut Vec<Sensitive>) {
    if !span.is_empty() && !span.slice(text).unwrap_or_default().starts_with(['$', '{', '<', '%']) {
        found.push(Sensitive { span, visible: 0, mask: Mask::Secret });
    }
}

/// Characters of a user's name.
const MAX_NAME: usize = 64;

/// Home directories of all systems: each whole, and the user's name in it. Windows separators may be doubled by
/// escaping, more than once.
fn homes(text: &str) -> impl Iterator<Item = (Span, Span)> {
    static HOME: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(concat!(
            r#"(?i-u:(?:/mnt/[a-z])?/(?:Users|home|export/home|var/home)/"#,
            r#"|[A-Z]:(?:\\{1,8}|/)(?:Users|Documents and Settings)(?:\\{1,8}|/)"#,
            r#"|(?:\\{2,8}wsl[!#-&(-\[\]-~]{0,16}\\{1,8}[!#-&(-\[\]-~]{1,40})?\\{1,8}home\\{1,8})"#,
            // Counted here, the characters of all scripts would take ten times as long to compile.
            r#"([^/\\\s"'`:;,<>|*?(){}\[\]$%]+)"#
        ))
        .ok()
    });
    let all = HOME.iter().flat_map(|regex| regex.captures_iter(text));
    all.filter_map(|captures| {
        let (whole, user) = (captures.get(0)?, captures.get(1)?);
        let length = user.as_str().char_indices().nth(MAX_NAME).map_or(user.len(), |(end, _)| end);
        let end = user.start() + length;
        Some((Span::new(whole.start(), end), Span::new(user.start(), end)))
    })
}

/// User names that are also looked for outside of paths: one file seldom names more people.
const MAX_USERS: usize = 8;

fn find_users(text: &str, found: &mut Vec<Sensitive>) {
    let mut names: Vec<&str> = Vec::new();
    for (_, span) in homes(text) {
        found.push(Sensitive { span, visible: 0, mask: Mask::User });
        let user = span.slice(text).unwrap_or_default();
        // Short names and the usual ones of services are words of their own elsewhere.
        let is_telling = user.len() > 4 && !["runner", "ubuntu", "vscode", "shared", "public"].contains(&user);
        if is_telling && names.len() < MAX_USERS && !names.contains(&user) {
            names.push(user);
        }
    }
    for name in names {
        let hits = text.match_indices(name);
        found.extend(hits.map(|(at, _)| Sensitive {
            span: Span::new(at, at + name.len()),
            visible: 0,
            mask: Mask::User,
        }));
    }
}

/// Write every home directory in `text` as `~`.
pub fn hide_home_directories(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (home, _) in homes(text) {
        out.push_str(text.get(at..home.start).unwrap_or_default());
        out.push('~');
        at = home.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

/// Write control and invisible format characters as escapes; everything else stays.
pub fn escape_controls(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_hidden(c) => out.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

/// Characters that a terminal or a reader does not see as they are: controls, zero-width and direction-changing format
/// characters, tags, separators of lines, private use and noncharacters. ZWJ and variation selectors count too: in an
/// escaped text an emoji sequence is worth less than certainty.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(u32::from(c),
            0xAD | 0x34F | 0x61C | 0x115F | 0x1160 | 0x17B4 | 0x17B5 | 0x180B..=0x180F
            | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0x3164 | 0xFE00..=0xFE0F | 0xFEFF | 0xFFA0
            | 0xFFF0..=0xFFFB | 0xE000..=0xF8FF | 0x1D173..=0x1D17A | 0xE0000..=0xE0FFF | 0xF0000..=0x10FFFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inline(text: &str) -> String {
        Redactor::new(Vec::new()).inline(text)
    }

    #[test]
    fn named_values_are_shortened_and_references_stay() {
        assert_eq!(inline("api_key=hunter2hunter2"), "api_key=…[14]");
        assert_eq!(inline(r#""--token", "abcdefgh""#), r#""--token", "…[8]""#);
        assert_eq!(inline("Authorization: Bearer abcdefghijklmnop"), "Authorization: Bearer …[16]");
        assert_eq!(inline("https://bob:pa55@host/x"), "https://bob:…[4]@host/x");
        assert_eq!(inline(r#"TOKEN="${GITHUB_TOKEN}""#), r#"TOKEN="${GITHUB_TOKEN}""#);
    }

    #[test]
    fn values_are_hidden_whole_and_names_do_not_swallow_each_other() {
        let masked = |text: &str| {
            let mut out = text.to_owned();
            for part in Redactor::new(Vec::new()).sensitive(text).iter().rev() {
                out.replace_range(part.span.start..part.span.end, "*");
            }
            out
        };
        assert_eq!(masked(r#"if token: password = "hunter2hunter2""#), r#"if token: * = "*""#);
        assert_eq!(masked(r#"DB_PASSWORD="correct horse battery staple""#), r#"DB_PASSWORD="*""#);
        assert_eq!(masked(r#"PASSWORD="ab,cdefghijkl" x"#), r#"PASSWORD="*" x"#);
        assert_eq!(masked("run PASS=hunter2x9zq ./x"), "run PASS=* ./x");
        assert_eq!(masked("rule = \"a-token\"\nreason = \"why\""), "rule = \"a-token\"\nreason = \"why\"");
        let mut found = Vec::new();
        find_values_of("\"signingKey\": \"k9d8f7aa\"", |name, _| name == "signingKey", &mut found);
        assert_eq!(found.first().map(|part| part.span), Some(Span::new(15, 23)));
    }

    #[test]
    fn a_user_is_hidden_wherever_the_name_stands() {
        let text = r#"{"a":"/home/rkowalski/x","mail":"rkowalski@corp.example"}"#;
        let users = Redactor::new(Vec::new()).sensitive(text);
        assert_eq!(users.iter().filter(|part| part.mask == Mask::User).count(), 2);
        assert_eq!(inline("/mnt/c/Users/maria/x"), "~/x");
    }

    #[test]
    fn home_directories_lose_the_user() {
        assert_eq!(inline("/Users/alice/Desktop/x.sh"), "~/Desktop/x.sh");
        assert_eq!(inline(r"C:\Users\maria.k\run.bat"), r"~\run.bat");
        assert_eq!(inline(r"C:\\Users\\maria\\run.bat"), r"~\\run.bat");
        assert_eq!(inline("/home"), "/home");
    }

    #[test]
    fn paths_still_lead_to_their_files() {
        let check = |path: &str, expected: &str| assert_eq!(Redactor::new(Vec::new()).path(path), expected);
        check("src/home/page.ts", "src/home/page.ts");
        check("docs/reset password form.md", "docs/reset password form.md");
        check("/home/alice/x", "~/x");
        check("C:/Users/alice/x", "~/x");
    }

    #[test]
    fn controls_are_escaped() {
        assert_eq!(inline("a\u{1b}[31m\u{202e}b\n"), "a\\u{1b}[31m\\u{202e}b\\n");
        assert_eq!(inline("Größe €"), "Größe €");
    }

    #[test]
    fn overlapping_parts_merge_and_a_finder_keeps_its_prefix() {
        let redactor = Redactor::new(vec![Box::new(|text: &str, found: &mut Vec<Sensitive>| {
            if let Some(at) = text.find("pre_") {
                found.push(Sensitive { span: Span::new(at, at + 10), visible: 4, mask: Mask::Secret });
            }
        })]);
        assert_eq!(redactor.inline("x pre_123456 y"), "x pre_…[10] y");
        assert_eq!(redactor.without_secrets("x pre_123456 y", &[]), "x … y");
    }

    #[test]
    fn what_only_its_place_tells_is_hidden() {
        let check = |text: &str, expected: &str| assert_eq!(inline(text), expected);
        check("--header 'Cookie: a=b; s=9f8e7d6c'", "--header 'Cookie: …[15]'");
        check("https://a.example/x?profile=w&key=9f8e7d6c5b4a", "https://a.example/x?profile=w&key=…[12]");
        check("https://9f8e7d6c5b4a39281706@git.example/x", "https://…[20]@git.example/x");
        check(r#""--key", "6f1c2e9a-7b3d-4e58-9c0f""#, r#""--key", "…[23]""#);
        check(r#"{\"apiKey\":\"hunter2hunter2\"}"#, r#"{\"apiKey\":\"…[14]\"}"#);
        let words = "orbit lemon castle river paper guitar window yellow forest candle marble silent";
        check(&format!("WALLET_SEED={words}"), "WALLET_SEED=…[79]");
        check("SEED=4711 lemon", "SEED=4711 lemon");
        check(r#""-e", "API_TOKEN", "ghcr.io/acme/server:1.2.0""#, r#""-e", "API_TOKEN", "ghcr.io/acme/server:1.2.0""#);
        check("TOKEN=a/9f8e7d6c5b4a39281706", "TOKEN=…[22]");
        let key = "Q2fT".repeat(16);
        check(&format!("-----BEGIN PRIVATE KEY-----{key}-----END"), "-----BEGIN PRIVATE KEY-----…[64]-----END");
    }
}
