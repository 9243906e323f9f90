//! What is known of a value on its way, and for which sinks that is enough.

use crate::rule::Kinds;

/// What was learned of a value between here and the sink. It only grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct State {
    /// Sinks for which it is harmless.
    pub safe: Kinds,
    pub flags: u32,
    /// The quote that stands around it in the text that it is put into; 0 for none.
    pub quote: u8,
}

/// Text was put around it.
pub(crate) const EMBEDDED: u32 = 1;
/// Something stands before it, so that it is not the beginning of an argument.
pub(crate) const NOT_START: u32 = 1 << 1;
/// The host of the URL stands before it.
pub(crate) const HOST_FIXED: u32 = 1 << 2;
/// `..` cannot stand in it.
pub(crate) const NO_DOTS: u32 = 1 << 3;
/// It does not begin at the root.
pub(crate) const NOT_ABSOLUTE: u32 = 1 << 4;
/// No separator stands in it.
pub(crate) const NO_SLASH: u32 = 1 << 5;
/// What counts is its elements, in order: an argument vector.
pub(crate) const VECTOR: u32 = 1 << 6;
/// It is split into arguments at blanks.
pub(crate) const SPLIT: u32 = 1 << 7;
/// A folder stands before it.
pub(crate) const BELOW: u32 = 1 << 8;
/// A check was met that is not enough; it says which, for the message.
pub(crate) const WEAK_PREFIX: u32 = 1 << 9;
pub(crate) const WEAK_PATTERN: u32 = 1 << 10;
pub(crate) const WEAK_LIST: u32 = 1 << 11;
pub(crate) const WEAK_QUOTES: u32 = 1 << 12;
pub(crate) const WEAK_UNRESOLVED: u32 = 1 << 13;
pub(crate) const WEAK_NAME: u32 = 1 << 14;

/// What counts is its elements, and the program stands before them.
pub(crate) const BEHIND: u32 = 1 << 15;

/// Quotes of a kind cannot end it: they are doubled, or escaped together with the sign that escapes.
pub(crate) const CLOSED_DOUBLE: u32 = 1 << 16;
pub(crate) const CLOSED_SINGLE: u32 = 1 << 17;
pub(crate) const CLOSED_BACK: u32 = 1 << 18;
/// A quote is escaped with a sign that is not escaped itself, or the sign without the quote.
pub(crate) const ESCAPED_DOUBLE: u32 = 1 << 19;
pub(crate) const ESCAPED_SINGLE: u32 = 1 << 20;
pub(crate) const ESCAPED_SIGN: u32 = 1 << 21;
/// A single quote is escaped as shells want it.
pub(crate) const CLOSED_SHELL: u32 = 1 << 22;

const WEAK: u32 = WEAK_PREFIX | WEAK_PATTERN | WEAK_LIST | WEAK_QUOTES | WEAK_UNRESOLVED | WEAK_NAME;

impl State {
    /// Both are known.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            safe: self.safe | other.safe,
            flags: self.flags | other.flags,
            quote: if other.quote == 0 { self.quote } else { other.quote },
        }
    }

    /// Only what both say is known.
    pub(crate) fn or(self, other: Self) -> Self {
        Self {
            safe: Kinds(self.safe.0 & other.safe.0),
            flags: (self.flags & other.flags) | ((self.flags | other.flags) & WEAK),
            quote: 0,
        }
    }

    pub(crate) fn safe(kinds: Kinds) -> Self {
        Self { safe: kinds, ..Self::default() }
    }

    pub(crate) fn flag(flags: u32) -> Self {
        Self { flags, ..Self::default() }
    }

    pub(crate) fn has(self, flag: u32) -> bool {
        self.flags & flag != 0
    }

    /// Whether a value of which this is known can do no harm at a sink of `kind`.
    pub(crate) fn is_safe(self, kind: Kinds) -> bool {
        if self.safe.has(kind) {
            return true;
        }
        match kind {
            Kinds::FILE => self.has(NO_DOTS) && (self.has(NOT_ABSOLUTE) || self.has(NO_SLASH) || self.has(BELOW)),
            Kinds::ARGV => self.has(NOT_START),
            Kinds::URL => self.has(HOST_FIXED),
            Kinds::COMMAND => self.quote == b'\'' && self.has(CLOSED_SHELL),
            Kinds::QUERY => match self.quote {
                b'"' => self.has(CLOSED_DOUBLE) || (self.has(ESCAPED_DOUBLE) && self.has(ESCAPED_SIGN)),
                b'\'' => self.has(CLOSED_SINGLE) || (self.has(ESCAPED_SINGLE) && self.has(ESCAPED_SIGN)),
                b'`' => self.has(CLOSED_BACK),
                _ => false,
            },
            _ => false,
        }
    }

    /// Why a check that was met is not enough.
    pub(crate) fn weakness(self, kind: Kinds) -> Option<&'static str> {
        let all = [
            (WEAK_PREFIX, "the check for a prefix does not end with a separator"),
            (WEAK_UNRESOLVED, "the check is made on the path as it was sent, not on the resolved one"),
            (WEAK_PATTERN, "the pattern that is checked lets dangerous characters through"),
            (WEAK_LIST, "a list of forbidden texts is not complete"),
            (WEAK_QUOTES, "the quotes around it do not hold"),
            (WEAK_NAME, "the function that checks it does not make sure of it"),
        ];
        let applies = |flag: u32| match flag {
            WEAK_PREFIX | WEAK_UNRESOLVED => kind == Kinds::FILE,
            WEAK_QUOTES => kind == Kinds::COMMAND || kind == Kinds::QUERY,
            _ => true,
        };
        all.into_iter().find(|(flag, _)| self.has(*flag) && applies(*flag)).map(|(_, text)| text)
    }
}
