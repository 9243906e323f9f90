//! The parts that a token format is made of, as the table describes them.

use super::super::super::diagnostic::Problems;
use super::super::super::table::TableReader;
use super::checksum::Checksum;
use super::class::Class;
use super::placeholder::is_repeated;

#[derive(Clone, Debug)]
pub(super) enum Part {
    /// One of these words.
    Literal(Vec<String>),
    /// So many characters of a class.
    Run {
        class: Class,
        min: usize,
        max: usize,
    },
    Checksum(Checksum),
    Json(JsonPart),
}

/// A JSON object in base 64, with or without padding.
#[derive(Clone, Debug)]
pub(super) struct JsonPart {
    pub class: Class,
    /// Members that the object has.
    pub with: Vec<Member>,
    /// Members that it does not have.
    pub without: Vec<Member>,
}

/// `name`, or `name=value` for a string.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub name: String,
    pub value: Option<String>,
}

impl Member {
    fn read(text: &str) -> Self {
        match text.split_once('=') {
            Some((name, value)) => Self { name: name.to_owned(), value: Some(value.to_owned()) },
            None => Self { name: text.to_owned(), value: None },
        }
    }

    fn is_in(&self, object: &serde_json::Map<String, serde_json::Value>) -> bool {
        object.get(&self.name).is_some_and(|found| match (&self.value, found) {
            (None, _) => true,
            (Some(value), serde_json::Value::String(found)) => value == found,
            (Some(_), _) => false,
        })
    }
}

impl JsonPart {
    /// Whether `encoded` is such an object.
    pub(super) fn fits(&self, encoded: &[u8]) -> bool {
        let decoded = super::base64::decode(encoded);
        let object = decoded.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let Some(serde_json::Value::Object(object)) = object else { return false };
        let is_made_up = |member: &Member| {
            let value = object.get(&member.name).and_then(serde_json::Value::as_str);
            value.is_some_and(|value| is_repeated(value.as_bytes()))
        };
        self.with.iter().all(|member| member.is_in(&object) && !is_made_up(member))
            && !self.without.iter().any(|member| member.is_in(&object))
    }
}

impl Part {
    /// `{ literal = "ghp_" }`, `{ run = "alphanumeric", length = 36 }`, `{ run = …, length = [20, 40] }`,
    /// `{ checksum = "crc32-base62" }`, `{ json = ["alg", "typ=JWT"], without = ["role=anon"] }`.
    pub(super) fn read(mut part: TableReader<'_>, problems: &mut Problems) -> Option<Self> {
        let literal = part.owned_strings("literal", problems);
        let run = part.str("run", problems);
        let length = part.integers("length", problems);
        let checksum = part.str("checksum", problems);
        let is_json = part.has("json");
        let with = part.owned_strings("json", problems);
        let without = part.owned_strings("without", problems);
        let span = part.span();
        part.finish(problems);
        if !literal.is_empty() {
            return Some(Self::Literal(literal));
        }
        if let Some(name) = checksum {
            return named(Checksum::NAMES, name.value, "checksum", name.span, problems).map(Self::Checksum);
        }
        let class = match run {
            Some(name) => Some(named(Class::NAMES, name.value, "class", name.span, problems)?),
            None => None,
        };
        if is_json {
            let read = |members: Vec<String>| members.iter().map(|member| Member::read(member)).collect();
            let class = class.unwrap_or(Class::Base64Url);
            return Some(Self::Json(JsonPart { class, with: read(with), without: read(without) }));
        }
        let bounds: Vec<usize> = length.iter().filter_map(|n| usize::try_from(*n).ok()).collect();
        let (Some(class), Some(min), Some(max)) = (class, bounds.first(), bounds.last()) else {
            problems.add(span, "a part is a `literal`, a `run` with a `length`, a `checksum` or `json`");
            return None;
        };
        Some(Self::Run { class, min: *min, max: (*max).min(4096) })
    }

    /// The class of the characters that end the part, if it has one.
    pub(super) fn class(&self) -> Option<Class> {
        match self {
            Self::Run { class, .. } => Some(*class),
            Self::Json(json) => Some(json.class),
            Self::Checksum(_) => Some(Class::Alphanumeric),
            Self::Literal(_) => None,
        }
    }
}

fn named<T: Copy>(
    names: &[(&str, T)],
    name: &str,
    what: &str,
    span: crate::text::Span,
    problems: &mut Problems,
) -> Option<T> {
    let found = names.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
    if found.is_none() {
        let known: Vec<_> = names.iter().map(|(name, _)| *name).collect();
        problems.add_with_help(span, format!("unknown {what} `{name}`"), known.join(", "));
    }
    found
}
