//! What a parameter may be, in one small form for JSON Schema, type hints, zod and struct tags.

use super::model::{Parameter, Prose};

/// Types of JSON, as a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Types(u8);

impl Types {
    pub const STRING: Self = Self(1);
    pub const NUMBER: Self = Self(2);
    pub const INTEGER: Self = Self(4);
    pub const BOOLEAN: Self = Self(8);
    pub const ARRAY: Self = Self(16);
    pub const OBJECT: Self = Self(32);
    pub const NULL: Self = Self(64);

    const NAMES: [(Self, &'static str); 7] = [
        (Self::STRING, "string"),
        (Self::NUMBER, "number"),
        (Self::INTEGER, "integer"),
        (Self::BOOLEAN, "boolean"),
        (Self::ARRAY, "array"),
        (Self::OBJECT, "object"),
        (Self::NULL, "null"),
    ];

    /// The type that JSON Schema calls so.
    pub fn named(name: &str) -> Self {
        Self::NAMES.iter().find(|(_, known)| *known == name).map_or(Self::default(), |(types, _)| *types)
    }

    /// Whether one of `other` is among them.
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The only types, apart from null.
    pub fn is_only(self, other: Self) -> bool {
        self.has(other) && self.0 & !(other.0 | Self::NULL.0) == 0
    }

    fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES.iter().filter(move |(types, _)| self.has(*types)).map(|(_, name)| *name)
    }
}

/// How much is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Known {
    /// Declared in another file, or in a way that is not understood.
    #[default]
    Unknown,
    /// There is no declaration of a type.
    Undeclared,
    /// Declared as anything: `Any`, `z.any()`, `interface{}`.
    Anything,
    /// Of these types.
    Typed,
}

/// A limit of a length or a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    At(f64),
    /// There is one; its value is declared elsewhere.
    Somewhere,
}

/// Whether an object may hold more than its properties.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Additional {
    #[default]
    Unsaid,
    /// Said to be left out or refused.
    Closed,
    /// Said to be welcome, of whatever type.
    Anything,
    /// Said to be welcome, of a type.
    Typed,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schema {
    pub known: Known,
    pub types: Types,
    /// Only certain values: enums, literals, constants.
    pub is_enumerated: bool,
    /// Those of the values that are texts.
    pub choices: Vec<Prose>,
    pub minimum: Option<Bound>,
    pub maximum: Option<Bound>,
    pub min_length: Option<Bound>,
    pub max_length: Option<Bound>,
    pub min_items: Option<Bound>,
    pub max_items: Option<Bound>,
    pub pattern: Option<String>,
    pub format: Option<String>,
    pub items: Option<Box<Schema>>,
    pub properties: Vec<Parameter>,
    pub additional: Additional,
}

impl Schema {
    pub fn unknown() -> Self {
        Self::default()
    }

    pub fn undeclared() -> Self {
        Self { known: Known::Undeclared, ..Self::default() }
    }

    pub fn anything() -> Self {
        Self { known: Known::Anything, ..Self::default() }
    }

    pub fn of(types: Types) -> Self {
        Self { known: Known::Typed, types, ..Self::default() }
    }

    /// A text in a format of JSON Schema.
    pub fn formatted(format: &str) -> Self {
        Self { format: Some(format.to_owned()), ..Self::of(Types::STRING) }
    }

    pub fn list_of(items: Schema) -> Self {
        Self { items: Some(Box::new(items)), ..Self::of(Types::ARRAY) }
    }

    /// A map whose keys are not named.
    pub fn map_of(values: &Schema) -> Self {
        let additional = match values.known {
            Known::Typed | Known::Unknown => Additional::Typed,
            Known::Anything | Known::Undeclared => Additional::Anything,
        };
        Self { additional, ..Self::of(Types::OBJECT) }
    }

    /// The items of a list of lists, or itself.
    pub fn innermost(&self) -> &Self {
        let mut at = self;
        while let Some(items) = &at.items {
            at = items;
        }
        at
    }

    /// Either of two. What bounds only one of two texts bounds neither.
    pub fn or(self, other: Self) -> Self {
        if self.is_null() {
            return Self { types: other.types.with(Types::NULL), ..other };
        }
        if other.is_null() {
            return Self { types: self.types.with(Types::NULL), ..self };
        }
        let known = self.known.min(other.known);
        let both = |types: Types| self.types.has(types) && other.types.has(types);
        let either = |one: Option<Bound>, two: Option<Bound>, types: Types| {
            if both(types) { one.and(two) } else { one.or(two) }
        };
        let number = Types::NUMBER.with(Types::INTEGER);
        // A closed set of texts beside a number is bounded as far as texts go.
        let is_enumerated = self.is_enumerated && other.is_enumerated;
        let lone = |schema: &Self| schema.is_enumerated && !is_enumerated && !both(Types::STRING);
        let closed = (lone(&self) && self.types.has(Types::STRING)) || (lone(&other) && other.types.has(Types::STRING));
        let mut max_length = either(self.max_length, other.max_length, Types::STRING);
        if closed {
            max_length = max_length.or(Some(Bound::Somewhere));
        }
        let mut choices = self.choices;
        choices.extend(other.choices);
        let mut properties = self.properties;
        properties.extend(other.properties);
        Self {
            known,
            types: self.types.with(other.types),
            is_enumerated,
            choices,
            minimum: either(self.minimum, other.minimum, number),
            maximum: either(self.maximum, other.maximum, number),
            min_length: either(self.min_length, other.min_length, Types::STRING),
            max_length,
            min_items: either(self.min_items, other.min_items, Types::ARRAY),
            max_items: either(self.max_items, other.max_items, Types::ARRAY),
            pattern: if self.types.has(Types::STRING) && other.types.has(Types::STRING) {
                self.pattern.filter(|_| other.pattern.is_some())
            } else {
                self.pattern.or(other.pattern)
            },
            format: if self.types.has(Types::STRING) && other.types.has(Types::STRING) {
                self.format.filter(|_| other.format.is_some())
            } else {
                self.format.or(other.format)
            },
            items: self.items.or(other.items),
            properties,
            additional: if self.types.has(Types::OBJECT) { self.additional } else { other.additional },
        }
    }

    fn is_null(&self) -> bool {
        self.known == Known::Typed && self.types == Types::NULL
    }

    /// The types in a few words, as a person would write them.
    pub fn summary(&self) -> String {
        match self.known {
            Known::Unknown if self.types.is_empty() => return "?".to_owned(),
            Known::Undeclared => return "untyped".to_owned(),
            Known::Anything => return "anything".to_owned(),
            _ => {}
        }
        let names = self.types.names().filter(|name| *name != "null").map(|name| match (name, &self.items) {
            ("string", _) if self.is_enumerated => "enum".to_owned(),
            ("string", _) => self.format.as_ref().map_or_else(|| name.to_owned(), |format| format!("string:{format}")),
            ("array", Some(items)) if items.items.is_none() => format!("{}[]", items.summary()),
            ("array", _) => "array".to_owned(),
            _ => name.to_owned(),
        });
        let names: Vec<String> = names.collect();
        if names.is_empty() { "null".to_owned() } else { names.join("|") }
    }
}
