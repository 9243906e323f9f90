//! JSON Schema, wherever it is written: in a document, or as an object in source code.

use super::model::{Hint, Parameter, Prose};
use super::schema::{Additional, Bound, Known, Schema, Types};
use crate::document::{NodeId, Tree, Value};
use crate::text::Span;
use std::cell::Cell;

/// Levels of a schema that are read.
pub(super) const MAX_DEPTH: u32 = 8;
/// Schemas of one file that are read; definitions that refer to each other multiply.
const MAX_SCHEMAS: u32 = 20_000;
/// Values of one enum that are kept.
const MAX_CHOICES: usize = 256;

/// How many more schemas may be read in this file.
#[derive(Debug)]
pub(super) struct Budget(Cell<u32>);

impl Budget {
    pub(super) fn new() -> Self {
        Self(Cell::new(MAX_SCHEMAS))
    }

    pub(super) fn take(&self) -> bool {
        let left = self.0.get();
        self.0.set(left.saturating_sub(1));
        left > 0
    }

    pub(super) fn is_spent(&self) -> bool {
        self.0.get() == 0
    }
}

/// A value that may be an object, a list, a text: a node of a document or an expression.
pub(super) trait Data: Copy {
    fn member(self, key: &str) -> Option<Self>;
    fn members(self) -> Vec<(Prose, Self)>;
    fn items(self) -> Option<Vec<Self>>;
    fn text(self) -> Option<Prose>;
    fn number(self) -> Option<f64>;
    fn truth(self) -> Option<bool>;
    fn span(self) -> Span;
    /// Whether it is an object that can be read here.
    fn is_object(self) -> bool;
    /// Whether it holds more than can be read here.
    fn is_partial(self) -> bool;
    /// What it stands for where it is no plain data: a schema made by a library.
    fn made(self, depth: u32) -> Option<Schema>;
}

/// A node of a parsed document.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node<'t> {
    pub tree: &'t Tree,
    pub id: NodeId,
}

impl Node<'_> {
    /// The elements, if it is a list itself and not the alias of one.
    pub(super) fn own_items(self) -> Option<Vec<Self>> {
        match &self.tree.node(self.id).value {
            Value::Array(items) => Some(items.iter().map(|id| Self { id: *id, ..self }).collect()),
            _ => None,
        }
    }

    /// The keys with their values, if it is an object itself.
    pub(super) fn own_members(&self) -> Vec<(&str, Self)> {
        match &self.tree.node(self.id).value {
            Value::Object(members) => {
                members.iter().map(|it| (it.key.decoded.as_str(), Self { id: it.value, ..*self })).collect()
            }
            _ => Vec::new(),
        }
    }
}

impl Data for Node<'_> {
    fn member(self, key: &str) -> Option<Self> {
        Some(Self { id: self.tree.get(self.id, key)?, ..self })
    }

    fn members(self) -> Vec<(Prose, Self)> {
        let members = self.tree.members(self.id).unwrap_or_default();
        members.iter().map(|member| (Prose::data(&member.key), Self { id: member.value, ..self })).collect()
    }

    fn items(self) -> Option<Vec<Self>> {
        Some(self.tree.array(self.id)?.iter().map(|id| Self { id: *id, ..self }).collect())
    }

    fn text(self) -> Option<Prose> {
        self.tree.text(self.id).map(Prose::data)
    }

    fn number(self) -> Option<f64> {
        match self.tree.value(self.id) {
            Value::Number(text) => text.parse().ok(),
            _ => None,
        }
    }

    fn truth(self) -> Option<bool> {
        self.tree.bool(self.id)
    }

    fn span(self) -> Span {
        self.tree.node(self.id).span
    }

    fn is_object(self) -> bool {
        self.tree.members(self.id).is_some()
    }

    fn is_partial(self) -> bool {
        false
    }

    fn made(self, _depth: u32) -> Option<Schema> {
        None
    }
}

/// The schema that a value is; `root` is where its references begin.
pub(super) fn schema_of<D: Data>(value: D, root: D, depth: u32, budget: &Budget) -> Schema {
    if depth >= MAX_DEPTH || !budget.take() {
        return Schema::unknown();
    }
    if let Some(made) = value.made(depth) {
        return made;
    }
    match value.truth() {
        Some(true) => return Schema::anything(),
        Some(false) => return Schema::unknown(),
        None => {}
    }
    if !value.is_object() {
        return Schema::unknown();
    }
    if let Some(target) = value.member("$ref").and_then(Data::text) {
        return match referred(root, &target.text) {
            Some(found) => schema_of(found, root, depth + 1, budget),
            None => Schema::unknown(),
        };
    }
    let mut schema = Schema::of(types(value));
    read_limits(value, &mut schema);
    read_values(value, &mut schema);
    if let Some(items) = value.member("items") {
        schema.types = schema.types.with(Types::ARRAY);
        schema.items = Some(Box::new(schema_of(items, root, depth + 1, budget)));
    }
    if value.member("properties").is_some() {
        schema.types = schema.types.with(Types::OBJECT);
        schema.properties = properties(value, root, depth + 1, budget);
    }
    schema.additional = additional(value);
    let composed = ["anyOf", "oneOf", "allOf"].iter().filter_map(|key| value.member(key)?.items());
    let composed: Vec<D> = composed.flatten().take(64).collect();
    let inner = composed.into_iter().map(|part| schema_of(part, root, depth + 1, budget)).reduce(Schema::or);
    match inner {
        Some(inner) if schema.types.is_empty() => inner,
        _ if schema.types.is_empty() && !schema.is_enumerated => {
            schema.known = if value.is_partial() { Known::Unknown } else { Known::Anything };
            schema
        }
        _ => schema,
    }
}

/// The properties of an object schema, with those that are required.
pub(super) fn properties<D: Data>(value: D, root: D, depth: u32, budget: &Budget) -> Vec<Parameter> {
    let required = value.member("required").and_then(Data::items).unwrap_or_default();
    let required: Vec<String> = required.into_iter().filter_map(|name| Some(name.text()?.text)).collect();
    let Some(properties) = value.member("properties") else { return Vec::new() };
    let read = |(name, property): (Prose, D)| Parameter {
        span: name.span().unwrap_or(property.span()),
        description: property.member("description").and_then(Data::text),
        is_required: required.contains(&name.text),
        default: property.member("default").and_then(Data::text),
        schema: schema_of(property, root, depth, budget),
        name,
    };
    properties.members().into_iter().take_while(|_| !budget.is_spent()).map(read).collect()
}

/// What an object schema says of properties that it does not name.
pub(super) fn additional<D: Data>(value: D) -> Additional {
    match value.member("additionalProperties") {
        None => Additional::Unsaid,
        Some(more) => match more.truth() {
            Some(false) => Additional::Closed,
            Some(true) => Additional::Anything,
            None if more.is_object() && more.members().is_empty() && !more.is_partial() => Additional::Anything,
            None => Additional::Typed,
        },
    }
}

/// The hints of an object of annotations.
pub(super) fn hints<D: Data>(value: D) -> Vec<Hint> {
    let read = |(name, value): (Prose, D)| Some(Hint { name: name.text, value: value.truth()?, span: value.span() });
    value.members().into_iter().filter_map(read).collect()
}

fn types<D: Data>(value: D) -> Types {
    let Some(declared) = value.member("type") else { return Types::default() };
    match declared.text() {
        Some(name) => Types::named(&name.text),
        None => {
            let names = declared.items().unwrap_or_default();
            let named = names.into_iter().filter_map(|name| Some(Types::named(&name.text()?.text)));
            named.fold(Types::default(), Types::with)
        }
    }
}

fn read_limits<D: Data>(value: D, schema: &mut Schema) {
    let bound = |keys: &[&str]| {
        let found = keys.iter().find_map(|key| value.member(key));
        found.map(|it| it.number().map_or(Bound::Somewhere, Bound::At))
    };
    schema.minimum = bound(&["minimum", "exclusiveMinimum"]);
    schema.maximum = bound(&["maximum", "exclusiveMaximum"]);
    schema.min_length = bound(&["minLength"]);
    schema.max_length = bound(&["maxLength"]);
    schema.min_items = bound(&["minItems"]);
    schema.max_items = bound(&["maxItems"]);
    let text = |key: &str| Some(value.member(key)?.text().map_or_else(String::new, |it| it.text));
    schema.pattern = text("pattern");
    schema.format = text("format");
}

fn read_values<D: Data>(value: D, schema: &mut Schema) {
    if let Some(only) = value.member("const") {
        schema.is_enumerated = true;
        schema.choices.extend(only.text());
    }
    let Some(values) = value.member("enum") else { return };
    schema.is_enumerated = true;
    let choices = values.items().unwrap_or_default().into_iter().take(MAX_CHOICES);
    schema.choices.extend(choices.filter_map(Data::text));
}

/// What `#/$defs/x` refers to.
fn referred<D: Data>(root: D, target: &str) -> Option<D> {
    let mut at = root;
    for token in target.strip_prefix("#/")?.split('/').take(16) {
        at = at.member(&token.replace("~1", "/").replace("~0", "~"))?;
    }
    Some(at)
}
