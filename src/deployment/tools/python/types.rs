//! Type hints of Python and the models of pydantic as schemas.

use super::super::code::{Call, Code, Literal};
use super::super::data::{Data, MAX_DEPTH};
use super::super::model::Prose;
use super::super::schema::{Additional, Bound, Known, Schema, Types};
use crate::lower::{ClassId, Definition, ExprId, ExprKind, Op};

/// Types that are written as texts in a certain form.
const FORMATS: &[(&str, &str)] = &[
    ("datetime", "date-time"),
    ("date", "date"),
    ("time", "time"),
    ("timedelta", "duration"),
    ("UUID", "uuid"),
    ("UUID4", "uuid"),
    ("EmailStr", "email"),
    ("AnyUrl", "uri"),
    ("AnyHttpUrl", "uri"),
    ("HttpUrl", "uri"),
    ("FileUrl", "uri"),
    ("IPv4Address", "ipv4"),
    ("IPv6Address", "ipv6"),
    ("Path", "path"),
    ("FilePath", "path"),
    ("DirectoryPath", "path"),
    ("Decimal", "decimal"),
];

const LISTS: &[&str] = &[
    "list",
    "List",
    "Sequence",
    "Iterable",
    "Collection",
    "set",
    "Set",
    "frozenset",
    "FrozenSet",
    "tuple",
    "Tuple",
    "deque",
    "MutableSequence",
];

const MAPS: &[&str] = &["dict", "Dict", "Mapping", "MutableMapping", "OrderedDict", "defaultdict"];

/// What stands behind `X.model_json_schema()` and the like.
pub(super) fn made(value: Literal<'_, '_>, depth: u32) -> Option<Schema> {
    let code = value.code;
    let call = code.call(code.resolve(value.id))?;
    let (base, name) = code.method(call.callee)?;
    if !matches!(name, "model_json_schema" | "schema" | "json_schema") {
        return None;
    }
    let base = base?;
    match code.call(base) {
        // `TypeAdapter(X).json_schema()`
        Some(adapter) => Some(schema(code, adapter.positional(0)?, depth + 1)),
        None => Some(schema(code, base, depth + 1)),
    }
}

/// The schema of a type hint.
pub(super) fn schema(code: &Code<'_, '_>, hint: ExprId, depth: u32) -> Schema {
    if depth >= MAX_DEPTH || !code.budget.take() {
        return Schema::unknown();
    }
    match code.module.kind(hint) {
        ExprKind::Null => Schema::of(Types::NULL),
        // A hint in quotes: only a plain name is read.
        ExprKind::Str { content, .. } => named(content.slice(code.module.text).unwrap_or_default()),
        ExprKind::Name(_) | ExprKind::Field { .. } => of_name(code, hint, depth),
        ExprKind::Binary { op: Op::Or | Op::Other, left, right } => {
            schema(code, left, depth + 1).or(schema(code, right, depth + 1))
        }
        ExprKind::Index { base, index } => of_generic(code, base, index, depth),
        ExprKind::Call { .. } => of_call(code, hint, depth),
        _ => Schema::unknown(),
    }
}

fn of_name(code: &Code<'_, '_>, hint: ExprId, depth: u32) -> Schema {
    if let Some(class) = code.class(hint) {
        return of_class(code, class, depth);
    }
    if let Some(binding) = code.module.binding(hint)
        && let Some(Definition::Value(value)) = code.module.definition(binding)
    {
        return schema(code, value, depth + 1);
    }
    let path = code.module.path(hint);
    named(path.rsplit('.').next().unwrap_or_default())
}

/// A type by its last name.
fn named(name: &str) -> Schema {
    match name.trim() {
        "str" | "bytes" | "AnyStr" => Schema::of(Types::STRING),
        "int" => Schema::of(Types::INTEGER),
        "float" | "complex" => Schema::of(Types::NUMBER),
        "bool" => Schema::of(Types::BOOLEAN),
        "PositiveInt" | "NonNegativeInt" => Schema { minimum: Some(Bound::Somewhere), ..Schema::of(Types::INTEGER) },
        "None" | "NoneType" => Schema::of(Types::NULL),
        "Any" | "object" | "JsonValue" | "Json" => Schema::anything(),
        name if LISTS.contains(&name) => Schema::list_of(Schema::undeclared()),
        name if MAPS.contains(&name) => Schema::map_of(&Schema::anything()),
        name => {
            let format = FORMATS.iter().find(|(known, _)| *known == name);
            format.map_or_else(Schema::unknown, |(_, format)| Schema::formatted(format))
        }
    }
}

fn of_generic(code: &Code<'_, '_>, base: ExprId, index: ExprId, depth: u32) -> Schema {
    let path = code.module.path(base);
    let args = match code.module.kind(index) {
        ExprKind::List(list) => code.module.exprs_of(list).to_vec(),
        _ => vec![index],
    };
    let first = args.first().copied();
    let inner = |at: usize| args.get(at).map_or_else(Schema::undeclared, |it| schema(code, *it, depth + 1));
    match path.rsplit('.').next().unwrap_or_default() {
        "Optional" => inner(0).or(Schema::of(Types::NULL)),
        "Union" => args
            .iter()
            .take(32)
            .map(|it| schema(code, *it, depth + 1))
            .reduce(Schema::or)
            .unwrap_or_else(Schema::unknown),
        "Annotated" => {
            let mut found = inner(0);
            args.iter().skip(1).for_each(|it| constrain(code, *it, &mut found));
            found
        }
        "Required" | "NotRequired" | "Final" | "ClassVar" | "ReadOnly" | "SkipJsonSchema" => inner(0),
        "Literal" => literals(code, &args),
        "Type" | "type" | "Callable" => Schema::unknown(),
        name if LISTS.contains(&name) => Schema::list_of(first.map_or_else(Schema::undeclared, |_| inner(0))),
        name if MAPS.contains(&name) => Schema::map_of(&inner(1)),
        _ => Schema::unknown(),
    }
}

fn literals(code: &Code<'_, '_>, values: &[ExprId]) -> Schema {
    let mut found = Schema { is_enumerated: true, ..Schema::of(Types::default()) };
    for value in values {
        let types = match code.module.kind(code.resolve(*value)) {
            ExprKind::Number(_) => Types::INTEGER,
            ExprKind::Bool(_) => Types::BOOLEAN,
            ExprKind::Null => Types::NULL,
            _ => Types::STRING,
        };
        found.types = found.types.with(types);
        found.choices.extend(code.prose(*value));
    }
    found
}

/// `constr(max_length=8)`, `conlist(int, max_length=8)`, `NewType("Name", str)`, `Field(…)` in place of a type.
fn of_call(code: &Code<'_, '_>, hint: ExprId, depth: u32) -> Schema {
    let Some(call) = code.call(hint) else { return Schema::unknown() };
    let path = code.module.path(call.callee);
    let inner = |at| call.positional(at).map_or_else(Schema::undeclared, |it| schema(code, it, depth + 1));
    let mut found = match path.rsplit('.').next().unwrap_or_default() {
        "constr" => Schema::of(Types::STRING),
        "conint" => Schema::of(Types::INTEGER),
        "confloat" | "condecimal" => Schema::of(Types::NUMBER),
        "conlist" | "conset" | "confrozenset" => Schema::list_of(inner(0)),
        "NewType" => inner(1),
        _ => return Schema::unknown(),
    };
    limits(code, &call, &mut found);
    found
}

/// What stands beside a type in `Annotated`.
fn constrain(code: &Code<'_, '_>, beside: ExprId, schema: &mut Schema) {
    if let Some(call) = code.call(code.resolve(beside)) {
        limits(code, &call, schema);
    }
}

/// The limits that `Field(…)`, `constr(…)`, `StringConstraints(…)`, `Len(…)` set.
pub(super) fn limits(code: &Code<'_, '_>, call: &Call<'_, '_>, schema: &mut Schema) {
    let bound = |names: &[&str]| {
        let found = call.keyword(names)?;
        if matches!(code.module.kind(found), ExprKind::Null) {
            return None;
        }
        Some(code.literal(found).number().map_or(Bound::Somewhere, Bound::At))
    };
    let more = |one: &mut Option<Bound>, names: &[&str]| {
        if let Some(found) = bound(names) {
            *one = Some(found);
        }
    };
    more(&mut schema.minimum, &["ge", "gt"]);
    more(&mut schema.maximum, &["le", "lt"]);
    let is_list = schema.types.has(Types::ARRAY);
    let (least, most) = match is_list {
        true => (&mut schema.min_items, &mut schema.max_items),
        false => (&mut schema.min_length, &mut schema.max_length),
    };
    more(least, &["min_length", "min_items"]);
    more(most, &["max_length", "max_items"]);
    if let Some(pattern) = call.keyword(&["pattern", "regex"]) {
        schema.pattern = Some(code.prose(pattern).map_or_else(String::new, |it| it.text));
    }
    let extra = call.keyword(&["json_schema_extra"]).map(|it| code.literal(it));
    if let Some(values) = extra.and_then(|it| it.member("enum")) {
        schema.is_enumerated = true;
        schema.choices.extend(values.items().unwrap_or_default().into_iter().filter_map(Data::text));
    }
}

/// A model, typed dictionary, data class or enum of this file.
fn of_class(code: &Code<'_, '_>, class: ClassId, depth: u32) -> Schema {
    let Some(it) = code.module.class(class) else { return Schema::unknown() };
    let bases: Vec<String> = it.bases.iter().map(|base| code.module.path(*base)).collect();
    let is_named = |names: &[&str]| {
        let last = |path: &String| path.rsplit(['.', '#']).next().unwrap_or_default().to_owned();
        bases.iter().any(|path| names.contains(&last(path).as_str()))
    };
    if is_named(&["Enum", "StrEnum", "IntEnum", "Flag", "IntFlag"]) {
        let mut found = Schema { is_enumerated: true, ..Schema::of(Types::default()) };
        for value in it.fields.iter().filter_map(|field| field.value) {
            let is_number = matches!(code.module.kind(value), ExprKind::Number(_));
            found.types = found.types.with(if is_number { Types::INTEGER } else { Types::STRING });
            found.choices.extend(code.prose(value));
        }
        return found;
    }
    if is_named(&["str"]) {
        return Schema::of(Types::STRING);
    }
    let mut found = Schema::of(Types::OBJECT);
    let mut classes = vec![class];
    let mut steps = 0;
    while let Some(class) = classes.pop() {
        steps += 1;
        if steps > MAX_DEPTH {
            break;
        }
        let Some(it) = code.module.class(class) else { continue };
        // What a base class of another file holds is not known.
        for base in &it.bases {
            match code.class(*base) {
                Some(base) => classes.push(base),
                None if is_plain_base(&code.module.path(*base)) => {}
                None => found.known = Known::Unknown,
            }
        }
        for field in &it.fields {
            if field.name == "model_config" {
                found.additional = extra(code, field.value).unwrap_or(found.additional);
                continue;
            }
            let is_private = field.name.starts_with('_') || field.annotation.is_none();
            if is_private || found.properties.iter().any(|known| known.name.text == field.name) {
                continue;
            }
            if let Some(parameter) =
                super::parameter(code, field.name, field.span, field.annotation, field.value, depth)
            {
                found.properties.push(parameter);
            }
        }
    }
    found
}

/// Bases that bring no fields.
fn is_plain_base(path: &str) -> bool {
    let last = path.rsplit('.').next().unwrap_or_default();
    matches!(last, "BaseModel" | "TypedDict" | "NamedTuple" | "ABC" | "object" | "Generic" | "Protocol")
        || last.ends_with("[]")
}

/// `ConfigDict(extra="forbid")`.
fn extra(code: &Code<'_, '_>, config: Option<ExprId>) -> Option<Additional> {
    let said = code.literal(config?).member("extra")?.text()?;
    match said.text.as_str() {
        "forbid" => Some(Additional::Closed),
        "allow" => Some(Additional::Anything),
        _ => None,
    }
}

/// Values of `Field(…)` or of the first text in `Annotated[T, "…"]`.
#[derive(Debug, Default)]
pub(super) struct FieldCall {
    pub description: Option<Prose>,
    pub alias: Option<Prose>,
    pub has_default: bool,
    pub default: Option<Prose>,
}

/// What `Field(…)` says; `None` for another expression.
pub(super) fn field_call(code: &Code<'_, '_>, id: ExprId, schema: &mut Schema) -> Option<FieldCall> {
    let call = code.call(code.resolve(id))?;
    let path = code.module.path(call.callee);
    if !matches!(path.rsplit('.').next(), Some("Field" | "field" | "Query" | "Body")) {
        return None;
    }
    limits(code, &call, schema);
    let default = call.keyword(&["default"]).or_else(|| call.positional(0));
    Some(FieldCall {
        description: call.keyword(&["description"]).and_then(|it| code.prose(it)),
        alias: call.keyword(&["alias", "validation_alias"]).and_then(|it| code.name(it)),
        has_default: default.is_some() || call.keyword(&["default_factory"]).is_some(),
        default: default.and_then(|it| code.prose(it)),
    })
}

/// The `Field(…)` or the text inside of `Annotated[T, …]`, looked for in the hint and in the hint that it names.
pub(super) fn annotated(code: &Code<'_, '_>, hint: ExprId) -> Option<FieldCall> {
    let mut hint = code.resolve(hint);
    for _ in 0..4 {
        let ExprKind::Index { base, index } = code.module.kind(hint) else { return None };
        let path = code.module.path(base);
        let args = match code.module.kind(index) {
            ExprKind::List(list) => code.module.exprs_of(list),
            _ => &[],
        };
        match path.rsplit('.').next() {
            Some("Annotated") => {
                let mut text = None;
                for beside in args.iter().skip(1) {
                    if let Some(found) = field_call(code, *beside, &mut Schema::unknown()) {
                        return Some(found);
                    }
                    if matches!(code.module.kind(*beside), ExprKind::Str { .. } | ExprKind::Concat(_)) {
                        text = text.or_else(|| code.prose(*beside));
                    }
                }
                return text.map(|text| FieldCall { description: Some(text), ..FieldCall::default() });
            }
            Some("Optional") => hint = index,
            _ => return None,
        }
    }
    None
}
