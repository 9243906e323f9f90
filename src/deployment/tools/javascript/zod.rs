//! Schemas of zod, and what makes JSON Schema of them.

use super::super::code::{Call, Code, Literal};
use super::super::data::{self, Data, MAX_DEPTH};
use super::super::model::{Parameter, Prose};
use super::super::schema::{Additional, Bound, Schema, Types};
use crate::lower::{ExprId, ExprKind};

/// Links of a chain that are followed.
const MAX_LINKS: usize = 48;

/// A schema with what is said of the property that it is for.
#[derive(Clone, Debug, Default)]
pub(super) struct Declared {
    pub schema: Schema,
    pub description: Option<Prose>,
    pub is_optional: bool,
    pub default: Option<Prose>,
}

impl Declared {
    fn of(schema: Schema) -> Self {
        Self { schema, ..Self::default() }
    }
}

/// What stands behind an expression that is no plain object.
pub(super) fn made(value: Literal<'_, '_>, depth: u32) -> Option<Schema> {
    Some(declared(value.code, value.id, depth)?.schema)
}

/// The parameters of a shape: `{ path: z.string(), depth: z.number().optional() }`.
pub(super) fn shape(code: &Code<'_, '_>, id: ExprId, depth: u32) -> Vec<Parameter> {
    if depth >= MAX_DEPTH {
        return Vec::new();
    }
    let read = |(name, value): (Prose, Literal<'_, '_>)| {
        let found = declared(code, value.id, depth + 1).unwrap_or_default();
        Parameter {
            span: name.span().unwrap_or(value.span()),
            name,
            description: found.description,
            is_required: !found.is_optional,
            default: found.default,
            schema: found.schema,
        }
    };
    code.literal(id).members().into_iter().take_while(|_| !code.budget.is_spent()).map(read).collect()
}

/// A chain of zod, or the name of one.
pub(super) fn declared(code: &Code<'_, '_>, id: ExprId, depth: u32) -> Option<Declared> {
    if depth >= MAX_DEPTH || !code.budget.take() {
        return None;
    }
    let mut at = code.resolve(id);
    let mut links: Vec<Call<'_, '_>> = Vec::new();
    // From the last call to the first: `z.string().min(1)` is `min` of `string` of `z`.
    let mut root = None;
    while let Some(call) = code.call(at) {
        if links.len() >= MAX_LINKS {
            return None;
        }
        let (base, name) = code.method(call.callee)?;
        if matches!(name, "zodToJsonSchema" | "toJSONSchema" | "toJsonSchemaCompat" | "jsonSchema") {
            return declared(code, call.positional(0)?, depth + 1);
        }
        links.push(call);
        let base = base?;
        if is_zod(code, base) {
            break;
        }
        at = base;
        if code.call(at).is_none() {
            // A chain that goes on from a schema with a name.
            let named = code.resolve(at);
            root = Some(declared(code, named, depth + 1)?);
            break;
        }
    }
    let mut found = match root {
        Some(root) => root,
        None => {
            let first = links.pop()?;
            let (_, name) = code.method(first.callee)?;
            begin(code, name, &first, depth)?
        }
    };
    for link in links.iter().rev() {
        let Some((_, name)) = code.method(link.callee) else { continue };
        go_on(code, name, link, &mut found, depth);
    }
    Some(found)
}

/// `z`, `zod.z`, `z.coerce`, `z.iso`.
fn is_zod(code: &Code<'_, '_>, id: ExprId) -> bool {
    let id = match code.module.kind(id) {
        ExprKind::Field { base, name: "coerce" | "iso" | "z" } => base,
        _ => id,
    };
    match code.module.kind(id) {
        ExprKind::Name("z" | "zod") => true,
        ExprKind::Name(_) | ExprKind::Field { .. } => code.module.path(id).starts_with("zod"),
        _ => false,
    }
}

/// The first call of a chain.
fn begin(code: &Code<'_, '_>, name: &str, call: &Call<'_, '_>, depth: u32) -> Option<Declared> {
    let first = call.positional(0);
    let inner = |at: usize| match call.positional(at) {
        Some(id) => declared(code, id, depth + 1).map_or_else(Schema::unknown, |it| it.schema),
        None => Schema::undeclared(),
    };
    let schema = match name {
        "string" => Schema::of(Types::STRING),
        "number" | "float32" | "float64" => Schema::of(Types::NUMBER),
        "bigint" | "int" | "int32" | "uint32" | "int64" | "uint64" => Schema::of(Types::INTEGER),
        "boolean" | "stringbool" => Schema::of(Types::BOOLEAN),
        "null" | "undefined" | "void" | "nan" => Schema::of(Types::NULL),
        "any" | "unknown" | "json" | "custom" => Schema::anything(),
        "date" => Schema::formatted("date-time"),
        "url" | "uuid" | "email" | "datetime" | "guid" | "cuid" | "cuid2" | "ulid" | "nanoid" | "ip" | "ipv4"
        | "ipv6" | "cidrv4" | "cidrv6" | "base64" | "base64url" | "jwt" | "e164" | "time" | "duration" => {
            Schema::formatted(format_of(name))
        }
        "array" | "set" => Schema::list_of(inner(0)),
        "tuple" => Schema { max_items: Some(Bound::Somewhere), ..Schema::list_of(Schema::unknown()) },
        "enum" | "nativeEnum" | "literal" => values(code, first?),
        "object" | "strictObject" | "looseObject" | "interface" => {
            let properties = first.map(|first| shape(code, first, depth + 1)).unwrap_or_default();
            let additional = match name {
                "strictObject" => Additional::Closed,
                "looseObject" => Additional::Anything,
                _ => Additional::Unsaid,
            };
            let is_partial = first.is_some_and(|first| code.literal(first).is_partial());
            let known =
                if is_partial { crate::deployment::tools::Known::Unknown } else { Schema::of(Types::OBJECT).known };
            Schema { properties, additional, known, ..Schema::of(Types::OBJECT) }
        }
        "record" | "map" | "partialRecord" => {
            let at = usize::from(call.positional(1).is_some());
            Schema::map_of(&inner(at))
        }
        "union" => union(code, first?, depth),
        "discriminatedUnion" => union(code, call.positional(1)?, depth),
        "intersection" => inner(0).or(inner(1)),
        "optional" | "nullable" | "nullish" => {
            let mut found = declared(code, first?, depth + 1)?;
            found.is_optional |= name != "nullable";
            return Some(found);
        }
        "preprocess" => inner(1),
        "lazy" | "instanceof" | "function" | "promise" | "never" | "symbol" | "file" => Schema::unknown(),
        _ => return None,
    };
    let mut found = Declared::of(schema);
    found.is_optional = matches!(name, "undefined" | "void");
    Some(found)
}

fn format_of(name: &str) -> &'static str {
    match name {
        "url" => "uri",
        "email" => "email",
        "datetime" => "date-time",
        "time" => "time",
        "duration" => "duration",
        "ip" | "ipv4" | "ipv6" | "cidrv4" | "cidrv6" => "ip",
        "base64" | "base64url" => "base64",
        "jwt" => "jwt",
        _ => "uuid",
    }
}

fn union(code: &Code<'_, '_>, list: ExprId, depth: u32) -> Schema {
    let items = code.literal(list).items().unwrap_or_default();
    let read = |item: Literal<'_, '_>| declared(code, item.id, depth + 1).map_or_else(Schema::unknown, |it| it.schema);
    items.into_iter().take(32).map(read).reduce(Schema::or).unwrap_or_else(Schema::unknown)
}

/// The values of `z.enum([…])`, `z.nativeEnum(E)`, `z.literal("a")`.
fn values(code: &Code<'_, '_>, given: ExprId) -> Schema {
    let mut found = Schema { is_enumerated: true, ..Schema::of(Types::default()) };
    let value = code.literal(given);
    let all = value.items().unwrap_or_else(|| vec![value]);
    for one in all.into_iter().take(256) {
        let types = match code.module.kind(code.resolve(one.id)) {
            ExprKind::Number(_) => Types::NUMBER,
            ExprKind::Bool(_) => Types::BOOLEAN,
            _ => Types::STRING,
        };
        found.types = found.types.with(types);
        found.choices.extend(one.text());
    }
    found
}

/// A later call of a chain.
fn go_on(code: &Code<'_, '_>, name: &str, call: &Call<'_, '_>, found: &mut Declared, depth: u32) {
    let first = call.positional(0);
    let bound = || first.and_then(|it| code.literal(it).number()).map_or(Bound::Somewhere, Bound::At);
    let schema = &mut found.schema;
    let is_number = schema.types.has(Types::NUMBER.with(Types::INTEGER));
    let is_list = schema.types.has(Types::ARRAY);
    match name {
        "min" | "gte" | "gt" | "minimum" if is_number => schema.minimum = Some(bound()),
        "max" | "lte" | "lt" | "maximum" if is_number => schema.maximum = Some(bound()),
        "positive" | "nonnegative" => schema.minimum = Some(Bound::At(0.0)),
        "negative" | "nonpositive" => schema.maximum = Some(Bound::At(0.0)),
        "int" => schema.types = Types::INTEGER,
        "min" | "nonempty" if is_list => schema.min_items = Some(bound()),
        "max" if is_list => schema.max_items = Some(bound()),
        "length" if is_list => (schema.min_items, schema.max_items) = (Some(bound()), Some(bound())),
        "min" | "nonempty" => schema.min_length = Some(bound()),
        "max" => schema.max_length = Some(bound()),
        "length" => (schema.min_length, schema.max_length) = (Some(bound()), Some(bound())),
        "regex" => schema.pattern = Some(first.map_or_else(String::new, |it| pattern(code, it))),
        "url" | "uuid" | "email" | "datetime" | "date" | "time" | "ip" | "cuid" | "cuid2" | "ulid" | "nanoid"
        | "base64" | "duration" | "cidr" | "jwt" => {
            schema.format = Some(format_of(name).to_owned());
        }
        "optional" | "nullish" | "exactOptional" => found.is_optional = true,
        "nullable" => schema.types = schema.types.with(Types::NULL),
        "default" | "catch" | "prefault" => {
            found.is_optional = true;
            found.default = first.and_then(|it| code.prose(it));
        }
        "describe" => found.description = first.and_then(|it| code.prose(it)),
        "meta" | "register" => {
            let said = first.and_then(|it| code.literal(it).member("description")).and_then(Data::text);
            found.description = said.or(found.description.take());
        }
        "strict" => schema.additional = Additional::Closed,
        "passthrough" | "loose" => schema.additional = Additional::Anything,
        "catchall" => schema.additional = Additional::Typed,
        "array" => found.schema = Schema::list_of(std::mem::take(schema)),
        "or" | "and" => {
            let other = first.and_then(|it| declared(code, it, depth + 1)).unwrap_or_default().schema;
            found.schema = std::mem::take(schema).or(other);
        }
        "extend" | "safeExtend" | "augment" | "setKey" => {
            let more = first.map(|it| shape(code, it, depth + 1)).unwrap_or_default();
            schema.properties.retain(|it| !more.iter().any(|new| new.name.text == it.name.text));
            schema.properties.extend(more);
        }
        "merge" => {
            let more = first.and_then(|it| declared(code, it, depth + 1)).unwrap_or_default();
            schema.properties.extend(more.schema.properties);
        }
        "partial" => schema.properties.iter_mut().for_each(|it| it.is_required = false),
        "pick" | "omit" => {
            let named = first.map(|it| code.literal(it).members()).unwrap_or_default();
            let is_named = |it: &Parameter| named.iter().any(|(name, _)| name.text == it.name.text);
            schema.properties.retain(|it| is_named(it) == (name == "pick"));
        }
        _ => {}
    }
}

/// A pattern as other languages write it: flags that change what it says stand in front.
fn pattern(code: &Code<'_, '_>, id: ExprId) -> String {
    match code.module.kind(code.resolve(id)) {
        ExprKind::Regex(text) => {
            let (body, flags) = text.strip_prefix('/').unwrap_or(text).rsplit_once('/').unwrap_or((text, ""));
            let flags: String = flags.chars().filter(|flag| matches!(flag, 'i' | 'm' | 's')).collect();
            if flags.is_empty() { body.to_owned() } else { format!("(?{flags}){body}") }
        }
        _ => code.prose(id).map_or_else(String::new, |it| it.text),
    }
}

/// The schema of a tool's input: a shape, a chain of zod, or JSON Schema.
pub(super) fn input(code: &Code<'_, '_>, id: ExprId) -> Option<Schema> {
    let value = code.literal(id);
    if !value.is_object() {
        return Some(declared(code, id, 0)?.schema);
    }
    let is_json = value.member("type").is_some_and(|it| it.text().is_some())
        || value.member("properties").is_some()
        || value.member("$ref").is_some();
    if is_json {
        return Some(data::schema_of(value, value, 0, &code.budget));
    }
    let known = match value.is_partial() {
        true => Schema::unknown().known,
        false => Schema::of(Types::OBJECT).known,
    };
    Some(Schema { properties: shape(code, id, 0), known, ..Schema::of(Types::OBJECT) })
}
